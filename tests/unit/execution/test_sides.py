"""What --baseline may name, with a real git."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchhub.errors import UsageError
from benchhub.execution.sides import find_side
from benchhub.workspace import Workspace

from ...checkout import git


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    root = tmp_path / "a workspace"
    (root / "suites" / "models").mkdir(parents=True)
    (root / "suites" / "s.yaml").write_text("name: before\n")
    (root / "suites" / "models" / "net.tflite").write_bytes(b"before")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    (root / "suites" / "s.yaml").write_text("name: after\n")
    monkeypatch.chdir(root)
    return Workspace(root)


def suite(workspace: Workspace) -> Path:
    return workspace.suites / "s.yaml"


def test_nothing_is_the_suite_as_it_is(workspace: Workspace) -> None:
    found = find_side(None, suite(workspace), workspace)
    assert (found.text, found.suite, found.commit) == ("suites/s.yaml", suite(workspace), None)


def test_a_commit_is_unpacked_beside_the_checkout(workspace: Workspace) -> None:
    commit = git(workspace.root, "rev-parse", "HEAD")
    for word, text in (
        ("main", f"suites/s.yaml at main ({commit[:8]})"),
        (commit[:10], f"suites/s.yaml at {commit[:8]}"),
        ("HEAD", f"suites/s.yaml at HEAD ({commit[:8]})"),
    ):
        found = find_side(word, suite(workspace), workspace)
        assert (found.text, found.commit) == (text, commit)
        assert found.suite.read_text() == "name: before\n"
        assert (found.suite.parent / "models" / "net.tflite").read_bytes() == b"before"
    assert suite(workspace).read_text() == "name: after\n"
    assert not list((workspace.root / ".benchhub" / "commits").glob("*.tar"))


def test_a_commit_without_the_suite(workspace: Workspace) -> None:
    other = workspace.suites / "new.yaml"
    other.write_text("name: new\n")
    with pytest.raises(UsageError, match=r"suites/new\.yaml is not in main \([0-9a-f]{8}\)"):
        find_side("main", other, workspace)


def test_a_folder_a_suite_and_a_program(workspace: Workspace) -> None:
    folder = find_side("suites/models", suite(workspace), workspace)
    assert folder.models == workspace.root / "suites" / "models"
    other = workspace.root / "other.yml"
    other.write_text("name: other\n")
    assert find_side("other.yml", suite(workspace), workspace).suite == Path("other.yml")
    program = Path(sys.executable).resolve()
    found = find_side(str(program), suite(workspace), workspace)
    assert (found.program, found.suite) == (program, suite(workspace))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("v9.9", "'v9.9' is no folder of models, suite, program, commit or run here"),
        ("--output=x", "'--output=x' is no folder"),
        ("", "the name of a side is empty"),
        ("notes.txt", "notes.txt: no suite"),
    ],
)
def test_what_is_nothing_of_the_kind(workspace: Workspace, word: str, said: str) -> None:
    (workspace.root / "notes.txt").write_text("hello")
    with pytest.raises(UsageError) as caught:
        find_side(word, suite(workspace), workspace)
    assert caught.value.message.startswith(said)
    assert not (workspace.root / "x").exists()


def test_outside_of_git(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: s\n")
    with pytest.raises(UsageError, match="'main' is no folder of models"):
        find_side("main", tmp_path / "s.yaml", Workspace(tmp_path))


def test_a_program_that_no_commit_has_is_that_of_the_checkout(workspace: Workspace) -> None:
    tool = workspace.suites / "tool"
    tool.write_text("not under version control")
    found = find_side("main", suite(workspace), workspace)
    assert found.present(found.suite.parent / "tool") == tool
    model = found.suite.parent / "models" / "net.tflite"
    assert found.present(model) == model
    missing = found.suite.parent / "nothing"
    assert found.present(missing) == missing
    assert find_side(None, suite(workspace), workspace).present(missing) == missing
