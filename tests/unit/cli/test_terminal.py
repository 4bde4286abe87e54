"""Pipes, colours and lines that move: what commands do where standard streams are no terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchhub.cli import main
from benchhub.records import Run

from ..reports.invented import invented_run

COLOUR = re.compile(r"\x1b\[[0-9;]*[34][0-9]")
# Each of the three that show progress, as far as it gets without a measurement.
DISPLAYS = """
import time
from benchhub.cli.making import MakingDisplay
from benchhub.cli.progress import ProgressDisplay
from benchhub.cli.tools.display import FetchDisplay
from benchhub.execution.observer import Progress
with FetchDisplay(quiet=False) as fetch:
    fetch.begins("benchmark_model", 10, 100)
    fetch.advances(50)
    fetch.says("fetched")
with MakingDisplay(quiet=False) as making:
    making.tell("digits/qat: optimise: epoch 1 of 2")
display = ProgressDisplay(quiet=False)
display._began -= 60
with display:
    display.waiting(Progress("host", 1, 4, 30.0), "cooling")
"""
SAID = ("fetched", "digits/qat: optimise: epoch 1 of 2", "host  1/4  cooling")


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    return {**kept, "TERM": "xterm-256color", **more}


def on_a_terminal(code: str, **more: str) -> str:
    """What a program prints whose standard error is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env=environment(**more),
    )
    os.close(slave)
    parts = []
    try:
        while part := os.read(master, 65536):
            parts.append(part)
    except OSError:
        pass  # Linux says so at the end of a terminal
    os.close(master)
    assert process.wait(60) == 0
    return b"".join(parts).decode()


def elsewhere(code: str, **more: str) -> str:
    """What it prints whose standard error is a pipe."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environment(**more),
    )
    return done.stderr


def test_a_terminal_has_bars_and_colour_unless_it_is_not_wanted() -> None:
    bars = on_a_terminal(DISPLAYS)
    assert COLOUR.search(bars)
    assert "[###" in bars
    plain = on_a_terminal(DISPLAYS, NO_COLOR="1")
    assert "[###" in plain
    assert not COLOUR.search(plain)


@pytest.mark.parametrize("forced", ["", "FORCE_COLOR", "TTY_COMPATIBLE"])
def test_a_log_has_plain_lines(forced: str) -> None:
    lines = elsewhere(DISPLAYS, **({forced: "1"} if forced else {})).splitlines()
    assert [line[: len(said)] for line, said in zip(lines, SAID, strict=True)] == list(SAID)
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_a_terminal_that_cannot_draw_has_plain_lines() -> None:
    out = on_a_terminal(DISPLAYS, TERM="dumb")
    assert "\x1b" not in out
    assert all(said in out for said in SAID)


@pytest.mark.parametrize(
    "line", ["print('x' * 99)", "click.echo('x' * 99)", "click.echo(b'x' * 999_999)"]
)
def test_a_reader_that_goes_away_is_no_error(line: str) -> None:
    code = f"""
import click
from benchhub.cli.frame import guarded
@guarded
def command():
    while True:
        {line}
command()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().startswith(b"xxx")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


def test_bytes_are_not_written_to_a_terminal(keep: Callable[[Run], Path]) -> None:
    keep(invented_run())
    master, slave = pty.openpty()
    code = "from benchhub.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "export", "parquet"],
        stdout=slave,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert done.stderr == "parquet is no text for a terminal. benchhub export parquet -o FILE\n"


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, *path, name)
        elif command:
            yield " ".join((*path, name)), command


def test_every_command_has_its_answer_as_data() -> None:
    without = {
        name
        for name, command in leaves(main)
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    # One prints JSON anyway, another one a program; two tell what happens until they are ended.
    assert without == {"schema", "completion", "lab host", "lab scheduler"}


def test_what_commands_did_as_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: Callable[[Run], Path]
) -> None:
    keep(invented_run())

    def ask(*words: str) -> object:
        result = CliRunner().invoke(main, [*words, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    made = ask("init", str(tmp_path / "new"))
    assert isinstance(made, dict)
    assert "devices/host.yaml" in made["made"]
    named = {"name": "main", "run_id": "01EXAMPL"}
    assert ask("baseline", "set", "main") == {**named, "before": None}
    assert ask("baseline", "remove", "main") == named
    assert ask("index", "rebuild") == {
        "index": ".benchhub/index.sqlite",
        "runs": 1,
        "troubles": [],
    }
    (tmp_path / "devices" / "host.yaml").write_text("name: host\ntransport: host\n")
    assert ask("devices", "trust", "host") == {"device": "host", "keys": []}
    (freed,) = ask("devices", "clean", "host")  # type: ignore[misc] - JSON
    assert freed.keys() == {"device", "files", "bytes"}
