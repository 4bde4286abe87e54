"""benchhub site: pages of all runs, of which only those that changed are made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from benchhub.cli import main
from benchhub.records import Run, RunState
from benchhub.reports import page
from benchhub.results.baselines import set_baseline

from ..apart import quiet, two_runs
from ..comparisons import comparison_run, duel, slower
from ..reports.conftest import Page

IDS = ("01NIGHT0", "01NIGHT1", "01NIGHT2")
Keep = Callable[[Run], Path]


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["site", *words], catch_exceptions=False)


def facts(*words: str) -> Any:
    result = ask("--json", *words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def night(i: int) -> Run:
    run, _ = two_runs(duel(quiet(2, 1), quiet(2, 1)))
    created = f"2026-10-0{i + 1}T03:00:00+00:00"
    return replace(run, plan=replace(run.plan, run_id=IDS[i], created=created))


@pytest.fixture
def root(keep: Keep) -> Path:
    """A workspace with two runs."""
    keep(night(0))
    return keep(night(1))


def test_a_page_a_run_the_history_and_the_first_page(root: Path, keep: Keep) -> None:
    keep(comparison_run(slower()))
    set_baseline(root / ".benchhub" / "runs", "nightly", IDS[0])
    result = ask()
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "site/index.html\npages    5 written, 0 unchanged, 0 removed\n"
    first = Page((root / "site" / "index.html").read_text())
    hrefs = {one.attributes["href"] for one in first.by_id("runs").all("a")}
    assert {f"runs/{name}.html" for name in (*IDS[:2], "01EXAMPL")} <= hrefs
    assert all((root / "site" / name).is_file() for name in hrefs if not name.startswith("#"))
    assert "nightly" in first.by_id("run-list").text
    assert "1 of 1 case is slower: digits/int8/xnnpack/t1" in first.by_id("run-list").text
    history = Page((root / "site" / "history" / "digits.html").read_text())
    assert "../index.html" in {one.attributes.get("href") for one in history.elements}


def test_only_what_changed_is_made_again_and_pages_of_deleted_runs_go(
    root: Path, keep: Keep
) -> None:
    ask()
    assert facts()["written"] == []
    keep(night(2))
    assert facts()["written"] == [f"runs/{IDS[2]}.html", "history/digits.html", "index.html"]
    end = root / ".benchhub" / "runs" / IDS[0] / "run.json"
    end.write_text(end.read_text().replace(RunState.FINISHED, RunState.INTERRUPTED))
    assert facts()["written"][0] == f"runs/{IDS[0]}.html"
    (root / "site" / "CNAME").write_text("mine")
    shutil.rmtree(root / ".benchhub" / "runs" / IDS[2])
    told = facts()
    assert told["removed"] == [f"runs/{IDS[2]}.html"]
    assert told["written"] == ["history/digits.html", "index.html"]
    assert (root / "site" / "CNAME").read_text() == "mine"
    assert IDS[2] not in (root / "site" / "index.html").read_text()


def test_other_templates_make_all_pages_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    assert "made runs/" not in ask().stderr
    monkeypatch.setattr(page, "made_with", lambda: "others")
    assert f"made runs/{IDS[0]}.html" in ask().stderr
    assert (root / "site" / "runs" / f"{IDS[0]}.html").is_file()


def test_a_folder_of_other_things_is_refused(root: Path) -> None:
    for out in ("suites", "."):
        (root / "suites" / "mine.yaml").write_text("mine")
        result = ask("--out", out)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is not empty and no site of benchhub's; nothing was written." in result.stderr
    assert [one.name for one in (root / "suites").iterdir()] == ["mine.yaml"]


def test_a_run_that_cannot_be_read_does_not_hide_the_others(root: Path) -> None:
    (root / ".benchhub" / "runs" / IDS[0] / "plan.json").write_text("{")
    told = facts()
    assert f"runs/{IDS[1]}.html" in told["written"]
    assert any(IDS[0] in text and "damaged" in text for text in told["notes"])
    assert "damaged" in (root / "site" / "index.html").read_text()


def test_a_workspace_without_runs_has_a_first_page(keep: Keep) -> None:
    root = keep(night(0))
    shutil.rmtree(root / ".benchhub" / "runs")
    assert facts()["written"] == ["index.html"]
    assert "No runs yet" in (root / "site" / "index.html").read_text()
