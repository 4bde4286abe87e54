"""The workflows of the documentation: valid, with options that exist, and codes that arrive."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from benchhub.analysis.judgement import judge
from benchhub.cli import main
from benchhub.exports.markdown import comment

from .comparisons import comparison_run, slower

NAMES = ("gate-host", "gate-devices")
CHECKER = Path(sys.executable).parent / "check-jsonschema"
CODE_BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def file(repository: Path, name: str) -> Path:
    return repository / "docs" / "workflows" / f"{name}.yml"


def job(repository: Path, name: str) -> dict[str, Any]:
    text = file(repository, name).read_text()
    (found,) = yaml.safe_load(text)["jobs"].values()
    return dict(found)


def step(repository: Path, name: str, title: str) -> dict[str, Any]:
    (found,) = (one for one in job(repository, name)["steps"] if one.get("name") == title)
    return dict(found)


def commands(script: str) -> Iterator[list[str]]:
    """Words of each line that calls benchhub."""
    for line in script.replace("\\\n", " ").splitlines():
        if line.strip().startswith("benchhub "):
            yield shlex.split(line.split("||")[0], comments=True)[1:]


def accept(words: list[str]) -> click.Context:
    """Parse a command as click does; an option that does not exist raises."""
    context = click.Context(main, info_name="benchhub")
    name, found, rest = main.resolve_command(context, words)
    assert found is not None
    inner = found.make_context(name, list(rest), parent=context)
    if isinstance(found, click.Group):
        name, found, rest = found.resolve_command(inner, inner._protected_args + inner.args)
        assert found is not None
        return found.make_context(name, list(rest), parent=inner)
    return inner


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_workflow(repository: Path, name: str) -> None:
    """By the schema that check-jsonschema carries of SchemaStore."""
    done = subprocess.run(
        [CHECKER, "--builtin-schema", "vendor.github-workflows", file(repository, name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_gate_is_called_with_options_that_exist(repository: Path, name: str) -> None:
    script = step(repository, name, "Gate")["run"]
    (words,) = commands(script)
    given = accept(words).params
    assert (repository / given["suite"]).is_file()
    assert given["baseline"].startswith("origin/$")
    assert given["junit"] == Path("gate-result/junit.xml")
    assert given["markdown"] == Path("gate-result/comment.md")
    hosted = name == "gate-host"
    assert given["inconclusive"] == ("pass" if hosted else "4")
    assert not hosted or given["devices"] == ("host",)


@pytest.mark.parametrize("page", ["ci.md", "gate.md", "compare.md", "history.md"])
def test_the_pages_call_options_that_exist(repository: Path, page: str) -> None:
    text = (repository / "docs" / page).read_text()
    shown = [
        words
        for block in CODE_BLOCK.findall(text)
        for words in commands(block.replace("$ benchhub", "benchhub"))
    ]
    inline = re.findall(r"`(benchhub [^`]+)`", text)
    placeholders = re.compile(r"\b[A-Z][A-Z_]+\b|\.\.\.")
    shown += [shlex.split(one)[1:] for one in inline if not placeholders.search(one)]
    for words in shown:
        if len(words) > 1:  # else it only names the command
            accept(words)


def test_the_page_has_every_code_that_the_gate_ends_with(repository: Path) -> None:
    text = (repository / "docs" / "ci.md").read_text()
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert told == {0, 1, 2, 3, 4, 5, 124, 130}
    assert all(re.search(rf"\b{code} ", main.epilog or "") for code in told)


def test_an_option_that_does_not_exist_is_found() -> None:
    with pytest.raises(click.NoSuchOption):
        accept(["gate", "suites/x.yaml", "--no-such-option"])


@pytest.mark.parametrize("name", NAMES)
def test_it_has_no_more_rights_than_it_needs(repository: Path, name: str) -> None:
    text = file(repository, name).read_text()
    found = yaml.safe_load(text)
    assert found["permissions"] == {"contents": "read"}
    assert job(repository, name)["permissions"] == {"contents": "read", "pull-requests": "write"}
    # YAML 1.1 reads the key `on` as true.
    assert set(found[True]) <= {"pull_request", "workflow_dispatch"}
    assert "secrets." not in text
    checkout = job(repository, name)["steps"][0]["with"]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}
    # What a pull request can choose is never put into a script.
    scripts = "".join(one.get("run", "") for one in job(repository, name)["steps"])
    assert "${{" not in scripts


def test_devices_are_shared_with_nobody(repository: Path) -> None:
    found = yaml.safe_load(file(repository, "gate-devices").read_text())
    assert found["concurrency"]["cancel-in-progress"] is False
    assert "${{" not in found["concurrency"]["group"]
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    assert own in job(repository, "gate-devices")["if"]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_measured_is_kept_also_after_a_failure(repository: Path, name: str) -> None:
    found = step(repository, name, "Keep the run and the report")
    assert found["if"] == "${{ !cancelled() }}"
    assert found["with"]["include-hidden-files"] is True
    assert found["with"]["path"].split() == ["gate-result/", ".benchhub/runs/"]


def stub(folder: Path, name: str, script: str) -> dict[str, str]:
    """Put a program first on the path; return the environment."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)
    return {"PATH": f"{path.parent}:{os.environ['PATH']}", "GITHUB_BASE_REF": "main"}


def bash(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as the runner does for `shell: bash`."""
    path = folder / "step.sh"
    path.write_text(script)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(path)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 124, 130])
def test_the_code_of_the_gate_is_that_of_the_step(
    repository: Path, tmp_path: Path, name: str, code: int
) -> None:
    env = stub(tmp_path, "benchhub", f'echo "$@" > words\nexit {code}')
    done = bash(step(repository, name, "Gate")["run"], tmp_path, env)
    assert done.returncode == code, done.stderr
    assert "--baseline origin/main" in (tmp_path / "words").read_text()
    said = {3: "The lab failed", 4: "Undecided"}.get(code) if name == "gate-devices" else None
    assert ("::error::" in done.stdout) == (said is not None)
    assert said is None or said in done.stdout


GH = """
printf '%s\\n' "$@" >> called
case "$*" in *--paginate*) printf '%s' "$KNOWN"; printf '%s' "$MARKER" > marker;; esac
"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("known", ["", "17\n18\n"], ids=["first push", "later push"])
def test_one_comment_is_written_and_then_replaced(
    repository: Path, tmp_path: Path, name: str, known: str
) -> None:
    text = comment(judge(comparison_run(slower())))
    (tmp_path / "gate-result").mkdir()
    (tmp_path / "gate-result" / "comment.md").write_text(text)
    found = step(repository, name, "Comment on the pull request")
    env = {**stub(tmp_path, "gh", GH), "KNOWN": known, "COMMENTS": "all", "ONE_COMMENT": "one"}
    assert set(found["env"]) == {"GH_TOKEN", "COMMENTS", "ONE_COMMENT"}
    done = bash(found["run"], tmp_path, env)
    assert done.returncode == 0, done.stderr
    called = (tmp_path / "called").read_text().splitlines()
    assert called[-1] == "body=@gate-result/comment.md"
    assert called[-4:-1] == (["PATCH", "one/17", "-F"] if known else ["POST", "all", "-F"])
    assert (tmp_path / "marker").read_text() == text.splitlines()[0]
