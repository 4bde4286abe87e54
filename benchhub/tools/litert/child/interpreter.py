"""Latency by the public Interpreter API.

For external delegates, which the C library does not take, and for wheels whose C structures were
not verified.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from .capi import ELEMENT_TYPES
from .failure import MeasureError
from .figures import describe_input, describe_output, figures, write_outputs
from .inputs import check_names, check_rank, files_by_name, read_values
from .memory import resident
from .model_file import ModelFile, Signature, Subgraph, Tensor
from .nodes import pieces
from .options import Options
from .timing import time_inferences
from .values import Values

# Which kernels are behind a delegate, by name of the interpreter's OpResolverType.
ROUTES = {
    "xnnpack": "AUTO",
    "external": "AUTO",
    "none": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
}
# What `struct` calls a type of numbers; numpy's letters for 64 bits mean fewer there.
LETTERS = dict(ELEMENT_TYPES.values())
ADVICE_LIBRARY = "Is it there, built for this machine, and are the libraries that it needs?"
ADVICE_SYMBOL = "It has to export tflite_plugin_create_delegate."
ADVICE_APPLY = "Does the model run with xnnpack? If so the delegate cannot prepare it."
ADVICE_REFUSED = "The delegate says why; check its options and its hardware."


def measure_public(options: Options, model: ModelFile, signature: Signature) -> dict[str, object]:
    """Return the figures of one measurement; operators stay unknown.

    Raises:
        MeasureError: The runtime does not accept the model, or what was asked of it.
    """
    if signature.subgraph != 0:
        raise MeasureError(
            "tool",
            f"signature '{signature.key}' does not run the main graph, and only that can be timed "
            "through the public API.",
            "Use a verified wheel." if options.delegate != "external" else "",
        )
    if options.delegate not in ROUTES or options.fp16 or options.weight_cache:
        raise MeasureError(
            "tool", f"this wheel was not verified for {options.delegate} with these options."
        )
    check_names(options.shapes, list(signature.inputs))
    check_names(options.ranges, list(signature.inputs))
    files = files_by_name(options.input_files, list(signature.inputs))
    # numpy and the extension modules come with it: what they take is no growth of the model's.
    from ai_edge_litert import interpreter as public  # noqa: PLC0415

    start = resident()
    begin = time.perf_counter_ns()
    prepared = _prepare(public, options, signature, len(model.subgraphs[0].nodes))
    init_ns = time.perf_counter_ns() - begin
    ready = resident()
    graph = model.subgraphs[0]
    inputs = [
        _fill(prepared, name, options, graph.tensors[index], files.get(name))
        for name, index in signature.inputs.items()
    ]
    try:
        warmup = time_inferences(prepared.interpreter.invoke, options.warmup)
        timed = time_inferences(prepared.interpreter.invoke, options.timed)
    except RuntimeError as error:
        raise MeasureError("exit", f"an inference failed: {_line(error)}") from error
    outputs = _outputs(prepared, options, signature, graph)
    return {
        "inputs": inputs,
        "outputs": outputs,
        "init_ns": init_ns,
        "placement": _placement(prepared, options, len(graph.nodes)),
        **figures(warmup, timed, (start, ready, resident())),
    }


class _Prepared:
    """An interpreter with allocated tensors, and what it says of its inputs.

    Attributes:
        delegated: Nodes that the external delegate took, by partition; None without one.
    """

    def __init__(
        self, interpreter: Any, signature: Signature, delegated: list[list[int]] | None = None
    ) -> None:
        self.interpreter = interpreter
        self.delegated = delegated
        details = {one["index"]: one for one in interpreter.get_input_details()}
        self.details = {name: details[index] for name, index in signature.inputs.items()}


def _prepare(public: Any, options: Options, signature: Signature, nodes: int) -> _Prepared:
    external = _load(public, options) if options.delegate == "external" else None
    delegated = None
    try:
        interpreter = public.Interpreter(
            model_path=options.graph,
            num_threads=options.threads,
            experimental_delegates=None if external is None else [external],
            experimental_op_resolver_type=getattr(public.OpResolverType, ROUTES[options.delegate]),
        )
        if external is not None:  # XNNPACK takes its share later, when tensors are allocated
            delegated = pieces(interpreter._get_ops_details(), nodes)  # noqa: SLF001 - no other way
        details = _Prepared(interpreter, signature).details
        for name, shape in options.shapes.items():
            check_rank(name, tuple(map(int, details[name]["shape"])), shape)
            interpreter.resize_tensor_input(details[name]["index"], shape)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        if external is not None:
            message = f"the delegate {options.external_path} cannot be applied: {_line(error)}"
            raise MeasureError("delegate", message, ADVICE_APPLY) from error
        raise MeasureError(
            "model", f"the runtime cannot prepare {options.graph}: {_line(error)}"
        ) from error
    return _Prepared(interpreter, signature, delegated)


def _load(public: Any, options: Options) -> Any:
    """Load an external delegate.

    Raises:
        MeasureError: The library cannot be loaded, or is no delegate, or does not want to work.
    """
    path = options.external_path
    try:
        return public.load_delegate(path, dict(options.external_options))
    except OSError as error:
        message, advice = f"the delegate {path} cannot be loaded: {error}", ADVICE_LIBRARY
    except AttributeError as error:
        message, advice = f"{path} is no external delegate of TFLite: {error}", ADVICE_SYMBOL
    except ValueError as error:
        # "Failed to load delegate from PATH", then what the delegate reported
        reason = " ".join(str(error).split("\n", 1)[-1].split())[:200]
        message, advice = f"the delegate {path} refused: {reason}", ADVICE_REFUSED
    raise MeasureError("delegate", message, advice)


def _placement(prepared: _Prepared, options: Options, nodes: int) -> dict[str, object] | None:
    """Return which nodes ran in delegates; None if it cannot be told."""
    if options.delegate == "none":
        return None
    listed = getattr(prepared.interpreter, "_get_ops_details", None)
    if listed is None:
        return None
    everything = pieces(listed(), nodes)
    if prepared.delegated is None:
        return {"pieces": everything}
    return {"pieces": prepared.delegated, "others": everything[len(prepared.delegated) :]}


def _fill(
    prepared: _Prepared, name: str, options: Options, tensor: Tensor, file: str | None
) -> dict[str, object]:
    detail = prepared.details[name]
    dtype, shape = detail["dtype"], tuple(map(int, detail["shape"]))
    import numpy as np  # noqa: PLC0415 - loaded already, by the wheel

    kind = np.dtype(dtype)
    if kind.name not in LETTERS:
        raise MeasureError(
            "model", f"input '{name}' has a type that cannot be filled with numbers."
        )
    limits = None
    count = math.prod(shape)
    if file is not None:
        content = read_values(name, Path(file), count * kind.itemsize)
    else:
        values = Values(name, kind.name, LETTERS[kind.name], options.ranges.get(name))
        content, limits = values.block(count, options.seed), values.limits
    block = np.frombuffer(content, dtype=kind)
    prepared.interpreter.set_tensor(detail["index"], np.resize(block, shape))
    return describe_input(name, kind.name, shape, tensor, limits)


def _outputs(
    prepared: _Prepared, options: Options, signature: Signature, graph: Subgraph
) -> list[dict[str, object]]:
    """Describe the outputs, and write them if that was asked for; in the order of the graph."""
    interpreter = prepared.interpreter
    details = {one["index"]: one for one in interpreter.get_output_details()}
    order = list(details)
    outputs = sorted(signature.outputs.items(), key=lambda output: order.index(output[1]))
    if options.output_file is not None:
        values = (interpreter.get_tensor(index).tobytes() for _, index in outputs)
        write_outputs(options.output_file, values)
    described = []
    for name, index in outputs:
        dtype, shape = details[index]["dtype"], tuple(map(int, details[index]["shape"]))
        described.append(describe_output(name, dtype.__name__, shape, graph, index))
    return described


def _line(error: Exception) -> str:
    """Return an error of the wheel as one line: the first one says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
