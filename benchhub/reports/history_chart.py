"""A chart of one series of a history: its points, its levels, and where it changed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from benchhub.analysis.history import Series, Shift
from benchhub.analysis.past_points import Point
from benchhub.reports.history_words import change, day, level, which
from benchhub.reports.svg import ACCENT, INK, LINE, MUTED, PAPER, WORSE, drawing, inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 460, 210
# The scale covers at least that share below and above the middle: noise is not blown up.
_LEAST_SPAN = 0.05
_ROOM = 0.14  # of the height, above the points for the labels and below them for the marks
_MOST_TICKS = 4
_TICK_CHARACTERS = 10


def history_chart(
    series: Series, places: Mapping[str, int], days: Sequence[str], name: str
) -> Markup:
    """Draw a series over the runs of its history.

    Args:
        series: The series; it has a figure.
        places: Position of each run on the axis, by its id.
        days: Day of each run, by position.
        name: Prefix of the ids in the SVG, unique in the page.
    """
    with drawing():
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load, not always needed

        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        axes = figure.add_subplot()
        _scale(axes, series, len(days))
        _canary(axes, series, places)
        _levels(axes, series, places)
        tips: dict[str, str | tuple[str, ...]] = {**_points(axes, series, places)}
        for shift in series.shifts:
            _shift(axes, shift, places)
        tips |= _events(axes, series, places)
        _axes(axes, days)
        figure.subplots_adjust(left=0.11, right=0.98, top=0.97, bottom=0.13)
        return inline(figure, name, describe(series), tips=tips)


def describe(series: Series) -> str:
    """Say what the chart shows, for those who do not see it."""
    start = f"{series.case_id} on {series.device} over {len(series.figures)} runs"
    if not series.shifts:
        return f"{start}: it did not move."
    parts = [f"{change(shift)} since run {which(shift.first)}" for shift in series.shifts]
    return f"{start}: {'; '.join(parts)}."


def shown(series: Series, figure: float) -> float:
    """Return a figure in milliseconds, as the axis has it."""
    return figure * series.scale_us / 1000


def _scale(axes: Axes, series: Series, runs: int) -> None:
    figures = [shown(series, figure) for figure in series.figures]
    middle = statistics.median(figures)
    low = min(*figures, middle * (1 - _LEAST_SPAN))
    high = max(*figures, middle * (1 + _LEAST_SPAN))
    room = _ROOM * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.set_xlim(-0.7, max(runs, 2) - 0.3)


def _canary(axes: Axes, series: Series, places: Mapping[str, int]) -> None:
    """Draw what the canary did, at the height of the series; cut off where it leaves the scale."""
    known = [
        (places[point.run_id], point.canary_us)
        for point in series.points
        if point.canary_us is not None and point.figure is not None
    ]
    if not known:
        return
    scale = statistics.median(series.figures) / 1000  # its median takes the height of theirs
    axes.plot(
        [place for place, _ in known],
        [us * scale for _, us in known],
        color=MUTED,
        linewidth=0.9,
        linestyle=(0, (2, 2)),
        alpha=0.7,
        zorder=1,
    )


def _levels(axes: Axes, series: Series, places: Mapping[str, int]) -> None:
    """Draw the median of each level, in the colour of how it differs from the one before."""
    counted = [point for point in series.points if point.figure is not None]
    start, before = 0, None
    for figure, runs in series.levels:
        stretch = counted[start : start + runs]
        ends = places[stretch[0].run_id] - 0.4, places[stretch[-1].run_id] + 0.4
        role = MUTED if before is None else WORSE if figure > before else ACCENT
        axes.plot(ends, [shown(series, figure)] * 2, color=role, linewidth=2.4, zorder=2)
        start, before = start + runs, figure


def _points(axes: Axes, series: Series, places: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Draw the runs, and at the foot those that do not count; return what each one tells."""
    counted = [point for point in series.points if point.figure is not None]
    others = [point for point in series.points if point.figure is None]
    axes.plot(
        [places[point.run_id] for point in counted],
        [shown(series, point.figure) for point in counted if point.figure is not None],
        color=INK,
        marker="o",
        markersize=4.2,
        markeredgecolor=PAPER,
        markeredgewidth=0.6,
        linestyle="none",
        gid="runs",
        zorder=3,
    )
    axes.plot(
        [places[point.run_id] for point in others],
        [0.03] * len(others),
        transform=axes.get_xaxis_transform(),
        color=MUTED,
        marker="x",
        markersize=4.5,
        linestyle="none",
        gid="left-out",
    )
    groups = (("runs", counted), ("left-out", others))
    return {gid: tuple(_tip(series, point) for point in some) for gid, some in groups}


def _tip(series: Series, point: Point) -> str:
    n = point.processes
    told = point.problem or f"{level(series, point.figure)} ms, {n} process{'es' * (n != 1)}"
    return f"{which(point)}, {day(point.created)}: {told}"


def _shift(axes: Axes, shift: Shift, places: Mapping[str, int]) -> None:
    """Mark where a level begins and by how much it differs."""
    role = WORSE if shift.change > 0 else ACCENT
    place = (places[shift.last.run_id] + places[shift.first.run_id]) / 2
    axes.axvline(place, color=role, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    low, high = axes.get_xlim()
    late = (place - low) / (high - low) > 0.8  # no room to the right
    axes.annotate(
        change(shift),
        (place, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(-5 if late else 5, -1),
        textcoords="offset points",
        ha="right" if late else "left",
        va="top",
        color=role,
        fontweight="bold",
    )


def _events(axes: Axes, series: Series, places: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Mark at the foot the runs from which on something else was another one."""
    told: dict[str, list[str]] = {}
    for event in series.events:
        told.setdefault(event.run_id, []).append(event.text)
    axes.plot(
        [places[run_id] for run_id in told],
        [0] * len(told),
        transform=axes.get_xaxis_transform(),
        color=MUTED,
        marker="^",
        markersize=7,
        linestyle="none",
        clip_on=False,
        zorder=4,
        gid="events",
    )
    return {"events": tuple(f"{run_id}: {'; '.join(texts)}" for run_id, texts in told.items())}


def _axes(axes: Axes, days: Sequence[str]) -> None:
    count = min(_MOST_TICKS, len(days))
    step = (len(days) - 1) / max(1, count - 1)
    ticks = sorted({round(i * step) for i in range(count)})
    axes.set_xticks(ticks, [days[tick][:_TICK_CHARACTERS] for tick in ticks])
    for label, tick in zip(axes.get_xticklabels(), ticks, strict=True):
        if len(ticks) > 1:
            label.set_horizontalalignment(
                "left" if tick == ticks[0] else "right" if tick == ticks[-1] else "center"
            )
    axes.locator_params(axis="y", nbins=4)
    axes.tick_params(length=3)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
