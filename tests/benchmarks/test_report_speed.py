"""How long a report takes, how much memory and disk, and how fast a browser opens it.

Nothing is asserted of time; `tox -e benchmarks -- tests/benchmarks/test_report_speed.py` prints it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from benchhub.records import Run
from benchhub.results.store import RunFolder

from ..unit.reports import big
from ..unit.reports.invented import make_record, small_run
from .extent import times

PROGRAM = Path(sys.executable).parent / "benchhub"
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")
# Of the load and the first layout after it, in milliseconds since the navigation began.
OPENED = (
    "const done = arguments[0];"
    "document.body.getBoundingClientRect();"
    "requestAnimationFrame(() => setTimeout(() => done([performance.now(),"
    " performance.getEntriesByType('navigation')[0].loadEventEnd,"
    " document.getElementsByTagName('*').length])))"
)


@dataclass(frozen=True)
class Used:
    """What a process used: seconds, and bytes of memory at its peak."""

    wall_s: float
    peak_bytes: int


# A child is counted with the memory that its parent had when it was started: a small parent.
LAUNCH = (
    "import resource, subprocess, sys, time; began = time.perf_counter();"
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    "print(time.perf_counter() - began,"
    " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
)


def rendered(workspace: Path, page: Path) -> Used:
    """Run `benchhub report` in a process of its own."""
    argv = [sys.executable, "-c", LAUNCH, PROGRAM, "report", "--out", page]
    told = subprocess.run(argv, cwd=workspace, capture_output=True, text=True, check=True)
    wall_s, peak_bytes = told.stdout.split()
    return Used(float(wall_s), int(peak_bytes))


def write_run(workspace: Path, run: Run) -> None:
    """Write a run as it would have been measured."""
    for name in ("devices", "suites"):
        (workspace / name).mkdir()
    path = workspace / ".benchhub" / "runs" / run.plan.run_id
    path.mkdir(parents=True)
    folder = RunFolder(path)
    folder.write_plan(run.plan)
    for device in run.plan.devices:
        folder.write_device(make_record(device))
    for one in run.invocations:
        folder.begin_step(one)
        folder.write_invocation(one, {"stdout.txt": b"INFO: example\n" * 20, "stderr.txt": b""})
    assert run.end
    folder.write_end(run.end)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(switch)
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.mark.rig("chromium")
def test_a_report_of_ten_thousand_invocations(
    benchmark: BenchmarkFixture,
    capsys: pytest.CaptureFixture[str],
    browser: webdriver.Chrome,
    tmp_path: Path,
) -> None:
    rounds = times(big.ROUNDS)
    run = big.big_run(rounds, max(1, big.PROFILE_ROUNDS * rounds // big.ROUNDS))
    workspace, page = tmp_path / "workspace", tmp_path / "page.html"
    workspace.mkdir()
    write_run(workspace, run)
    used = benchmark.pedantic(rendered, (workspace, page), rounds=1)
    opened = [open_page(browser, page) for _ in range(3)]
    figures = {
        "invocations": len(run.invocations),
        "seconds": round(used.wall_s, 2),
        "peak_mb": round(used.peak_bytes / 1e6),
        "page_mb": round(page.stat().st_size / 1e6, 2),
        "opened_s": [round(one[0] / 1000, 2) for one in opened],
        "loaded_s": [round(one[1] / 1000, 2) for one in opened],
        "elements": int(opened[0][2]),
    }
    benchmark.extra_info.update(figures)
    with capsys.disabled():
        print(f"\n{benchmark.name}: {figures}")
        print("(goals for 10,000: 20 s, 1,500 MB, a page of 10 MB, opened in 2 s)")


def open_page(browser: webdriver.Chrome, page: Path) -> tuple[float, float, float]:
    """Return when a page was laid out, and loaded, in milliseconds, and its elements."""
    browser.get("about:blank")
    browser.get(page.as_uri())
    laid_out, loaded, elements = browser.execute_async_script(OPENED)
    return laid_out, loaded, elements


def test_a_report_of_the_quickstart(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_run(tmp_path, small_run())
    page = tmp_path / "page.html"
    used = benchmark.pedantic(rendered, (tmp_path, page), rounds=times(5))
    size = page.stat().st_size / 1e6
    median = benchmark.stats.stats.median
    with capsys.disabled():
        print(
            f"\n{benchmark.name}: {median:.2f} s, {used.peak_bytes / 1e6:.0f} MB,"
            f" page {size:.2f} MB, n = {times(5)} (goal: 3 s)"
        )
