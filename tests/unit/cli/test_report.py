"""benchhub report: one run with its history, or several on one page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchhub.cli import main, report
from benchhub.records import Run
from benchhub.results.baselines import set_baseline

from ..apart import quiet, two_runs
from ..comparisons import comparison_run, duel, slower

IDS = ("01NIGHT0", "01NIGHT1", "01NIGHT2")
Keep = Callable[[Run], Path]


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["report", *words], catch_exceptions=False)


@pytest.fixture
def nights(keep: Keep) -> Path:
    """A workspace with three runs of a suite."""
    run, _ = two_runs(duel(quiet(4, 1), quiet(4, 1)))
    root = Path()
    for i, run_id in enumerate(IDS):
        created = f"2026-10-0{i + 1}T03:00:00+00:00"
        root = keep(replace(run, plan=replace(run.plan, run_id=run_id, created=created)))
    return root


def test_several_runs_named_in_every_way(nights: Path) -> None:
    set_baseline(nights / ".benchhub" / "runs", "nightly", IDS[0])
    result = ask("nightly", IDS[1].lower(), "latest")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "reports/runs-01NIGHT0-01NIGHT1-01NIGHT2.html\n"
    page = (nights / "reports" / "runs-01NIGHT0-01NIGHT1-01NIGHT2.html").read_text()
    assert "<title>01NIGHT2 against nightly: 1 case, none clearly slower or faster</title>" in page
    assert ask(IDS[1], IDS[0], "--out", "two.html").stdout == "two.html\n"
    assert "01NIGHT0 against 01NIGHT1" in (nights / "two.html").read_text()


def test_the_report_of_a_run_looks_back_as_far_as_that_run(nights: Path) -> None:
    for run_id, has in zip(IDS, (False, False, True), strict=True):
        assert ask(run_id, "--out", f"{run_id}.html").exit_code == 0
        page = (nights / f"{run_id}.html").read_text()
        assert ('id="history"' in page) is has
    before = (nights / f"{IDS[2]}.html").read_bytes()
    assert ask("--out", "latest.html").exit_code == 0
    assert (nights / "latest.html").read_bytes() == before


def test_a_report_does_without_a_damaged_index(nights: Path) -> None:
    (nights / ".benchhub" / "index.sqlite").write_bytes(b"no database at all, but long enough" * 40)
    result = ask("--out", "page.html")
    assert result.exit_code == 0
    assert result.stderr.startswith("The report has no history: ")
    assert "benchhub index rebuild" in result.stderr
    assert 'id="history"' not in (nights / "page.html").read_text()


def test_what_cannot_be_on_one_page(
    nights: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(comparison_run(slower()))
    assert nights.is_dir()
    for words, said in (
        ((IDS[0], "01EXAMPL"), "run 01EXAMPL compares two sides itself."),
        ((IDS[0], "01N"), "run '01N' is ambiguous"),
        ((IDS[0], "never"), "there is no run 'never'."),
    ):
        result = ask(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
    monkeypatch.setattr(report, "MOST_RUNS", 2)
    result = ask(*IDS[:3])
    assert result.exit_code == 2
    assert "3 runs are too many for one page: 2 at most." in result.stderr
    assert not (nights / "reports").exists()


def test_a_run_that_is_named_twice_is_shown_once(nights: Path) -> None:
    result = ask(IDS[0], IDS[1], IDS[0], "--out", "page.html", "--json")
    assert result.exit_code == 0
    assert f"{IDS[0]} is run {IDS[0]}, which is there already: shown once." in result.stderr
    assert json.loads(result.stdout)["runs"] == list(IDS[:2])
