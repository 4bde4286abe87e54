"""What tests do in a browser, and what they look at there."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from ..conftest import AXE

# Level AA of WCAG 2.0 to 2.2, and what axe calls good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
WIDTHS = (1400, 700, 390)


def visit(browser: webdriver.Chrome, page: Path, fragment: str = "") -> None:
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(page.as_uri() + (f"#{fragment}" if fragment else ""))


def requested(browser: webdriver.Chrome) -> list[str]:
    """Return what was asked for since the visit, the page itself and embedded data left out."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [one["params"] for one in events if one["method"] == "Network.requestWillBeSent"]
    urls = [one["request"]["url"] for one in sent if one["type"] != "Document"]
    return [url for url in urls if not url.startswith("data:")]


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


def prefer(browser: webdriver.Chrome, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def violations(browser: webdriver.Chrome, *rules: str) -> list[str]:
    """Return what axe finds against WCAG 2.2, level AA, and its own good practice.

    Args:
        browser: The page to look at.
        rules: Only these; all if none is named.
    """
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    told = browser.execute_async_script(
        "const done = arguments[1];"
        "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
        ".then((r) => done(r.violations), (e) => done([{id: String(e), nodes: []}]))",
        only,
    )
    return [
        f"{one['id']}, {len(one['nodes'])} times: {node['html'][:160]}"
        for one in told
        for node in one["nodes"][:3] or [{"html": ""}]
    ]


def printed(browser: webdriver.Chrome) -> list[str]:
    """Return the text of each sheet of the page as it is printed."""
    options = {"preferCSSPageSize": True, "printBackground": True}
    made: dict[str, Any] = browser.execute_cdp_cmd("Page.printToPDF", options)
    pdf = PdfReader(io.BytesIO(base64.b64decode(made["data"])))
    # Fonts write some pairs of letters as one.
    return [unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in pdf.pages]
