"""Charts of a device over the run: panels below each other on one axis of time.

Drawn by the template with a few paths a panel, so that a long run stays small: a line has at most
four points for each column of the chart (first, lowest, highest, last), which looks the same as all
samples. Long times without a process are cut out of the axis.

The four points: Jugel, Jerzak, Hackenbroich, Markl: M4: a visualization-oriented time series data
aggregation, PVLDB 7(10), 2014.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchhub.reports.numbers import MINUS, number, seconds
from benchhub.reports.telemetry import (
    BATTERY,
    FREQUENCY,
    TEMPERATURE,
    Panel,
    Points,
    Process,
    Series,
    Watch,
)

# Columns of all charts of a page together, and of one at the least and at the most.
PAGE_COLUMNS = 1200
LEAST_COLUMNS, MOST_COLUMNS = 40, 180
# Marks of processes: beyond that many, those that share a place share a mark.
MOST_MARKS = 240
# Shaded ranges; of more, each hundredth of the width has the share of what does not count.
MOST_SHADES = 60
# A time without a process is cut out from so long on, if it is such a part of the whole.
_LONG_S = 900.0
_LONG_SHARE = 0.2
_CUT_PERCENT = 2.0
# A line of more points is drawn thinly.
DENSE = 200
# Heights in pixels.
HEIGHTS = {TEMPERATURE: 132, FREQUENCY: 96}
OTHER_HEIGHT = 62
_ROOM = 6
# An axis shows at least that much; one from zero shows how far a figure has dropped.
_LEAST = {TEMPERATURE: 5.0, BATTERY: 10.0}
_TICKS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400)
_MOST_TICKS = 7
_MINUTES_FROM_S, _HOURS_FROM_S = 150.0, 3 * 3600.0


@dataclass(frozen=True, slots=True)
class Line:
    """A series as it is drawn.

    Attributes:
        name: What it is of.
        path: For an SVG path, x in percent of the width and y in pixels.
        thinned: Whether it has fewer points than samples.
        dense: Whether its points are so near each other that a thick line would be a block.
    """

    name: str
    path: str
    thinned: bool
    dense: bool


@dataclass(frozen=True, slots=True)
class PanelChart:
    """One panel.

    Attributes:
        title: With the unit.
        height: In pixels.
        lines: The most telling first.
        ticks: Place in pixels from the top, and text.
        limit_y: Where the limit is, in pixels; None without one, or where it is far off.
        left_out: Series that have no line.
    """

    title: str
    height: int
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    limit_y: float | None
    left_out: int


@dataclass(frozen=True, slots=True)
class Shade:
    """A shaded range.

    Attributes:
        x: Left edge, in percent.
        width: In percent.
        share: Part of its processes that do not count, 1 for a range: its height.
        throttled: Whether the device was held back.
        title: What happened.
    """

    x: float
    width: float
    share: float
    throttled: bool
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All panels of a device.

    Attributes:
        label: What it shows, in a sentence.
        panels: Panels, the first one on top.
        shades: Ranges that do not count or were throttled.
        marks: Path of the starts of processes that count.
        crosses: Path of those that do not.
        per_mark: Most processes that a mark stands for.
        ticks: Place in percent and text, on the axis of time.
        unit: Unit of these.
        has_shares: Whether shades stand for columns, with a share of processes each.
        cuts: Place in percent of the times that are cut out, and how long they are.
    """

    label: str
    panels: tuple[PanelChart, ...]
    shades: tuple[Shade, ...]
    marks: str
    crosses: str
    per_mark: int
    ticks: tuple[tuple[float, str], ...]
    unit: str
    has_shares: bool
    cuts: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    """Sections of time next to each other: start, end, left and right edge in percent."""

    sections: tuple[tuple[float, float, float, float], ...]

    def place(self, at_s: float) -> float:
        """Return where a moment is, in percent; one that was cut out is at the cut."""
        for start, end, left, right in self.sections:
            if at_s <= end:
                share = (at_s - start) / (end - start) if end > start else 0.0
                return round(left + max(0.0, share) * (right - left), 2)
        return self.sections[-1][3]

    def section(self, at_s: float) -> int:
        """Return the number of the section that a moment is in."""
        for i, (_, end, _, _) in enumerate(self.sections):
            if at_s <= end:
                return i
        return len(self.sections) - 1

    @property
    def shown_s(self) -> float:
        """How much time it has, without what was cut out."""
        return sum(end - start for start, end, _, _ in self.sections)


def charts(found: Sequence[Watch]) -> tuple[Chart, ...]:
    """Return the chart of each device."""
    columns = PAGE_COLUMNS // max(1, len(found))
    columns = max(LEAST_COLUMNS, min(MOST_COLUMNS, columns))
    return tuple(_chart(one, columns) for one in found)


