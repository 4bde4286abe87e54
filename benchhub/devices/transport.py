"""The seam to a device: run a command, move a file. argv goes in; quoting happens inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchhub.errors import CommandFailedError
from benchhub.records import CommandResult


class Transport(Protocol):
    """How benchhub reaches one device. Used by one thread at a time; `close` by any.

    Attributes:
        name: Name of the device in messages.
        session: What all its processes carry in BENCHHUB_PROCESS_TOKEN, at its beginning.
        store: Folder of benchhub's own files there, relative like every path.
        lease_path: The lock file that all who measure on this device share.
        here: Its files are those of this machine, so nothing has to be pushed that is here.
    """

    name: str
    session: str
    store: str
    lease_path: str
    here: bool

    @property
    def folder(self) -> str:
        """Where commands run, for people; relative paths refer to it."""
        ...

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
            ConnectionLostError: The device cannot be reached, or was lost on the way.
            AccessError: The device does not let us in.
            TransportError: It could not be started; the message says why.
        """
        ...

    def push(self, local: Path, remote: str, *, mode: int = 0o644, sha256: str = "") -> None:
        """Copy a local file there, visible under its name only when it is complete.

        Args:
            local: The file.
            remote: Its path there.
            mode: Its permissions there.
            sha256: What has to arrive; empty is what the file has now.

        Raises:
            TransportError: The device does not take it, or it has another content.
        """
        ...

    def pull(self, remote: str, local: Path) -> None:
        """Copy a file from there. Raises TransportError if it does not exist."""
        ...

    def sibling(self) -> Transport:
        """Return a further way to the same device, for another thread."""
        ...

    def close(self) -> None:
        """Let go of the device; a command of another thread is ended, ConnectionLostError there."""
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
