from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Run, RunState
from benchhub.reports.html import render_html
from benchhub.reports.page import breakable, sort_key

from . import odd_names

ReadPage = Callable[[Run], Any]
RUNS = (
    "invented_run",
    "small_run",
    "interrupted_run",
    "hostile_run",
    "long_named_run",
    "lab_run",
    "accelerated_run",
    "varied_run",
    "unlabelled_run",
    "hostile_variants_run",
)


@pytest.fixture(scope="module", params=RUNS)
def any_page(
    request: pytest.FixtureRequest,
    invented: ModuleType,
    lab: ModuleType,
    accelerated: ModuleType,
    varied: ModuleType,
    read_page: ReadPage,
) -> Any:
    modules = {"lab_run": lab, "accelerated_run": accelerated}
    modules |= dict.fromkeys(("hostile_run", "long_named_run"), odd_names)
    modules |= dict.fromkeys(("varied_run", "unlabelled_run", "hostile_variants_run"), varied)
    return read_page(getattr(modules.get(request.param, invented), request.param)())


def test_the_page_loads_nothing(any_page: Any) -> None:
    for element in any_page.elements:
        for name in ("src", "srcset", "action", "data", "poster", "background"):
            assert name not in element.attributes, f"<{element.tag} {name}>"
        href = element.attributes.get("href")
        assert href is None or href.startswith("#") or href == "data:,", href
    css = any_page.root.all("style")[0].text
    assert "url(" not in css
    assert "@import" not in css


def test_there_is_nothing_that_the_policy_would_block(any_page: Any) -> None:
    for element in any_page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]


def test_the_policy_allows_exactly_the_scripts_and_the_style_of_the_page(
    invented: ModuleType,
) -> None:
    html = render_html(summarise(invented.small_run()), invented.logs)
    inline = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", html, flags=re.DOTALL)
    assert len(inline) == 3
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    hashes = {
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in inline
    }
    assert set(re.findall(r"'(sha256-[^']*)'", policy[1])) == hashes
    assert policy[1].startswith("default-src 'none';")


def test_ids_are_unique_and_links_lead_somewhere(any_page: Any) -> None:
    ids = any_page.ids()
    assert [name for name, count in ids.items() if count > 1] == []
    for element in any_page.elements:
        for name in ("href", "aria-labelledby", "data-copy", "data-filter", "data-for"):
            target = element.attributes.get(name, "")
            target = target.removeprefix("#") if name == "href" else target
            assert not target or target == "data:," or target in ids, f"{name}={target}"


def test_names_that_want_to_be_markup_are_text(invented: ModuleType, read_page: ReadPage) -> None:
    run = odd_names.hostile_run()
    assert "<script>alert" not in render_html(summarise(run), invented.logs)
    page = read_page(run)
    assert len(page.root.all("script")) == 2
    assert "<script>alert(1)</script>\"'&" in page.by_id("operators").text


def test_variants_that_want_to_be_markup_are_text(varied: ModuleType, read_page: ReadPage) -> None:
    run = varied.hostile_variants_run()
    assert "<script>alert" not in render_html(summarise(run), lambda _: {})
    page = read_page(run)
    assert len(page.root.all("script")) == 2
    assert "<script>alert(1)</script>\"'&int8" in page.by_id("variants").text


def test_hostile_logs_are_text(invented: ModuleType) -> None:
    evil = "</pre></details><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\x00\ud800"
    html = render_html(summarise(invented.small_run()), lambda _: {"stdout.txt": evil})
    assert "<img" not in html
    assert "<script>alert" not in html
    assert "\x00" not in html
    html.encode("utf-8")


def test_the_same_run_gives_the_same_bytes_in_another_process(
    invented: ModuleType, tmp_path: Path
) -> None:
    script = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('invented', {invented.__file__!r})\n"
        "invented = importlib.util.module_from_spec(spec); spec.loader.exec_module(invented)\n"
        "from benchhub.analysis.summary import summarise\n"
        "from benchhub.reports.html import render_html\n"
        "page = render_html(summarise(invented.invented_run()), invented.logs)\n"
        "open(sys.argv[1], 'w', encoding='utf-8').write(page)\n"
    )
    # Another seed of str hashes, another time zone, another place of matplotlib's settings.
    (tmp_path / "matplotlibrc").write_text("font.size: 30\ntext.usetex: True\n")
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "MPLCONFIGDIR": str(tmp_path)}
    out = tmp_path / "page.html"
    subprocess.run([sys.executable, "-c", script, str(out)], env=env, check=True)
    mine = render_html(summarise(invented.invented_run()), invented.logs)
    assert out.read_text(encoding="utf-8") == mine


