"""LiteRT's program called benchmark_model: CompiledModel with its CPU, GPU and NPU accelerators.

It is built on TFLite's program of that name and shares its basic flags, its stat lines, its result
file and its description of the graph; delegates, profile and streams are its own.
"""

from benchhub.tools.benchmark_litert_model.tool import BenchmarkLitertModelTool

__all__ = ["BenchmarkLitertModelTool"]
