"""Flags for the value ranges of a model's inputs. LiteRT's program takes the model's own shapes."""

from __future__ import annotations

from collections.abc import Sequence

from benchhub.records import InputSpec

RANGE_FLAG = "input_layer_value_range"
# The program offers no way to escape what separates values and inputs.
_SEPARATORS = (",", ":")


def needed_flags(inputs: Sequence[InputSpec]) -> tuple[str, ...]:
    """Return the flags that these inputs need."""
    return (RANGE_FLAG,) if any(_has_range(spec) for spec in inputs) else ()


def refusal(inputs: Sequence[InputSpec]) -> tuple[str, str] | None:
    """Return why the program cannot feed these inputs, and what to do; None if it can."""
    return next((problem for spec in inputs if (problem := _problem(spec))), None)


def arguments(inputs: Sequence[InputSpec]) -> list[tuple[str, str]]:
    """Return flag and value for inputs that were not refused, in the order given."""
    ranges = [
        f"{spec.name},{spec.low:.10g},{spec.high:.10g}"
        for spec in inputs
        if spec.low is not None and spec.high is not None
    ]
    return [(RANGE_FLAG, ":".join(ranges))] if ranges else []


def _problem(spec: InputSpec) -> tuple[str, str] | None:
    what = f"input '{spec.name}'"
    if spec.shape is not None:
        return (
            f"{what} has a shape; LiteRT's benchmark_model takes the model's own",
            "Leave out `shape:`, or use the tool benchmark_model or litert.",
        )
    if not _has_range(spec):
        return None
    if spec.low is None or spec.high is None:
        return f"{what} has only one end of its range", "Give both: `range: [LOW, HIGH]`."
    if any(separator in spec.name for separator in _SEPARATORS):
        return (
            f"{what} has a name that benchmark_litert_model cannot be told",
            "Leave out `range:`, or use the tool litert.",
        )
    return None


def _has_range(spec: InputSpec) -> bool:
    return spec.low is not None or spec.high is not None
