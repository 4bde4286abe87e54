"""Latency by the public Interpreter API, for wheels whose C structures were not verified."""

from __future__ import annotations

import math
import time
from typing import Any

from .failure import MeasureError
from .figures import describe_input, figures
from .inputs import check_names, check_rank
from .memory import resident
from .model_file import ModelFile, Signature
from .options import Options
from .timing import time_inferences
from .values import Values


def measure_public(options: Options, model: ModelFile, signature: Signature) -> dict[str, object]:
    """Return the figures of one measurement; operators and placement stay unknown.

    Raises:
        MeasureError: The runtime does not accept the model, or what was asked of it.
    """
    if signature.subgraph != 0:
        raise MeasureError(
            "tool",
            f"signature '{signature.key}' does not run the main graph, and only that can be timed "
            "through the public API.",
            "Use a verified wheel.",
        )
    check_names(options.shapes, list(signature.inputs))
    check_names(options.ranges, list(signature.inputs))
    # numpy and the extension modules come with it: what they take is no growth of the model's.
    from ai_edge_litert import interpreter as public  # noqa: PLC0415

    start = resident()
    begin = time.perf_counter_ns()
    prepared = _prepare(public, options, signature)
    init_ns = time.perf_counter_ns() - begin
    ready = resident()
    tensors = model.subgraphs[0].tensors
    inputs = [
        _fill(prepared, name, options, tensors[index].shape)
        for name, index in signature.inputs.items()
    ]
    try:
        warmup = time_inferences(prepared.interpreter.invoke, options.warmup)
        timed = time_inferences(prepared.interpreter.invoke, options.timed)
    except RuntimeError as error:
        raise MeasureError("exit", f"an inference failed: {_line(error)}") from error
    return {
        "inputs": inputs,
        "init_ns": init_ns,
        **figures(warmup, timed, (start, ready, resident())),
    }


class _Prepared:
    """An interpreter with allocated tensors, and what it says of its inputs."""

    def __init__(self, interpreter: Any, signature: Signature) -> None:
        self.interpreter = interpreter
        details = {one["index"]: one for one in interpreter.get_input_details()}
        self.details = {name: details[index] for name, index in signature.inputs.items()}


def _prepare(public: Any, options: Options, signature: Signature) -> _Prepared:
    resolvers = {
        "xnnpack": public.OpResolverType.AUTO,
        "none": public.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    }
    try:
        interpreter = public.Interpreter(
            model_path=options.graph,
            num_threads=options.threads,
            experimental_op_resolver_type=resolvers[options.delegate],
        )
        details = _Prepared(interpreter, signature).details
        for name, shape in options.shapes.items():
            check_rank(name, tuple(map(int, details[name]["shape"])), shape)
            interpreter.resize_tensor_input(details[name]["index"], shape)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise MeasureError(
            "model", f"the runtime cannot prepare {options.graph}: {_line(error)}"
        ) from error
    return _Prepared(interpreter, signature)


def _fill(
    prepared: _Prepared, name: str, options: Options, file_shape: tuple[int, ...]
) -> dict[str, object]:
    detail = prepared.details[name]
    dtype, shape = detail["dtype"], tuple(map(int, detail["shape"]))
    import numpy as np  # noqa: PLC0415 - loaded already, by the wheel

    kind = np.dtype(dtype)
    if kind.kind not in "fiub":
        raise MeasureError(
            "model", f"input '{name}' has a type that cannot be filled with numbers."
        )
    values = Values(name, kind.name, kind.char, options.ranges.get(name))
    block = np.frombuffer(values.block(math.prod(shape), options.seed), dtype=kind)
    prepared.interpreter.set_tensor(detail["index"], np.resize(block, shape))
    return describe_input(name, kind.name, (shape, file_shape), values.limits)


def _line(error: Exception) -> str:
    """Return an error of the wheel as one line: the first one says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
