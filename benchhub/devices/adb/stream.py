"""The seam between the two routes to an adb daemon and what is spoken over them."""

from __future__ import annotations

from typing import Protocol

# How long a device or server may take to answer: connecting, the handshake, opening a service.
CONNECT_TIMEOUT_S = 10.0

Data = bytes | bytearray | memoryview


class ServiceRefusedError(Exception):
    """The device does not offer a service, or not to us; the text says why, if it said so."""


class NotAdbError(Exception):
    """The peer speaks something else, or the stream of packets is out of step."""


class Stream(Protocol):
    """One adb service: bytes in order, both ways. Used by one thread."""

    def send(self, data: Data, timeout_s: float) -> None:
        """Send all of it.

        Raises:
            TimeoutError: Nothing moved for that long.
            ConnectionError: The peer closed the stream; what it said before can still be read.
        """
        ...

    def recv(self, timeout_s: float) -> bytes:
        """Return the next bytes, b"" at the end of the stream.

        Raises:
            TimeoutError: Nothing came for that long; the stream is still in step.
            ConnectionError: The connection broke.
        """
        ...

    def close(self) -> None:
        """End the service; the device sends a SIGHUP to its command."""
        ...


class Route(Protocol):
    """An open way to one device, used by one thread; only `abort` and `sibling` by any."""

    where: str
    shell_v2: bool
    line_limit_bytes: int

    def open(self, service: bytes) -> Stream:
        """Start a service of the device, e.g. b"sync:".

        Raises:
            ServiceRefusedError: The device closed it at once.
            OSError: The connection broke, or there was no answer in time.
        """
        ...

    def sibling(self) -> Route:
        """Return a further way to the same device."""
        ...

    def abort(self) -> None:
        """Wake up the thread that waits on this route; it gets an error or the end."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...
