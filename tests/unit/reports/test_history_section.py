from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.history import History, make_history
from benchhub.analysis.summary import summarise
from benchhub.records import Run, Status
from benchhub.reports.history_section import MOST_CHARTS, history_section
from benchhub.reports.html import render_html

from ..analysis.pasts import CANARY, CASES, FAST, OTHER, Night, make_past
from .conftest import Page
from .invented import make_case, make_run

NEWEST = "01NIGH29"


@pytest.fixture(scope="module")
def history() -> History:
    """Thirty nights: one case got slower, one faster, the third is the canary."""
    late = Night(scale=lambda case: {FAST.id: 1.06, OTHER.id: 0.9}.get(case, 1.0))
    return make_history(make_past([Night()] * 20 + [late] * 10))


@pytest.fixture(scope="module")
def newest() -> Run:
    run = make_run(CASES)
    return replace(run, plan=replace(run.plan, run_id=NEWEST))


def test_what_moved_comes_first_with_since_when(history: History) -> None:
    section = history_section(history, NEWEST)
    assert section is not None
    assert section.headline == "2 of 2 series moved: 1 slow-down and 1 gain."
    assert [one.series.case_id for one in section.lines] == [FAST.id, OTHER.id, CANARY.id]
    slow = section.lines[0]
    assert slow.last is not None
    assert slow.last.since.startswith("01NIGH20 ")
    assert slow.anchor == "past-0-chart"
    assert (slow.now, slow.median) == (section.figures[0].figures[0], slow.last.after)
    assert section.lines[2].last is None


def test_every_figure_is_in_a_table_newest_first(history: History) -> None:
    section = history_section(history)
    assert section is not None
    assert [one.run_id for one in section.figures] == [f"01NIGH{i:02d}" for i in range(29, -1, -1)]
    assert {len(one.figures) for one in section.figures} == {3}
    assert not any("–" in one.figures for one in section.figures)


def test_two_runs_are_no_history() -> None:
    assert history_section(make_history(make_past([Night()] * 2))) is None
    assert history_section(make_history(make_past([Night()] * 3))) is not None


def test_runs_without_a_figure_do_not_make_three() -> None:
    fell = Night(status=lambda _: Status.FALLBACK)
    assert history_section(make_history(make_past([Night(), fell, Night(), fell]))) is None


def test_only_the_cases_of_the_run(history: History) -> None:
    gone = replace(history.series[0], points=history.series[0].points[:-1])
    section = history_section(replace(history, series=(gone, *history.series[1:])), NEWEST)
    assert section is not None
    assert gone.case_id not in [one.series.case_id for one in section.lines]


def test_only_some_are_drawn_by_matplotlib() -> None:
    cases = tuple(make_case("int8", "xnnpack", threads) for threads in range(1, 10))
    section = history_section(make_history(make_past([Night()] * 3, cases=cases, canary=None)))
    assert section is not None
    assert len(section.lines) == 9
    assert len(section.drawn) == MOST_CHARTS
    assert [bool(one.anchor) for one in section.lines] == [True] * MOST_CHARTS + [False] * 3


def test_the_report_has_the_section_only_where_it_is_given(
    history: History, newest: Run, invented: ModuleType
) -> None:
    summary = summarise(newest)
    without = Page(render_html(summary, invented.logs))
    assert "history" not in without.ids()
    page = Page(render_html(summary, invented.logs, history=history, home="../index.html"))
    section = page.by_id("history")
    assert "2 of 2 series moved" in section.text
    assert "canary" in section.text
    ids = page.ids()
    assert [name for name, count in ids.items() if count > 1] == []
    for element in page.elements:
        assert "style" not in element.attributes
        href = element.attributes.get("href", "data:,")
        assert href in ("data:,", "../index.html") or href[1:] in ids, href
    (home,) = [one for one in page.elements if one.attributes.get("href") == "../index.html"]
    assert home.text == "All runs"


def test_it_needs_neither_the_index_nor_all_of_scipy() -> None:
    code = (
        "import sys, benchhub.reports.history_section, benchhub.analysis.history\n"
        "sys.exit(' '.join({'scipy.stats', 'sqlalchemy', 'matplotlib'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
