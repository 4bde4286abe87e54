"""Holds the outputs of a device against those of the host's CPU, element by element.

An element agrees if its absolute difference is at most `max_abs` or at most `max_rel` times the
host's value. Two NaN agree, and so do two infinities of the same sign; one of them against anything
else is beyond every limit. Quantised outputs are compared as the real values that they stand for,
so that `max_abs` means the same for every form of a model; other integers as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchhub.records import Agreement, Tensor, Verify

Reals = npt.NDArray[np.float64]
Values = npt.NDArray[Any]

MAX_NAME = 60
# Elements compared at a time, so that large outputs need little memory.
BLOCK = 1 << 20
_NO_DIFFERENCE = (False, 0.0)


class IncomparableError(Exception):
    """The outputs of a device are not of the kind or the size of the host's."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of one output.

    Attributes:
        elements: How many it has.
        outside: How many are beyond the limits.
        max_abs: Largest difference that is a number.
        max_rel: Largest difference in proportion that is a number.
        rank: How far off the worst element is; one beyond the limits comes before all others.
        worst: That element, for people.
    """

    elements: int
    outside: int
    max_abs: float | None
    max_rel: float | None
    rank: tuple[bool, float]
    worst: str


def compare(tensors: Sequence[Tensor], wanted: bytes, found: bytes, limits: Verify) -> Agreement:
    """Compare all outputs.

    Args:
        tensors: The outputs in the order of both files.
        wanted: Little-endian values of the host's CPU, one output behind the other.
        found: Those of the device.
        limits: How far they may be off.

    Raises:
        IncomparableError: A size or a type does not fit.
    """
    size = size_bytes(tensors)
    if len(wanted) != size:
        raise IncomparableError(f"the host's outputs have {len(wanted)} bytes instead of {size}")
    if len(found) != size:
        raise IncomparableError(f"its outputs have {len(found)} bytes, those of the host {size}")
    blocks = [
        _block(tensor, start, want, have, limits)
        for tensor, start, want, have in _stretches(tensors, wanted, found)
    ]
    if not blocks:
        raise IncomparableError("the outputs have no element")
    worst = max(blocks, key=lambda one: one.rank)
    return Agreement(
        elements=sum(one.elements for one in blocks),
        outside=sum(one.outside for one in blocks),
        max_abs=max((one.max_abs for one in blocks if one.max_abs is not None), default=None),
        max_rel=max((one.max_rel for one in blocks if one.max_rel is not None), default=None),
        worst=worst.worst if worst.rank > _NO_DIFFERENCE else "",
    )


def size_bytes(tensors: Sequence[Tensor]) -> int:
    """Return the size of the values of some tensors. Raises IncomparableError."""
    return sum(_dtype(tensor).itemsize * _elements(tensor) for tensor in tensors)


def _dtype(tensor: Tensor) -> np.dtype[Any]:
    try:
        kind = np.dtype(tensor.kind)
    except TypeError:
        kind = np.dtype(object)
    if not tensor.kind or kind.kind not in "fiub":
        raise IncomparableError(f"output '{_name(tensor)}' is no tensor of numbers")
    return kind.newbyteorder("<")


def _elements(tensor: Tensor) -> int:
    count = 1
    for size in tensor.shape:
        count *= size
    return count


def _stretches(
    tensors: Sequence[Tensor], wanted: bytes, found: bytes
) -> Iterator[tuple[Tensor, int, Values, Values]]:
    """Yield each output in blocks: the output, the index of the first element, both values."""
    place = 0
    for tensor in tensors:
        kind, count = _dtype(tensor), _elements(tensor)
        for start in range(0, count, BLOCK):
            size = min(BLOCK, count - start)
            at = place + start * kind.itemsize
            yield tensor, start, _values(wanted, kind, size, at), _values(found, kind, size, at)
        place += count * kind.itemsize


def _values(content: bytes, kind: np.dtype[Any], count: int, place: int) -> Values:
    if kind.kind == "b":  # whatever is not 0 is true
        return np.frombuffer(content, np.uint8, count, place).astype(np.bool_)
    return np.frombuffer(content, kind, count, place)


def _block(tensor: Tensor, start: int, wanted: Values, found: Values, limits: Verify) -> _Block:
    want, have = _reals(tensor, wanted), _reals(tensor, found)
    same = (wanted == found) | (np.isnan(want) & np.isnan(have))
    finite = np.isfinite(want) & np.isfinite(have)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        differences, size = np.abs(have - want), np.abs(want)
        if wanted.dtype.kind != "f":
            # Beyond 2^53 neighbours have the same float64.
            differences = np.maximum(differences, _step(tensor))
        differences[same] = 0.0
        ratios = differences / size
        ratios[same] = 0.0
        within = (differences <= limits.max_abs) | (differences <= limits.max_rel * size)
    outside = ~(same | (within & finite))
    rank = np.where(np.isnan(differences), np.inf, differences)
    rank = np.where(outside, rank, -1.0) if outside.any() else rank
    worst = int(np.argmax(rank))
    return _Block(
        elements=wanted.size,
        outside=int(outside.sum()),
        max_abs=_largest(differences),
        max_rel=_largest(ratios),
        rank=(bool(outside.any()), float(rank[worst])),
        worst=_told(tensor, start + worst, float(have[worst]), float(want[worst])),
    )


def is_quantised(tensor: Tensor) -> bool:
    """Whether the numbers of a tensor stand for real values that can be told."""
    return bool(tensor.scale) and tensor.zero_point is not None and "int" in tensor.kind


def _step(tensor: Tensor) -> float:
    return abs(tensor.scale or 1.0) if is_quantised(tensor) else 1.0


def _reals(tensor: Tensor, values: Values) -> Reals:
    reals = values.astype(np.float64)
    if is_quantised(tensor) and tensor.scale is not None and tensor.zero_point is not None:
        reals = (reals - tensor.zero_point) * tensor.scale
    return reals


def _largest(figures: Reals) -> float | None:
    """Return the largest figure that is a number; None if none is."""
    numbers = figures[np.isfinite(figures)]
    return float(numbers.max()) if numbers.size else None


def _told(tensor: Tensor, index: int, have: float, want: float) -> str:
    place = ", ".join(str(int(part)) for part in np.unravel_index(index, tensor.shape or (1,)))
    where = f"[{place}]" if tensor.shape else ""
    digits = next((n for n in (6, 9, 17) if f"{have:.{n}g}" != f"{want:.{n}g}"), 6)
    return f"{_name(tensor)}{where}: {have:.{digits}g} instead of {want:.{digits}g}"


def _name(tensor: Tensor) -> str:
    line = " ".join(tensor.name.split())
    return line if len(line) <= MAX_NAME else f"{line[: MAX_NAME - 3]}..."
