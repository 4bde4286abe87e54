"""The parts of the result document that every route of measuring fills in the same way."""

from __future__ import annotations

from .memory import Resident, growth
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
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    limits: tuple[float, float],
) -> dict[str, object]:
    """Return one input as it was fed.

    Args:
        name: Its name.
        kind: Its element type.
        shapes: As measured, and as in the file, where -1 may change.
        limits: Smallest and largest value of its random data.
    """
    return {
        "name": name,
        "type": kind,
        "shape": list(shapes[0]),
        "file_shape": list(shapes[1]),
        "low": limits[0],
        "high": limits[1],
    }
