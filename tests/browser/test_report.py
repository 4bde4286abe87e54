"""The report in a real browser: it opens clean, sorts, filters, links and fits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from .steps import (
    keys_of,
    resize,
    shown,
    visit,
)

pytestmark = pytest.mark.rig("chromium")

Pages = Callable[[str], Path]

CASE = "case-pi4-mobilenet-v2-float32-none-t1"
PROFILE = f"ops-{CASE}"


@pytest.fixture
def report(browser: webdriver.Chrome, page_of: Pages) -> webdriver.Chrome:
    """The browser with a fresh copy of the page that has everything."""
    visit(browser, page_of("report"))
    return browser


def test_missing_numbers_are_last_in_both_directions(report: webdriver.Chrome) -> None:
    _, table = report.find_elements(By.CSS_SELECTOR, "table.compare")
    heads = table.find_elements(By.CSS_SELECTOR, "thead th")
    (column,) = [i for i, head in enumerate(heads) if head.text == "Init, ms"]
    for _ in range(2):
        heads[column].find_element(By.TAG_NAME, "button").click()
        for body in table.find_elements(By.TAG_NAME, "tbody"):
            keys = keys_of(body, column)
            missing = [key != key for key in keys]  # noqa: PLR0124 - only nan differs from itself
            assert missing == sorted(missing)
            assert any(missing)


def test_groups_are_sorted_by_themselves(report: webdriver.Chrome) -> None:
    table = report.find_element(By.CSS_SELECTOR, "table.compare")
    bodies = table.find_elements(By.TAG_NAME, "tbody")
    before = [len(body.find_elements(By.CSS_SELECTOR, "tr.row")) for body in bodies]
    table.find_element(By.CSS_SELECTOR, "thead th button").click()
    after = [len(body.find_elements(By.CSS_SELECTOR, "tr.row")) for body in bodies]
    assert after == before == [8, 3]
    names = [cell.text for cell in bodies[0].find_elements(By.CSS_SELECTOR, "tr.row th a")]
    assert names == sorted(names)
    assert bodies[0].find_element(By.CSS_SELECTOR, "tr").get_attribute("class") == "grouphead"


def test_cases_are_filtered(report: webdriver.Chrome) -> None:
    report.find_element(By.CSS_SELECTOR, "[data-filter='case-list']").send_keys("pi4 fallback")
    cases = report.find_elements(By.CSS_SELECTOR, "details.case")
    assert [one.get_attribute("id") for one in cases if one.is_displayed()] == [
        "case-pi4-mobilenet-v2-int8-xnnpack-t1-benchmark-model"
    ]


def test_a_deep_link_opens_its_case(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("report"), CASE)
    case = browser.find_element(By.ID, CASE)
    assert case.get_attribute("open")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", case)
    assert 0 <= top < 900
    assert not browser.find_element(By.ID, "case-host-mobilenet-v2-int8-none-t1").get_attribute(
        "open"
    )


def test_a_link_finds_a_case_that_a_filter_hides(report: webdriver.Chrome) -> None:
    box = report.find_element(By.CSS_SELECTOR, "[data-filter='case-list']")
    box.send_keys("nothing has this name")
    case = report.find_element(By.ID, CASE)
    assert not case.is_displayed()
    link = report.find_element(By.CSS_SELECTOR, f"#comparison a[href='#{CASE}']")
    report.execute_script("arguments[0].click()", link)
    WebDriverWait(report, 5).until(lambda _: case.is_displayed())
    assert case.get_attribute("open")
    assert box.get_attribute("value") == ""


def test_a_command_can_be_copied(report: webdriver.Chrome) -> None:
    report.execute_script("document.getElementById(arguments[0]).open = true", CASE)
    button = report.find_element(By.CSS_SELECTOR, f"[data-copy='again-{CASE}']")
    command = report.find_element(By.ID, f"again-{CASE}").text
    assert command.startswith("benchhub run suites/example.yaml --devices pi4 --cases ")
    assert button.text == "Copy"
    report.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    button.click()
    WebDriverWait(report, 5).until(lambda _: button.text == "Copied")
    pasted = report.find_element(By.CSS_SELECTOR, "[data-filter='case-list']")
    pasted.send_keys(Keys.CONTROL, "v")
    assert pasted.get_attribute("value") == command


def test_without_javascript_everything_can_be_read(
    browser: webdriver.Chrome, page_of: Pages
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visit(browser, page_of("report"))
        profile = browser.find_element(By.CSS_SELECTOR, "details.profile[open]")
        assert len(shown(profile.find_element(By.CSS_SELECTOR, "table.ops"))) == 66
        assert not [
            one for one in browser.find_elements(By.CLASS_NAME, "jsonly") if one.is_displayed()
        ]
        case = browser.find_element(By.ID, CASE)
        case.find_element(By.TAG_NAME, "summary").click()
        assert case.find_element(By.TAG_NAME, "table").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_in_print_all_rows_are_there_and_no_controls(report: webdriver.Chrome) -> None:
    report.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    profile = report.find_element(By.CSS_SELECTOR, "details.profile[open]")
    assert len(shown(profile.find_element(By.CSS_SELECTOR, "table.ops"))) == 66
    for control in report.find_elements(By.CSS_SELECTOR, "nav, .tools, .copy, .more-rows"):
        assert not control.is_displayed()
    report.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def boxes(browser: webdriver.Chrome, selector: str) -> list[dict[str, float | str]]:
    script = (
        "return [...document.querySelectorAll(arguments[0])].map((e) => {"
        "const r = e.getBoundingClientRect();"
        "return {text: e.textContent, left: r.left, right: r.right, top: r.top, bottom: r.bottom}})"
    )
    found: list[dict[str, float | str]] = browser.execute_script(script, selector)
    return found


@pytest.mark.parametrize("width", [1400, 760])
@pytest.mark.parametrize("name", ["varied", "unlabelled"])
def test_labels_of_variants_lie_on_nothing(
    browser: webdriver.Chrome, page_of: Pages, width: int, name: str
) -> None:
    resize(browser, width)
    visit(browser, page_of(name))
    charts = browser.find_elements(By.CSS_SELECTOR, "#variants svg.chart")
    assert len(charts) == 2
    for i in range(1, 3 if name == "varied" else 2):
        drawn = boxes(browser, f"#variants figure:nth-child({i}) svg.chart text")
        assert len(drawn) >= 9
        for one, other in itertools.combinations(drawn, 2):
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            up = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            # The boxes of texts have room above and below the letters.
            assert across <= 0 or up <= 4, (one["text"], other["text"])


def test_variants_sort_by_what_they_cost(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("varied"))
    table = browser.find_element(By.CSS_SELECTOR, "table.variants")
    heads = table.find_elements(By.CSS_SELECTOR, "thead th")
    assert heads[6].get_attribute("aria-sort") == "ascending"
    for column in (1, 4, 7):
        heads[column].find_element(By.TAG_NAME, "button").click()
        keys = [key for key in keys_of(table, column) if key == key]  # noqa: PLR0124 - nan
        assert len(keys) >= 14
        assert keys in (sorted(keys), sorted(keys, reverse=True))


def test_a_link_leads_to_the_row_of_a_variant(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("varied"))
    link = browser.find_element(By.CSS_SELECTOR, "#attention a")
    link.click()
    row = browser.find_element(By.ID, (link.get_attribute("href") or "").partition("#")[2])
    assert "lstm_int8" in row.text
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", row)
    assert 0 <= top < 900
