"""The page of a history: what moved, every series drawn, and how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

import benchhub
from benchhub.analysis.history import History, Series
from benchhub.reports import page
from benchhub.reports.history_chart import history_chart
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


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series, its chart and where it is on the page."""

    series: Series
    chart: Markup
    anchor: str


def render_history_html(history: History) -> str:
    """Render the page of a history: it loads nothing and gives the same bytes each time."""
    found = history.shifts
    chosen = _chosen(history)
    drawn = _draw(history, chosen)
    anchors = {(one.series.device, one.series.case_id): one.anchor for one in drawn}
    absent = {"moved": not found, "series": not drawn}
    template = page.environment().get_template("history.html.j2")
    text = template.render(
        **page.assets(),
        version=benchhub.__version__,
        history=history,
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
    # A lone surrogate (from a broken name) could not be written to a file.
    return text.encode("utf-8", "replace").decode("utf-8")


def _chosen(history: History) -> list[Series]:
    """Return the series to draw: those that moved, worst first, then the others."""
    moved = list(dict.fromkeys(series for series, _ in history.shifts))
    others = [one for one in history.series if one.figures and not one.shifts]
    return moved + others[: max(0, MOST_CHARTS - len(moved))]


def _draw(history: History, chosen: Sequence[Series]) -> list[Drawn]:
    places = {run_id: place for place, (run_id, _) in enumerate(history.runs)}
    days = [day(created) for _, created in history.runs]
    return [
        Drawn(one, history_chart(one, places, days, f"series-{i}"), f"series-{i}-chart")
        for i, one in enumerate(chosen)
    ]
