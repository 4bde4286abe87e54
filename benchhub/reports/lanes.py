"""Processes drawn below each other, a lane a process; all of a case are a few SVG paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchhub.reports.deviations import Axis, percent_off
from benchhub.reports.spreads import Spread


@dataclass(frozen=True, slots=True)
class Pitch:
    """How processes are drawn that are up to that many.

    Attributes:
        most: Processes.
        name: CSS class of the drawing.
        height: Of a lane, in pixels.
        middle: Of its box, from the top of the lane.
        tick: Half the height of the mark of its statistic.
        point: Height of a mark of an inference, at the top of the lane; 0 if there is no room.
    """

    most: int
    name: str
    height: int
    middle: float
    tick: float
    point: float


# Lanes of a case; of more processes some are drawn, evenly chosen.
MOST_LANES = 40
PITCHES = (
    Pitch(8, "roomy", 13, 8.5, 4, 3),
    Pitch(16, "close", 9, 5.5, 3, 2),
    Pitch(MOST_LANES, "dense", 5, 2.5, 2, 0),
)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The drawing of a case.

    Attributes:
        size: CSS class: `roomy`, `close` or `dense`.
        height: In pixels.
        paths: CSS class and path data, in the order of drawing.
        shown: How many processes are drawn.
        points: How many inferences are drawn by themselves.
    """

    size: str
    height: int
    paths: tuple[tuple[str, str], ...]
    shown: int
    points: int


def lanes(spreads: Sequence[Spread], base_us: float, axis: Axis, most_points: int) -> Lanes:
    """Draw processes.

    Args:
        spreads: The processes, in the order of the rounds.
        base_us: The time that they deviate from, in microseconds.
        axis: The deviations.
        most_points: Inferences of each process that are drawn by themselves at most; 0 for none.
    """
    chosen = _chosen(spreads)
    pitch = next(pitch for pitch in PITCHES if len(chosen) <= pitch.most)
    most_points = most_points if pitch.point else 0
    paths: dict[str, list[str]] = {}
    points = 0
    for i, one in enumerate(chosen):
        lane = _Lane(one, base_us, axis, pitch, i * pitch.height)
        drawn = one.points_us(most_points) if most_points else ()
        points += len(drawn)
        for kind, data in lane.paths(drawn):
            paths.setdefault(kind, []).append(data)
    joined = tuple((kind, "".join(data)) for kind, data in sorted(paths.items(), key=_layer))
    return Lanes(pitch.name, pitch.height * len(chosen), joined, len(chosen), points)


def _chosen(spreads: Sequence[Spread]) -> Sequence[Spread]:
    n = len(spreads)
    if n <= MOST_LANES:
        return spreads
    return [spreads[round(i * (n - 1) / (MOST_LANES - 1))] for i in range(MOST_LANES)]


# What is drawn later lies above.
_LAYERS = ("point", "range", "box", "value")


def _layer(path: tuple[str, list[str]]) -> tuple[int, str]:
    kind = path[0]
    return _LAYERS.index(kind.partition(" ")[0]), kind


@dataclass(frozen=True, slots=True)
class _Lane:
    """One process and where it is drawn."""

    spread: Spread
    base_us: float
    axis: Axis
    pitch: Pitch
    top: int

    def paths(self, points_us: Sequence[float]) -> Iterator[tuple[str, str]]:
        """Yield CSS class and data of its parts."""
        y = self.top + self.pitch.middle
        if points_us:
            # Marks of the same place are one.
            places = dict.fromkeys(self._x(us) for us in points_us)
            yield "point", "".join(f"M{x} {self.top}v{self.pitch.point:g}" for x in places)
        low, high = self.spread.range_us
        kind = "range whole" if self.spread.is_whole else "range"
        inside = self.axis.holds(self._off(low), self._off(high))
        yield kind if inside else f"{kind} clipped", self._line(low, high, y)
        if self.spread.q1_us is not None and self.spread.q3_us is not None:
            yield "box", self._line(self.spread.q1_us, self.spread.q3_us, y)
        beyond = not self.axis.holds(self._off(self.spread.value_us))
        tick = self.pitch.tick
        mark = f"M{self._x(self.spread.value_us)} {y - tick:g}v{2 * tick:g}"
        yield "value beyond" if beyond else "value", mark

    def _off(self, us: float) -> float:
        return percent_off(us, self.base_us)

    def _x(self, us: float) -> int:
        return self.axis.place(self._off(us))

    def _line(self, low_us: float, high_us: float, y: float) -> str:
        low, high = self._x(low_us), self._x(high_us)
        return f"M{low} {y:g}H{max(high, low + 1)}"
