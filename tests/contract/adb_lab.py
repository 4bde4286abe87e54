"""What the tests of the adb link share: links by both routes, and faults on purpose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from benchhub.devices.adb import direct
from benchhub.devices.adb.link import AdbLink
from benchhub.devices.adb.server import ServerRoute
from benchhub.devices.link import Ended, Link
from benchhub.devices.output import BoundedOutput
from benchhub.errors import ConnectionLostError, TransportError

from ..rigs.adb_server import AdbServer
from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening

NAME = "pixel 4's"
FOLDER = "/data/local/tmp"
BIG = 20_000_000
Open = Callable[[Listening], Link]
Proxy = Callable[[Listening], FaultProxy]


class Ways:
    """Opens links by one of the routes; closes them at the end."""

    def __init__(self, stack: ExitStack, server: AdbServer | None) -> None:
        self.stack = stack
        self.server = server

    def __call__(self, target: Listening) -> AdbLink:
        host, port = target.host, target.port
        if self.server is None:
            made = AdbLink(NAME, direct.tcp_route(NAME, host, port, []))
        else:
            made = AdbLink(NAME, ServerRoute(NAME, f"{host}:{port}"))
        self.stack.callback(made.close)
        return made


def run(link: Link, line: str, timeout_s: float = 10) -> tuple[Ended, str, str]:
    stdout, stderr = BoundedOutput(), BoundedOutput()
    ended = link.execute(line, stdout, stderr, timeout_s=timeout_s)
    return ended, stdout.text(), stderr.text()


@contextmanager
def fails(
    kind: type[TransportError], said: str | None = None, *, within_s: float = 5
) -> Iterator[None]:
    """An error of exactly that kind, which names the device first and says what to do next."""
    started = time.monotonic()
    with pytest.raises(kind, match=said) as caught:
        yield
    assert caught.type is kind
    assert time.monotonic() - started < within_s
    assert caught.value.message.startswith(f"{NAME}: ")
    assert "\n" not in str(caught.value)
    if kind is not TransportError:
        assert caught.value.advice or "is closed" in caught.value.message


@contextmanager
def later(seconds: float, action: Callable[[], object]) -> Iterator[None]:
    timer = threading.Timer(seconds, action)
    timer.start()
    yield
    timer.join()


# What it has to do


def back(way: Callable[[Listening], AdbLink], target: Listening, within_s: float = 10) -> AdbLink:
    """Connect to a device that was away: the server needs a moment to notice that it is back."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            return way(target)
        except ConnectionLostError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
