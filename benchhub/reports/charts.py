"""Charts of time against threads."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from benchhub.reports.numbers import number
from benchhub.reports.scaling import Panel, Series
from benchhub.reports.svg import INK, MUTED, WORSE, drawing, inline, shortened
from benchhub.reports.ticks import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 340, 230
_MARKERS = "os^Dv*"
_LABEL_CHARACTERS = 19
_LABEL_GAP = 0.075  # of the height of the axes


def scaling_chart(panel: Panel, name: str) -> Markup:
    """Draw time against threads, with what each line would be if threads scaled ideally.

    Args:
        panel: The lines.
        name: Prefix of the ids in the SVG, unique in the page.
    """
    with drawing():
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load, not always needed

        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        axes = figure.add_subplot()
        ends = [_line(axes, i, one) for i, one in enumerate(panel.series)]
        _scaling_axes(axes, panel)
        figure.subplots_adjust(left=0.12, right=0.63, top=0.87, bottom=0.19)
        _end_labels(axes, panel, ends)
        return inline(figure, name, describe(panel))


def describe(panel: Panel) -> str:
    """Say what the chart shows, for those who do not see it."""
    parts = [
        f"{one.label} gains {number(one.gain)} times from {one.points[0].threads} "
        f"to {one.points[-1].threads} threads"
        for one in panel.series
    ]
    return f"Time against threads, {panel.title}: {'; '.join(parts)}."


def _line(axes: Axes, index: int, series: Series) -> tuple[float, str, str]:
    """Draw one series; return where its label belongs, the label and its role."""
    threads = [point.threads for point in series.points]
    times = [point.time.value_us / 1000 for point in series.points]
    ideal = [times[0] * threads[0] / count for count in threads]
    axes.plot(threads, ideal, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)))
    role = WORSE if series.gets_slower else INK
    axes.plot(threads, times, color=role, marker=_MARKERS[index % len(_MARKERS)], markersize=5)
    for point in series.points:
        if point.time.low_us is not None and point.time.high_us is not None:
            ends = [point.time.low_us / 1000, point.time.high_us / 1000]
            axes.plot([point.threads] * 2, ends, color=role, linewidth=1)
    return times[-1], series.label, role


def _scaling_axes(axes: Axes, panel: Panel) -> None:
    threads = panel.threads
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(threads[0] * 0.93, threads[-1] * 1.05)
    low, high = axes.get_ylim()
    ticks = log_ticks(low, high)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks(threads, [str(count) for count in threads])
    axes.minorticks_off()
    axes.tick_params(length=3)
    axes.set_xlabel("threads")
    axes.set_title(shortened(f"{panel.title}, ms", 2 * _LABEL_CHARACTERS))


def _end_labels(axes: Axes, panel: Panel, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write each label at the end of its line, pushed apart where lines end close together."""
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    places = [(math.log10(value) - low) / (high - low) for value, _, _ in ends]
    x = 1.06 * panel.threads[-1]
    for place, (_, label, role) in zip(_apart(places), ends, strict=True):
        axes.text(
            x,
            10 ** (low + place * (high - low)),
            f" {shortened(label, _LABEL_CHARACTERS)}",
            va="center",
            color=role,
        )


def _apart(places: Sequence[float]) -> list[float]:
    """Move places up until neighbours are a label's height apart, then all down to the middle."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for below, above in itertools.pairwise(order):
        moved[above] = max(moved[above], moved[below] + _LABEL_GAP)
    shift = (sum(moved) - sum(places)) / len(places)
    return [place - shift for place in moved]
