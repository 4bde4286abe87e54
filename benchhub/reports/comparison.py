"""All configurations of a device side by side: times with intervals."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, DeviceSummary
from benchhub.reports.groups import Group, groups
from benchhub.reports.marks import Mark, mark_of

# An interval is drawn up to this multiple of the slowest time of its group.
WIDEST = 1.3

# The finding of a GPU delegate that was loaded instead of compiled.
FROM_CACHE = "gpu.serialized"


@dataclass(frozen=True, slots=True)
class Bar:
    """A time and its interval, as percent of the width; None without an interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the comparison.

    Attributes:
        case: The case.
        mark: How far to trust it.
        anchor: Its section.
        planned: Processes that were to measure its latency.
        speedup: Against the reference; None also where the number is not the configuration's own.
        peak_bytes: Median over processes of the largest resident set.
        warm_init: Its delegate came from a cache, so that its init is not that of a first start.
        bar: Its time drawn; None without a number.
    """

    case: CaseSummary
    mark: Mark
    anchor: str
    planned: int
    speedup: float | None
    peak_bytes: float | None
    warm_init: bool
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Section:
    """One group of a device."""

    group: Group
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DeviceComparison:
    """One device."""

    name: str
    tools: tuple[str, ...]
    sections: tuple[Section, ...]
    has_means: bool
    has_peaks: bool


def compare(device: DeviceSummary, anchors: Mapping[tuple[str, str], str]) -> DeviceComparison:
    """Return the tables of one device."""
    found = groups(device)
    return DeviceComparison(
        name=device.name,
        tools=device.tools,
        sections=tuple(
            Section(
                group,
                tuple(
                    _row(case, group, anchors[device.name, case.case.id]) for case in group.ranked
                ),
            )
            for group in found
        ),
        has_means=any(case.statistic == "mean" and case.latency for case in device.cases),
        has_peaks=any(_peak_bytes(case) is not None for case in device.cases),
    )


def _row(case: CaseSummary, group: Group, anchor: str) -> Row:
    return Row(
        case=case,
        mark=mark_of(case),
        anchor=anchor,
        planned=case.planned,
        speedup=case.speedup,
        peak_bytes=_peak_bytes(case),
        warm_init=any(one.id == FROM_CACHE for one in case.findings),
        bar=_bar(case, _full_width(group)),
    )


def _peak_bytes(case: CaseSummary) -> float | None:
    memories = [one.reading.memory for one in case.counted]
    peaks = [one.rss_peak_bytes for one in memories if one and one.rss_peak_bytes is not None]
    return statistics.median(peaks) if peaks else None


def _full_width(group: Group) -> float:
    """Return the time at the end of the bars: a wide interval does not shrink all others."""
    times = [one.latency for one in group.ranked if one.latency]
    slowest = max((time.value_us for time in times), default=0.0)
    ends = max((time.high_us or time.value_us for time in times), default=0.0)
    return min(ends, WIDEST * slowest)


def _bar(case: CaseSummary, full_us: float) -> Bar | None:
    time = case.latency
    if time is None or not full_us:
        return None
    low, high = (
        None if us is None else round(min(100.0, 100 * us / full_us), 2)
        for us in (time.low_us, time.high_us)
    )
    return Bar(round(100 * time.value_us / full_us, 2), low, high)
