"""All configurations of a device side by side: times with intervals, and each single process."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, DeviceSummary
from benchhub.reports.groups import Group, groups
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.numbers import signed

# A strip shows at least this range of deviations, in percent. Ranges of inferences stretch it up
# to the first limits, the processes' own numbers, which matter more, up to the second.
LEAST_PERCENT = 2.0
RANGE_LIMITS = (-30.0, 60.0)
VALUE_LIMITS = (-60.0, 120.0)
STEPS = (1, 2, 5, 10, 20, 50)
MOST_TICKS = 7

# An interval is drawn up to this multiple of the slowest time of its group.
WIDEST = 1.3

# The finding of a GPU delegate that was loaded instead of compiled.
FROM_CACHE = "gpu.serialized"

# Height of one process in a strip; many processes are drawn closer together.
PITCHES = ((8, 6.0), (16, 4.0), (10_000, 2.5))


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
class Process:
    """One fresh process on a strip; all places are percent of the width.

    Attributes:
        x: Its statistic.
        y: Its line, in pixels from the top.
        low: Beginning of its range.
        high: End of its range.
        whole: Whether the range is min to max, because there is no p5 to p95.
        clipped: Whether the range goes on beyond the axis.
        beyond: Whether even the statistic is beyond the axis, so that it stands at its end.
    """

    x: float
    y: float
    low: float
    high: float
    whole: bool
    clipped: bool
    beyond: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """All processes of one case, as deviations from its time; `extent` tells their statistics."""

    case: CaseSummary
    mark: Mark
    anchor: str
    height: float
    processes: tuple[Process, ...]
    extent: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Deviations in percent that the strips of a device share."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def place(self, percent: float) -> float:
        """Return where a deviation is, 0 to 100; what is beyond is put at the end."""
        inside = min(max(percent, self.low), self.high)
        return round(100 * (inside - self.low) / (self.high - self.low), 2)


@dataclass(frozen=True, slots=True)
class Section:
    """One group of a device."""

    group: Group
    rows: tuple[Row, ...]
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class DeviceComparison:
    """One device."""

    name: str
    tools: tuple[str, ...]
    sections: tuple[Section, ...]
    axis: Axis
    has_means: bool
    has_peaks: bool


def compare(device: DeviceSummary, anchors: Mapping[tuple[str, str], str]) -> DeviceComparison:
    """Return the tables and strips of one device."""
    found = groups(device)
    axis = _axis(device)
    return DeviceComparison(
        name=device.name,
        tools=device.tools,
        sections=tuple(
            Section(
                group,
                tuple(
                    _row(case, group, anchors[device.name, case.case.id]) for case in group.ranked
                ),
                tuple(_strips(group, axis, anchors)),
            )
            for group in found
        ),
        axis=axis,
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


# -------------------------------------------------------------------------- one line a process


def _deviations(case: CaseSummary) -> Iterator[tuple[float, float, float, bool]]:
    """Yield statistic, beginning and end of the range as percent off the case's time."""
    if case.latency is None:
        return
    for one in case.counted:
        found = one.reading.latency
        if found is None:
            continue
        whole = found.p5_us is None or found.p95_us is None
        low = found.min_us if found.p5_us is None or whole else found.p5_us
        high = found.max_us if found.p95_us is None or whole else found.p95_us
        value, start, end = (
            100 * (us / case.latency.value_us - 1) for us in (found.value_us, low, high)
        )
        yield value, start, end, whole


def _axis(device: DeviceSummary) -> Axis:
    spread = [one for case in device.cases for one in _deviations(case)]
    # From the smallest to the largest inference is too far to be drawn: only p5 to p95 count.
    ranges = [(low, high) for _, low, high, whole in spread if not whole]
    low = max(RANGE_LIMITS[0], min((low for low, _ in ranges), default=0.0))
    high = min(RANGE_LIMITS[1], max((high for _, high in ranges), default=0.0))
    values = [value for value, *_ in spread]
    low = max(VALUE_LIMITS[0], min([low, -LEAST_PERCENT, *values]))
    high = min(VALUE_LIMITS[1], max([high, LEAST_PERCENT, *values]))
    step = next((step for step in STEPS if (high - low) / step <= MOST_TICKS), STEPS[-1])
    axis = Axis(low, high, ())
    first, last = int(low / step), int(high / step)
    ticks = tuple((axis.place(i * step), signed(i * step)) for i in range(first, last + 1))
    return Axis(low, high, ticks)


def _strips(group: Group, axis: Axis, anchors: Mapping[tuple[str, str], str]) -> Iterator[Strip]:
    for case in group.ranked:
        spread = list(_deviations(case))
        if spread:
            yield _strip(case, spread, axis, anchors[group.device, case.case.id])


def _strip(
    case: CaseSummary,
    spread: Sequence[tuple[float, float, float, bool]],
    axis: Axis,
    anchor: str,
) -> Strip:
    pitch = next(pitch for most, pitch in PITCHES if len(spread) <= most)
    processes = tuple(
        Process(
            x=axis.place(value),
            y=round(pitch * (i + 0.5), 2),
            low=axis.place(low),
            high=axis.place(high),
            whole=whole,
            clipped=low < axis.low or high > axis.high,
            beyond=not axis.low <= value <= axis.high,
        )
        for i, (value, low, high, whole) in enumerate(spread)
    )
    lowest, highest = (signed(end(spread)[0], 1) for end in (min, max))
    extent = lowest if len(spread) == 1 else f"{lowest} to {highest}"
    return Strip(case, mark_of(case), anchor, pitch * len(spread), processes, extent)
