"""A link that several threads take in turns: a USB device takes one connection only."""

from __future__ import annotations

import threading
from pathlib import Path

from benchhub.devices.adb.link import AdbLink
from benchhub.devices.link import Ended
from benchhub.devices.output import BoundedOutput


class SharedLink:
    """See `Link`; a sibling is the same connection and waits until the others have done.

    Args:
        link: The only connection there can be.
    """

    def __init__(self, link: AdbLink) -> None:
        self._link = link
        self._turn = threading.Lock()

    @property
    def shell_v2(self) -> bool:
        """See `AdbLink.shell_v2`."""
        return self._link.shell_v2

    def execute(
        self, command: str, stdout: BoundedOutput, stderr: BoundedOutput, *, timeout_s: float
    ) -> Ended:
        """See `Link.execute`."""
        with self._turn:
            return self._link.execute(command, stdout, stderr, timeout_s=timeout_s)

    def send(self, local: Path, remote: str) -> None:
        """See `Link.send`."""
        with self._turn:
            self._link.send(local, remote)

    def receive(self, remote: str, local: Path) -> None:
        """See `Link.receive`."""
        with self._turn:
            self._link.receive(remote, local)

    def sibling(self) -> SharedLink:
        """See `Link.sibling`."""
        return self

    def close(self) -> None:
        """End the connection for all: there is no telling whose command runs on it."""
        self._link.close()
