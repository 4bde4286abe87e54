"""The seam below a remote transport: one open connection over which scripts are run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchhub.devices.output import BoundedOutput

# How long a cancelled command has to confirm its end, and a transfer may stand still.
CANCEL_S = 10.0
STALL_S = 30.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, and whether it had to be cancelled."""

    returncode: int
    cancelled: bool


class Link(Protocol):
    """One connection to one device, used by one thread at a time; only `close` by any.

    Every error names the device. After a ConnectionLostError the link is of no use any more.
    """

    def execute(
        self, command: str, stdout: BoundedOutput, stderr: BoundedOutput, *, timeout_s: float
    ) -> Ended:
        """Run some POSIX shell with open standard input and feed what it prints.

        After `timeout_s` its standard input is closed, which the command has to take as the order
        to end. It then has CANCEL_S to do so; what it prints meanwhile is kept.

        Raises:
            ConnectionLostError: The connection broke, or no end was confirmed. What became of the
                command is not known.
        """
        ...

    def send(self, local: Path, remote: str) -> None:
        """Write a file under exactly that path; its folder exists.

        Raises:
            TransportError: The device refused; its reason is in the message.
            ConnectionLostError: The connection broke, or nothing moved for STALL_S.
        """
        ...

    def receive(self, remote: str, local: Path) -> None:
        """Fetch a file; on an error nothing is left under `local`. Raises as `send` does."""
        ...

    def sibling(self) -> Link:
        """Return a further link to the same device, for another thread."""
        ...

    def close(self) -> None:
        """End the connection; what another thread waits for on it raises ConnectionLostError."""
        ...
