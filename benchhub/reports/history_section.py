"""The history in the report of a run: how each of its figures came to be what it is.

The page of `benchhub history` says the same of a suite at more length: what a change may be, and
how far to trust an alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from benchhub.analysis.history import History, Series
from benchhub.reports.history_chart import history_chart
from benchhub.reports.history_words import (
    Row,
    cautions,
    day,
    extent,
    headline,
    level,
    row,
    short,
)
from benchhub.reports.sparklines import Spark, spark_of

# With fewer runs there is nothing to look back on.
FEWEST_RUNS = 3
# Runs that a report looks back on; `benchhub history` looks back on more.
LAST = 60
# Each is drawn by matplotlib; series that moved come first.
MOST_CHARTS = 6
# Columns of the table of all figures.
MOST_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series, its chart and where it is on the page."""

    series: Series
    chart: Markup
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series as a line of a table.

    Attributes:
        series: The series.
        spark: Its figures, drawn.
        now: The figure of the newest run in milliseconds; see `Series.scale_us`.
        now_us: The same in microseconds; None if that run has none that counts.
        median: Median of its newest level, in milliseconds.
        last: Its newest change; None if it did not move.
        anchor: Its chart; empty if it is not drawn.
    """

    series: Series
    spark: Spark
    now: str
    now_us: float | None
    median: str
    last: Row | None
    anchor: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """The figures of a run in milliseconds: those of the series, in their order."""

    run_id: str
    day: str
    commit: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistorySection:
    """What the section shows.

    Attributes:
        history: The history, with the series that have enough runs.
        headline: The answer in a sentence.
        extent: Which runs it is about, and what they are divided by.
        lines: A line a series: those that moved first.
        drawn: Charts of the first of them.
        columns: Series of the table of all figures.
        figures: The rows of that table, newest run first.
        cautions: How far an alert can be trusted, a sentence each.
    """

    history: History
    headline: str
    extent: str
    lines: tuple[Line, ...]
    drawn: tuple[Drawn, ...]
    columns: tuple[Series, ...]
    figures: tuple[FigureRow, ...]
    cautions: tuple[str, ...]


def history_section(history: History, run_id: str | None = None) -> HistorySection | None:
    """Return what the section shows.

    Args:
        history: The runs up to the one that the report is of.
        run_id: That run: only its cases are shown. None shows all.

    Returns:
        None if there is no case with a figure in at least three runs.
    """
    chosen = tuple(
        one
        for one in history.series
        if len(one.figures) >= FEWEST_RUNS
        and (run_id is None or any(point.run_id == run_id for point in one.points))
    )
    if not chosen:
        return None
    history = replace(history, series=chosen)
    moved = list(dict.fromkeys(series for series, _ in history.shifts))
    ordered = (*moved, *(one for one in chosen if not one.shifts))
    drawn = draw(history, ordered[:MOST_CHARTS], "past")
    anchors = {id(one.series): one.anchor for one in drawn}
    places = {name: i for i, (name, _) in enumerate(history.runs)}
    return HistorySection(
        history=history,
        headline=headline(history),
        extent=extent(history),
        lines=tuple(_line(one, places, anchors.get(id(one), "")) for one in ordered),
        drawn=tuple(drawn),
        columns=ordered[:MOST_COLUMNS],
        figures=tuple(_figures(history, ordered[:MOST_COLUMNS])),
        cautions=cautions(history),
    )


def words() -> Mapping[str, Callable[..., str]]:
    """Return what the template of the section writes points with, by name."""
    return {"day_of": day, "short_commit": short, "level_of": level}


def draw(history: History, chosen: Sequence[Series], name: str) -> list[Drawn]:
    """Draw some series of a history.

    Args:
        history: Its runs are the axis.
        chosen: The series; each has a figure.
        name: Beginning of the HTML ids, unique in the page.
    """
    places = {run_id: place for place, (run_id, _) in enumerate(history.runs)}
    days = [day(created) for _, created in history.runs]
    return [
        Drawn(one, history_chart(one, places, days, f"{name}-{i}"), f"{name}-{i}-chart")
        for i, one in enumerate(chosen)
    ]


def lines_of(history: History) -> tuple[Line, ...]:
    """Return a line for each series that has a figure: those that moved first, none is drawn."""
    moved = list(dict.fromkeys(series for series, _ in history.shifts))
    others = [one for one in history.series if one.figures and not one.shifts]
    places = {name: i for i, (name, _) in enumerate(history.runs)}
    return tuple(_line(one, places, "") for one in (*moved, *others))


def _line(series: Series, places: dict[str, int], anchor: str) -> Line:
    newest = max(places, key=lambda run_id: places[run_id])
    point = next((one for one in series.points if one.run_id == newest), None)
    figure = point.figure if point else None
    shift = series.shifts[-1] if series.shifts else None
    return Line(
        series=series,
        spark=spark_of(series, places),
        now=level(series, figure),
        now_us=None if figure is None else figure * series.scale_us,
        median=level(series, series.levels[-1][0]),
        last=row(series, shift) if shift else None,
        anchor=anchor,
    )


def _figures(history: History, columns: Sequence[Series]) -> Iterator[FigureRow]:
    known = [{point.run_id: point for point in one.points} for one in columns]
    for run_id, created in reversed(history.runs):
        points = [mine.get(run_id) for mine in known]
        commit = next((point.commit for point in points if point), None)
        yield FigureRow(
            run_id=run_id,
            day=day(created),
            commit=short(commit),
            figures=tuple(
                level(series, point.figure if point else None)
                for series, point in zip(columns, points, strict=True)
            ),
        )
