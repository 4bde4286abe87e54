"""Several runs on a page and the first page of a site, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from benchhub.analysis.history import make_history
from benchhub.analysis.summary import summarise
from benchhub.reports.runs_page import render_runs_html
from benchhub.reports.site import render_site_html, trends

from ..unit.analysis.pasts import FAST, Night, make_past
from ..unit.reports.odd_names import hostile_run, long_named_run
from ..unit.reports.test_runs_page import IDS, called, three_runs
from ..unit.reports.test_site import make_entry
from .steps import (
    WIDTHS,
    open_all,
    prefer,
    requested,
    resize,
    shown,
    sticking_out,
    violations,
    visit,
)

pytestmark = pytest.mark.rig("chromium")

LONG = "a name that never ends and has no space " + "x" * 400
PAGES = ("runs", "hostile", "long", "site")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages."""
    folder = tmp_path_factory.mktemp("pages")
    late = Night(scale=lambda case: 1.06 if case == FAST.id else 1.0)
    past = make_history(make_past([Night()] * 15 + [late] * 10))
    entries = [make_entry("01NEWEST", title=LONG, suite=LONG), make_entry()]
    texts = {"site": render_site_html(entries, trends([(past, "history/x.html")]), [LONG])}
    kinds = {
        "runs": three_runs(),
        "hostile": [called(hostile_run(), one) for one in IDS],
        "long": [called(long_named_run(), one) for one in IDS],
    }
    for name, runs in kinds.items():
        texts[name] = render_runs_html([summarise(run) for run in runs], ("nightly", "", ""))
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_clean_and_fits(browser: webdriver.Chrome, pages: Path, name: str) -> None:
    for width in WIDTHS:
        resize(browser, width)
        visit(browser, pages / f"{name}.html")
        open_all(browser)
        assert sticking_out(browser) == []
    assert requested(browser) == []
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["runs", "site"])
def test_axe_finds_nothing(browser: webdriver.Chrome, pages: Path, name: str, scheme: str) -> None:
    resize(browser, 1400)
    prefer(browser, scheme)
    visit(browser, pages / f"{name}.html")
    open_all(browser)
    found = violations(browser)
    prefer(browser, "")
    assert found == []


def test_runs_are_found_by_what_they_found(browser: webdriver.Chrome, pages: Path) -> None:
    resize(browser, 1400)
    visit(browser, pages / "site.html")
    table = browser.find_element(By.ID, "run-list")
    assert len(shown(table)) == 2
    browser.find_element(By.CSS_SELECTOR, "[data-filter=run-list]").send_keys("fastest")
    assert len(shown(table)) == 1
