"""What tests do in a browser, and what they look at there."""

from __future__ import annotations

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement


def visit(browser: webdriver.Chrome, page: Path, fragment: str = "") -> None:
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get(page.as_uri() + (f"#{fragment}" if fragment else ""))


def resize(browser: webdriver.Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def open_all(browser: webdriver.Chrome) -> None:
    browser.execute_script(
        "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
    )


def keys_of(table: WebElement, column: int) -> list[float]:
    """Return the sort keys of a column from top to bottom, also of rows that are not shown."""
    script = (
        "return [...arguments[0].querySelectorAll('tr.row')]"
        ".map((row) => row.cells[arguments[1]].dataset.v)"
    )
    keys = table.parent.execute_script(script, table, column)
    return [float(key) if key else float("nan") for key in keys]


def shown(table: WebElement) -> list[WebElement]:
    return [row for row in table.find_elements(By.CSS_SELECTOR, "tr.row") if row.is_displayed()]


def sticking_out(browser: webdriver.Chrome) -> list[str]:
    """Return what is wider than the window, other than what scrolls in a box of its own."""
    script = (
        "const width = document.documentElement.clientWidth;"
        "const over = document.documentElement.scrollWidth > width ? ['the page'] : [];"
        "return over.concat([...document.querySelectorAll('main *')].filter("
        "(e) => !e.closest('.scroll, .sr') && !e.closest('svg')"
        " && e.getBoundingClientRect().right > width + 1)"
        ".map((e) => e.outerHTML.slice(0, 80)))"
    )
    found: list[str] = browser.execute_script(script)
    return found


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)`, WCAG 2.2."""
    channels = [int(part) / 255 for part in colour.strip("rgba()").split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def assert_contrast(browser: webdriver.Chrome, scheme: str) -> None:
    """Demand 4.5 between all text and the paper in a colour scheme (WCAG 2.2, 1.4.3)."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) > 0.5) == (scheme == "light")
    colours = browser.execute_script(
        "return [...new Set([...document.querySelectorAll('main *:not(svg *)')]"
        ".map((e) => getComputedStyle(e).color))]"
    )
    assert len(colours) >= 4
    for colour in colours:
        high, low = sorted((luminance(colour), luminance(paper)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
