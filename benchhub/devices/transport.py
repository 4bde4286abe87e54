"""The seam to a device: run a command, move a file. argv goes in; quoting happens inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchhub.errors import CommandFailedError
from benchhub.records import CommandResult


class Transport(Protocol):
    """How benchhub reaches one device."""

    name: str

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """Run a command to its end and return what it printed, whatever its exit code.

        Args:
            argv: Program and arguments; never interpreted by a shell.
            timeout_s: The command and all its descendants are ended after that many seconds.
            env: Variables to set on top of the device's own environment.

        Raises:
            CommandTimeoutError: It took longer; its processes are gone.
            TransportError: It could not be started; the message says why.
        """
        ...

    def push(self, local: Path, remote: str, *, mode: int = 0o644) -> None:
        """Copy a local file there, visible under its name only when it is complete."""
        ...

    def pull(self, remote: str, local: Path) -> None:
        """Copy a file from there. Raises TransportError if it does not exist."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


def run_check(
    transport: Transport,
    argv: Sequence[str],
    *,
    timeout_s: float = 30.0,
    env: Mapping[str, str] | None = None,
) -> CommandResult:
    """Run a command that has to succeed.

    Raises:
        CommandFailedError: Its exit code was not 0.
    """
    result = transport.run(argv, timeout_s=timeout_s, env=env)
    if result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()
        raise CommandFailedError(
            f"{transport.name}: `{' '.join(argv[:3])}` ended with exit code {result.returncode}"
            + (f": {said[-1][:200]}" if said else ""),
            result,
        )
    return result
