"""Charts: matplotlib figures as inline SVG that follows the colours of the page.

A figure is drawn in placeholder colours, one a role. Each becomes a CSS class, so that the same SVG
serves light, dark and print. The page's Content-Security-Policy forbids style attributes, so
matplotlib's are turned into classes and presentation attributes. Text stays text, and the same
input gives the same bytes.
"""

from __future__ import annotations

import io
import itertools
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

from benchhub.reports.numbers import number
from benchhub.reports.scaling import Panel, Series
from benchhub.reports.thermals import Thermal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 340, 230
THERMAL_HEIGHT = 180
LEAST_SPAN_C = 5.0  # a chart of temperatures shows at least this range
INK, MUTED, LINE, ACCENT, WORSE, PAPER = (f"#0{i}0{i}0{i}" for i in range(1, 7))
ROLES = {INK: "ink", MUTED: "muted", LINE: "line", ACCENT: "accent", WORSE: "worse", PAPER: "paper"}

STYLE: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "benchhub",
    "figure.dpi": 72,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the layout is the same everywhere
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 9,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": LINE,
    "axes.linewidth": 1,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": INK,
    "text.parse_math": False,  # a name may contain dollar signs
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "lines.linewidth": 1.4,
}

# Presentation attributes that an SVG element takes from a style.
_KEPT = {
    "fill",
    "fill-opacity",
    "font-size",
    "opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
}
_BOLD = {"bold", "600", "700"}
_MARKERS = "os^Dv*"
_LABEL_CHARACTERS = 19
_LABEL_GAP = 0.075  # of the height of the axes


def scaling_chart(panel: Panel, name: str) -> Markup:
    """Draw time against threads, with what each line would be if threads scaled ideally.

    Args:
        panel: The lines.
        name: Prefix of the ids in the SVG, unique in the page.
    """
    with _style():
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load, not always needed

        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        axes = figure.add_subplot()
        ends = [_line(axes, i, one) for i, one in enumerate(panel.series)]
        _scaling_axes(axes, panel)
        figure.subplots_adjust(left=0.12, right=0.63, top=0.87, bottom=0.19)
        _end_labels(axes, panel, ends)
        return _svg(figure, name, describe(panel))


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
    ticks = _ticks(low, high)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks(threads, [str(count) for count in threads])
    axes.minorticks_off()
    axes.tick_params(length=3)
    axes.set_xlabel("threads")
    axes.set_title(_shortened(f"{panel.title}, ms", 2 * _LABEL_CHARACTERS))


def _ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5 steps within the limits, or round numbers where there are too few."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(1 + i / 10 for i in range(90))):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside[:: max(1, len(inside) // 4)]
    return [low, high]


