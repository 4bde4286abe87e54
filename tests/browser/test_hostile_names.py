"""Names and messages that want to be markup, in every field of every record, in a real browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from benchhub.reports.unseen import seen

from ..unit.reports import spoilt
from .steps import WIDTHS, open_all, requested, resize, sticking_out, visit

pytestmark = pytest.mark.rig("chromium")

Pages = Callable[[str], Path]

# Where the name of each kind of thing has to be read; as it is seen.
PLACES = {
    "evil": (
        "h1",
        ".meta b",
        "#cases .name",
        "#operators",
        "#environment td",
        "#appendix",
        "pre.log",
    ),
    "evil_delegates": ("h1", "#placement", "#attention", "#cases .findings"),
    "evil_runs": ("h1", "#across", "#differing"),
    "evil_site": ("#runs", "#trends"),
}


def elements(browser: webdriver.Chrome) -> Counter[str]:
    """Count elements by name, with the names of their attributes."""
    told: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('*')].map("
        "(e) => e.localName + ' ' + [...e.attributes].map((a) => a.name)"
        ".filter((a) => a !== 'tabindex').sort().join(' '))"
    )
    return Counter(told)


@pytest.mark.parametrize("name", PLACES)
def test_names_are_text(browser: webdriver.Chrome, page_of: Pages, name: str) -> None:
    visit(browser, page_of(name))
    open_all(browser)
    assert browser.execute_script("return window.ran") is None
    assert browser.execute_script("return document.scripts.length") == 2
    assert browser.find_elements(By.CSS_SELECTOR, "img, iframe, object, [onerror]") == []
    assert requested(browser) == []
    for width in WIDTHS:
        resize(browser, width)
        assert sticking_out(browser) == [], width
    for place in PLACES[name]:
        found = browser.find_elements(By.CSS_SELECTOR, place)
        texts = [one.get_property("textContent") for one in found]
        assert any(spoilt.SHOWN in str(text) for text in texts), place
    assert browser.get_log("browser") == []


def test_a_name_creates_no_element(browser: webdriver.Chrome, page_of: Pages) -> None:
    visit(browser, page_of("tame"))
    tame = elements(browser)
    visit(browser, page_of("evil"))
    # Labels of charts are placed by how wide they are.
    left_out = ("g", "path", "text")
    differing = [
        kind
        for kind, count in elements(browser).items()
        if count != tame[kind] and kind.split(maxsplit=1)[0] not in left_out
    ]
    assert differing == []


def test_no_name_turns_what_is_beside_it(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """Hebrew letters, and a character that would turn everything after it."""
    page = tmp_path / "page.html"
    body = "<p>n\u05d2\u05e0\u05df 123 ms, a\u202eb 456 ms</p>"
    page.write_text(f"<!doctype html><meta charset=utf-8>{seen(body)}", encoding="utf-8")
    assert order(browser, page) == sorted(order(browser, page))
    page.write_text(f"<!doctype html><meta charset=utf-8>{body}", encoding="utf-8")
    assert order(browser, page) != sorted(order(browser, page))


def order(browser: webdriver.Chrome, page: Path) -> list[float]:
    """Return where the words of a paragraph begin, in the order in which they were written."""
    visit(browser, page)
    places: list[float] = browser.execute_script(
        "const text = document.querySelector('p').firstChild, found = [];"
        "for (const word of ['n', '\u05d2', '123', 'ms,', 'b', '456']) {"
        " const range = document.createRange(), at = text.data.indexOf(word);"
        " range.setStart(text, at); range.setEnd(text, at + word.length);"
        " found.push(range.getBoundingClientRect().left); }"
        "return found"
    )
    return places
