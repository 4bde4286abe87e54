"""The first page of a site: all runs, and how the figures of each suite moved.

The site is files for any web server: a page a run, the history of each suite, and this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.history import History
from benchhub.analysis.summary import RunSummary
from benchhub.analysis.verdict_figures import figures, worst_first
from benchhub.analysis.verdicts import Comparison
from benchhub.reports import page
from benchhub.reports.history_section import Line, lines_of
from benchhub.reports.history_words import extent, headline
from benchhub.reports.names import unique
from benchhub.reports.overview import headline as answer
from benchhub.reports.ruling import headline as verdict

SECTIONS = (("answer", "Answer"), ("runs", "Runs"), ("trends", "Cases over the runs"))
FIRST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the list.

    Attributes:
        run_id: Its id.
        names: Names of baselines that it has.
        href: Its page.
        title: What it found, in a sentence.
        created: When it was planned: local time of the controller, to the minute.
        commit: Commit of the workspace, shortened; empty if it is not known.
        suite: Name of its suite.
        what: Its cases and devices in words.
        done: Invocations on disk.
        planned: Invocations that it is of.
        kind: How it ended, or what else it is: `imported`, `comparison`.
    """

    run_id: str
    names: tuple[str, ...]
    href: str
    title: str
    created: str
    commit: str
    suite: str
    what: str
    done: int
    planned: int
    kind: str


@dataclass(frozen=True, slots=True)
class Trend:
    """How the figures of a suite moved.

    Attributes:
        suite: Its name.
        anchor: Its place on the page.
        href: The page of its history.
        headline: The answer in a sentence.
        extent: Which runs it is about.
        has_canary: Whether figures are divided by a canary's.
        lines: A line a case: those that moved first.
    """

    suite: str
    anchor: str
    href: str
    headline: str
    extent: str
    has_canary: bool
    lines: tuple[Line, ...]


def title_of(summary: RunSummary, comparison: Comparison | None) -> str:
    """Return what a run found in a sentence: the title of its page."""
    if comparison is None:
        return answer(summary)
    return verdict(comparison, worst_first(figures(comparison)))


def trends(histories: Sequence[tuple[History, str]]) -> tuple[Trend, ...]:
    """Return how the figures of suites moved.

    Args:
        histories: The history of each, and its page.
    """
    anchors = unique("trend", [(history.suite, "") for history, _ in histories])
    return tuple(
        Trend(
            suite=history.suite,
            anchor=anchors[history.suite, ""],
            href=href,
            headline=headline(history),
            extent=extent(history),
            has_canary=history.canary is not None,
            lines=lines_of(history),
        )
        for history, href in histories
    )


def render_site_html(
    entries: Sequence[Entry], shown: Sequence[Trend], notes: Sequence[str] = ()
) -> str:
    """Render the first page: it loads nothing and gives the same bytes each time.

    Args:
        entries: The runs, newest first.
        shown: How the figures of each suite moved.
        notes: What was left out, a sentence each.
    """
    absent = {"runs": not entries, "trends": not shown}
    return page.render(
        "site.html.j2",
        entries=entries,
        trends=shown,
        notes=notes,
        headline=_headline(entries),
        first_runs=FIRST_RUNS,
        sections=[pair for pair in SECTIONS if not absent.get(pair[0])],
    )


def _headline(entries: Sequence[Entry]) -> str:
    if not entries:
        return "No runs yet"
    suites = len({one.suite for one in entries})
    runs = f"{len(entries)} run{'s' * (len(entries) > 1)}"
    return f"{runs} of {suites} suite{'s' * (suites > 1)}, the newest of {entries[0].created[:10]}"
