"""The TCP connection below SSH, which remembers how the other side greeted."""

from __future__ import annotations

import socket

from benchhub.devices.link import STALL_S
from benchhub.devices.ssh.settings import Hop
from benchhub.errors import ConnectionLostError

REMEMBERED_BYTES = 256
# Together with the SSH keep-alive: a peer that is gone is noticed within about 45 s, one that
# does not acknowledge data within STALL_S. A frozen program behind a living kernel is not
# noticed by TCP; for that every call has a limit of its own.
PROBE_AFTER_S = 15
PROBE_EACH_S = 5
PROBES = 4


class GreetingSocket(socket.socket):
    """A socket that keeps the first bytes it received, to name a server that is not SSH's."""

    first = b""

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As of every socket."""
        data = super().recv(size, flags)
        if len(self.first) < REMEMBERED_BYTES:
            self.first += data[:REMEMBERED_BYTES]
        return data


def open_socket(name: str, hop: Hop) -> GreetingSocket:
    """Connect to a server, trying all its addresses.

    Raises:
        ConnectionLostError: None of them answers.
    """
    check = f"Check `address:` in devices/{name}.yaml."
    try:
        places = socket.getaddrinfo(hop.host, hop.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectionLostError(
            f"{name}: the address of '{hop.host}' is not found ({_reason(error)}).", check
        ) from error
    problem: OSError = OSError("no address")
    for family, kind, protocol, _, place in places:
        stream = GreetingSocket(family, kind, protocol)
        try:
            _configure(stream)
            stream.settimeout(hop.connect_s)
            stream.connect(place)
        except OSError as error:
            stream.close()
            problem = error
        else:
            return stream
    if isinstance(problem, ConnectionRefusedError):
        said, advice = "refuses the connection", "Is sshd running there, on that port?"
    elif isinstance(problem, TimeoutError):
        said, advice = f"does not answer within {hop.connect_s:g} s", "Is it switched on?"
    else:
        said, advice = f"cannot be reached: {_reason(problem)}", check
    raise ConnectionLostError(f"{name}: {hop} {said}.", advice) from problem


def _configure(stream: socket.socket) -> None:
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_AFTER_S)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_EACH_S)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_S * 1000))


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip()
