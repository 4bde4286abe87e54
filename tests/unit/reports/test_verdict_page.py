from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from benchhub.analysis.judgement import judge
from benchhub.analysis.summary import summarise
from benchhub.analysis.verdicts import Comparison
from benchhub.records import Run, RunState, Status, Verdict
from benchhub.reports.html import render_html
from benchhub.reports.verdict_page import FIRST_OPERATORS, render_comparison_html

from ..comparisons import Side, changed, comparison_run, duel, slower, unchanged
from ..exports.hostile import comparison as base
from ..exports.hostile import comparisons
from . import compared
from .conftest import Page

EVIL = "<script>alert(1)</script>\"'&"


def interleaved(run: Run, comparison: Comparison) -> str:
    return render_html(summarise(run), lambda _: {}, comparison)


def apart() -> str:
    runs, comparison = compared.apart()
    return render_comparison_html(comparison, *runs)


PAGES: dict[str, Callable[[], str]] = {
    "everything": lambda: interleaved(*compared.everything()),
    "apart": apart,
    "nothing": lambda: interleaved(*compared.nothing()),
    "hostile": lambda: interleaved(*compared.hostile()),
}


PAGES = {name: cache(made) for name, made in PAGES.items()}


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(PAGES["everything"]())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_and_links_lead_somewhere(name: str) -> None:
    page = Page(PAGES[name]())
    ids = page.ids()
    assert [one for one, count in ids.items() if count > 1] == []
    for element in page.elements:
        assert "style" not in element.attributes
        assert not [key for key in element.attributes if key.startswith("on") or key == "src"]
        for key in ("href", "aria-labelledby", "data-copy", "data-filter", "data-for"):
            target = element.attributes.get(key, "")
            target = target.removeprefix("#") if key == "href" else target
            known = target in ids or target.startswith("m-") or target == "data:,"
            assert not target or known, f"{key}={target}"
    symbols = {one.attributes["id"] for one in page.root.all("symbol")}
    used = {one.attributes["href"].removeprefix("#") for one in page.root.all("use")}
    assert used <= symbols


def test_every_verdict_is_said_in_words_and_worst_first(page: Page) -> None:
    rows = page.by_id("verdict-table").all("tbody")[0].all("tr", "row")
    words = [row.all("td", "k-verdict")[0].text for row in rows]
    assert words == sorted(words, key=[one.value for one in _ORDER].index)
    assert set(words) == {one.value for one in Verdict}
    _, comparison = compared.everything()
    for one in page.by_id("verdict").all("ul", "score")[0].all("li"):
        count, word = one.text.split()
        assert int(count) == comparison.count(Verdict(word.upper()))


_ORDER = (
    Verdict.REGRESSED,
    Verdict.INVALID,
    Verdict.INCONCLUSIVE,
    Verdict.IMPROVED,
    Verdict.PASS,
)


def test_the_answer_says_which_case_and_what_was_not_compared(page: Page) -> None:
    text = page.by_id("verdict").text
    assert "4 of 14 cases are worse, above all mobilenet_v2/float32/xnnpack/t1 on host" in text
    assert "95 % interval [" in text
    assert "alpha 1 % over 4 looks" in text
    assert "minimum effect (3 %)" in text
    assert "Decided at 8, 12, 18 and 24 pairs." in text
    assert "pi4 was lost: pi4: no answer for 60 s. Is it on?" in text
    assert "in the candidate only" in text
    assert "pairs do not count" in text
    assert page.root.all("title")[0].text.startswith("digits: 4 of 14 cases are worse")


def test_a_row_has_its_figures_and_keys_to_sort_by(page: Page) -> None:
    row = page.by_id("verdict-table").all("tbody")[0].all("tr", "row")[0]
    before, after = (float(one.attributes["data-v"]) for one in row.all("td", "k-time"))
    (change,) = row.all("td", "k-change")
    assert after / before - 1 == pytest.approx(float(change.attributes["data-v"]), abs=1e-4)
    assert change.text.startswith("+6.0 [5.2, 6.8]")
    assert row.all("td", "k-pairs")[0].text == "12"
    assert row.all("td", "k-p")[0].text == "< 0.0001 BH < 0.0001"
    link = row.all("th")[0].all("a")[0].attributes["href"].removeprefix("#")
    assert page.by_id(link).tag == "details"


