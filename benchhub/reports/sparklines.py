"""Sparklines: the figures of a case over some runs, a few pixels high, drawn by a template macro.

They are read beside numbers: no axis, no unit. The scale is never finer than a share of the middle,
so that noise is not blown up into a story.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.history import Series
from benchhub.reports.history_words import change, level

# Pixels.
WIDTH, HEIGHT = 132, 28
_EDGE = 4.0
# The scale covers at least that share below and above the middle.
LEAST_SPAN = 0.05
# More dots would touch each other: then there is a line and the last dot.
MOST_DOTS = 24

WORSE, BETTER, SAME = "worse", "better", "same"


@dataclass(frozen=True, slots=True)
class Level:
    """The median of a stretch of runs.

    Attributes:
        x1: Where it begins, in pixels.
        x2: Where it ends.
        y: Its height, in pixels from the top.
        role: How it differs from the stretch before: `worse`, `better` or `same`.
    """

    x1: float
    x2: float
    y: float
    role: str


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line; all places are pixels from the upper left corner.

    Attributes:
        lines: Points of each stretch without a gap, as SVG wants them.
        dots: Where the runs are that are drawn as dots.
        last: Where the newest figure is; None without any.
        left_out: Where runs are that measured it and have no figure that counts.
        levels: Medians of the stretches between changes; empty where none was looked for.
        label: What it shows, in a sentence.
    """

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    last: tuple[float, float] | None
    left_out: tuple[float, ...]
    levels: tuple[Level, ...]
    label: str


def sparkline(
    values: Sequence[float | None],
    label: str,
    steps: Sequence[tuple[int, int, float]] = (),
    out: Sequence[int] | None = None,
) -> Spark:
    """Draw figures in their order.

    Args:
        values: A figure above 0 a run; None where there is none that counts.
        label: What it shows, in a sentence.
        steps: Levels: place of the first run, of the last one, and the median.
        out: Places that are marked as having no figure that counts; None marks all without one.
    """
    known = [value for value in values if value is not None]
    scale = _Scale(known, len(values))
    spots = [None if value is None else scale.spot(i, value) for i, value in enumerate(values)]
    told = [spot for spot in spots if spot is not None]
    return Spark(
        lines=tuple(_lines(spots)),
        dots=tuple(told) if len(told) <= MOST_DOTS else (),
        last=told[-1] if told else None,
        left_out=tuple(
            scale.x(i) for i, spot in enumerate(spots) if spot is None and (out is None or i in out)
        ),
        levels=tuple(_levels(steps, scale)),
        label=label,
    )


def spark_of(series: Series, places: Mapping[str, int]) -> Spark:
    """Draw a series over the runs of its history.

    Args:
        series: The series.
        places: Position of each run, by its id; those that did not measure the case leave a gap.
    """
    values: list[float | None] = [None] * len(places)
    for point in series.points:
        values[places[point.run_id]] = point.figure
    counted = [places[one.run_id] for one in series.points if one.figure is not None]
    steps, start = [], 0
    for median, runs in series.levels:
        stretch = counted[start : start + runs]
        steps.append((stretch[0], stretch[-1], median))
        start += runs
    out = [places[point.run_id] for point in series.points if point.figure is None]
    return sparkline(values, describe(series), steps, out)


def describe(series: Series) -> str:
    """Say what a sparkline of a series shows."""
    figures = series.figures
    if not figures:
        return "no figure that counts"
    ends = " to ".join(f"{level(series, end(figures))} ms" for end in (min, max))
    moved = ", ".join(f"{change(one)} since {one.first.run_id}" for one in series.shifts)
    return f"{len(figures)} runs, {ends}; {moved or 'no change was found'}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a figure of a run is drawn."""

    known: Sequence[float]
    runs: int

    def x(self, place: int) -> float:
        if self.runs < 2:
            return WIDTH / 2
        return round(_EDGE + (WIDTH - 2 * _EDGE) * place / (self.runs - 1), 1)

    def y(self, value: float) -> float:
        middle = statistics.median(self.known)
        low = min(*self.known, middle * (1 - LEAST_SPAN))
        high = max(*self.known, middle * (1 + LEAST_SPAN))
        return round(HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * (value - low) / (high - low), 1)

    def spot(self, place: int, value: float) -> tuple[float, float]:
        return self.x(place), self.y(value)


def _lines(spots: Sequence[tuple[float, float] | None]) -> Iterator[str]:
    """Yield the stretches of at least two neighbours."""
    stretch: list[tuple[float, float]] = []
    for spot in (*spots, None):
        if spot is not None:
            stretch.append(spot)
            continue
        if len(stretch) > 1:
            yield " ".join(f"{x:g},{y:g}" for x, y in stretch)
        stretch = []


def _levels(steps: Sequence[tuple[int, int, float]], scale: _Scale) -> Iterator[Level]:
    before: float | None = None
    for first, last, median in steps:
        role = SAME if before is None else WORSE if median > before else BETTER
        yield Level(scale.x(first), scale.x(last), scale.y(median), role)
        before = median
