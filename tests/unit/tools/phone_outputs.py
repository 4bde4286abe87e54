"""Outputs of phones and boards that are not here, for tests of what ran where.

The texts are INVENTED, of lines as the sources print them (benchmark_tflite_model.cc, subgraph.cc,
simple_delegate.cc, gpu/common/model_builder.cc, gpu/delegate.cc, nnapi_delegate_provider.cc):
no phone was asked.
"""

from __future__ import annotations

from typing import Any

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
    Status,
)
from benchhub.records.trust import judged
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.tool import Artifacts

MEASURE = Measure(1, 1, 50, 1.0, 150.0, 1, 0.5, 0.0, 0.0, 60.0)
RUN = (
    "INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but ...\n"
    "INFO: count=9 first=9 curr=7 min=7 max=9 avg=8 std=1\n"
    "INFO: Running benchmark for at least 50 iterations and at least 1 seconds but ...\n"
    "INFO: count=60 first=9 curr=7 min=7 max=9 avg=8 std=1 p5=7 median=8 p95=9\n"
)
CREATED = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
NO_HEXAGON = (
    "WARN: Could not create Hexagon delegate: platform may not support delegate or required "
    "libraries are missing\n"
)
REASONS = (
    "ERROR: Following operations are not supported by GPU delegate:\n"
    "CUSTOM TFLite_Detection_PostProcess: TFLite_Detection_PostProcess\n"
    "DEQUANTIZE: \n"
    "REVERSE_SEQUENCE: Operation is not supported.\n"
    "64 operations will run on the GPU, and the remaining 2 operations will run on the CPU.\n"
)
OPENCL = "INFO: Initialized OpenCL-based API.\nINFO: Created 1 GPU delegate kernels.\n"


def told(*lines: str) -> str:
    """Standard output with these lines where the delegates are applied."""
    inside = "".join(f"INFO: {line}\n" for line in lines)
    return (
        f"INFO: STARTING!\nINFO: Loaded model m.tflite\n{inside}"
        f"INFO: The input model file size (MB): 6.6\nINFO: Initialized session in 9.1ms.\n{RUN}"
    )


def partly(name: str, kernels: int) -> str:
    return (
        f"Explicitly applied {name} delegate, and the model graph will be partially executed by "
        f"the delegate w/ {kernels} delegate kernels."
    )


def wholly(name: str) -> str:
    return (
        f"Explicitly applied {name} delegate, and the model graph will be completely executed by "
        "the delegate."
    )


def nowhere(name: str) -> str:
    return (
        f"Though {name} delegate is explicitly applied, the model graph will not be executed by "
        "the delegate."
    )


def read(
    delegate: str,
    stdout: str,
    stderr: str = "",
    files: dict[str, bytes] | None = None,
    options: Any = None,
    argv: tuple[str, ...] = (),
    purpose: Purpose = Purpose.LATENCY,
) -> tuple[Reading, Status]:
    configuration = Configuration(delegate, delegate, 1, options=options)
    case = Case(ModelVariant("m", "v", "m.tflite", "0" * 64, 1), configuration, "benchmark_model")
    artifacts = Artifacts(CommandResult(argv, 0, stdout, stderr, 1.0), files or {})
    reading = BenchmarkModelTool({"path": "bm"}).parse(case, MEASURE, purpose, artifacts)
    assert reading.placement is not None, reading.failure
    return judged(configuration, reading)


def ran(reading: Reading) -> tuple[object, ...]:
    what = reading.placement
    assert what is not None
    return what.applied, what.nodes_delegated, what.nodes_total, what.partitions