def test_pairs_are_drawn_in_their_order_and_what_does_not_count_is_hollow(page: Page) -> None:
    detail = page.by_id("verdict-host-mobilenet-v2-s-xnnpack-t1")
    (chart,) = detail.all("svg", "pairs")
    assert len(chart.all("circle", "dot")) == 6
    assert len(chart.all("path", "hollow")) == 2
    places = [float(one.attributes["cx"]) for one in chart.all("circle")]
    assert places == sorted(places)
    assert "6 of 8 pairs" in chart.attributes["aria-label"]
    assert "baseline: The process was ended by signal 11 (SIGSEGV). (rounds 2, 3)" in detail.text
    table = detail.all("details", "data")[0].all("tbody")[0].all("tr")
    assert len(table) == 8
    assert sum("no:" in one.text for one in table) == 2
    assert {one.all("td")[1].text for one in table} == {"baseline", "candidate"}


def test_an_invalid_pair_with_figures_is_drawn_where_it_is() -> None:
    run = comparison_run(duel([300.0] * 12, [300.0] * 11 + [450.0]))
    run = changed(run, Side.CANDIDATE, [12], status=Status.INVALID)
    page = Page(interleaved(run, judge(run)))
    (chart,) = page.root.all("svg", "pairs")
    (hollow,) = chart.all("circle", "hollow")
    assert float(hollow.attributes["cy"]) < min(
        float(one.attributes["cy"]) for one in chart.all("circle", "dot")
    )
    assert hollow.text == "round 12: +50.0 %; does not count: candidate: the device was not fit"


def test_operators_that_make_the_difference_are_a_table(page: Page) -> None:
    table = page.by_id("blame-verdict-host-mobilenet-v2-float32-xnnpack-t1")
    rows = table.all("tbody")[0].all("tr", "row")
    assert [row.all("th")[0].text for row in rows[:2]] == [
        "DEPTHWISE_CONV_2D block_4",
        "CONV_2D extra_1",
    ]
    new = rows[1].all("td")
    assert [one.text for one in new[:5]] == ["#12", "new", "built-in kernels", "–", "0.00305"]
    assert new[5].text == "+0.00305"
    assert float(table.attributes["data-limit"]) == FIRST_OPERATORS


def test_what_differs_between_the_sides_is_told(page: Page) -> None:
    sides = page.by_id("sides")
    facts = {row.all("th")[0].text for row in sides.all("table", "differs")[0].all("tr", "row")}
    assert facts == {"model"}
    assert "models of old" in sides.text
    assert "Not told by both" not in sides.text


def test_sides_of_the_run_are_told_apart_by_words(page: Page) -> None:
    cases = page.by_id("cases")
    assert "mobilenet_v2/float32/xnnpack/t1 baseline" in cases.text
    assert not [name.text for name in cases.all("span", "name") if "~" in name.text]
    assert "Measure again" not in cases.text
    assert "(candidate)" in page.by_id("operators").text
    env = page.by_id("environment").text
    assert "had they been needed to decide" in env


def test_two_runs_are_compared_without_pairs_and_the_page_says_so() -> None:
    page = Page(apart())
    text = page.by_id("verdict").text
    assert "Weaker: the two runs were not measured side by side" in text
    assert "by --force: governor of pi4: ondemand against performance" in text
    chart = page.root.all("svg", "pairs")[0]
    assert len(chart.all("circle", "base")) == len(chart.all("circle", "dot")) == 12
    assert "Data table: processes" in page.by_id("changes").text
    assert "benchhub compare 01BEFORE 01AFTER0" in page.by_id("method").text
    assert "cases" not in page.ids()
    assert page.root.all("footer")[0].text.endswith("loads nothing and sends nothing.")


