"""The operators of a report in a real browser: the picker, chips, groups, columns, the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from .steps import keys_of, prefer, resize, shown, sticking_out, violations, visit

pytestmark = pytest.mark.rig("chromium")

CASE = "case-pi4-mobilenet-v2-float32-none-t1"
PROFILE = f"ops-{CASE}"

PageOf = Callable[[str], Path]


@pytest.fixture
def report(browser: webdriver.Chrome, page_of: PageOf) -> webdriver.Chrome:
    """The browser with a fresh copy of the page, at one case."""
    visit(browser, page_of("report"), PROFILE)
    return browser


def seen(browser: webdriver.Chrome) -> list[str]:
    """Return the ids of the cases that are shown."""
    found = browser.find_elements(By.CSS_SELECTOR, "details.profile")
    return [one.get_attribute("id") or "" for one in found if one.is_displayed()]


def chip(browser: webdriver.Chrome, text: str) -> WebElement:
    found = browser.find_elements(By.CSS_SELECTOR, f"#{PROFILE} .chip")
    (wanted,) = [one for one in found if one.text == text]
    return wanted


def heads(table: WebElement) -> list[str]:
    found = table.find_elements(By.CSS_SELECTOR, "thead th")
    return [one.text for one in found if one.is_displayed()]


def test_a_deep_link_picks_its_case(report: webdriver.Chrome) -> None:
    assert seen(report) == [PROFILE]
    picker = Select(report.find_element(By.ID, "ops-pick"))
    assert picker.first_selected_option.get_attribute("value") == PROFILE
    top = report.execute_script(
        "return arguments[0].getBoundingClientRect().top", report.find_element(By.ID, PROFILE)
    )
    assert 0 <= top < 900
    assert report.get_log("browser") == []


def test_the_first_case_is_picked_and_another_by_keyboard(
    browser: webdriver.Chrome, page_of: PageOf
) -> None:
    visit(browser, page_of("report"))
    assert len(seen(browser)) == 1
    picker = browser.find_element(By.ID, "ops-pick")
    groups = [one.get_attribute("label") for one in picker.find_elements(By.TAG_NAME, "optgroup")]
    assert groups == ["host", "pi4"]
    first = seen(browser)
    picker.send_keys(Keys.ARROW_DOWN)
    assert seen(browser) not in (first, [])
    assert browser.current_url.endswith(f"#{seen(browser)[0]}")
    assert picker == browser.switch_to.active_element


def test_a_link_of_the_page_picks_its_case(browser: webdriver.Chrome, page_of: PageOf) -> None:
    visit(browser, page_of("report"))
    assert seen(browser) != [PROFILE]
    link = browser.find_element(By.CSS_SELECTOR, f"#cases a[href='#{PROFILE}']")
    browser.execute_script("arguments[0].click()", link)
    WebDriverWait(browser, 5).until(lambda _: seen(browser) == [PROFILE])


def test_chips_of_types_and_the_filter_act_together(report: webdriver.Chrome) -> None:
    table = report.find_element(By.ID, f"t{PROFILE}")
    output = report.find_element(By.CSS_SELECTOR, f"output[data-for='t{PROFILE}']")
    assert output.text == "66"
    depthwise = chip(report, "DEPTHWISE_CONV_2D")
    depthwise.send_keys(Keys.SPACE)
    assert depthwise.get_attribute("aria-pressed") == "true"
    assert output.text == "16 of 66"
    assert all(row.text.startswith("DEPTHWISE_CONV_2D") for row in shown(table))
    box = report.find_element(By.CSS_SELECTOR, f"[data-filter='t{PROFILE}']")
    box.send_keys("block_3_")
    assert output.text == "1 of 66"
    chip(report, "ADD").click()
    assert output.text == "2 of 66"
    depthwise.click()
    chip(report, "ADD").click()
    box.send_keys(*[Keys.BACKSPACE] * 8)
    assert output.text == "66"


def test_a_column_sorts_both_ways(report: webdriver.Chrome) -> None:
    table = report.find_element(By.ID, f"t{PROFILE}")
    found = table.find_elements(By.CSS_SELECTOR, "thead th")
    (column,) = [i for i, head in enumerate(found) if head.text == "Time, ms"]
    assert found[column].get_attribute("aria-sort") == "descending"
    keys = keys_of(table, column)
    assert keys == sorted(keys, reverse=True)
    button = found[column].find_element(By.TAG_NAME, "button")
    button.click()
    assert found[column].get_attribute("aria-sort") == "ascending"
    assert keys_of(table, column) == sorted(keys)
    button.send_keys(Keys.ENTER)
    assert found[column].get_attribute("aria-sort") == "descending"
    assert keys_of(table, column) == keys
    assert len(table.find_elements(By.CSS_SELECTOR, "th[aria-sort]")) == 1


def test_the_first_rows_are_shown_until_all_are_asked_for(report: webdriver.Chrome) -> None:
    table = report.find_element(By.ID, f"t{PROFILE}")
    button = report.find_element(By.CSS_SELECTOR, f".more-rows[data-for='t{PROFILE}']")
    assert len(shown(table)) == 24
    assert button.text == "Show all 66 rows"
    assert button.get_attribute("aria-expanded") == "false"
    report.execute_script("arguments[0].click()", button)
    assert len(shown(table)) == 66
    assert button.text == "Show the first 24"
    assert button.get_attribute("aria-expanded") == "true"


@pytest.mark.parametrize(("by", "count"), [("type", 5), ("layer", 17)])
def test_rows_are_grouped_below_their_sums(report: webdriver.Chrome, by: str, count: int) -> None:
    table = report.find_element(By.ID, f"t{PROFILE}")
    chip(report, by).click()
    found = table.find_elements(By.CSS_SELECTOR, "tr.grouphead")
    assert len(found) == count
    assert shown(table) == []
    times = [float(one.find_elements(By.TAG_NAME, "td")[0].text) for one in found]
    assert times == sorted(times, reverse=True)
    button = found[0].find_element(By.TAG_NAME, "button")
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "true"
    inside = [float(row.find_elements(By.TAG_NAME, "td")[0].text) for row in shown(table)]
    assert sum(inside) == pytest.approx(times[0], rel=0.02)
    box = report.find_element(By.CSS_SELECTOR, f"[data-filter='t{PROFILE}']")
    box.send_keys("softmax")
    assert [row.text.split()[0] for row in shown(table)] == ["SOFTMAX"]
    assert len([one for one in found if one.is_displayed()]) == 1
    chip(report, "none").click()
    assert table.find_elements(By.CSS_SELECTOR, "tr.grouphead") == []
    box.send_keys(*[Keys.BACKSPACE] * 7)
    assert len(shown(table)) == 24


def test_more_columns_can_be_asked_for(report: webdriver.Chrome) -> None:
    table = report.find_element(By.ID, f"t{PROFILE}")
    assert heads(table) == ["Operator", "Time, ms", "Share", "Cum.", "Node", "Ran on"]
    button = chip(report, "More columns")
    button.click()
    assert heads(table)[6:] == ["Run order", "Min, ms", "Max, ms", "Std, ms", "n"]
    button.click()
    assert len(heads(table)) == 6


def test_the_picture_tells_what_is_pointed_at_and_leads_there(report: webdriver.Chrome) -> None:
    picture = report.find_element(By.CSS_SELECTOR, f"#{PROFILE} svg.bars")
    report.execute_script("arguments[0].scrollIntoView({block: 'center'})", picture)
    width = picture.size["width"]
    # The fourth bar of 66: an addition, which is not among the rows that are shown at first.
    across = round(3.5 / 66 * width - width / 2)
    ActionChains(report).move_to_element_with_offset(picture, across, 0).perform()
    told = report.find_element(By.CSS_SELECTOR, f"#{PROFILE} .at").text
    assert told.startswith("#3 ADD block_0_expand/Conv2D: 0.0")
    ActionChains(report).click().perform()
    (row,) = report.find_elements(By.CSS_SELECTOR, "tr.found")
    assert row.is_displayed()
    assert row.text.startswith("ADD block_0_")


def test_the_baselines_link_leads_to_the_candidates_table(
    browser: webdriver.Chrome, page_of: PageOf
) -> None:
    visit(browser, page_of("comparison"), "ops-case-pi4-mobilenet-v2-float32-xnnpack-t1-baseline")
    assert seen(browser) == ["ops-case-pi4-mobilenet-v2-float32-xnnpack-t1-candidate"]
    (profile,) = browser.find_elements(By.CSS_SELECTOR, "details.picked")
    assert profile.find_elements(By.CSS_SELECTOR, "svg .added")
    assert profile.find_elements(By.CSS_SELECTOR, "td b.slower")


@pytest.mark.parametrize("width", [1400, 800, 390])
@pytest.mark.parametrize("name", ["report", "comparison"])
def test_nothing_sticks_out(
    browser: webdriver.Chrome, page_of: PageOf, name: str, width: int
) -> None:
    resize(browser, width)
    visit(browser, page_of(name))
    more = browser.find_elements(By.CSS_SELECTOR, ".picked .chip[title]")
    browser.execute_script("arguments[0].click()", more[-1])
    assert sticking_out(browser) == []
    assert browser.get_log("browser") == []


@pytest.mark.parametrize(("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))])
def test_axe_finds_nothing(
    browser: webdriver.Chrome, page_of: PageOf, scheme: str, rules: tuple[str, ...]
) -> None:
    prefer(browser, scheme)
    visit(browser, page_of("comparison"))
    browser.find_element(By.CSS_SELECTOR, ".picked [data-by=type]").click()
    # The other sections are looked at elsewhere.
    browser.execute_script(
        "document.querySelectorAll('main > section:not(#operators) > :not(.head)')"
        ".forEach((one) => one.remove())"
    )
    assert violations(browser, *rules) == []


def test_without_javascript_all_tables_are_there(
    browser: webdriver.Chrome, page_of: PageOf
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visit(browser, page_of("report"))
        assert len(seen(browser)) == 15
        assert not browser.find_element(By.ID, "ops-pick").is_displayed()
        assert browser.find_elements(By.CSS_SELECTOR, "#operators .chip") == []
        table = browser.find_element(By.CSS_SELECTOR, "details.profile[open] table.ops")
        assert len(shown(table)) == 66
        assert "Std, ms" in heads(table)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_in_print_all_rows_of_the_picked_case_are_there(report: webdriver.Chrome) -> None:
    chip(report, "type").click()
    report.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert len(shown(report.find_element(By.ID, f"t{PROFILE}"))) == 66
        assert len(seen(report)) == 15, "the others as a line each"
        for control in report.find_elements(By.CSS_SELECTOR, "#operators .tools, .more-rows"):
            assert not control.is_displayed()
    finally:
        report.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
