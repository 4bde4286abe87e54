"""TCP sockets as both routes need them: dead peers are found, nothing is sent short."""

from __future__ import annotations

import socket
from contextlib import suppress

from benchhub.devices.adb.stream import Data

# A device that lost its power or its network says nothing: it is found out after about 25 s.
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}


def connect(host: str, port: int, timeout_s: float) -> socket.socket:
    """Open a connection. Raises OSError, TimeoutError after `timeout_s`."""
    sock = socket.create_connection((host, port), timeout=timeout_s)
    # Without it each command takes 45 ms: Nagle's algorithm waits for a delayed ACK.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        if hasattr(socket, option):  # not on every system
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return sock


def send_all(sock: socket.socket, data: Data, timeout_s: float) -> None:
    """Send all of it; TimeoutError if no byte leaves for `timeout_s`.

    sendall() would hold its limit against the whole, which fails on a slow link.
    """
    view = memoryview(data)
    sock.settimeout(timeout_s)
    while view:
        view = view[sock.send(view) :]


def receive(sock: socket.socket, size: int, timeout_s: float) -> bytes:
    """Return up to `size` bytes, b"" at the end; TimeoutError if nothing comes in time."""
    sock.settimeout(max(timeout_s, 0.0))
    try:
        return sock.recv(size)
    except BlockingIOError:
        raise TimeoutError("nothing has arrived") from None


def wake(sock: socket.socket) -> None:
    """End the connection without closing the socket: a thread that waits on it wakes up."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
