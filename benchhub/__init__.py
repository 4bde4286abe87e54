"""benchhub: cross-device benchmarking and profiling for TensorFlow Lite / LiteRT models."""

__version__ = "0.1.0"
