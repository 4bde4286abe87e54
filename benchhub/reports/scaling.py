"""Time against threads: the series of a chart, only of cases that ran as they were asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchhub.analysis.statistics import Estimate
from benchhub.analysis.summary import TRUSTED, CaseSummary, RunSummary
from benchhub.records import Status
from benchhub.reports.groups import Group, groups
from benchhub.reports.names import full

# Lines of one panel; a group with more gets a panel a variant.
MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Point:
    """The time of one case."""

    threads: int
    time: Estimate


@dataclass(frozen=True, slots=True)
class Series:
    """One variant and configuration over thread counts, fewest threads first."""

    label: str
    points: tuple[Point, ...]

    @property
    def times(self) -> Mapping[int, float]:
        """Time in microseconds by thread count."""
        return {point.threads: point.time.value_us for point in self.points}

    @property
    def gain(self) -> float:
        """Time with the fewest threads divided by the time with the most."""
        return self.points[0].time.value_us / self.points[-1].time.value_us

    @property
    def ideal(self) -> float:
        """What the gain would be if twice the threads took half the time."""
        return self.points[-1].threads / self.points[0].threads

    @property
    def gets_slower(self) -> bool:
        """Whether the most threads are slower than fewer, beyond their intervals."""
        last, best = self.points[-1].time, self.best.time
        return (last.low_us or last.value_us) > (best.high_us or best.value_us)

    @property
    def best(self) -> Point:
        """The fastest point."""
        return min(self.points, key=lambda point: point.time.value_us)


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart."""

    device: str
    title: str
    series: tuple[Series, ...]

    @property
    def threads(self) -> tuple[int, ...]:
        """All thread counts of the panel."""
        return tuple(sorted({point.threads for one in self.series for point in one.points}))


@dataclass(frozen=True, slots=True)
class Scaling:
    """All panels, and the cases in none, as their delegate did not run, or not as it should."""

    panels: tuple[Panel, ...]
    left_out: tuple[str, ...]


def scaling(summary: RunSummary) -> Scaling:
    """Return the panels of a run; none if nothing was measured with two thread counts."""
    panels: list[Panel] = []
    left_out: list[str] = []
    for device in summary.devices:
        for group in groups(device):
            found = list(_panels(group))
            panels += found
            if found:
                left_out += [
                    f"{full(case.case)} on {device.name}"
                    for case in group.ranked
                    if case.latency and not _ran_as_asked(case)
                ]
    return Scaling(tuple(panels), tuple(left_out))


def _panels(group: Group) -> Iterator[Panel]:
    lines = [one for one in _series(group) if len(one.points) > 1]
    title = " · ".join(part for part in (group.device, group.title) if part)
    if not lines:
        return
    if len(lines) <= MOST_LINES:
        yield Panel(group.device, title, tuple(lines))
        return
    for variant in dict.fromkeys(line.label.partition(" ")[0] for line in lines):
        mine = [line for line in lines if line.label.partition(" ")[0] == variant]
        for start in range(0, len(mine), MOST_LINES):
            chunk = tuple(mine[start : start + MOST_LINES])
            yield Panel(group.device, f"{title}, {variant}", chunk)


def _ran_as_asked(case: CaseSummary) -> bool:
    """Tell whether the time is that of the configuration, which a chart names without a mark."""
    return case.is_its_own and case.status in (*TRUSTED, Status.SUSPECT)


def _series(group: Group) -> Iterator[Series]:
    lines: dict[str, list[CaseSummary]] = {}
    for case in group.ranked:
        if case.latency and _ran_as_asked(case):
            chosen = case.case.configuration
            lines.setdefault(f"{case.case.variant.variant} {chosen.name}", []).append(case)
    for label, cases in lines.items():
        points = [
            Point(case.case.configuration.threads, case.latency) for case in cases if case.latency
        ]
        yield Series(label, tuple(sorted(points, key=lambda point: point.threads)))
