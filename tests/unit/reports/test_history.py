from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.history import History, make_history
from benchhub.exports.history_json import history_facts
from benchhub.records import Status
from benchhub.reports.history import render_history
from benchhub.reports.history_page import MOST_CHARTS, render_history_html
from benchhub.reports.history_words import cautions, headline, short
from benchhub.results.past import Past

from ..analysis.pasts import CANARY, FAST, OTHER, Night, make_past
from .conftest import Page
from .invented import make_case

EVIL = "<script>alert(1)</script>\"'&"
NO_CANARY = "No canary: nothing tells a slower device from a slower model."


def slower_past(canary: str | None = CANARY.id) -> Past:
    late = Night(scale=lambda case: {FAST.id: 1.06, OTHER.id: 0.9}.get(case, 1.0))
    return make_past([Night()] * 20 + [late] * 10, canary=canary)


@pytest.fixture
def history() -> History:
    return make_history(slower_past())


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def test_the_answer_comes_first_and_fits_80_columns(history: History) -> None:
    lines = plain(render_history(history)).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "example: 30 runs, 2026-10-01 to 2026-10-30, divided by the canary"
    assert lines[2] == "2 of 2 series moved: 1 slow-down and 1 gain."
    text = "\n".join(lines)
    worst, best = text.index(FAST.id), text.index(OTHER.id)
    assert worst < best
    row = lines[[line.strip() for line in lines].index(FAST.id) + 1].split()
    assert row[:2] == ["host", "20+10"]
    assert row[-4:] == ["%", "01NIGH20", "14141414", "0.005"]
    assert "the last run before is 01NIGH19 13131313" in text


def test_a_wide_terminal_has_one_line_a_change(history: History) -> None:
    lines = plain(render_history(history, 140)).splitlines()
    (row,) = [line for line in lines if FAST.id in line]
    assert row.endswith("01NIGH20 14141414  0.005")
    assert "  +5.8 %  " in row


def test_without_a_canary_it_says_what_that_costs() -> None:
    history = make_history(slower_past(canary=None))
    (first, *_) = cautions(history)
    assert first.startswith(NO_CANARY)
    assert "24 to 50 %" in first
    assert "best investment" in first
    assert "no canary" in render_history(history).splitlines()[0]
    assert not any(NO_CANARY in text for text in cautions(make_history(slower_past())))


def test_a_device_without_the_canary_is_named() -> None:
    never = Night(status=lambda case: Status.FAILED if case == CANARY.id else Status.OK)
    said = " ".join(cautions(make_history(make_past([never] * 9))))
    assert f"The canary has no figure for {FAST.id} on host and {OTHER.id} on host" in said


def test_a_canary_that_moved_is_told_and_not_counted() -> None:
    late = Night(scale=lambda _: 1.3)
    history = make_history(make_past([Night()] * 15 + [late] * 15))
    assert headline(history) == "Nothing moved by 2\N{NO-BREAK SPACE}% or more: 2 series."
    said = " ".join(cautions(history))
    assert f"The canary itself moved: {CANARY.id} on host." in said
    assert f"{CANARY.id} (canary)" in render_history(history)


def test_too_few_runs_are_told() -> None:
    history = make_history(make_past([Night()] * 7))
    assert headline(history) == "Too few runs to tell: a change needs 8 at least."
    assert not any("raise an alarm by chance" in text for text in cautions(history))
    few = " ".join(cautions(make_history(make_past([Night()] * 9))))
    assert "fewer than 12 runs" in few


def test_what_is_left_out_is_told() -> None:
    bad = Night(
        status=lambda case: Status.INVALID if case == FAST.id else Status.OK,
        values=lambda case: (90.0, -1.0) if case == OTHER.id else None,
    )
    past = make_past([Night()] * 9 + [bad])
    history = make_history(replace(past, notes=("Left out: 1 imported run: no.",)))
    said = cautions(history)
    assert (
        "1 figure left out: the device was not in the state that was asked for (INVALID)." in said
    )
    assert said[-2].startswith("1 process left out: the time is no number above 0.")
    assert said[-1] == "Left out: 1 imported run: no."


