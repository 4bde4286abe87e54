"""The page of a history: what moved, every series drawn, and how far to trust it."""

from __future__ import annotations

from benchhub.analysis.history import History, Series
from benchhub.reports import page
from benchhub.reports.history_section import draw
from benchhub.reports.history_words import (
    cautions,
    day,
    extent,
    headline,
    level,
    row,
    short,
    still,
)

# More charts make a page that no one looks through; series that moved are always drawn.
MOST_CHARTS = 60
SECTIONS = (
    ("answer", "Answer"),
    ("moved", "What moved"),
    ("series", "Every series"),
    ("trust", "How far to trust it"),
)


def render_history_html(history: History, home: str = "") -> str:
    """Render the page of a history: it loads nothing and gives the same bytes each time.

    Args:
        history: The history.
        home: Address of the page that lists all runs, in a site; empty outside of one.
    """
    found = history.shifts
    chosen = _chosen(history)
    drawn = draw(history, chosen, "series")
    anchors = {(one.series.device, one.series.case_id): one.anchor for one in drawn}
    absent = {"moved": not found, "series": not drawn}
    return page.render(
        "history_page.html.j2",
        history=history,
        home=home,
        sections=[pair for pair in SECTIONS if not absent.get(pair[0])],
        headline=headline(history),
        still=still(history) if found else "",
        extent=extent(history),
        rows=[row(series, shift) for series, shift in found],
        drawn=drawn,
        not_drawn=sum(bool(one.figures) for one in history.series) - len(drawn),
        anchors=anchors,
        cautions=cautions(history),
        level=level,
        day=day,
        short=short,
    )


def _chosen(history: History) -> list[Series]:
    """Return the series to draw: those that moved, worst first, then the others."""
    moved = list(dict.fromkeys(series for series, _ in history.shifts))
    others = [one for one in history.series if one.figures and not one.shifts]
    return moved + others[: max(0, MOST_CHARTS - len(moved))]
