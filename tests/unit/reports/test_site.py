from __future__ import annotations

import pytest

from benchhub.analysis.history import make_history
from benchhub.analysis.judgement import judge
from benchhub.analysis.summary import summarise
from benchhub.reports.site import Entry, render_site_html, title_of, trends

from ..analysis.pasts import FAST, Night, make_past
from ..comparisons import comparison_run, slower
from .conftest import Page
from .invented import small_run

EVIL = "<script>alert(1)</script>\"'&"


def make_entry(run_id: str = "01EXAMPL", **fields: object) -> Entry:
    given = {
        "names": (),
        "href": f"runs/{run_id}.html",
        "title": "int8 xnnpack t2 is fastest",
        "created": "2026-11-20 14:32",
        "commit": "3f9c1b2a",
        "suite": "example",
        "what": "8 cases on 1 device",
        "done": 47,
        "planned": 48,
        "kind": "finished",
        **fields,
    }
    return Entry(run_id=run_id, **given)  # type: ignore[arg-type]


@pytest.fixture
def page() -> Page:
    late = Night(scale=lambda case: 1.06 if case == FAST.id else 1.0)
    history = make_history(make_past([Night()] * 15 + [late] * 10))
    entries = [make_entry("01NEWEST", names=("nightly",)), make_entry("01OLDEST", kind="imported")]
    shown = trends([(history, "history/example.html")])
    return Page(render_site_html(entries, shown, ["A run cannot be read."]))


def test_runs_and_what_they_found(page: Page) -> None:
    assert page.root.all("h1")[0].text == "2 runs of 1 suite, the newest of 2026-11-20"
    first, second = page.by_id("run-list").all("tbody")[0].all("tr")
    assert [one.attributes["href"] for one in first.all("a")] == ["runs/01NEWEST.html"]
    for text in ("nightly", "3f9c1b2a", "int8 xnnpack t2 is fastest", "47 of 48", "finished"):
        assert text in first.text
    assert "imported" in second.text
    assert "A run cannot be read." in page.by_id("answer").text


def test_a_sparkline_a_case_that_says_what_it_shows(page: Page) -> None:
    table = page.by_id("trend-example-lines")
    labels = [one.attributes["aria-label"] for one in table.all("svg", "spark")]
    assert len(labels) == 3
    assert "since 01NIGH15" in labels[0]
    assert labels[0].startswith("25 runs, ")
    assert labels[1].endswith("no change was found")
    hrefs = [one.attributes.get("href") for one in page.by_id("trends").all("a")]
    assert "history/example.html" in hrefs


def test_an_empty_workspace_has_a_page() -> None:
    page = Page(render_site_html([], ()))
    assert page.root.all("h1")[0].text == "No runs yet"
    assert "runs" not in page.ids()


def test_the_title_is_that_of_the_report() -> None:
    assert "is fastest on host" in title_of(summarise(small_run()), None)
    run = comparison_run(slower())
    assert "is slower" in title_of(summarise(run), judge(run))


def test_hostile_names_are_text() -> None:
    evil = make_entry(suite=EVIL, title=EVIL, names=(EVIL,), what=EVIL, commit=EVIL)
    page = Page(render_site_html([evil], (), [EVIL]))
    assert len(page.root.all("script")) == 2
    assert page.by_id("run-list").text.count(EVIL) == 5
