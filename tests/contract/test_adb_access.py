"""The adb link: who listens there, keys, and the adb server."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchhub.devices.adb import direct
from benchhub.devices.adb.file import AdbDeviceFile
from benchhub.devices.adb.link import AdbLink
from benchhub.devices.adb.server import ServerRoute, list_devices
from benchhub.devices.link import Link
from benchhub.errors import AccessError, ConnectionLostError, TransportError
from benchhub.workspace import Workspace

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.fixtures import MakeAdbd
from .adb_lab import (
    NAME,
    back,
    fails,
    later,
    run,
)


def device_file(**keys: str) -> AdbDeviceFile:
    return AdbDeviceFile.model_validate({"name": "px", "transport": "adb", **keys})


def connect(port: int, key: Path | None = None) -> Link:
    from benchhub.devices.adb.keys import RsaKey  # noqa: PLC0415 - loads cryptography

    keys = [RsaKey(NAME, key)] if key else []
    return AdbLink(NAME, direct.tcp_route(NAME, "127.0.0.1", port, list(keys)))


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    """Something that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_nothing_listens(peer: socket.socket) -> None:
    port = peer.getsockname()[1]
    peer.close()
    with fails(ConnectionLostError, f"nothing listens on 127.0.0.1:{port}", within_s=2):
        connect(port)


@pytest.mark.usefixtures("impatient")
def test_a_silent_peer(peer: socket.socket) -> None:
    with fails(ConnectionLostError, "does not answer", within_s=4):
        connect(peer.getsockname()[1])


def test_a_peer_that_is_something_else(peer: socket.socket) -> None:
    def answer() -> None:
        connection, _ = peer.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"HTTP/1.0 400 Bad request\r\nServer: x\r\n\r\n")

    with later(0, answer), fails(TransportError, "does not speak adb .*HTTP/1.0.*Check address"):
        connect(peer.getsockname()[1])


def test_an_unknown_host() -> None:
    with fails(ConnectionLostError, "the host of nobody.invalid:5555 is not known", within_s=12):
        direct.tcp_route(NAME, "nobody.invalid", 5555, [])


def test_an_accepted_key(make_adbd: MakeAdbd, adb_key: Path, tmp_path: Path) -> None:
    device = make_adbd(auth=True)
    link = device_file(address=device.address, key=str(adb_key)).connect(Workspace(tmp_path))
    try:
        assert run(link, "echo in")[1] == "in\n"
        other = link.sibling()
        assert run(other, "echo too")[1] == "too\n"
        other.close()
    finally:
        link.close()


@pytest.mark.usefixtures("impatient")
def test_a_wrong_key(make_adbd: MakeAdbd, tmp_path: Path) -> None:
    from benchhub.devices.adb.keys import make_key  # noqa: PLC0415 - loads cryptography

    device = make_adbd(auth=True)
    make_key(NAME, tmp_path / "stranger")
    with fails(AccessError, "does not know our key.*accept the key on the device's screen"):
        connect(device.port, tmp_path / "stranger")


def test_no_key(make_adbd: MakeAdbd) -> None:
    with fails(AccessError, "asks for a key, and there is none"):
        connect(make_adbd(auth=True).port)


def test_more_descriptors_than_select_can(adbd: Adbd) -> None:
    import resource  # noqa: PLC0415 - only here

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2048), hard), hard))
    with ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(Path(os.devnull).open("rb"))
        link = connect(adbd.port)
        assert run(link, "echo high")[1] == "high\n"
        link.close()


# The adb server


@pytest.fixture
def server(adb_server: AdbServer, monkeypatch: pytest.MonkeyPatch) -> AdbServer:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(adb_server.port))
    return adb_server


def test_devices_of_the_server(server: AdbServer, adbd: Adbd) -> None:
    assert list_devices() == ()
    serial = server.connect(adbd)
    (found,) = list_devices()
    assert (found.serial, found.state, found.model) == (serial, "device", "Bench_Device_1")


def test_a_serial_that_the_server_does_not_know(server: AdbServer, adbd: Adbd) -> None:
    with fails(ConnectionLostError, r"knows no device 99091F \(it knows: none\)"):
        ServerRoute(NAME, "99091F")
    serial = server.connect(adbd)
    with fails(ConnectionLostError, rf"\(it knows: {serial}\).*change `serial:`"):
        ServerRoute(NAME, "99091F")


def test_a_device_that_does_not_accept_the_servers_key(
    server: AdbServer, make_adbd: MakeAdbd
) -> None:
    with fails(AccessError, "accept the key on the device's screen", within_s=30):
        ServerRoute(NAME, make_adbd(auth=True).address)


@pytest.mark.fault("device away: it comes back", place="adb server")
def test_a_device_that_comes_back_is_connected_again(server: AdbServer, adbd: Adbd) -> None:
    link = AdbLink(NAME, ServerRoute(NAME, adbd.address))
    with later(0.3, adbd.kill_daemon), fails(ConnectionLostError):
        run(link, "sleep 20", timeout_s=30)
    adbd.wait_for_daemon()
    serial = adbd.address
    again = back(lambda _: AdbLink(NAME, ServerRoute(NAME, serial)), adbd)
    assert run(again, "echo again")[1] == "again\n"
    again.close()


@pytest.mark.fault("daemon killed: the adb server", place="adb server")
def test_the_server_dies(server: AdbServer, adbd: Adbd, monkeypatch: pytest.MonkeyPatch) -> None:
    link = AdbLink(NAME, ServerRoute(NAME, adbd.address))
    with later(0.3, server.stop), fails(ConnectionLostError):
        run(link, "sleep 20", timeout_s=30)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        with fails(ConnectionLostError, "no adb server listens"):
            ServerRoute(NAME, adbd.address)


def test_a_server_is_started_if_adb_is_there(
    server: AdbServer, adbd: Adbd, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop()
    server.home.mkdir(exist_ok=True)
    for name in ("HOME", "ADB_LOCAL_TRANSPORT_MAX_PORT", "ADB_MDNS"):
        monkeypatch.setenv(name, server.env[name])
    link = AdbLink(NAME, ServerRoute(NAME, adbd.address))
    try:
        assert run(link, "echo started")[1] == "started\n"
    finally:
        link.close()
        server.run("kill-server")


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_something_else(
    peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(peer.getsockname()[1]))
    with fails(ConnectionLostError, "does not answer"):
        ServerRoute(NAME, "x")


# Short writes: loopback hides them unless its packets are small
