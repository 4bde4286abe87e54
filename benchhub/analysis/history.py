"""How the figures of a suite moved over its runs, and since when.

A run's figure is the median over its processes, divided by that of the canary case of the same run
where the suite names one: what slows the whole device slows both. A series is searched for changes
of its level by E-divisive (`benchhub.analysis.changes`); small ones are not told. A change is an
alert that a person looks at, never a verdict.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.changes import ChangePoint, change_points
from benchhub.analysis.events import Event, events_of
from benchhub.analysis.past_points import Key, Measured, Point, canary_of, measured, points_of
from benchhub.records import Case
from benchhub.results.past import Past, PastRun

# Changes below that share of the level before are not told.
LEAST_CHANGE = 0.02
# With fewer runs even a step far above the noise is often missed at p <= 0.01.
ENOUGH_RUNS = 12
# Neighbours that are so alike make many false alarms; fewer runs cannot tell it.
SLOW_NOISE = 0.3


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of the level of a series.

    Attributes:
        last: Last point of the level before.
        first: First point of the new level.
        before: Median of the level before: microseconds, or the ratio to the canary.
        after: Median of the new level.
        runs_before: Runs of the level before.
        runs_after: Runs of the new level.
        p: How often shuffled figures split as clearly.
        events: What else changed there.
    """

    last: Point
    first: Point
    before: float
    after: float
    runs_before: int
    runs_after: int
    p: float
    events: tuple[Event, ...] = ()

    @property
    def change(self) -> float:
        """Share of the level before: 0.05 is 5 % slower."""
        return self.after / self.before - 1


@dataclass(frozen=True, slots=True)
class Series:
    """One case on one device.

    Attributes:
        device: Name of the device.
        case_id: Id of the case.
        canary: Id of the case that it is divided by; None if it is divided by nothing.
        is_canary: Whether it is what the others are divided by.
        points: Oldest first, also those that do not count.
        events: What else changed, oldest first.
        shifts: Changes of its level, oldest first.
        autocorrelation: Of neighbours within a level, -1 to 1; None with too few runs to tell.
    """

    device: str
    case_id: str
    canary: str | None
    is_canary: bool
    points: tuple[Point, ...]
    events: tuple[Event, ...]
    shifts: tuple[Shift, ...]
    autocorrelation: float | None

    @property
    def figures(self) -> tuple[float, ...]:
        """What is judged, oldest first."""
        return tuple(point.figure for point in self.points if point.figure is not None)

    @property
    def scale_us(self) -> float:
        """What turns a figure into microseconds: the median of the canary, or 1 without one.

        So figures are shown as times of a run in which the canary took its median.
        """
        if self.canary is None:
            return 1.0
        known = [
            point.canary_us
            for point in self.points
            if point.canary_us is not None and point.figure is not None
        ]
        return statistics.median(known) if known else 1.0

    @property
    def levels(self) -> tuple[tuple[float, int], ...]:
        """Median of each level and the number of its runs, oldest first."""
        if not self.shifts:
            figures = self.figures
            return ((statistics.median(figures), len(figures)),) if figures else ()
        first = self.shifts[0]
        rest = ((shift.after, shift.runs_after) for shift in self.shifts)
        return ((first.before, first.runs_before), *rest)

    @property
    def is_short(self) -> bool:
        """Whether it has too few runs for a clear answer."""
        return len(self.figures) < ENOUGH_RUNS

    @property
    def is_slow_noise(self) -> bool:
        """Whether neighbouring runs are more alike than chance makes them."""
        limit = max(SLOW_NOISE, 2 / math.sqrt(max(1, len(self.figures))))
        return self.autocorrelation is not None and self.autocorrelation > limit


@dataclass(frozen=True, slots=True)
class History:
    """The runs of a suite and how its figures moved.

    Attributes:
        suite: Name of the suite.
        canary: The case that the newest run's suite names; None without one.
        runs: Id, and when it began, of each run; oldest first.
        series: By device and case in the order of the newest run, cases that it lacks last.
        notes: What was left out, a sentence each.
        dropped: Processes whose time was no number above 0.
    """

    suite: str
    canary: str | None
    runs: tuple[tuple[str, str], ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...]
    dropped: int

    @property
    def shifts(self) -> list[tuple[Series, Shift]]:
        """All changes: the largest slow-down first, the largest gain last."""
        found = [(one, shift) for one in self.series for shift in one.shifts]
        return sorted(found, key=lambda pair: -pair[1].change)


