"""benchhub runs push and pull: which runs, from where, and what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchhub.cli import main
from benchhub.records import Run
from benchhub.results.store import RunFolder

from ..reports.invented import small_run

FIRST, SECOND = "01AAAA00", "01AAAB00"


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["runs", *words], catch_exceptions=False)


@pytest.fixture
def root(keep: Callable[[Run], Path]) -> Path:
    """A workspace with two runs, that shares them in a folder beside it."""
    run = small_run()
    run = replace(run, invocations=run.invocations[:2])
    for run_id in (FIRST, SECOND):
        end = replace(run.end, run_id=run_id) if run.end else None
        path = keep(replace(run, plan=replace(run.plan, run_id=run_id), end=end))
    (path / "benchhub.yaml").write_text("runs: shared\n")
    return path


@pytest.fixture
def other(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another workspace, without runs."""
    path = tmp_path_factory.mktemp("other")
    for name in ("devices", "suites"):
        (path / name).mkdir()
    return path


def test_all_runs_go_and_come(root: Path, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed = ask("push")
    assert pushed.exit_code == 0, pushed.stderr
    assert [line[:8] for line in pushed.stdout.splitlines()] == [FIRST, SECOND, "2 runs p"]
    assert ask("push").stdout == "0 runs pushed, 2 unchanged\n"
    monkeypatch.chdir(other)
    monkeypatch.setenv("BENCHHUB_RUNS", f"file://{root}/shared")
    assert ask("pull", "latest").stdout.endswith("1 run fetched\n")
    assert [path.name for path in (other / ".benchhub" / "runs").iterdir()] == [SECOND]
    rest = ask("pull", "--all", "--json")
    assert rest.exit_code == 0, rest.stderr
    told = json.loads(rest.stdout)
    assert told["fetched"].keys() == {FIRST, SECOND}
    assert (told["fetched"][SECOND], told["notes"], told["failed"]) == (0, [], {})
    for run_id in (FIRST, SECOND):
        mine, its = (RunFolder(one / ".benchhub" / "runs" / run_id) for one in (root, other))
        assert mine.read() == its.read()
    assert {row["run_id"] for row in json.loads(ask("--json").stdout)} == {FIRST, SECOND}


def test_a_run_that_cannot_be_moved_stops_no_other(root: Path) -> None:
    (root / ".benchhub" / "runs" / FIRST / "plan.json").write_text("{")
    pushed = ask("push", "--to", "elsewhere")
    assert pushed.exit_code == 3
    assert f"{FIRST}/plan.json: damaged" in pushed.stderr
    assert pushed.stdout.splitlines()[-1] == "1 run pushed, 1 failed"
    assert [path.name for path in (root / "elsewhere").iterdir()] == [SECOND]
    told = json.loads(ask("push", "--to", "elsewhere", "--json").stdout)
    assert told["pushed"] == {SECOND: 0}
    assert told["failed"].keys() == {FIRST}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pull",), 2, "which runs? Name some, or say --all."),
        (("pull", "--all", FIRST), 2, "which runs? Name some, or say --all."),
        (("pull", "--all"), 2, "shared: there are no runs. benchhub runs push brings some."),
        (("push", "01ZZ"), 2, "there is no run '01ZZ'"),
        (("push", "--to", "carrier-pigeon://loft"), 2, "no address of a shared place"),
    ],
)
def test_what_cannot_be_meant(root: Path, words: tuple[str, ...], code: int, said: str) -> None:
    result = ask(*words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_words_for_runs_that_are_shared(root: Path) -> None:
    assert ask("push", FIRST, SECOND).exit_code == 0
    assert ask("pull", FIRST.lower()).stdout == "0 runs fetched, 1 unchanged\n"
    assert "run '01AAA' is ambiguous: 01AAAA00, 01AAAB00" in ask("pull", "01AAA").stderr
    assert "run '../x' is not there" in ask("pull", "../x").stderr


def test_nobody_said_where(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHHUB_RUNS", raising=False)
    (root / "benchhub.yaml").unlink()
    result = ask("push")
    assert result.exit_code == 2
    assert "Name a folder or URL on the command line, or `runs:` in benchhub.yaml" in result.stderr