def _chart(watch: Watch, columns: int) -> Chart:
    axis = _axis(watch)
    marks, crosses, per_mark = _marks(watch.processes, axis)
    ticks, unit = _time_ticks(axis)
    shades = tuple(_shades(watch, axis))
    cuts = tuple(
        (round((before[3] + after[2]) / 2, 2), seconds(after[0] - before[1]))
        for before, after in zip(axis.sections, axis.sections[1:], strict=False)
    )
    return Chart(
        label=describe(watch),
        panels=tuple(_panel(one, axis, columns) for one in watch.panels),
        shades=shades,
        marks=marks,
        crosses=crosses,
        per_mark=per_mark,
        ticks=ticks,
        unit=unit,
        has_shares=len(watch.ranges) > MOST_SHADES,
        cuts=cuts,
    )


def describe(watch: Watch) -> str:
    """Say what the chart shows, for those who do not see it."""
    parts = []
    for panel in watch.panels:
        low = min(one.low for one in panel.drawn)
        high = max(one.high for one in panel.drawn)
        span = number(low) if low == high else f"{number(low)} to {number(high)}"
        unit = f" {panel.unit}" if panel.unit else ""
        parts.append(f"{panel.title.lower()} {span}{unit}")
    n = len(watch.processes)
    fate = f"{watch.invalid} of {n} processes INVALID" if watch.invalid else f"{n} processes"
    held = f", {watch.throttled} throttled" if watch.throttled else ""
    return f"{watch.device} over the run: {', '.join(parts)}; {fate}{held}."


def _axis(watch: Watch) -> _Axis:
    """Cut long times without any process out of the axis."""
    busy: list[list[float]] = []
    whole = watch.until_s - min([0.0, *(one.start_s for one in watch.processes)])
    longest = max(_LONG_S, _LONG_SHARE * whole)
    start = min([0.0, *(one.start_s for one in watch.processes)])
    first = [start, start]
    for one in [*watch.processes]:
        if one.start_s - first[1] > longest:
            busy.append(first)
            first = [one.start_s, one.end_s]
        first[1] = max(first[1], one.end_s)
    busy.append(first)
    busy[-1][1] = max(busy[-1][1], watch.until_s)
    if busy[0][0] == busy[0][1] and len(busy) > 1:
        busy = busy[1:]  # nothing happened for long after the run began
    room = 100 - _CUT_PERCENT * (len(busy) - 1)
    total = sum(end - start for start, end in busy) or 1.0
    sections = []
    left = 0.0
    for start, end in busy:
        width = room * (end - start) / total
        sections.append((start, end, left, left + width))
        left += width + _CUT_PERCENT
    return _Axis(tuple(sections))


def _panel(panel: Panel, axis: _Axis, columns: int) -> PanelChart:
    height = HEIGHTS.get(panel.title, OTHER_HEIGHT)
    low, high = _limits(panel)
    scale = (height - 2 * _ROOM) / (high - low)
    limit = panel.limit if panel.limit is not None and low < panel.limit <= high else None

    def y(value: float) -> float:
        return round(height - _ROOM - (value - low) * scale, 1)

    return PanelChart(
        title=f"{panel.title}{f', {panel.unit}' if panel.unit else ''}",
        height=height,
        lines=tuple(_line(one, axis, columns, low, high, height) for one in panel.drawn),
        ticks=tuple((y(tick), _tick(tick)) for tick in value_ticks(low, high, height)),
        limit_y=None if limit is None else y(limit),
        left_out=len(panel.others),
    )


def _limits(panel: Panel) -> tuple[float, float]:
    """Return the ends of an axis: temperatures and charges from the lowest, others from zero."""
    low = min(one.low for one in panel.drawn)
    high = max(one.high for one in panel.drawn)
    least = _LEAST.get(panel.title)
    if least is None:
        return min(0.0, low), high * 1.05 if high > 0 else 1.0
    # A limit far above would press the line flat.
    if panel.limit is not None and high < panel.limit < high + least:
        high = panel.limit
    middle, half = (low + high) / 2, max((high - low) / 2, least / 2)
    return middle - half, middle + half


