"""Matplotlib figures as inline SVG that follows the colours of the page.

A figure is drawn in placeholder colours, one a role. Each becomes a CSS class, so that the same SVG
serves light, dark and print. The page's Content-Security-Policy forbids style attributes, so
matplotlib's are turned into classes and presentation attributes. Text stays text, and the same
input gives the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

from benchhub.reports.unseen import spelt, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in our style whatever the user's matplotlibrc says, and leave theirs as it was."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, not always needed

    with mpl.rc_context(), warnings.catch_warnings():
        # A letter that the font lacks is drawn by the browser's fonts: text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def inline(
    figure: Figure,
    name: str,
    label: str,
    description: str = "",
    tips: Mapping[str, str | tuple[str, ...]] | None = None,
) -> Markup:
    """Return a figure as inline SVG without ids of matplotlib's, styles or a date.

    Args:
        figure: The figure.
        name: Prefix of the ids in the SVG, unique in the page.
        label: What it shows, in a sentence, for those who do not see it.
        description: The same in more detail; may be empty.
        tips: What a part shows when it is pointed at, by its gid; several for one with a marker
            for each.
    """
    text = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(text, format="svg", metadata=nothing)
    drawn = visible(text.getvalue())  # XML has no control characters
    root = ET.fromstring(drawn)  # noqa: S314 - matplotlib's own output
    used = {value[1:] for one in root.iter() for value in one.attrib.values() if value[:1] == "#"}
    used |= set(re.findall(r"url\(#([^)]+)\)", drawn))
    _annotate(root, tips or {})
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
    if description:
        told = ET.Element("desc", {"id": f"{name}-desc"})
        told.text = description
        root.insert(0, told)
        root.attrib["aria-describedby"] = f"{name}-desc"
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - serialised, so escaped


def shortened(text: str, characters: int) -> str:
    """Return a text of at most that many characters; the description has all of it."""
    told = spelt(text)  # half a surrogate pair cannot be drawn
    return told if len(told) <= characters else f"{told[: characters - 1]}\N{HORIZONTAL ELLIPSIS}"


def text_width(text: str, *, bold: bool = False) -> float:
    """Return how wide a text is in a figure, in pixels; browsers' fonts are rather narrower."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - slow to load
    from matplotlib.textpath import text_to_path  # noqa: PLC0415

    font = FontProperties(
        family=STYLE["font.family"], size=STYLE["font.size"], weight="bold" if bold else "normal"
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        width, _, _ = text_to_path.get_text_width_height_descent(spelt(text), font, ismath=False)
    return float(width)


def _annotate(root: ET.Element, tips: Mapping[str, str | tuple[str, ...]]) -> None:
    """Give parts a title, which browsers show beside the pointer."""
    for element in root.iter():
        tip = tips.get(element.attrib.get("id", ""))
        if isinstance(tip, str):
            pairs = [(element, tip)]
        else:
            markers = [one for one in element.iter() if one.tag.endswith("}use")] if tip else []
            pairs = list(zip(markers, tip or (), strict=True))
        for part, text in pairs:
            title = ET.Element("title")
            title.text = text
            part.insert(0, title)


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
