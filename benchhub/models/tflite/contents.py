"""Contents of small integer tensors that a graph computes from shapes.

Converters write `reshape(x, (shape(x)[0], 64))` as SHAPE, STRIDED_SLICE and PACK.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from benchhub.models.tflite.operands import Operands, UntoldError

# As many as a tensor has dimensions, and some.
MOST = 64
_LARGEST = 1 << 62
Content = tuple[int, ...]


def _shape(operands: Operands) -> Content:
    return operands.input(0)


def _same(operands: Operands) -> Content:
    return operands.content(0)


def _joined(operands: Operands) -> Content:
    """PACK of scalars, CONCATENATION of vectors."""
    parts = [operands.content(place) for place in range(len(operands.node.inputs))]
    if operands.options.axis not in (0, -1):
        raise UntoldError
    return tuple(number for part in parts for number in part)


def _sliced(operands: Operands) -> Content:
    """STRIDED_SLICE of a vector."""
    content, begin, end, stride = (operands.content(place) for place in range(4))
    if not len(begin) == len(end) == len(stride) == len(operands.input(0)) == 1:
        raise UntoldError
    start, stop, shrinks = bounds(operands.options.masks, 0, begin[0], end[0])
    if shrinks:
        return (picked(content, begin[0]),)
    if not stride[0]:
        raise UntoldError
    return content[slice(start, stop, stride[0])]


def bounds(
    masks: tuple[int, ...], dimension: int, begin: int, end: int
) -> tuple[int | None, int | None, bool]:
    """Return where STRIDED_SLICE begins and ends in a dimension, and whether it drops it."""
    bit = 1 << dimension
    begins, ends, *_, shrinks = (bool(mask & bit) for mask in masks)
    return (None if begins else begin), (None if ends else end), shrinks


def picked(content: Content, place: int) -> int:
    """Return one element. Raises UntoldError if there is no such."""
    if not -len(content) <= place < len(content):
        raise UntoldError
    return content[place]


def _gathered(operands: Operands) -> Content:
    content, places = operands.content(0), operands.content(1)
    if len(operands.input(0)) != 1 or operands.options.batch_dims:
        raise UntoldError
    return tuple(picked(content, place) for place in places)


def _product(operands: Operands) -> Content:
    """REDUCE_PROD of a vector to a scalar."""
    if len(operands.input(0)) != 1:
        raise UntoldError
    return (_bounded(prod(operands.content(0))),)


def _by_element(compute: Callable[[int, int], int]) -> Callable[[Operands], Content]:
    def rule(operands: Operands) -> Content:
        one, other = operands.content(0), operands.content(1)
        size = max(len(one), len(other))
        if not one or not other or not {len(one), len(other)} <= {1, size}:
            raise UntoldError
        one, other = (part * (size // len(part)) for part in (one, other))
        return tuple(_bounded(compute(a, b)) for a, b in zip(one, other, strict=True))

    return rule


def _bounded(number: int) -> int:
    if abs(number) > _LARGEST:
        raise UntoldError
    return number


CONTENTS: dict[str, Callable[[Operands], Content]] = {
    "SHAPE": _shape,
    "CAST": _same,
    "RESHAPE": _same,
    "SQUEEZE": _same,
    "EXPAND_DIMS": _same,
    "PACK": _joined,
    "CONCATENATION": _joined,
    "STRIDED_SLICE": _sliced,
    "GATHER": _gathered,
    "REDUCE_PROD": _product,
    "ADD": _by_element(lambda one, other: one + other),
    "SUB": _by_element(lambda one, other: one - other),
    "MUL": _by_element(lambda one, other: one * other),
    "MAXIMUM": _by_element(max),
    "MINIMUM": _by_element(min),
}
