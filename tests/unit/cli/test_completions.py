"""What is offered after TAB, and what that loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from benchhub.cli import COMMANDS, main
from benchhub.cli.completion import PROGRAM, VARIABLE
from benchhub.exports.exporter import format_names
from benchhub.records import Run
from benchhub.results.baselines import set_baseline

from ..exports.altered import night
from ..reports.invented import small_run

RUNS = ("01B00001", "01B00002")


def offered(line: str) -> list[str]:
    """What is offered for the last word of a line."""
    *words, incomplete = line.split(" ")
    shell = ShellComplete(main, {}, PROGRAM, VARIABLE)
    return [item.value for item in shell.get_completions(words, incomplete)]


@pytest.fixture
def workspace(keep: Callable[[Run], Path]) -> Path:
    for number in (1, 2):
        folder = keep(night(small_run(), number, 1.0))
    set_baseline(folder / ".benchhub" / "runs", "nightly", RUNS[0])
    for name in ("host", "pi4", "pixel4"):
        labels = "labels: [android, fast]\n" if name == "pixel4" else ""
        (folder / "devices" / f"{name}.yaml").write_text(f"name: {name}\n{labels}")
    for name in ("quickstart", "vision"):
        (folder / "suites" / f"{name}.yaml").write_text(f"name: {name}\n")
    return folder


def test_commands(workspace: Path) -> None:
    assert offered("") == list(COMMANDS)
    assert offered("cal") == ["calibrate", "calibrate-peak"]
    assert offered("baseline s") == ["set", "show"]
    assert offered("nosuch ") == list(COMMANDS)
    assert "--devices" in offered("run --d")
    assert offered("completion ") == ["bash", "zsh", "fish"]


def test_devices(workspace: Path) -> None:
    assert offered("run suites/quickstart.yaml --devices pi") == ["pi4", "pixel4"]
    assert offered("run --devices host,pi") == ["host,pi4", "host,pixel4"]
    assert offered("run --devices=pi4,p") == ["pi4,pixel4"]
    assert offered("run --devices @") == ["@android", "@fast"]
    assert offered("calibrate p") == ["pi4", "pixel4"]
    assert offered("devices doctor h") == ["host"]
    assert offered("devices ")[-3:] == ["host", "pi4", "pixel4"]
    assert offered("devices d") == ["doctor"]
    assert offered("devices host p") == ["pi4", "pixel4"]


def test_bash_is_not_offered_what_it_takes_apart(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "bash_complete")
    assert offered("run --devices ") == ["host", "pi4", "pixel4"]


def test_runs_newest_first_after_their_names(workspace: Path) -> None:
    both = ["latest", "nightly", *reversed(RUNS)]
    for line in ("report ", "ops ", "compare ", "compare nightly ", "export csv latest ",
                 "baseline set mine ", "run --resume "):  # fmt: skip
        assert offered(line) == both, line
    assert offered("ops 01b00001") == ["01B00001"]
    assert offered("ops ni") == ["nightly"]
    assert offered("baseline show ") == ["nightly"]


def test_suites_formats_and_tools(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered("run ") == ["suites/quickstart.yaml", "suites/vision.yaml"]
    assert offered("ab suites/v") == ["suites/vision.yaml"]
    assert offered("export ") == list(format_names())
    assert offered("export csv --suite ") == ["quickstart", "vision"]
    assert offered("run --tools litert,benchmark_m") == ["litert,benchmark_model"]
    monkeypatch.chdir(workspace / "devices")
    assert offered("run ../suites/q") == ["../suites/quickstart.yaml"]


def test_another_file_is_left_to_the_shell(workspace: Path) -> None:
    shell = ShellComplete(main, {}, PROGRAM, VARIABLE)
    (item,) = shell.get_completions(["run"], "/tmp/mi")  # noqa: S108 - only a word
    assert (item.type, item.value) == ("file", "/tmp/mi")  # noqa: S108


def test_trouble_offers_nothing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / ".benchhub" / "baselines.json").write_text("{")
    (workspace / "devices" / "pixel4.yaml").write_text(": [")
    assert offered("ops ") == ["latest", *reversed(RUNS)]
    assert offered("run --devices @") == []
    monkeypatch.chdir("/")
    assert offered("ops ") == []
    assert offered("run --devices ") == []


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield *path, name


def test_nothing_heavy_is_loaded_for_it(workspace: Path) -> None:
    """All commands at once, as each is loaded when its words are completed."""
    code = (
        "import json, sys\n"
        "from click.shell_completion import ShellComplete\n"
        "from benchhub.cli import main\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    ShellComplete(main, {}, 'benchhub', '_').get_completions(words, '')\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    words = [*commands(main), ("run", "--devices"), ("run", "--tools")]
    assert len(words) > 30
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(words)],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    heavy = {"numpy", "pandas", "matplotlib", "scipy", "paramiko", "pydantic", "sqlalchemy",
             "rich", "jinja2", "ai_edge_litert", "adb_shell", "requests"}  # fmt: skip
    assert not heavy & set(json.loads(done.stdout))
