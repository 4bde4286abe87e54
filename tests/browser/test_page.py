"""Every kind of page in a real browser: it opens clean, loads nothing, fits, prints, is for all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from .steps import (
    WIDTHS,
    open_all,
    prefer,
    printed,
    requested,
    resize,
    sticking_out,
    violations,
    visit,
)

pytestmark = pytest.mark.rig("chromium")

Pages = Callable[[str], Path]

ALL = (
    "report",
    "interrupted",
    "lab",
    "accelerated",
    "varied",
    "long_named",
    "comparison",
    "apart",
    "nothing",
    "runs",
    "site",
    "history",
    "endless",
)


@pytest.mark.parametrize("name", ALL)
def test_a_page_opens_without_a_complaint_and_fits(
    browser: webdriver.Chrome, page_of: Pages, name: str
) -> None:
    visit(browser, page_of(name))
    open_all(browser)
    # The style sheet and the scripts were not blocked by the page's own policy.
    assert browser.execute_script("return getComputedStyle(document.body).marginTop") == "0px"
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("class") == "js"
    for width in WIDTHS:
        resize(browser, width)
        assert sticking_out(browser) == [], width
    assert browser.get_log("browser") == []
    assert requested(browser) == []


def test_a_request_would_be_seen(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = tmp_path / "asks.html"
    page.write_text("<img src=beside.png><img src=http://127.0.0.1:9/x.png>", encoding="utf-8")
    visit(browser, page)
    assert requested(browser) == [(tmp_path / "beside.png").as_uri(), "http://127.0.0.1:9/x.png"]


@pytest.mark.rig("axe")
@pytest.mark.parametrize("name", ["brief", "apart", "history"])
def test_a_page_is_for_all(browser: webdriver.Chrome, page_of: Pages, name: str) -> None:
    visit(browser, page_of(name))
    open_all(browser)
    assert violations(browser) == []
    prefer(browser, "dark")
    assert browser.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert violations(browser, "color-contrast") == []


@pytest.mark.rig("axe")
def test_a_fault_would_be_found(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = tmp_path / "faulty.html"
    page.write_text("<html lang=en><p style='color:#aaa'>Faint.<img src='data:,'>", "utf-8")
    visit(browser, page)
    found = {one.partition(",")[0] for one in violations(browser)}
    assert {"color-contrast", "image-alt"} <= found


def test_a_page_is_printed_in_full(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("report"))
    headline = browser.find_element(By.TAG_NAME, "h1").text
    sheets = [" ".join(sheet.split()) for sheet in printed(browser)]
    assert headline in sheets[0]
    pages = [f"{i} / {len(sheets)}" for i in range(1, len(sheets) + 1)]
    assert all(page in sheet for page, sheet in zip(pages, sheets, strict=True))
    assert 5 <= len(sheets) <= 40
    for title in browser.find_elements(By.CSS_SELECTOR, "main h2[id^=h-]"):
        assert any(title.text.split(maxsplit=1)[1] in sheet for sheet in sheets)
    # The head of a table is on each sheet that the table is on.
    rows = [sheet for sheet in sheets if sheet.count("Convolution ") > 8]
    assert len(rows) >= 2
    assert all("Share Cum." in sheet for sheet in rows)
    assert all("Show all" not in sheet and "Copy" not in sheet for sheet in sheets)


def focused(browser: webdriver.Chrome) -> dict[str, str]:
    told: dict[str, str] = browser.execute_script(
        "const e = document.activeElement, r = e.getBoundingClientRect();"
        "return {tag: e.localName, text: e.textContent.trim(), hash: e.hash || '',"
        " seen: r.width > 0 && r.bottom > 0 && r.top < innerHeight,"
        " ring: getComputedStyle(e).outlineStyle}"
    )
    return told


def test_a_keyboard_is_enough(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("report"))
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    first = focused(browser)
    assert first["text"].startswith("Skip to")
    assert first["seen"]
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    # The focus goes on behind what was skipped, in the order of the page, and is always seen.
    target = browser.find_element(By.CSS_SELECTOR, first["hash"])
    inside = "return arguments[0].contains(document.activeElement)"
    assert browser.execute_script(inside, target)
    for _ in range(12):
        told = focused(browser)
        assert told["seen"], told
        assert told["ring"] == "solid", told
        browser.switch_to.active_element.send_keys(Keys.TAB)


def test_sorting_and_disclosing_by_keyboard(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("report"))
    head = browser.find_element(By.CSS_SELECTOR, "#comparison thead th[aria-sort]")
    before = head.get_attribute("aria-sort")
    button = head.find_element(By.TAG_NAME, "button")
    button.send_keys(Keys.SPACE)
    assert head.get_attribute("aria-sort") not in (None, before)
    button.send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == before
    case = browser.find_element(By.CSS_SELECTOR, "details.case")
    assert not case.get_attribute("open")
    summary = case.find_element(By.TAG_NAME, "summary")
    summary.send_keys(Keys.ENTER)
    assert case.find_element(By.TAG_NAME, "table").is_displayed()
    summary.send_keys(Keys.SPACE)
    assert not case.get_attribute("open")


@pytest.mark.parametrize("name", ["report", "comparison", "runs", "site"])
def test_each_section_and_disclosure_can_be_linked_to(
    browser: webdriver.Chrome, page_of: Pages, name: str
) -> None:
    page = page_of(name)
    visit(browser, page)
    links = browser.execute_script(
        "return [...new Set([...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash))]"
    )
    assert len(links) > 3
    hidden = browser.execute_script(
        "return arguments[0].filter((hash) => {"
        " location.replace(hash); window.dispatchEvent(new HashChangeEvent('hashchange'));"
        " const e = document.getElementById(decodeURIComponent(hash.slice(1)));"
        " return !e || !e.checkVisibility() || e.localName === 'details' && !e.open;"
        "})",
        links,
    )
    assert hidden == []


def inside(browser: webdriver.Chrome, details: WebElement, selector: str) -> WebElement:
    """Return an element of a disclosure that was opened: a browser tells of that a moment later."""
    wait = WebDriverWait(browser, 20, ignored_exceptions=[NoSuchElementException])
    return wait.until(lambda _: details.find_element(By.CSS_SELECTOR, selector))


def test_of_a_large_run_a_case_is_there_when_it_is_opened(
    browser: webdriver.Chrome, page_of: Pages
) -> None:
    page = page_of("large")
    visit(browser, page)
    cases = browser.find_elements(By.CSS_SELECTOR, "details.case")
    assert len(cases) == 6
    assert browser.find_elements(By.CSS_SELECTOR, "details.case table, details.case dl") == []
    cases[1].find_element(By.TAG_NAME, "summary").click()
    assert inside(browser, cases[1], "table.processes").is_displayed()
    assert browser.find_elements(By.CSS_SELECTOR, "details.case noscript") != []
    # What is inside can be linked to, and found by its filter.
    command = browser.execute_script(
        "const text = arguments[0].querySelector('noscript').textContent;"
        "return /id=.(again-[a-z0-9-]+)/.exec(text)[1]",
        cases[3],
    )
    visit(browser, page, command)
    assert browser.find_element(By.ID, command).is_displayed()
    assert browser.get_log("browser") == []
    prepared = browser.find_elements(By.CSS_SELECTOR, "#ops-cases > details")[1]
    browser.execute_script("arguments[0].querySelector(':scope > summary').click()", prepared)
    table = inside(browser, prepared, "table.ops")
    assert table.find_elements(By.CSS_SELECTOR, "tr.row")


def test_of_a_large_run_everything_is_there_without_javascript(
    browser: webdriver.Chrome, page_of: Pages
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visit(browser, page_of("large"))
        case = browser.find_elements(By.CSS_SELECTOR, "details.case")[1]
        case.find_element(By.TAG_NAME, "summary").click()
        assert case.find_element(By.CSS_SELECTOR, "table.processes").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