def test_commits_are_short_and_keep_their_mark() -> None:
    assert short("0123456789abcdef+") == "01234567+"
    assert short("0123456789abcdef") == "01234567"
    assert short(None) == ""


def test_the_page_loads_nothing_and_its_links_lead_somewhere(history: History) -> None:
    page = Page(render_history_html(history))
    ids = page.ids()
    assert [name for name, count in ids.items() if count > 1] == []
    for element in page.elements:
        assert "style" not in element.attributes
        assert "src" not in element.attributes
        href = element.attributes.get("href", "data:,")
        assert href == "data:," or href[1:] in ids, href


def test_the_page_shows_every_series_and_marks_the_changes(history: History) -> None:
    page = Page(render_history_html(history))
    figures = page.by_id("series").all("figure")
    charts = [one for figure in figures for one in figure.all("svg", "chart")]
    assert len(figures) == len(charts) == 3
    assert (
        charts[0]
        .attributes["aria-label"]
        .startswith(f"{FAST.id} on host over 30 runs: +5.8\N{NO-BREAK SPACE}%")
    )
    assert charts[2].attributes["aria-label"].endswith("it did not move.")
    rows = page.by_id("moved").all("tr", "row")
    assert [row.all("th")[0].text for row in rows] == [FAST.id, OTHER.id]
    assert len(figures[0].all("tbody")[0].all("tr")) == 30


def test_the_same_history_gives_the_same_page(history: History) -> None:
    assert render_history_html(history) == render_history_html(make_history(slower_past()))


def test_names_that_want_to_be_markup_are_text() -> None:
    evil = make_case("float32", "none", 1, model=EVIL)
    past = replace(make_past([Night()] * 9, cases=(CANARY, evil), devices=(EVIL,)), suite=EVIL)
    history = make_history(past)
    html = render_history_html(replace(history, notes=(EVIL,)))
    assert "<script>alert" not in html
    page = Page(html)
    assert len(page.root.all("script")) == 2
    assert EVIL in page.by_id("trust").text
    assert EVIL in page.by_id("series").text


def test_a_page_of_too_few_runs_has_charts_and_one_of_no_figures_has_none() -> None:
    page = Page(render_history_html(make_history(make_past([Night()]))))
    assert len(page.by_id("series").all("figure")) == 3
    assert "moved" not in page.ids()
    failed = Night(status=lambda _: Status.FAILED)
    page = Page(render_history_html(make_history(make_past([failed]))))
    assert "series" not in page.ids()
    assert "no process gave a figure (FAILED)" in page.by_id("trust").text


def test_many_series_are_not_all_drawn() -> None:
    extra = 3
    cases = [make_case("float32", "none", n) for n in range(1, MOST_CHARTS + extra + 1)]
    html = render_history_html(make_history(make_past([Night()], cases=cases, canary=None)))
    page = Page(html)
    assert len(page.by_id("series").all("figure")) == MOST_CHARTS
    assert f"{extra} more series that did not move are not drawn" in page.by_id("series").text


def test_the_same_facts_as_data(history: History) -> None:
    facts = history_facts(history)
    assert facts["canary"] == CANARY.id
    assert [one["case"] for one in facts["changes"]] == [FAST.id, OTHER.id]
    worst = facts["changes"][0]
    assert (worst["run_id"], worst["last_run_before"]) == ("01NIGH20", "01NIGH19")
    assert worst["change"] == pytest.approx(0.06, abs=0.01)
    assert worst["after"] / worst["before"] == pytest.approx(1 + worst["change"])
    for one in facts["series"]:
        assert len(one["points"]) == 30
        assert all(point["valid"] for point in one["points"])
        if not one["is_canary"]:
            assert one["unit"] == "times the canary"
            point = one["points"][0]
            assert point["figure"] == pytest.approx(point["value_us"] / point["canary_us"])