def make_history(past: Past) -> History:
    """Return how the figures of a suite moved."""
    told = [measured(run) for run in past.runs]
    canary = past.runs[-1].plan.canary if past.runs else None
    return History(
        suite=past.suite,
        canary=canary,
        runs=tuple((run.plan.run_id, run.plan.created) for run in past.runs),
        series=tuple(_series(key, case, canary, past.runs, told) for key, case in _keys(past.runs)),
        notes=past.notes,
        dropped=sum(one.dropped for found in told for one in found.values()),
    )


def _keys(runs: Sequence[PastRun]) -> Iterator[tuple[Key, Case]]:
    """Yield device, case id and case of each series, in the order of the newest runs."""
    seen: set[Key] = set()
    for run in reversed(runs):
        timed = {(one.device, one.case_id) for one in run.processes}
        for device, case in itertools.product(run.plan.devices, run.plan.cases):
            key = (device, case.id)
            if key in timed and key not in seen:
                seen.add(key)
                yield key, case


def _series(
    key: Key,
    case: Case,
    canary: str | None,
    runs: Sequence[PastRun],
    told: Sequence[Mapping[Key, Measured]],
) -> Series:
    device, case_id = key
    divisor = canary_of(case, canary)
    # A canary that a device cannot run at all would leave that device without a history.
    known = any(
        not found[device, divisor].problem
        for found in told
        if divisor and (device, divisor) in found
    )
    chosen = divisor if known else None
    points = points_of(key, chosen, runs, told)
    events = events_of(device, case_id, chosen, points, runs)
    counted = [point for point in points if point.figure is not None]
    logs = [math.log(point.figure) for point in counted if point.figure is not None]
    found = large_enough(logs, change_points(logs))
    return Series(
        device=device,
        case_id=case_id,
        canary=None if chosen == case_id else chosen,
        is_canary=divisor == case_id,
        points=points,
        events=events,
        shifts=tuple(_shifts(counted, logs, found, points, events)),
        autocorrelation=_autocorrelation(logs, found),
    )


def large_enough(
    logs: Sequence[float], found: Sequence[ChangePoint], least: float = LEAST_CHANGE
) -> tuple[ChangePoint, ...]:
    """Leave out changes that are too small, the smallest first; their levels become one.

    Args:
        logs: Logarithms of the figures.
        found: Changes, in order.
        least: Share of the level before that a change has to reach.
    """
    kept = list(found)
    while kept:
        levels = [statistics.median(level) for level in _levels(logs, kept)]
        steps = [math.expm1(after - before) for before, after in itertools.pairwise(levels)]
        smallest = min(range(len(steps)), key=lambda i: abs(steps[i]))
        if abs(steps[smallest]) >= least:
            break
        del kept[smallest]
    return tuple(kept)


def _levels(logs: Sequence[float], found: Sequence[ChangePoint]) -> list[Sequence[float]]:
    bounds = [0, *(change.index for change in found), len(logs)]
    return [logs[start:end] for start, end in itertools.pairwise(bounds)]


def _shifts(
    counted: Sequence[Point],
    logs: Sequence[float],
    found: Sequence[ChangePoint],
    points: Sequence[Point],
    events: Sequence[Event],
) -> Iterator[Shift]:
    levels = _levels(logs, found)
    medians = [math.exp(statistics.median(level)) if level else math.nan for level in levels]
    order = {point.run_id: place for place, point in enumerate(points)}
    for i, change in enumerate(found):
        last, first = counted[change.index - 1], counted[change.index]
        between = range(order[last.run_id] + 1, order[first.run_id] + 1)
        yield Shift(
            last=last,
            first=first,
            before=medians[i],
            after=medians[i + 1],
            runs_before=len(levels[i]),
            runs_after=len(levels[i + 1]),
            p=change.p,
            events=tuple(one for one in events if order[one.run_id] in between),
        )


def _autocorrelation(logs: Sequence[float], found: Sequence[ChangePoint]) -> float | None:
    """Return the correlation of neighbours within the levels; None where it cannot be told."""
    if len(logs) < ENOUGH_RUNS:
        return None
    rests = [[value - statistics.fmean(level) for value in level] for level in _levels(logs, found)]
    spread = sum(rest * rest for level in rests for rest in level)
    if not spread:
        return None
    products = (a * b for level in rests for a, b in itertools.pairwise(level))
    return sum(products) / spread
