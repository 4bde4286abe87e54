"""The distribution of each process: its inferences, their quartiles, p5 to p95, and its statistic.

Drawn as the deviation from the time of the case, on an axis that a device shares. A page of many
processes draws fewer inferences of each, and says how many: all processes of a case are a few SVG
paths, so that 10,000 of them take about a megabyte.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Latency, Side
from benchhub.reports.deviations import Axis, axis, percent_off
from benchhub.reports.groups import Group, groups
from benchhub.reports.lanes import MOST_LANES, Lanes, lanes
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.numbers import NO_BREAK_SPACE, signed
from benchhub.reports.spreads import Spread, spread

# Inferences drawn of one process at most, and on a page; with fewer than the least of each, none.
MOST_POINTS = 60
PAGE_POINTS = 30_000
LEAST_POINTS = 8

# Cases drawn on a page; where there are more, the fastest of each group, but not fewer than these.
PAGE_CASES = 1000
LEAST_CASES = 4

# Cases that are shown before more are asked for; the first group of a page is shown in any case.
OPEN_CASES = 24

# Rows of the data tables of a page.
MOST_ROWS = 600


@dataclass(frozen=True, slots=True)
class Strip:
    """All processes of one case that count.

    Attributes:
        case: The case.
        mark: How far to trust it.
        anchor: Its section.
        base_us: The time that deviations are from.
        spreads: Each process, in the order of the rounds.
        drawn: The processes as they are drawn.
        extent: From the smallest to the largest statistic, in percent.
        label: What the drawing shows, for those who do not see it.
        told: How many processes and inferences there are, and are drawn.
    """

    case: CaseSummary
    mark: Mark
    anchor: str
    base_us: float
    spreads: tuple[Spread, ...]
    drawn: Lanes
    extent: str
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Section:
    """One group of a device.

    Attributes:
        group: The group.
        strips: Its cases that have a number, as far as they are drawn.
        cases: How many have a number.
        is_open: Whether it is shown before it is asked for.
    """

    group: Group
    strips: tuple[Strip, ...]
    cases: int
    is_open: bool

    @property
    def told(self) -> str:
        """How much it is: `8 configurations, 40 processes`."""
        n = _processes(sum(len(one.spreads) for one in self.strips))
        if len(self.strips) < self.cases:
            return f"the fastest {len(self.strips)} of {self.cases} configurations, {n}"
        return f"{self.cases} configuration{'s' * (self.cases != 1)}, {n}"


@dataclass(frozen=True, slots=True)
class DeviceDistributions:
    """One device.

    Attributes:
        name: Its name.
        axis: The deviations that its drawings share.
        sections: Its groups that have a number.
        rows: Strips and processes of its data table.
        left_out: Processes that the data table has no room for.
    """

    name: str
    axis: Axis
    sections: tuple[Section, ...]
    rows: tuple[tuple[Strip, Spread], ...]
    left_out: int


# What is drawn, in the order of the legend.
KEYS = {
    "point": "inferences, evenly chosen by rank where there are many",
    "box": "the middle half of them",
    "range": "p5 to p95",
    "range whole": "smallest to largest, where p5 and p95 are not known",
    "clipped": "goes on beyond the scale",
    "value": "median of the process, or mean where the tool tells no median",
    "value beyond": "stands beyond the scale",
}


@dataclass(frozen=True, slots=True)
class Distributions:
    """All processes of a run.

    Attributes:
        devices: Those that have any, in the order of the command line.
        keys: CSS class and meaning of what is drawn.
        is_sided: Whether deviations are from the time of the baseline.
    """

    devices: tuple[DeviceDistributions, ...]
    keys: tuple[tuple[str, str], ...]
    is_sided: bool


@dataclass(frozen=True, slots=True)
class _Measured:
    """A case with the processes that count."""

    case: CaseSummary
    spreads: tuple[Spread, ...]
    base_us: float


@dataclass(frozen=True, slots=True)
class _Limits:
    """How many cases of a group are drawn, and how many inferences of a process."""

    cases: int
    points: int


def distributions(
    summary: RunSummary, anchors: Mapping[tuple[str, str], str]
) -> Distributions | None:
    """Return the processes of each device; None if there are none.

    Args:
        summary: The run.
        anchors: Sections of its cases.
    """
    measured = {device.name: list(_measured(device)) for device in summary.devices}
    limits = _limits(measured)
    room, devices = MOST_ROWS, []
    for device in summary.devices:
        mine = {one.case.case.id: one for one in measured[device.name]}
        if mine:
            made = _device(device, mine, limits, room, anchors)
            room -= len(made.rows)
            devices.append(made)
    if not devices:
        return None
    strips = [one for device in devices for part in device.sections for one in part.strips]
    kinds = {kind for one in strips for kind, _ in one.drawn.paths}
    return Distributions(
        devices=tuple(_opened(devices)),
        keys=tuple(_keys(kinds)),
        is_sided=any(one.case.case.side for one in strips),
    )


def _limits(measured: Mapping[str, Sequence[_Measured]]) -> _Limits:
    """Share the room of a page among its groups and processes."""
    of_groups = Counter(
        (device, one.case.case.variant.model, one.case.case.tool)
        for device, ones in measured.items()
        for one in ones
    )
    cases = max(LEAST_CASES, PAGE_CASES // max(1, len(of_groups)))
    drawn = sum(min(n, cases) for n in of_groups.values())
    lanes_each = max((len(one.spreads) for ones in measured.values() for one in ones), default=0)
    points = PAGE_POINTS // max(1, drawn * min(lanes_each, MOST_LANES))
    return _Limits(cases, 0 if points < LEAST_POINTS else min(points, MOST_POINTS))


def _keys(kinds: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    """Yield what is drawn in some way; a clipped range is explained by itself."""
    for key, text in KEYS.items():
        if any(kind in (key, f"{key} clipped") or kind.endswith(f" {key}") for kind in kinds):
            yield ("range clipped" if key == "clipped" else key), text


def _opened(devices: Sequence[DeviceDistributions]) -> Iterator[DeviceDistributions]:
    """Open the first groups of a page."""
    shown = 0
    for device in devices:
        sections = []
        for section in device.sections:
            is_open = not shown or shown + len(section.strips) <= OPEN_CASES
            shown += len(section.strips)
            sections.append(replace(section, is_open=is_open))
        yield replace(device, sections=tuple(sections))


def _measured(device: DeviceSummary) -> Iterator[_Measured]:
    """Yield the cases that have a time; what a candidate is compared with is its baseline."""
    times = {one.case.id: one.latency.value_us for one in device.cases if one.latency}
    for case in device.cases:
        if case.latency is None:
            continue
        spreads = tuple(
            spread(figures, one.round)
            for one in case.counted
            if (figures := one.reading.latency) and _is_time(figures)
        )
        if not spreads:
            continue
        baseline = times.get(f"{case.case.pair_id}~{Side.BASELINE}")
        yield _Measured(case, spreads, baseline or case.latency.value_us)


def _is_time(figures: Latency) -> bool:
    """Tell whether a process can be drawn: a broken one may have told anything."""
    told = (figures.min_us, figures.max_us, *figures.samples_us)
    return 0 < figures.value_us < math.inf and all(0 <= one < math.inf for one in told)


def _device(
    device: DeviceSummary,
    measured: Mapping[str, _Measured],
    limits: _Limits,
    room: int,
    anchors: Mapping[tuple[str, str], str],
) -> DeviceDistributions:
    shared = axis([(one.spreads, one.base_us) for one in measured.values()])
    sections = []
    for group in groups(device):
        strips = tuple(_strips(group, measured, shared, limits, anchors))
        if strips:
            count = sum(one.case.id in measured for one in group.ranked)
            sections.append(Section(group, strips, count, is_open=False))
    rows = [
        (strip, one) for section in sections for strip in section.strips for one in strip.spreads
    ]
    return DeviceDistributions(
        device.name, shared, tuple(sections), tuple(rows[:room]), max(0, len(rows) - room)
    )


def _strips(
    group: Group,
    measured: Mapping[str, _Measured],
    shared: Axis,
    limits: _Limits,
    anchors: Mapping[tuple[str, str], str],
) -> Iterator[Strip]:
    # Both sides of a pair stand together, the baseline first.
    order = {
        pair: i for i, pair in enumerate(dict.fromkeys(one.case.pair_id for one in group.ranked))
    }
    ranked = sorted(group.ranked, key=lambda one: (order[one.case.pair_id], one.case.id))
    there = [measured[one.case.id] for one in ranked if one.case.id in measured]
    for one in there[: limits.cases]:
        yield _strip(one, shared, limits.points, anchors[group.device, one.case.case.id])


def _strip(one: _Measured, shared: Axis, points: int, anchor: str) -> Strip:
    drawn = lanes(one.spreads, one.base_us, shared, points)
    extent = _extent([percent_off(each.value_us, one.base_us) for each in one.spreads])
    return Strip(
        case=one.case,
        mark=mark_of(one.case),
        anchor=anchor,
        base_us=one.base_us,
        spreads=one.spreads,
        drawn=drawn,
        extent=extent,
        label=_label(one, extent),
        told=_told(one, drawn),
    )


def _extent(percents: Sequence[float]) -> str:
    lowest, highest = (signed(end(percents), 1) for end in (min, max))
    return lowest if len(percents) == 1 else f"{lowest} to {highest}"


def _label(one: _Measured, extent: str) -> str:
    n = len(one.spreads)
    what = f"their {one.case.statistic}s" if n > 1 else f"its {one.case.statistic}"
    ranges = [each.range_us for each in one.spreads]
    percents = [percent_off(us, one.base_us) for pair in ranges for us in pair]
    kind = (
        "smallest to largest inference"
        if any(each.is_whole for each in one.spreads)
        else "p5 to p95"
    )
    unit = f"{NO_BREAK_SPACE}%"
    return f"{_processes(n)}, {what} {extent}{unit}, {kind} within {_extent(percents)}{unit}"


def _told(one: _Measured, drawn: Lanes) -> str:
    """Say how many processes and inferences there are, and how many of them are drawn."""
    n, left_out = len(one.spreads), one.case.invalid
    inferences = sum(each.n for each in one.spreads)
    kept = sum(len(each.samples_us) for each in one.spreads)
    parts = [_processes(n) if drawn.shown == n else f"{drawn.shown} of {n} processes drawn"]
    if not kept:
        parts.append(f"{inferences} inferences, not kept by the tool")
    elif not drawn.points:
        parts.append(f"{inferences} inferences, none drawn by itself")
    elif drawn.points < inferences:
        parts.append(f"{drawn.points} of {inferences} inferences drawn")
    else:
        parts.append(f"{inferences} inferences")
    if left_out:
        parts.append(f"{_processes(left_out)} INVALID")
    return "; ".join(parts)


def _processes(n: int) -> str:
    return f"{n} process{'es' * (n != 1)}"
