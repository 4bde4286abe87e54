"""A transport without a device: a script of commands and what they print, to test suites with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchhub.errors import TransportError
from benchhub.records import CommandResult


@dataclass(frozen=True, slots=True)
class Answer:
    """What the fake device does when a command matches.

    Attributes:
        pattern: Regular expression, searched in the words of argv joined by blanks.
        stdout: What the command prints.
        stderr: What it prints on standard error.
        returncode: How it ends.
        files: Files that it leaves on the device, by path.
    """

    pattern: str
    stdout: str = ""
    stderr: str = ""
    returncode: int = 0
    files: Mapping[str, bytes] | None = None


class FakeTransport:
    """Answers commands from a script and keeps pushed files in memory.

    Args:
        name: Name of the device.
        answers: The first one that matches a command is taken.
    """

    session = "fake"
    folder = "/fake"
    store = "."
    lease_path = "lease"
    here = False

    def __init__(self, name: str, answers: Sequence[Answer]) -> None:
        self.name = name
        self.answers = tuple(answers)
        self.commands: list[tuple[str, ...]] = []
        self.files: dict[str, bytes] = {}

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """See `Transport.run`; a command without an answer is a TransportError."""
        del timeout_s, env
        self.commands.append(tuple(argv))
        line = " ".join(argv)
        for answer in self.answers:
            if re.search(answer.pattern, line):
                self.files.update(answer.files or {})
                return CommandResult(
                    tuple(argv), answer.returncode, answer.stdout, answer.stderr, seconds=0.0
                )
        raise TransportError(f"{self.name}: the script of this fake device has no answer: {line}")

    def push(self, local: Path, remote: str, *, mode: int = 0o644, sha256: str = "") -> None:
        """See `Transport.push`."""
        del mode, sha256
        self.files[remote] = local.read_bytes()

    def pull(self, remote: str, local: Path) -> None:
        """See `Transport.pull`."""
        if remote not in self.files:
            raise TransportError(f"{self.name}: cannot read {remote}: no such file")
        local.write_bytes(self.files[remote])

    def sibling(self) -> FakeTransport:
        """Return itself: there is no connection to share."""
        return self

    def close(self) -> None:
        """Nothing is held."""