def test_nothing_compared_is_told() -> None:
    page = Page(PAGES["nothing"]())
    assert page.root.all("h1")[0].text == "Nothing was compared"
    assert "No case is on both sides." in page.by_id("verdicts").text
    assert "Nothing was checked" in page.by_id("sides").text
    assert "changes" not in page.ids()
    assert "Slower means" not in page.by_id("verdict").text


def test_names_that_want_to_be_markup_are_text() -> None:
    html = PAGES["hostile"]()
    assert "<script>alert" not in html
    page = Page(html)
    assert len(page.root.all("script")) == 2
    for section in ("verdict", "verdicts", "changes", "sides", "method"):
        assert EVIL in page.by_id(section).text


@given(comparison=comparisons())
@settings(max_examples=25)
def test_any_text_makes_a_page(comparison: Comparison) -> None:
    run = comparison_run(slower())
    html = render_comparison_html(comparison, run, run)
    html.encode("utf-8")
    assert "<script>alert" not in html


def test_times_that_are_none_do_not_count_and_do_no_harm() -> None:
    run = comparison_run(duel([300.0] * 12, [300.0] * 10 + [float("nan"), -1.0]))
    page = Page(interleaved(run, judge(run)))
    assert "nan us is no time" in page.by_id("changes").text
    assert "-1.0 us is no time" in page.by_id("changes").text


def test_an_unfinished_comparison_says_how_to_go_on() -> None:
    run = comparison_run(slower(), state=RunState.INTERRUPTED)
    page = Page(interleaved(run, judge(run)))
    assert "benchhub ab --resume 01EXAMPL" in page.by_id("attention").text
    assert "benchhub ab --resume 01EXAMPL" in page.by_id("verdict").text


def test_the_suites_are_compared_by_line() -> None:
    comparison = base()
    other = replace(comparison.candidate, suite_text="name: digits\nmodels: []\n")
    run = comparison_run(unchanged())
    page = Page(render_comparison_html(replace(comparison, candidate=other), run, run))
    assert "+models: []" in page.by_id("sides").text


def test_the_same_comparison_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from tests.unit.reports.test_verdict_page import PAGES\n"
        "for name in ('everything', 'apart'):\n"
        "    open(f'{sys.argv[1]}/{name}', 'w', encoding='utf-8').write(PAGES[name]())\n"
    )
    env: dict[str, Any] = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=env, check=True, cwd=root)
    for name in ("everything", "apart"):
        assert (tmp_path / name).read_text(encoding="utf-8") == PAGES[name]()


def test_programs_of_both_sides_are_a_difference_to_expect() -> None:
    run = comparison_run(slower())
    tools = tuple(
        replace(run.devices[0].tools[0], side=side, sha256=digest * 32)
        for side, digest in zip(Side, ("ab", "cd"), strict=True)
    )
    run = replace(run, devices=(replace(run.devices[0], tools=tools),))
    rows = Page(interleaved(run, judge(run))).by_id("sides").all("table", "differs")[0]
    (row,) = [one for one in rows.all("tr", "row") if one.all("th")[0].text == "tool"]
    cells = [one.text for one in row.all("td")]
    assert cells == ["litert on host", "2.3.0 (abababababab)", "2.3.0 (cdcdcdcdcdcd)", "yes"]


def test_facts_that_should_not_differ_are_to_be_checked() -> None:
    (before, after), comparison = compared.apart()
    other = replace(after.devices[0], facts=replace(after.devices[0].facts, kernel="6.1"))
    page = Page(render_comparison_html(comparison, before, replace(after, devices=(other,))))
    row = page.by_id("sides").all("table", "differs")[0].all("tr", "row")[0]
    assert row.all("th")[0].text == "build"
    assert row.all("td")[-1].text == "to be checked"
