"""Chart of operators under the roof of their device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from benchhub.analysis.roofline import OpWork
from benchhub.records import Peak
from benchhub.reports.labels import Box, Dot, Line
from benchhub.reports.numbers import number
from benchhub.reports.pointed import LABEL_HEIGHT, Label, lines, write
from benchhub.reports.rooflines import RooflinePanel, point_tip
from benchhub.reports.svg import ACCENT, INK, MUTED, PAPER, drawing, inline, shortened, text_width
from benchhub.reports.ticks import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 340, 290
_LARGEST, _SMALLEST = 160.0, 9.0
_TITLE_CHARACTERS = 34
_TYPE_CHARACTERS = 12
_FAINT = 0.55


def roofline_chart(panel: RooflinePanel, name: str) -> Markup:
    """Draw operators by their intensity and rate, under what the device reached in calibration.

    Args:
        panel: The operators and the peaks.
        name: Prefix of the ids in the SVG, unique in the page.
    """
    with drawing():
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load, not always needed

        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
        axes = figure.add_subplot()
        figure.subplots_adjust(left=0.125, right=0.975, top=0.89, bottom=0.155)
        _axes(axes, panel)
        roofs, words, widths = _roofs(axes, panel)
        # Short ones lie on long ones, so that each can be seen and pointed at.
        order = sorted(range(len(panel.points)), key=lambda i: -panel.points[i].row.mean_us)
        for i in order:
            _point(axes, panel, i)
        box = axes.get_window_extent()
        area = Box(float(box.x0) + 2, float(box.y0) + 2, WIDTH - 2, float(box.y1) + 2)
        labels = [*(_label(axes, panel, one) for one in panel.named), *widths]
        rest = [_dot(axes, panel, one).box for one in panel.points[len(panel.named) :]]
        write(figure, labels, area, roofs, [*rest, *words])
        tips = {f"op-{i}": point_tip(one) for i, one in enumerate(panel.points)}
        return inline(figure, name, panel.label, panel.description, tips)


def _axes(axes: Axes, panel: RooflinePanel) -> None:
    across, rates = zip(*map(_at, panel.points), strict=True)
    top = max([*rates, *(peak.gmacs_per_s or 0.0 for peak in (panel.peak, *panel.others))])
    corner = _corner(panel.peak)
    # At least two decades: the roof is to be seen, and how far it is.
    left, right = min([*across, corner / 8]) / 1.8, max([*across, corner * 4]) * 2.2
    bottom, top = min([*rates, top / 60]) / 2.0, top * 1.9
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    ticks = log_ticks(left, right)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ticks = log_ticks(bottom, top)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.tick_params(length=3)
    axes.set_xlabel("MAC per byte")
    title = f"{panel.device}, {panel.case.case.variant.model}"
    axes.set_title(f"{shortened(title, _TITLE_CHARACTERS)}, GMAC/s")


def _corner(peak: Peak) -> float:
    """Return the intensity from which on an operator is bound by computing, from memory."""
    width = peak.gbytes_per_s or _fastest(peak)
    return peak.gmacs_per_s / width if peak.gmacs_per_s and width else 1.0


def _fastest(peak: Peak) -> float | None:
    return max((one.gbytes_per_s for one in peak.copies), default=None)


def _roofs(axes: Axes, panel: RooflinePanel) -> tuple[list[Line], list[Box], list[Label]]:
    """Draw the roofs; return their lines, what is written at them, and what is to be."""
    peak = panel.peak
    cache, memory = _fastest(peak), peak.gbytes_per_s
    roofs: list[Line] = []
    labels: list[Label] = []
    for other in panel.others:
        roofs += _roof(axes, other, _fastest(other) or other.gbytes_per_s, faint=True)
    if cache and (not memory or cache > memory):
        roofs += _roof(axes, peak, cache, faint=True)
        labels.append(_width(axes, peak, cache, "caches"))
    if memory:
        roofs += _roof(axes, peak, memory, faint=False)
        labels.append(_width(axes, peak, memory, "memory"))
    return roofs, [_word(axes, one) for one in (peak, *panel.others)], labels


def _roof(axes: Axes, peak: Peak, width: float | None, *, faint: bool) -> list[Line]:
    """Draw min(P, W x intensity)."""
    if not peak.gmacs_per_s or not width:
        return []
    left, right = axes.get_xlim()
    corner = min(max(peak.gmacs_per_s / width, left), right)
    points = [(left, min(width * left, peak.gmacs_per_s)), (corner, peak.gmacs_per_s)]
    points.append((right, peak.gmacs_per_s))
    style = (0, (3, 3)) if faint else "-"
    axes.plot(*zip(*points, strict=True), color=MUTED, linewidth=1.2, linestyle=style, zorder=1)
    return lines(axes, points)


def _width(axes: Axes, peak: Peak, width: float, what: str) -> Label:
    """Name a diagonal, at the middle of the part that is seen."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    high = min(peak.gmacs_per_s or top, top, width * right)
    low = min(max(bottom, width * left), high)
    rate = math.sqrt(low * high)
    x, y = axes.transData.transform((rate / width, rate))
    text = f"{what} {number(width)} GB/s"
    dot = Dot(float(x), float(y), 0.0, text_width(text), LABEL_HEIGHT)
    return Label(text, MUTED, bold=False, dot=dot)


def _word(axes: Axes, peak: Peak) -> Box:
    """Write what a roof is at its right end; return what that covers."""
    _, right = axes.get_xlim()
    text = f"{shortened(peak.dtype, _TYPE_CHARACTERS)} {number(peak.gmacs_per_s)}"
    axes.annotate(
        text,
        (right, peak.gmacs_per_s or 0.0),
        xytext=(-2, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=MUTED,
    )
    x, y = axes.transData.transform((right, peak.gmacs_per_s or 0.0))
    return Box(float(x) - text_width(text) - 2, float(y) + 2, float(x), float(y) + LABEL_HEIGHT + 3)


def _point(axes: Axes, panel: RooflinePanel, index: int) -> None:
    work = panel.points[index]
    named = work in panel.named
    axes.scatter(
        *_at(work),
        s=_area(panel.points, work),
        facecolor=ACCENT if named else MUTED,
        edgecolor=PAPER,
        linewidth=0.8,
        alpha=1.0 if named else _FAINT,
        zorder=3,
        gid=f"op-{index}",
    )


def _at(work: OpWork) -> tuple[float, float]:
    """Return where a point is; the points of a panel have both figures."""
    return work.intensity or 0.0, work.gmacs_per_s or 0.0


def _area(points: Sequence[OpWork], work: OpWork) -> float:
    longest = max(one.row.mean_us for one in points)
    return max(_SMALLEST, _LARGEST * work.row.mean_us / longest)


def _label(axes: Axes, panel: RooflinePanel, work: OpWork) -> Label:
    """Name a point by its node, which the table beside the chart tells more of."""
    text = f"#{work.cost.node}" if work.cost else work.row.op.op
    return Label(text, INK, bold=False, dot=_dot(axes, panel, work, text))


def _dot(axes: Axes, panel: RooflinePanel, work: OpWork, text: str = "") -> Dot:
    x, y = axes.transData.transform(_at(work))
    radius = math.sqrt(_area(panel.points, work)) / 2
    return Dot(float(x), float(y), radius, text_width(text), LABEL_HEIGHT)
