"""Flags for the shapes, value ranges and given values of a model's inputs.

The program wants all inputs of the model listed, each with its shape. It takes them in the
model's own order and does not insist on their names: another name gives a warning that tells
the true one. So each input gets an alias without the characters that separate values (`:`, `,`),
which the program offers no way to escape in ranges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchhub.errors import ToolError
from benchhub.records import Finding, InputSpec, Severity
from benchhub.tools.benchmark_model.stdout import NamedTensor

_UNSAFE = re.compile(r"[^A-Za-z0-9_]")

SHAPE_FLAGS = ("input_layer", "input_layer_shape")
RANGE_FLAG = "input_layer_value_range"
FILES_FLAG = "input_layer_value_files"
# They separate files, and names from files; the program has no escape for the first.
_SEPARATORS = (",", ":")


def wanted(inputs: Sequence[InputSpec]) -> bool:
    """Tell whether any input needs a flag at all."""
    return any(spec.shape is not None or _has_range(spec) for spec in inputs)


def needed_flags(inputs: Sequence[InputSpec]) -> tuple[str, ...]:
    """Return the flags that these inputs need."""
    if not wanted(inputs):
        return ()
    ranged = any(_has_range(spec) for spec in inputs)
    return (*SHAPE_FLAGS, RANGE_FLAG) if ranged else SHAPE_FLAGS


def refusal(inputs: Sequence[InputSpec]) -> tuple[str, str] | None:
    """Return why the program cannot feed these inputs, and what to do; None if it can."""
    if not wanted(inputs):
        return None
    return next((problem for spec in inputs if (problem := _problem(spec))), None)


def _problem(spec: InputSpec) -> tuple[str, str] | None:
    what = f"input '{spec.name}'"
    if spec.shape is None:
        return (
            f"{what} has no shape; benchmark_model needs those of all inputs to feed any",
            f"Add `shape:` to '{spec.name}' in the suite.",
        )
    if not _has_range(spec):
        return None
    if spec.low is None or spec.high is None:
        return f"{what} has only one end of its range", "Give both: `range: [LOW, HIGH]`."
    if not (float(spec.low).is_integer() and float(spec.high).is_integer()):
        return (
            f"{what} ranges from {spec.low:g} to {spec.high:g}; benchmark_model takes integers",
            "Use integers, or the tool litert.",
        )
    return None


def arguments(inputs: Sequence[InputSpec]) -> list[tuple[str, str]]:
    """Return flags and values for inputs that were not refused, in the order given."""
    if not wanted(inputs):
        return []
    names = aliases(inputs)
    shapes = [",".join(str(size) for size in spec.shape or ()) for spec in inputs]
    ranges = [
        f"{name},{int(spec.low)},{int(spec.high)}"
        for name, spec in zip(names, inputs, strict=True)
        if spec.low is not None and spec.high is not None
    ]
    found = [(SHAPE_FLAGS[0], ",".join(names)), (SHAPE_FLAGS[1], ":".join(shapes))]
    return [*found, (RANGE_FLAG, ":".join(ranges))] if ranges else found


def feeding(
    paths: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]
) -> list[tuple[str, str]]:
    """Return flags and values that feed all inputs from files.

    A scalar has an empty shape, which the program takes between others but not alone. A file has
    the raw little-endian values of its input.

    Args:
        paths: File on the device by input, in the order of the graph.
        shapes: Dimensions by input.

    Raises:
        ToolError: The program would misread a path, or the only input is a scalar.
    """
    if not paths:
        return []
    if list(shapes.values()) == [()]:
        raise ToolError(
            f"benchmark_model cannot feed '{next(iter(paths))}': the only input is a scalar.",
            "Verify with the tool litert.",
        )
    for path in paths.values():
        if any(separator in path for separator in _SEPARATORS):
            raise ToolError(
                f"benchmark_model cannot read inputs from {path}: a comma or colon in a path "
                "separates files.",
                "Use another folder on the device.",
            )
    names = _plain(list(paths))
    files = (f"{name}:{path}" for name, path in zip(names, paths.values(), strict=True))
    return [
        (SHAPE_FLAGS[0], ",".join(names)),
        (SHAPE_FLAGS[1], ":".join(",".join(map(str, shapes[name])) for name in paths)),
        (FILES_FLAG, ",".join(files)),
    ]


def aliases(inputs: Sequence[InputSpec]) -> list[str]:
    """Return a name for each input that no flag misreads, each different."""
    return _plain([spec.name for spec in inputs])


def _plain(given: Sequence[str]) -> list[str]:
    names: list[str] = []
    for index, full in enumerate(given):
        name = _UNSAFE.sub("_", full)
        names.append(name if name not in names else f"{name}_{index}")
    return names


def check_order(inputs: Sequence[InputSpec], tensors: Sequence[NamedTensor]) -> Finding | None:
    """Look for inputs whose shape or range went to another input than the suite named.

    The program's warnings tell which tensor got which alias. A tensor that carries the name of
    another input of the suite (`serving_default_a:0` for `a`) shows that the order differs.
    """
    if not wanted(inputs):
        return None
    specs = dict(zip(aliases(inputs), inputs, strict=True))
    for tensor in tensors:
        plain = tensor.name.rsplit(":", 1)[0].removeprefix("serving_default_")
        owner, given = specs.get(_UNSAFE.sub("_", plain)), specs.get(tensor.called)
        if owner is None or given is None or owner is given:
            continue
        if (owner.shape, owner.low, owner.high) != (given.shape, given.low, given.high):
            return Finding(
                "check.input_order",
                Severity.SILENT,
                f"Input '{owner.name}' was fed with the shape and range of '{given.name}'.",
                "List the inputs in the suite in the order of the model.",
                f"tensor {tensor.index} is {tensor.name}, called {tensor.called}",
            )
    return None


def _has_range(spec: InputSpec) -> bool:
    return spec.low is not None or spec.high is not None
