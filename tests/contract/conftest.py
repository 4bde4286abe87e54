"""The device of the adb tests, by both routes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchhub.devices import link as limits
from benchhub.devices.adb import direct, stream
from benchhub.devices.adb.link import AdbLink

from ..rigs.adbd_device import Adbd
from .adb_lab import BIG, Ways


@pytest.fixture(params=["direct", "server"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ways]:
    """Both routes; a network device that the server does not know yet is made known to it."""
    server = None
    if request.param == "server":
        server = request.getfixturevalue("adb_server")
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
    with ExitStack() as stack:
        yield Ways(stack, server)


@pytest.fixture
def dut(way: Ways, adbd: Adbd) -> AdbLink:
    return way(adbd)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(os.urandom(BIG))
    return path


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same behaviour, waited for less long."""
    monkeypatch.setattr(limits, "STALL_S", 2.0)
    monkeypatch.setattr(limits, "CANCEL_S", 2.0)
    monkeypatch.setattr(stream, "CONNECT_TIMEOUT_S", 2.0)
    monkeypatch.setattr(direct, "DIALOG_S", 2.0)
