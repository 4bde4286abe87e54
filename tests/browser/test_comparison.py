"""The page of a comparison in a real browser: it opens clean, sorts, filters, links and fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from .steps import keys_of, resize, shown, visit

pytestmark = pytest.mark.rig("chromium")

CHANGE = 4  # column of the table of verdicts
WORST = "verdict-host-mobilenet-v2-float32-xnnpack-t1"


@pytest.fixture
def report(browser: webdriver.Chrome, page_of: Callable[[str], Path]) -> webdriver.Chrome:
    """The browser with a fresh copy of the page that has everything."""
    visit(browser, page_of("comparison"))
    return browser


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