def _end_labels(axes: Axes, panel: Panel, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write each label at the end of its line, pushed apart where lines end close together."""
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    places = [(math.log10(value) - low) / (high - low) for value, _, _ in ends]
    x = 1.06 * panel.threads[-1]
    for place, (_, label, role) in zip(_apart(places), ends, strict=True):
        axes.text(
            x,
            10 ** (low + place * (high - low)),
            f" {_shortened(label, _LABEL_CHARACTERS)}",
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


def _shortened(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}\N{HORIZONTAL ELLIPSIS}"


def thermal_chart(thermal: Thermal, name: str) -> Markup:
    """Draw the temperature of a device over the run; orange: invocations that do not count."""
    with _style():
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load, not always needed

        figure = Figure(figsize=(WIDTH / 72, THERMAL_HEIGHT / 72))
        axes = figure.add_subplot()
        minutes = [one.minutes for one in thermal.moments]
        axes.plot(minutes, [one.celsius for one in thermal.moments], color=INK, linewidth=1.1)
        bad = [one for one in thermal.moments if one.invalid]
        places = [one.minutes for one in bad], [one.celsius for one in bad]
        axes.plot(*places, color=WORSE, marker="x", markersize=5, linestyle="none")
        # A limit far above would press the line flat.
        if thermal.limit_c is not None and thermal.limit_c < thermal.highest_c + LEAST_SPAN_C:
            axes.axhline(thermal.limit_c, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)))
        low, high = axes.get_ylim()
        middle, half = (low + high) / 2, max((high - low) / 2, LEAST_SPAN_C / 2)
        axes.set_ylim(middle - half, middle + half)
        axes.set_xlim(0, thermal.until or 1)
        axes.locator_params(nbins=5)
        axes.tick_params(length=3)
        axes.set_xlabel("minutes since the run began")
        axes.set_title(_shortened(f"{thermal.device}, °C", 2 * _LABEL_CHARACTERS))
        figure.subplots_adjust(left=0.12, right=0.96, top=0.84, bottom=0.24)
        return _svg(figure, name, describe_thermal(thermal))


def describe_thermal(thermal: Thermal) -> str:
    """Say what the chart shows, for those who do not see it."""
    return (
        f"Temperature of {thermal.device} over the run: {number(thermal.lowest_c)} to "
        f"{number(thermal.highest_c)} °C."
    )


# ------------------------------------------------------------------------------ figure to SVG


@contextmanager
def _style() -> Iterator[None]:
    """Draw in our style whatever the user's matplotlibrc says, and leave theirs as it was."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, not always needed

    with mpl.rc_context(), warnings.catch_warnings():
        # A letter that the font lacks is drawn by the browser's fonts: text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def _svg(figure: Figure, name: str, label: str) -> Markup:
    """Return a figure as inline SVG without ids of matplotlib's, styles or a date."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(text, format="svg", metadata=nothing)
    root = ET.fromstring(text.getvalue())  # noqa: S314 - matplotlib's own output
    used = {value[1:] for one in root.iter() for value in one.attrib.values() if value[:1] == "#"}
    used |= set(re.findall(r"url\(#([^)]+)\)", text.getvalue()))
    _clean(root, name, used)
    box = root.attrib["viewBox"]
    width, height = box.split()[2:]
    root.attrib = {
        "class": "chart",
        "viewBox": box,
        "width": f"{float(width):.0f}",
        "height": f"{float(height):.0f}",
        "role": "img",
        "aria-label": label,
    }
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - serialised, so escaped


def _clean(element: ET.Element, name: str, used: set[str]) -> None:
    """Make one element and all below fit for the page."""
    element.tag = element.tag.rpartition("}")[2]
    attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    style = attributes.pop("style", "")
    identity = attributes.pop("id", None)
    if identity in used:
        attributes["id"] = f"{name}-{identity}"
    for key, value in attributes.items():
        if key == "href":
            attributes[key] = value.replace("#", f"#{name}-")
        attributes[key] = attributes[key].replace("url(#", f"url(#{name}-")
    classes, kept = _split_style(style)
    element.attrib = {**attributes, **kept, **({"class": " ".join(classes)} if classes else {})}
    for key in ("d", "transform", "x", "y"):
        if key in element.attrib:
            element.attrib[key] = re.sub(r"(\.\d\d)\d+", r"\1", element.attrib[key])
    if not (element.text or "").strip():
        element.text = None
    for child in list(element):
        if child.tag.rpartition("}")[2] in ("metadata", "style"):
            element.remove(child)
            continue
        child.tail = None
        _clean(child, name, used)


def _split_style(style: str) -> tuple[list[str], dict[str, str]]:
    """Split a style into classes for our roles and presentation attributes for the rest."""
    classes: list[str] = []
    kept: dict[str, str] = {}
    for item in style.split(";"):
        key, _, value = (part.strip() for part in item.partition(":"))
        if key == "font":
            size = re.search(r"([\d.]+)px", value)
            kept |= {"font-size": size[1]} if size else {}
            classes += ["b"] if _BOLD & set(value.split()) else []
        elif key == "font-weight":
            classes += ["b"] if value in _BOLD else []
        elif value in ROLES and key in ("fill", "stroke"):
            classes.append(f"{key[0]}-{ROLES[value]}")
        elif key in _KEPT:
            kept[key] = value
    return classes, kept