def value_ticks(low: float, high: float, height: int) -> list[float]:
    """Return round numbers within the limits, about one for each 32 pixels and two at least."""
    wanted = max(2, height // 32)
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    ticks: list[float] = []
    for one in (10, 5, 2, 1):
        step = power * one
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        finer = [i * step for i in range(first, last + 1)]
        if step < rough and len(ticks) > 1:
            break
        ticks = finer
    return ticks


def _tick(value: float) -> str:
    return f"{value:.6g}".replace("-", MINUS)


def _line(series: Series, axis: _Axis, columns: int, low: float, high: float, height: int) -> Line:
    scale = (height - 2 * _ROOM) / (high - low)
    kept = list(_thinned(series.points, axis, columns))
    parts: list[str] = []
    before = -1
    for at_s, value in kept:
        section = axis.section(at_s)
        command = "L" if section == before else "M"
        before = section
        y = height - _ROOM - (value - low) * scale
        parts.append(f"{command}{axis.place(at_s):g} {y:.1f}")
    if len(kept) == 1:
        parts.append("h.4")
    return Line(series.name, "".join(parts), thinned=len(kept) < series.n, dense=len(kept) > DENSE)


def _thinned(points: Points, axis: _Axis, columns: int) -> Iterator[tuple[float, float]]:
    """Keep the first, the lowest, the highest and the last of each column."""
    if len(points) <= 4 * columns:
        yield from points
        return
    column: list[tuple[float, float]] = []
    place = -1
    for point in points:
        now = min(columns - 1, int(axis.place(point[0]) * columns / 100))
        if now != place and column:
            yield from _four(column)
            column = []
        place = now
        column.append(point)
    yield from _four(column)


def _four(column: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    ends = {0, len(column) - 1}
    ends.add(min(range(len(column)), key=lambda i: column[i][1]))
    ends.add(max(range(len(column)), key=lambda i: column[i][1]))
    return [column[i] for i in sorted(ends)]


def _marks(processes: Sequence[Process], axis: _Axis) -> tuple[str, str, int]:
    """Return paths of the starts of processes, and how many a mark stands for at the most."""
    many = len(processes) > MOST_MARKS
    places: dict[tuple[float, bool], int] = {}
    for one in processes:
        x = axis.place(one.start_s)
        if many:
            x = round(round(x * MOST_MARKS / 100) * 100 / MOST_MARKS, 2)
        places[x, one.invalid] = places.get((x, one.invalid), 0) + 1
    good = "".join(f"M{x:g} 5V13" for x, invalid in places if not invalid)
    bad = "".join(f"M{x:g} 0V13" for x, invalid in places if invalid)
    return good, bad, max(places.values(), default=0)


def _shades(watch: Watch, axis: _Axis) -> Iterator[Shade]:
    """Yield a shade for each range; of too many, how much of each column does not count."""
    if len(watch.ranges) > MOST_SHADES:
        yield from _shares(watch.processes, axis)
        return
    for one in watch.ranges:
        x = axis.place(one.start_s)
        end = min(100.0, max(axis.place(one.end_s), x + 0.3))
        yield Shade(x, round(end - x, 2), 1.0, one.throttled, _fate(one.n, one.invalid, one.why))


def _shares(processes: Sequence[Process], axis: _Axis) -> Iterator[Shade]:
    columns: dict[int, list[Process]] = defaultdict(list)
    for one in processes:
        columns[min(99, int(axis.place(one.start_s)))].append(one)
    for x, inside in sorted(columns.items()):
        bad = [one for one in inside if one.invalid or one.throttled]
        if bad:
            invalid = sum(one.invalid for one in bad)
            held = next((one.throttled for one in bad if one.throttled), "")
            why = held or next((one.why for one in bad if one.why), "")
            title = f"{_fate(len(bad), invalid, why)}, of {len(inside)} here"
            yield Shade(float(x), 1.0, round(len(bad) / len(inside), 3), bool(held), title)


def _fate(n: int, invalid: int, why: str) -> str:
    fate = f"{invalid} INVALID" if invalid else "throttled"
    return f"{n} process{'es' * (n != 1)}, {fate}{f': {why}' if why else ''}"


def _time_ticks(axis: _Axis) -> tuple[tuple[tuple[float, str], ...], str]:
    """Return places and texts of ticks, and their unit: that of the moment shown last."""
    last = axis.sections[-1][1]
    scale, unit = (
        (3600.0, "h")
        if last >= _HOURS_FROM_S
        else (60.0, "min")
        if last >= _MINUTES_FROM_S
        else (1.0, "s")
    )
    wanted = axis.shown_s / _MOST_TICKS
    step = next((one for one in _TICKS_S if one >= wanted), 86400 * math.ceil(wanted / 86400))
    ticks = []
    for start, end, _, _ in axis.sections:
        first = math.ceil(start / step)
        ticks += [
            (axis.place(i * step), _tick(round(i * step / scale, 3)))
            for i in range(first, math.floor(end / step) + 1)
        ]
    return tuple(ticks), unit
