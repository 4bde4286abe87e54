"""TAB in the shells that people have."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import PROGRAM, Shop

TIMEOUT_S = 60
# Each on its own line: what is offered for the last word of these.
ASKED = (
    ("export", "github"),
    ("run", "--devices", "host,pi"),
    ("run", "suites/quick"),
    ("devices", "do"),
)
OFFERED = (
    "github-action-benchmark",
    "host,pi4",
    "suites/quickstart.yaml",
    "doctor",
)


@pytest.fixture
def inhabited(shop: Shop) -> Shop:
    """A workspace with a board in its inventory."""
    board = shop.root / "devices" / "pi4.yaml"
    board.write_text("name: pi4\ntransport: ssh\naddress: pi4.local\n")
    return shop


def surroundings() -> dict[str, str]:
    return {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "TERM": "dumb"}


def said(shop: Shop, *argv: str) -> str:
    done = subprocess.run(
        argv,
        cwd=shop.root,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )
    assert done.stderr == ""
    return done.stdout


def typed(shop: Shop, argv: list[str], setup: str, line: str, until: str) -> str:
    """What an interactive shell shows after a line with a TAB, up to some text."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(shop.root)
        os.execvpe(argv[0], argv, surroundings())  # noqa: S606 - a shell is what is tested
    shown = b""

    def read_until(text: str) -> None:
        nonlocal shown
        end = time.monotonic() + TIMEOUT_S
        while text.encode() not in shown and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536)

    try:
        # What was typed is echoed as well: only the result of the sum shows that it was done.
        os.write(terminal, f"{setup}; echo ready$((40 + 2))\r".encode())
        read_until("ready42")
        shown = b""
        os.write(terminal, line.encode())
        read_until(until)
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return shown.decode(errors="replace")


def test_bash_fills_its_words(inhabited: Shop) -> None:
    lines = [
        f"COMP_WORDS=(benchhub {' '.join(words)}); COMP_CWORD={len(words)}; COMPREPLY=(); "
        '_benchhub_completion benchhub; echo "${COMPREPLY[*]}"'
        for words in ASKED
    ]
    script = "; ".join(['eval "$(benchhub completion bash)"', *lines])
    assert said(inhabited, "bash", "--norc", "-c", script).splitlines() == list(OFFERED)


def test_bash_completes_what_is_typed(inhabited: Shop) -> None:
    setup = 'eval "$(benchhub completion bash)"'
    until = "benchhub export github-action-benchmark"
    line = "benchhub export gith\t"
    assert until in typed(inhabited, ["bash", "--norc", "-i"], setup, line, until)


@pytest.mark.rig("zsh")
def test_zsh_completes_what_is_typed(inhabited: Shop, tmp_path: Path) -> None:
    dump = tmp_path / "zcompdump"
    setup = (
        f"autoload -Uz compinit; compinit -u -d '{dump}'; "
        'eval "$(benchhub completion zsh)"; unsetopt zle_bracketed_paste'
    )
    until = "host,pi4"
    line = "benchhub run --devices host,pi\t"
    assert until in typed(inhabited, ["zsh", "-f", "-i"], setup, line, until)


@pytest.mark.rig("fish")
def test_fish_offers_with_what_each_command_is_for(inhabited: Shop) -> None:
    lines = [f'complete -C "benchhub {" ".join(words)}"' for words in ASKED]
    script = "; ".join(["benchhub completion fish | source", *lines])
    rows = said(inhabited, "fish", "--no-config", "-c", script).splitlines()
    assert tuple(row.split("\t")[0] for row in rows) == OFFERED
    assert rows[-1].endswith("\tFind and explain what would go wrong on a device.")
