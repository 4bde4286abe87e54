"""The parts of the result document that every route of measuring fills in the same way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .failure import MeasureError
from .memory import Resident, growth
from .model_file import Subgraph, Tensor
from .timing import Timed


def figures(
    warmup: Timed, timed: Timed, memory: tuple[Resident, Resident, Resident]
) -> dict[str, object]:
    """Return times in nanoseconds and memory in bytes.

    Args:
        warmup: Inferences before; may be none.
        timed: The timed inferences.
        memory: Before the library was loaded, when the model was ready, at the end.
    """
    before = warmup.samples_ns
    return {
        # The very first inference pays for everything that was put off until then.
        "first_inference_ns": before[0] if before else timed.samples_ns[0],
        "warmup": {"n": len(before), "mean_ns": sum(before) / len(before)} if before else None,
        "timed": {"samples_ns": timed.samples_ns.tolist(), "stopped_by": timed.stopped_by},
        "memory": growth(*memory),
    }


def describe_input(
    name: str,
    kind: str,
    shape: tuple[int, ...],
    tensor: Tensor,
    limits: tuple[float, float] | None,
) -> dict[str, object]:
    """Return one input as it was fed.

    Args:
        name: Its name.
        kind: Its element type.
        shape: As measured.
        tensor: What the file says of it; its shape has -1 where it may change.
        limits: Smallest and largest value of its random data; None if it came from a file.
    """
    return {
        **_describe(name, kind, shape, tensor),
        "file_shape": list(tensor.shape),
        "low": limits[0] if limits else None,
        "high": limits[1] if limits else None,
    }


def describe_output(
    name: str, kind: str, shape: tuple[int, ...], graph: Subgraph, index: int
) -> dict[str, object]:
    """Return one output.

    Args:
        name: Its name in the signature.
        kind: Its element type; empty for one without a name.
        shape: As measured.
        graph: The graph that it is an output of.
        index: Its tensor in there.
    """
    # Programs that know no signatures write outputs in the order of the graph.
    position = graph.outputs.index(index) if index in graph.outputs else None
    return {**_describe(name, kind, shape, graph.tensors[index]), "position": position}


def write_outputs(path: str, values: Iterable[bytes]) -> None:
    """Write the values of all outputs, one behind the other.

    Raises:
        MeasureError: The file cannot be written.
    """
    try:
        with Path(path).open("wb") as file:
            file.writelines(values)
    except OSError as error:
        raise MeasureError("tool", f"{path} cannot be written: {error.strerror}.") from error


def _describe(name: str, kind: str, shape: tuple[int, ...], tensor: Tensor) -> dict[str, object]:
    return {
        "name": name,
        "tensor": tensor.name,
        "type": kind,
        "shape": list(shape),
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
    }
