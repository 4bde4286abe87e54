"""TensorFlow Lite's own `benchmark_model`, TFLite family, given by its path.

Two programs share that name. This package drives the one with per-operator profiles and the
delegate flags of TensorFlow Lite; LiteRT's is refused. Flags, outputs and their traps differ
between versions, so nothing is assumed: the flags are read from `--help`.
"""

from benchhub.tools.benchmark_model.tool import BenchmarkModelTool

__all__ = ["BenchmarkModelTool"]
