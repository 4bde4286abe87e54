"""The page of a comparison in a real browser: it opens clean, sorts, filters, links and fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from ..unit.reports.test_verdict_page import PAGES
from .steps import assert_contrast, keys_of, open_all, resize, shown, sticking_out, visit

pytestmark = pytest.mark.rig("chromium")

CHANGE = 4  # column of the table of verdicts
WORST = "verdict-host-mobilenet-v2-float32-xnnpack-t1"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of each invented comparison."""
    folder = tmp_path_factory.mktemp("pages")
    for name, made in PAGES.items():
        (folder / f"{name}.html").write_text(made(), encoding="utf-8")
    return folder


@pytest.fixture
def report(browser: webdriver.Chrome, pages: Path) -> webdriver.Chrome:
    """The browser with a fresh copy of the page that has everything."""
    resize(browser, 1400)
    visit(browser, pages / "everything.html")
    return browser


@pytest.mark.parametrize("width", [1400, 700, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_complaint_and_fits(
    browser: webdriver.Chrome, pages: Path, width: int, name: str
) -> None:
    resize(browser, width)
    visit(browser, pages / f"{name}.html")
    open_all(browser)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert sticking_out(browser) == []


def test_the_table_is_no_wider_than_its_box(report: webdriver.Chrome) -> None:
    for width in (1400, 1200, 390):
        resize(report, width)
        room = report.execute_script(
            "const box = document.getElementById('verdict-table').parentElement;"
            "return box.clientWidth - box.scrollWidth"
        )
        assert room == 0, width


def test_verdicts_sort_by_change(report: webdriver.Chrome) -> None:
    table = report.find_element(By.ID, "verdict-table")
    heads = table.find_elements(By.CSS_SELECTOR, "thead th")
    assert heads[0].get_attribute("aria-sort") == "ascending"
    heads[CHANGE].find_element(By.TAG_NAME, "button").click()
    assert heads[CHANGE].get_attribute("aria-sort") == "descending"
    keys = keys_of(table, CHANGE)
    assert keys == sorted(keys, reverse=True)
    heads[0].find_element(By.TAG_NAME, "button").click()
    words = [row.find_element(By.CLASS_NAME, "st").text for row in shown(table)]
    assert words[0] == "REGRESSED"
    assert words[-1] == "PASS"


def test_verdicts_are_filtered(report: webdriver.Chrome) -> None:
    report.find_element(By.CSS_SELECTOR, "[data-filter='verdict-table']").send_keys("pi4 regressed")
    rows = shown(report.find_element(By.ID, "verdict-table"))
    assert len(rows) == 2
    assert all("pi4" in row.text for row in rows)


def test_a_case_leads_to_its_pairs(report: webdriver.Chrome) -> None:
    detail = report.find_element(By.ID, WORST)
    report.execute_script("arguments[0].open = false", detail)
    report.find_element(By.CSS_SELECTOR, f"#verdict-table a[href='#{WORST}']").click()
    assert detail.get_attribute("open")
    chart = detail.find_element(By.CSS_SELECTOR, "svg.pairs")
    assert chart.is_displayed()
    assert len(chart.find_elements(By.CSS_SELECTOR, "circle.dot")) == 12
    box = chart.rect
    for dot in chart.find_elements(By.TAG_NAME, "circle"):
        assert box["x"] <= dot.rect["x"] <= box["x"] + box["width"]
        assert box["y"] <= dot.rect["y"] <= box["y"] + box["height"]


def test_on_a_phone_a_row_is_a_block_that_names_its_figures(report: webdriver.Chrome) -> None:
    resize(report, 390)
    row = shown(report.find_element(By.ID, "verdict-table"))[0]
    assert row.rect["width"] <= 390
    label = "return getComputedStyle(arguments[0], '::before').content"
    (before, after) = row.find_elements(By.CLASS_NAME, "k-time")
    assert report.execute_script(label, before) == '"baseline "'
    assert report.execute_script(label, after) == '"candidate "'
    assert row.find_element(By.CSS_SELECTOR, "svg.effect").rect["width"] > 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(report: webdriver.Chrome, scheme: str) -> None:
    open_all(report)
    assert_contrast(report, scheme)


def test_hostile_names_run_nothing(browser: webdriver.Chrome, pages: Path) -> None:
    visit(browser, pages / "hostile.html")
    assert browser.execute_script("return document.scripts.length") == 2
    assert "<script>alert(1)</script>" in browser.find_element(By.CSS_SELECTOR, ".meta b").text
