"""Make the pictures of the README: the example report in a wide window, in the dark, on a phone.

    python scripts/screenshots.py [REPORT.html]

It drives Debian's Chromium (`apt-get install chromium chromium-driver`, `pip install selenium`) and
writes docs/pictures/*.png with few colours, so that they stay small.
"""

from __future__ import annotations

import base64
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "reports" / "quickstart-example.html"
PICTURES = ROOT / "docs" / "pictures"
COLOURS = 96
MOST_BYTES = 300_000
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars")


@dataclass(frozen=True)
class Shot:
    """A picture: its file, the window in CSS pixels, pixels a CSS pixel, colour scheme, section."""

    name: str
    width: int
    height: int
    scale: float
    scheme: str
    section: str = ""


SHOTS = (
    Shot("report-wide", 1400, 900, 1.0, "light"),
    Shot("report-dark", 1400, 900, 1.0, "dark", "operators"),
    Shot("report-phone", 390, 844, 1.5, "light"),
)


def main() -> None:
    """Make all pictures of the report that is named, else of the example."""
    page = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else REPORT
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        browser = started(profile)
        try:
            for shot in SHOTS:
                path = PICTURES / f"{shot.name}.png"
                path.write_bytes(few_colours(taken(browser, page, shot)))
                size = path.stat().st_size
                print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} kB")
                if size > MOST_BYTES:
                    raise SystemExit(f"{path.name} is larger than {MOST_BYTES // 1000} kB.")
        finally:
            browser.quit()


def started(profile: str) -> webdriver.Chrome:
    """Start Chromium with a profile folder of its own."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def taken(browser: webdriver.Chrome, page: Path, shot: Shot) -> bytes:
    """Return a picture of what a window of that size shows, as PNG."""
    window = {"width": shot.width, "height": shot.height, "deviceScaleFactor": shot.scale}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**window, "mobile": False})
    scheme = {"name": "prefers-color-scheme", "value": shot.scheme}
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})
    browser.get("about:blank")
    browser.get(page.as_uri() + (f"#{shot.section}" if shot.section else ""))
    browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
    made = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(made["data"])


def few_colours(png: bytes) -> bytes:
    """Return the same picture with a palette."""
    with Image.open(io.BytesIO(png)) as picture:
        reduced = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    reduced.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
