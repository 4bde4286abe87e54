"""Chart of what stands against what: accuracy or size of each variant against its latency."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from benchhub.analysis.phrases import SHARES, metric_name
from benchhub.reports.fronts import Front, Spot, tip
from benchhub.reports.labels import Box, Dot, Line
from benchhub.reports.pointed import LABEL_HEIGHT, Label, lines, write
from benchhub.reports.svg import ACCENT, INK, MUTED, PAPER, drawing, inline, shortened, text_width
from benchhub.reports.ticks import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 340, 290
# Variants that are labelled; further ones tell their name when they are pointed at.
MOST_LABELS = 18
_LABEL_CHARACTERS = 22
_TITLE_CHARACTERS = 44
# Areas of points in square points; the largest file gets the largest.
_LARGEST, _SMALLEST, _UNKNOWN = 220.0, 16.0, 36.0
_FAINT = 0.4
# Intervals stretch the axis up to this factor beyond the points; wider ones go out of the picture.
_WIDEST = 1.25
_MARGIN = 0.09  # of the range that the points have


def front_chart(front: Front, name: str) -> Markup:
    """Draw the variants of a model on one device, the better the higher (or the lower the size).

    Args:
        front: The points.
        name: Prefix of the ids in the SVG, unique in the page.
    """
    with drawing():
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load, not always needed

        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
        axes = figure.add_subplot()
        figure.subplots_adjust(left=0.125, right=0.975, top=0.89, bottom=0.155)
        _axes(axes, front)
        steps = _line(axes, front)
        # Small points lie on large ones, so that each can be seen and pointed at.
        order = sorted(front.spots, key=lambda spot: -_area(front, spot))
        for spot in order:
            _point(axes, front, spot)
        _labels(figure, axes, front, steps)
        tips = {_gid(front, spot): tip(front, spot) for spot in front.spots}
        return inline(figure, name, front.label, front.description, tips)


def _axes(axes: Axes, front: Front) -> None:
    times = [spot.ms for spot in front.spots]
    ends = times + [end for spot in front.spots for end in spot.interval_ms or ()]
    low = max(min(ends), min(times) / _WIDEST)
    high = min(max(ends), max(times) * _WIDEST)
    low, high = _log_range(low, high)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = log_ticks(low, high)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    heights = [spot.y for spot in front.spots]
    if front.metric:
        least = 0.02 if front.metric in SHARES else 1e-3 * max(map(abs, heights)) or 1.0
        spread = max(max(heights) - min(heights), least)
        middle = (max(heights) + min(heights)) / 2
        half = spread * (0.5 + 1.6 * _MARGIN)
        axes.set_ylim(middle - half, middle + half)
        axes.locator_params(axis="y", nbins=5)
        if front.metric in SHARES:
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}")
    else:
        axes.set_yscale("log")
        low, high = _log_range(min(heights), max(heights))
        axes.set_ylim(low, high)
        ticks = log_ticks(low, high)
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.tick_params(length=3)
    axes.set_xlabel("latency, ms")
    unit = ", %" if front.metric in SHARES else ""
    what = f"{metric_name(front.metric)}{unit}" if front.metric else "file, MB"
    axes.set_title(shortened(f"{front.title}, {what}", _TITLE_CHARACTERS))


def _log_range(low: float, high: float) -> tuple[float, float]:
    """Return limits around values on a log scale, with room for points and labels."""
    room = max(high / low, 1.2) ** (1.3 * _MARGIN)
    widen = math.sqrt(max(1.2 / (high / low), 1.0))
    return low / room / widen, high * room * widen


def _line(axes: Axes, front: Front) -> list[Line]:
    """Draw the border of what can be had; return its pieces in pixels."""
    border = [(spot.ms, spot.y) for spot in front.spots if spot.on_line]
    corners = border[:1]
    for (_, before), (time, height) in itertools.pairwise(border):
        corners += [(time, before), (time, height)]
    axes.plot(*zip(*corners, strict=True), color=ACCENT, linewidth=1.1, zorder=1)
    return lines(axes, corners)


def _point(axes: Axes, front: Front, spot: Spot) -> None:
    role = ACCENT if spot.efficient else MUTED
    alpha = 1.0 if spot.efficient else _FAINT
    if spot.interval_ms:
        axes.plot(
            spot.interval_ms,
            [spot.y] * 2,
            color=role,
            linewidth=2.4,
            alpha=alpha * _FAINT,
            zorder=2,
        )
    axes.scatter(
        [spot.ms],
        [spot.y],
        s=_area(front, spot),
        facecolor=role,
        edgecolor=PAPER,
        linewidth=1,
        alpha=alpha,
        zorder=3,
        gid=_gid(front, spot),
    )
    if spot.picked:
        ring = (math.sqrt(_area(front, spot)) + 5) ** 2
        axes.scatter(
            [spot.ms], [spot.y], s=ring, facecolor="none", edgecolor=INK, linewidth=1.2, zorder=4
        )


def _area(front: Front, spot: Spot) -> float:
    largest = max((one.candidate.size_bytes or 0 for one in front.spots), default=0)
    if not spot.candidate.size_bytes:
        return _UNKNOWN
    return max(_SMALLEST, _LARGEST * spot.candidate.size_bytes / largest)


def _gid(front: Front, spot: Spot) -> str:
    return f"spot-{front.spots.index(spot)}"


def _labels(
    figure: Figure,
    axes: Axes,
    front: Front,
    steps: Sequence[Line],
) -> None:
    """Write the names: those that matter most first, so that they are nearest."""
    spots = sorted(front.spots, key=lambda spot: (not spot.picked, not spot.efficient))
    labels = [_label(axes, front, spot) for spot in spots[:MOST_LABELS]]
    rest = [_dot(axes, front, spot).box for spot in spots[MOST_LABELS:]]
    box = axes.get_window_extent()
    area = Box(float(box.x0) + 2, float(box.y0) + 2, WIDTH - 2, float(box.y1) + 2)
    write(figure, labels, area, steps, rest)


def _label(axes: Axes, front: Front, spot: Spot) -> Label:
    name = shortened(spot.candidate.variant, _LABEL_CHARACTERS)
    text = f"{name}, pick" if spot.picked else name
    role = INK if spot.efficient else MUTED
    return Label(text, role, spot.picked, _dot(axes, front, spot, text))


def _dot(axes: Axes, front: Front, spot: Spot, text: str = "") -> Dot:
    x, y = axes.transData.transform((spot.ms, spot.y))
    radius = math.sqrt(_area(front, spot)) / 2 + (3 if spot.picked else 0)
    return Dot(float(x), float(y), radius, text_width(text, bold=spot.picked), LABEL_HEIGHT)
