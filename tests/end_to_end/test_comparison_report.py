"""A stored comparison through the command line: its report, its verdicts again, its operators."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.records import Run
from benchhub.results.store import RunFolder

from ..unit.comparisons import comparison_run
from ..unit.reports.compared import duels
from .conftest import Shop

CASE = "mobilenet_v2/float32/xnnpack/t1"


def put(shop: Shop, run: Run) -> str:
    """Write a run into the workspace, as if it was measured there; return its id."""
    folder = RunFolder(shop.root / ".benchhub" / "runs" / run.plan.run_id)
    folder.path.mkdir(parents=True)
    folder.write_plan(run.plan)
    for facts in run.variants:
        folder.write_variant(facts)
    for record in run.devices:
        folder.write_device(record)
    steps = {(step.device, step.number): step for step in run.plan.invocations}
    for one in run.invocations:
        folder.begin_step(steps[one.device, one.number])
        folder.write_invocation(one, {})
    assert run.end
    folder.write_end(run.end)
    return run.plan.run_id


@pytest.fixture
def run_id(shop: Shop) -> str:
    return put(shop, comparison_run(*duels()))


def test_the_report_of_a_comparison_begins_with_its_verdicts(shop: Shop, run_id: str) -> None:
    ended = shop.call("report", run_id, "--out", "out/r.html")
    assert (ended.code, ended.out) == (0, "out/r.html\n")
    page = (shop.root / "out" / "r.html").read_text(encoding="utf-8")
    assert "<title>digits: 2 of 7 cases are worse, above all" in page
    for section in ("verdict", "verdicts", "changes", "sides", "operators", "cases", "appendix"):
        assert f' id="{section}"' in page
    assert ' id="comparison"' not in page
    assert shop.call("report", run_id, "--out", "out/again.html").code == 0
    assert (shop.root / "out" / "again.html").read_text(encoding="utf-8") == page


def test_the_verdicts_are_said_again(shop: Shop, run_id: str) -> None:
    ended = shop.call("compare", run_id, "--out", "r.html", COLUMNS="200")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[0] == "REGRESSED  2 of 7 cases"
    assert lines[2].startswith(f"  REGRESSED     {CASE} on host ")
    assert "0.301 -> 0.319 ms " in lines[2]
    assert "  2 REGRESSED · 1 INVALID · 1 INCONCLUSIVE · 1 IMPROVED · 2 PASS" in lines
    assert lines[-1].split() == ["report", "r.html"]
    narrow = shop.call("compare", run_id, COLUMNS="80").out.splitlines()
    assert narrow[2] == f"  REGRESSED     {CASE} on host"


def test_operators_are_told_by_side(shop: Shop, run_id: str) -> None:
    ended = shop.call("ops", run_id, "--case", f"{CASE}*", "--top", "1")
    assert ended.code == 0
    assert f"{CASE} (baseline) on host: 12 operators" in ended.out
    assert f"{CASE} (candidate) on host: 13 operators" in ended.out
    alone = shop.call("ops", run_id, "--case", f"{CASE}~candidate")
    assert "(baseline)" not in alone.out
    assert "(candidate)" in alone.out


def test_a_report_that_cannot_be_written_is_told(shop: Shop, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = shop.call("report", run_id, "--out", str(tmp_path / "file" / "r.html"))
    assert ended.code == 3
    assert "cannot be written" in ended.err
