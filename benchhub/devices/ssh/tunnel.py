"""The stream below SSH behind a jump host: a channel of the connection to that host."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import paramiko


class TunnelStream:
    """A channel as a socket that can be closed after its connection broke.

    A channel says goodbye when it is closed, which fails then, also in paramiko's own thread.
    """

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self.send = channel.send
        self.recv = channel.recv

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def close(self) -> None:
        """End it. Raises nothing."""
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.close()
