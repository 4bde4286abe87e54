from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.summary import summarise
from benchhub.errors import UsageError
from benchhub.records import Run, RunState
from benchhub.reports.runs_page import render_runs_html, runs_page

from ..apart import quiet, two_runs, with_facts
from ..comparisons import comparison_run, duel, slower
from .conftest import Page
from .odd_names import hostile_run

IDS = ("01FIRST0", "01SECOND", "01THIRD0")


def called(run: Run, run_id: str) -> Run:
    return replace(run, plan=replace(run.plan, run_id=run_id))


def three_runs() -> list[Run]:
    """Return a case that got slower and one that did not move; the third has another kernel."""
    first, second = two_runs(
        duel(quiet(6, 1), quiet(6, 2, 330.0)), duel(quiet(6, 3), quiet(6, 4), "float32")
    )
    third = with_facts(first, kernel="7.0")
    return [called(run, name) for run, name in zip((first, second, third), IDS, strict=True)]


@pytest.fixture
def runs() -> list[Run]:
    return three_runs()


def page_of(runs: list[Run], *names: str) -> Page:
    return Page(render_runs_html([summarise(run) for run in runs], names))


def test_the_last_run_against_the_first_in_a_sentence(runs: list[Run]) -> None:
    shown = runs_page([summarise(run) for run in runs[:2]], ("nightly", ""))
    assert shown.headline == "01SECOND against nightly: of 2 cases 1 slower"
    assert shown.sub.startswith("digits/int8/xnnpack/t1 on host takes 1.1")
    (slow, still) = shown.rows
    assert [cell.role for cell in slow.cells] == ["", "slower"]
    assert [cell.role for cell in still.cells] == ["", "open"]
    assert slow.cells[0].ratio is None
    assert slow.cells[1].ratio == pytest.approx(1.1, abs=0.02)
    low, high = map(float, slow.cells[1].interval.split(" to "))
    ratio = slow.cells[1].ratio
    assert ratio is not None
    assert 1 < low < ratio < high


def test_what_cannot_be_compared_has_a_reason_and_no_ratio(runs: list[Run]) -> None:
    shown = runs_page([summarise(run) for run in runs])
    assert shown.headline == "01THIRD0 against 01FIRST0: no case can be compared"
    assert shown.sub == "01THIRD0: another build (2)."
    assert all(row.cells[2].ratio is None for row in shown.rows)
    assert all(row.cells[2].us is not None for row in shown.rows)
    assert "No ratio, another build: 2 figures of 01THIRD0." in shown.limits
    assert [one.fact for one in shown.differing.rows] == ["build", "model", "model"]


def test_the_page_says_that_ratios_are_weaker(runs: list[Run]) -> None:
    page = page_of(runs)
    assert "weaker than those of pairs" in page.by_id("answer").text
    assert "benchhub compare 01FIRST0 01THIRD0" in page.by_id("reading").text
    assert "one in ten unchanged cases" in page.by_id("reading").text


def test_every_figure_of_every_run_is_in_the_table(runs: list[Run]) -> None:
    page = page_of(runs, "nightly", "", "")
    table = page.by_id("runs-table")
    heads = [one.text for one in table.all("thead")[0].all("th")]
    assert [head[:8] for head in heads[3:]] == list(IDS)
    assert "nightly" in heads[3]
    rows = table.all("tr", "row")
    assert len(rows) == 2
    cells = rows[0].all("td")
    assert cells[-1].text.endswith("no ratio: another build")
    assert "n = 6" in cells[2].text
    assert [one.attributes["data-v"] == "" for one in cells[2:]] == [False, False, True]


def test_three_runs_have_a_history_and_two_have_none(runs: list[Run]) -> None:
    assert "history" in page_of(runs).ids()
    assert "history" not in page_of(runs[:2]).ids()


def test_the_page_loads_nothing_and_its_links_lead_somewhere(runs: list[Run]) -> None:
    page = page_of(runs)
    ids = page.ids()
    assert [name for name, count in ids.items() if count > 1] == []
    for element in page.elements:
        assert "style" not in element.attributes
        assert "src" not in element.attributes
        href = element.attributes.get("href", "data:,")
        assert href == "data:," or href[1:] in ids, href


def test_hostile_names_are_text() -> None:
    run = hostile_run()
    evil = "<script>alert(1)</script>\"'&"
    page = page_of([called(run, name) for name in IDS], evil, evil, evil)
    assert len(page.root.all("script")) == 2
    assert evil in page.by_id("runs").text


def test_what_a_run_lacks_is_said(runs: list[Run]) -> None:
    first, second, _ = runs
    assert second.end is not None
    end = replace(second.end, state=RunState.INTERRUPTED)
    cut = replace(second, end=end, invocations=second.invocations[:-4])
    shown = runs_page([summarise(first), summarise(cut)])
    assert shown.columns[1].state == "interrupted; 4 of 12 processes are missing"
    assert any(text.startswith("01SECOND is not complete: interrupted") for text in shown.limits)


def test_comparisons_are_refused(runs: list[Run]) -> None:
    with pytest.raises(UsageError, match="compares two sides itself"):
        render_runs_html([summarise(runs[0]), summarise(comparison_run(slower()))])
