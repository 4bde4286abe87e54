"""What --baseline makes of a stored run, with a real git."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import StoreError, UsageError
from benchhub.execution.sides import find_side
from benchhub.records import SIDES, Plan, SideSpec
from benchhub.results.baselines import baselines_path, set_baseline
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from ...checkout import git
from ..reports.invented import small_run

RUN_ID = "01JD3Q8K"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "a workspace"
    (root / "suites").mkdir(parents=True)
    for name in ("asked", "measured"):
        (root / "suites" / f"{name}.yaml").write_text(f"name: {name} before\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    for name in ("asked", "measured"):
        (root / "suites" / f"{name}.yaml").write_text(f"name: {name} after\n")
    return Workspace(root)


def commit(workspace: Workspace) -> str:
    return git(workspace.root, "rev-parse", "HEAD")


def store(workspace: Workspace, **fields: object) -> None:
    """Store a run that was made from the first commit."""
    given = {"run_id": RUN_ID, "suite_path": "suites/measured.yaml", **fields}
    given = {"git_commit": commit(workspace), **given}
    plan: Plan = replace(small_run().plan, **given)  # type: ignore[arg-type]
    (workspace.runs / plan.run_id).mkdir(parents=True)
    RunFolder(workspace.runs / plan.run_id).write_plan(plan)


def suite(workspace: Workspace) -> Path:
    return workspace.suites / "asked.yaml"


@pytest.mark.parametrize("word", ["nightly", RUN_ID, "01jd", "latest"])
def test_the_suite_is_that_of_the_run_at_its_commit(workspace: Workspace, word: str) -> None:
    store(workspace)
    set_baseline(workspace.runs, "nightly", RUN_ID)
    found = find_side(word, suite(workspace), workspace)
    assert found.suite.read_text() == "name: measured before\n"
    short = commit(workspace)[:8]
    assert found.text == f"suites/measured.yaml at {short}, of run {RUN_ID}"
    assert found.commit == commit(workspace)


def test_a_suite_that_the_checkout_has_no_more(workspace: Workspace) -> None:
    store(workspace)
    (workspace.suites / "measured.yaml").unlink()
    found = find_side(RUN_ID, suite(workspace), workspace)
    assert found.suite.read_text() == "name: measured before\n"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"git_commit": None}, "it was not made in a git checkout"),
        ({"git_commit": "3f9c1b2a77d0+"}, "files had changed after commit 3f9c1b2a"),
        (
            {"sides": {side: SideSpec("x", "x.yaml", "", None) for side in SIDES}},
            "it compares two sides itself",
        ),
    ],
)
def test_a_run_whose_files_are_not_kept(
    workspace: Workspace, fields: dict[str, object], why: str
) -> None:
    store(workspace, **fields)
    with pytest.raises(UsageError) as raised:
        find_side(RUN_ID, suite(workspace), workspace)
    assert raised.value.message == f"run {RUN_ID} keeps figures, no models, and {why}."
    assert f"benchhub compare {RUN_ID} latest" in raised.value.advice


def test_a_name_that_is_a_commit_as_well_is_not_guessed(workspace: Workspace) -> None:
    store(workspace)
    set_baseline(workspace.runs, "main", RUN_ID)
    short = commit(workspace)[:8]
    with pytest.raises(UsageError) as raised:
        find_side("main", suite(workspace), workspace)
    assert str(raised.value) == (
        "'main' is a commit here and a stored run. "
        f"Say which: --baseline {short} is the commit, {RUN_ID} the run."
    )
    assert find_side(short, suite(workspace), workspace).suite.read_text() == "name: asked before\n"


def test_a_suite_outside_of_the_checkout(workspace: Workspace, tmp_path: Path) -> None:
    store(workspace, suite_path=str(tmp_path / "elsewhere.yaml"))
    with pytest.raises(UsageError, match=r"elsewhere\.yaml is not in the git checkout"):
        find_side(RUN_ID, suite(workspace), workspace)


def test_a_commit_that_is_gone(workspace: Workspace) -> None:
    store(workspace, git_commit="3f9c1b2a77d04e5f8a90c1d2e3f405162738495a")
    with pytest.raises(UsageError, match="'3f9c1b2a77d04e5f8a90c1d2e3f405162738495a' is no folder"):
        find_side(RUN_ID, suite(workspace), workspace)


def test_damaged_names_are_told(workspace: Workspace) -> None:
    store(workspace)
    baselines_path(workspace.runs).write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        find_side("main", suite(workspace), workspace)