def test_importing_reports_loads_nothing_heavy() -> None:
    script = (
        "import sys, benchhub.reports, benchhub.reports.numbers\n"
        "heavy = {'matplotlib', 'jinja2', 'numpy', 'scipy', 'pandas'} & set(sys.modules)\n"
        "sys.exit(' '.join(heavy) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_page_without_charts_does_not_need_matplotlib(invented: ModuleType) -> None:
    script = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('invented', {invented.__file__!r})\n"
        "invented = importlib.util.module_from_spec(spec); spec.loader.exec_module(invented)\n"
        "from benchhub.analysis.summary import summarise\n"
        "from benchhub.reports.html import render_html\n"
        "render_html(summarise(invented.make_run(invented.CASES[:1])), invented.logs)\n"
        "sys.exit('matplotlib' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_title_is_the_answer(page: Any) -> None:
    title = page.root.all("head")[0].all("title")[0]
    assert title.text.startswith("example: int8 xnnpack t2 is fastest everywhere: 5.1")
    (headline,) = page.root.all("h1")
    assert headline.text in title.text


def test_sections_come_in_order_and_are_numbered(
    page: Any, invented: ModuleType, read_page: ReadPage
) -> None:
    heads = [one.text for one in page.root.all("h2") if one.attributes["id"].startswith("h-")]
    assert heads == [
        "2 Needs attention",
        "3 Speed-up",
        "4 Devices",
        "5 Configurations",
        "6 Distributions",
        "7 Threads",
        "8 Operators",
        "9 Placement",
        "10 Telemetry",
        "11 Cases",
        "12 Environment",
        "13 Appendix",
    ]
    quiet = read_page(invented.make_run(invented.CASES[:1]))
    assert [one.attributes["href"] for one in quiet.root.all("nav")[0].all("a")] == [
        "#answer",
        "#comparison",
        "#distributions",
        "#operators",
        "#placement",
        "#telemetry",
        "#cases",
        "#environment",
        "#appendix",
    ]


def test_a_fallback_never_stands_under_the_name_of_the_delegate(page: Any) -> None:
    rows = page.by_id("comparison").all("tr", "FALLBACK-row")
    assert len(rows) == 2
    for row in rows:
        (link,) = row.all("a")
        assert link.text == "int8 built-in kernels t1"
        assert "asked for xnnpack" in row.text
        cells = [cell.text for cell in row.all("td")]
        assert cells[4] == "\N{EN DASH}", "it has no speed-up"
        assert cells[-1] == "FALLBACK"
    answers = [one.text for one in page.root.all("p", "say")]
    assert answers[1].startswith("benchmark_modelfloat32 xnnpack t1 is fastest")


def test_each_case_has_its_numbers_in_the_table(page: Any, invented: ModuleType) -> None:
    (table, _) = page.by_id("comparison").all("table", "compare")
    first = table.all("tr", "row")[0]
    summary = summarise(invented.invented_run())
    best = summary.devices[0].fastest_first()[0]
    assert best.latency
    cells = [cell.text for cell in first.all("td")]
    assert first.all("th")[0].text == "int8 xnnpack t2"
    assert cells[1] == f"{best.latency.value_us / 1000:.3f}"
    assert first.all("td")[1].attributes["data-v"] == sort_key(best.latency.value_us)
    assert cells[3:] == [
        "5",
        f"{best.speedup:.2f}\N{MULTIPLICATION SIGN}",
        "6.90",
        cells[6],
        "25.2",
        "76.4",
        "65/66 XNNPACK",
        "OK",
    ]


def test_a_mean_is_called_a_mean(page: Any) -> None:
    rows = page.by_id("comparison").all("tr", "row")
    means = [row.all("th")[0].text for row in rows if "mean" in row.text.split()]
    assert means
    assert all("float32" in name or "built-in" in name for name in means)
    heads = [one.text for one in page.by_id("cases").all("th")]
    assert {"Mean, ms", "Median, ms"} <= set(heads)


def test_an_interrupted_run_says_so(invented: ModuleType, read_page: ReadPage) -> None:
    page = read_page(invented.interrupted_run())
    assert "Interrupted after 13 of 48 invocations." in page.by_id("answer").text
    attention = page.by_id("attention").text
    assert "13 of 48 planned invocations are there" in attention
    assert "benchhub run --resume 01EXAMPL" in attention


def test_a_run_of_which_nothing_is_left_can_be_shown(
    invented: ModuleType, read_page: ReadPage
) -> None:
    run = invented.small_run()
    page = read_page(replace(run, devices=(), invocations=(), end=None))
    assert page.root.all("h1")[0].text == "No case gave a number that stands"
    assert "8 not run" in page.by_id("answer").text
    assert "No device was asked before the run ended." in page.by_id("environment").text
    assert RunState.UNFINISHED.value in page.by_id("environment").text


def test_operators_show_sum_and_latency_without_the_profiler(page: Any) -> None:
    profile = page.by_id("ops-case-host-mobilenet-v2-float32-none-t1")
    note = profile.all("p", "note")[0].text
    assert re.match(
        r"66 operators: 0\.5\d\d ms in the profile, 0\.522 ms measured without it; "
        r"single times are cut to 0\.001 ms; from litert events, one process, 380 inferences\.",
        note,
    )
    table = profile.all("table", "ops")[0]
    rows = table.all("tr", "row")
    assert len(rows) == 66, "all rows are there without JavaScript"
    node = [head.text for head in table.all("th")].index("Node") - 1
    nodes = {row.all("td")[node].text for row in rows}
    assert {"0", "65"} <= nodes
    inside = page.by_id("ops-case-host-mobilenet-v2-float32-xnnpack-t1")
    (table,) = inside.all("table", "ops")
    node = [head.text for head in table.all("th")].index("Node") - 1
    assert {row.all("td")[node].text for row in table.all("tr", "row")} == {"\N{EN DASH}"}


def test_each_sortable_column_has_a_button_and_one_is_sorted(page: Any) -> None:
    tables = page.root.all("table", "sortable")
    assert tables
    for table in tables:
        heads = table.all("th")
        assert sum("aria-sort" in head.attributes for head in heads) == 1
        (sorted_head,) = [head for head in heads if "aria-sort" in head.attributes]
        assert sorted_head.all("button")


def test_sort_keys_and_breaks() -> None:
    assert sort_key(None) == ""
    assert sort_key(0) == "0"
    assert sort_key(102.3456789) == "102.346"
    assert breakable("a/<b>") == "a/<wbr>&lt;b&gt;"


def test_a_report_does_not_wait_for_all_of_scipy() -> None:
    """Half a second of each run."""
    code = "import sys; import benchhub.reports.html; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
