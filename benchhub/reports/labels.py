"""Places for the labels of points: beside them, on nothing else, and near."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Gaps between point and label that are tried, in pixels, and how many directions of each.
_GAPS = (2.0, 7.0, 13.0, 20.0, 28.0, 38.0, 50.0, 65.0, 82.0, 100.0, 125.0, 155.0, 190.0)
_DIRECTIONS = 24
# A pixel of distance costs one. Lines may be crossed where there is no other room near.
_ON_A_LABEL = 1e6
_OUTSIDE = 1e6
_ON_A_POINT = 1e3
_ON_A_LINE = 12.0
# A label near a point of another one would be taken for that one's.
_CLEARANCE = 7.0
_TOO_NEAR = 2.5
# From this distance on a label is joined to its point by a line, which should cross no other label.
JOINED = 5.0
_ACROSS_A_LABEL = 150.0

# From x, y to x, y, in pixels.
Line = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """Return the area that two share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)

    def outside(self, other: Box) -> float:
        """Return how far it sticks out of another, in pixels, summed over the sides."""
        return (
            max(0.0, other.left - self.left)
            + max(0.0, other.bottom - self.bottom)
            + max(0.0, self.right - other.right)
            + max(0.0, self.top - other.top)
        )

    def gap(self, other: Box) -> float:
        """Return how far two are apart, in pixels; 0 if they touch."""
        across = max(other.left - self.right, self.left - other.right, 0.0)
        return math.hypot(across, max(other.bottom - self.top, self.bottom - other.top, 0.0))

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of it that is nearest to another point."""
        return min(max(x, self.left), self.right), min(max(y, self.bottom), self.top)


@dataclass(frozen=True, slots=True)
class Dot:
    """A point to be labelled: centre, radius, and the size of its label, in pixels."""

    x: float
    y: float
    radius: float
    width: float
    height: float

    @property
    def box(self) -> Box:
        """What it covers."""
        return Box(
            self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius
        )


def place(
    dots: Sequence[Dot],
    area: Box,
    lines: Sequence[Line] = (),
    taken: Sequence[Box] = (),
) -> list[Box]:
    """Return a box for the label of each dot, the first ones nearest to their dots.

    Args:
        dots: The most important first.
        area: What labels stay inside of.
        lines: Lines that labels had better not cover: x, y, x, y.
        taken: What labels may not cover either, e.g. points without a label.
    """
    points = [dot.box for dot in dots] + list(taken)
    placed: list[Box] = []
    for i, dot in enumerate(dots):
        others = points[:i] + points[i + 1 :]
        joints = [
            joint for one, box in zip(dots, placed, strict=False) if (joint := join(one, box))
        ]
        best: tuple[float, Box] | None = None
        for gap in _GAPS:
            if best is not None and best[0] <= gap:
                break  # what is further away costs more than that
            for box in _places(dot, gap):
                cost = _cost(box, dot, area, placed, others, [*lines, *joints])
                if best is None or cost < best[0]:
                    best = cost, box
        if best is not None:
            placed.append(best[1])
    return placed


def join(dot: Dot, box: Box) -> Line | None:
    """Return the line from the edge of a dot to its label; None if they are side by side."""
    x, y = box.nearest(dot.x, dot.y)
    distance = math.hypot(x - dot.x, y - dot.y)
    if distance <= dot.radius + JOINED:
        return None
    start = dot.radius / distance
    return dot.x + start * (x - dot.x), dot.y + start * (y - dot.y), x, y


def _places(dot: Dot, gap: float) -> Iterator[Box]:
    """Yield boxes around a dot, each touching a circle around it from outside."""
    for step in range(_DIRECTIONS):
        angle = 2 * math.pi * step / _DIRECTIONS
        across, up = math.cos(angle), math.sin(angle)
        x = dot.x + (dot.radius + gap) * across + dot.width / 2 * _sign(across)
        y = dot.y + (dot.radius + gap) * up + dot.height / 2 * _sign(up)
        yield Box(x - dot.width / 2, y - dot.height / 2, x + dot.width / 2, y + dot.height / 2)


def _sign(value: float) -> float:
    """Return -1 to 1: at a corner all of the box is beside the dot, at the side half of it."""
    return max(-1.0, min(1.0, 1.5 * value))


def _cost(
    box: Box,
    dot: Dot,
    area: Box,
    placed: Sequence[Box],
    others: Sequence[Box],
    lines: Sequence[Line],
) -> float:
    x, y = box.nearest(dot.x, dot.y)
    joint = join(dot, box)
    return (
        math.hypot(x - dot.x, y - dot.y)
        + _OUTSIDE * box.outside(area)
        + _ON_A_LABEL * sum(box.overlap(other) for other in placed)
        + _ON_A_POINT * sum(box.overlap(other) for other in (dot.box, *others))
        + _TOO_NEAR * sum(max(0.0, _CLEARANCE - box.gap(other)) for other in others)
        + _ON_A_LINE * sum(_crosses(box, line) for line in lines)
        + (_ACROSS_A_LABEL * sum(_crosses(other, joint) for other in placed) if joint else 0.0)
    )


def _crosses(box: Box, line: Line) -> bool:
    """Say whether a line has a part inside a box (Liang and Barsky's clipping)."""
    x, y, to_x, to_y = line
    start, end = 0.0, 1.0
    for delta, low, high in (
        (to_x - x, box.left - x, box.right - x),
        (to_y - y, box.bottom - y, box.top - y),
    ):
        if delta == 0:
            if low > 0 or high < 0:
                return False
            continue
        one, two = sorted((low / delta, high / delta))
        start, end = max(start, one), min(end, two)
    return start < end
