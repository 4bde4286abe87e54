"""The adb link by both routes against a real adbd: what it has to do, and how it fails."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from benchhub.devices import link as limits
from benchhub.devices.adb import direct, stream
from benchhub.devices.adb.file import AdbDeviceFile
from benchhub.devices.adb.link import AdbLink
from benchhub.devices.adb.server import ServerRoute, list_devices
from benchhub.devices.adb.shared import SharedLink
from benchhub.devices.link import Ended, Link
from benchhub.devices.output import BoundedOutput
from benchhub.devices.remote import RemoteTransport
from benchhub.errors import AccessError, ConnectionLostError, TransportError
from benchhub.workspace import Workspace

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening, MakeAdbd, mtu1500

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


@pytest.mark.parametrize(("line", "code"), [("true", 0), ("exit 7", 7), ("kill -SEGV $$", 139)])
def test_exit_codes(dut: AdbLink, line: str, code: int) -> None:
    assert run(dut, line)[0] == Ended(code, cancelled=False)


def test_streams_are_apart(dut: AdbLink) -> None:
    assert run(dut, "echo out; echo err >&2")[1:] == ("out\n", "err\n")


def test_bytes_that_are_no_text(dut: AdbLink) -> None:
    stdout, stderr = BoundedOutput(), BoundedOutput()
    line = r"printf '\377\000a\r\nb\n\n'; printf 'e\200' >&2"
    dut.execute(line, stdout, stderr, timeout_s=10)
    assert stdout.text() == b"\xff\0a\r\nb\n\n".decode("utf-8", "replace")
    assert stderr.text() == "e\ufffd"


def test_five_megabytes_of_output(dut: AdbLink) -> None:
    stdout, stderr = BoundedOutput(), BoundedOutput()
    ended = dut.execute("head -c 5000000 /dev/zero", stdout, stderr, timeout_s=10)
    assert ended == Ended(0, cancelled=False)
    assert stdout.dropped + stdout.text().count("\0") == 5_000_000


def test_many_commands_over_one_connection(dut: AdbLink) -> None:
    for number in range(50):
        assert run(dut, f"echo {number}")[1] == f"{number}\n"


def test_a_cancel_closes_standard_input_and_waits(dut: AdbLink, adbd: Adbd) -> None:
    ended, stdout, _ = run(dut, "echo begin; cat; echo end; exit 9", timeout_s=0.5)
    assert ended == Ended(9, cancelled=True)
    assert stdout == "begin\nend\n"
    assert run(dut, "echo next")[1] == "next\n"
    assert adbd.left_over() == []


def test_a_chatty_command_is_cancelled_too(dut: AdbLink) -> None:
    line = "while :; do echo y; done & p=$!; cat; kill $p; exit 4"
    started = time.monotonic()
    assert run(dut, line, timeout_s=0.5)[0] == Ended(4, cancelled=True)
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("impatient")
def test_a_command_that_does_not_take_the_cancel_loses_the_connection(dut: AdbLink) -> None:
    with fails(ConnectionLostError, "no end of the command"):
        run(dut, "trap '' HUP; sleep 20", timeout_s=0.5)
    with fails(ConnectionLostError, "is closed", within_s=0.5):
        run(dut, "true")


def test_a_line_that_is_too_long_is_refused_before_it_is_sent(dut: AdbLink) -> None:
    with fails(TransportError, "a command line with 140001 bytes cannot be sent"):
        run(dut, "#" * 140_001)
    assert run(dut, "echo " + "x" * 60_000)[1] == "x" * 60_000 + "\n"


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 983_040, 2_000_001])
def test_files_arrive_as_they_are(dut: AdbLink, adbd: Adbd, tmp_path: Path, size: int) -> None:
    local, back = tmp_path / "local", tmp_path / "back"
    local.write_bytes(os.urandom(size))
    remote = f"{FOLDER}/a, $(b) 'c'\n\"é"
    dut.send(local, remote)
    arrived = Path(f"{adbd.seen}{remote}")
    assert arrived.read_bytes() == local.read_bytes()
    dut.receive(remote, back)
    assert back.read_bytes() == local.read_bytes()
    assert run(dut, "echo still here")[1] == "still here\n"


def test_siblings_work_at_the_same_time(dut: AdbLink) -> None:
    other = dut.sibling()
    try:
        results = []
        thread = threading.Thread(target=lambda: results.append(run(dut, "sleep 1; echo slow")))
        thread.start()
        started = time.monotonic()
        assert run(other, "echo quick")[1] == "quick\n"
        assert time.monotonic() - started < 0.8
        thread.join()
        assert results[0][1] == "slow\n"
    finally:
        other.close()


def test_close_wakes_up_who_waits(dut: AdbLink) -> None:
    with later(0.5, dut.close), fails(ConnectionLostError, "is closed", within_s=1.5):
        run(dut, "sleep 20", timeout_s=30)
    dut.close()


# Without shell v2, as before Android 7


@pytest.fixture
def old(dut: AdbLink) -> AdbLink:
    dut._route.shell_v2 = False
    return dut


@pytest.mark.parametrize(("line", "code"), [("true", 0), ("exit 7", 7), ("kill -SEGV $$", 139)])
def test_marked_exit_codes(old: AdbLink, line: str, code: int) -> None:
    assert run(old, line)[0] == Ended(code, cancelled=False)


def test_marked_bytes_are_exact(old: AdbLink, adbd: Adbd) -> None:
    line = r"printf '\377\000a\r\nb\n\n'; printf 'e\r\n' >&2"
    _, stdout, stderr = run(old, line)
    assert stdout == b"\xff\0a\r\nb\n\n".decode("utf-8", "replace")
    assert stderr == "e\r\n"
    assert list((adbd.root / FOLDER[1:]).glob(".benchhub-*")) == []


def test_marked_cancel_is_confirmed(old: AdbLink, adbd: Adbd) -> None:
    ended, stdout, _ = run(old, "echo begin; cat; exit 9", timeout_s=0.5)
    assert ended == Ended(9, cancelled=True)
    assert stdout == "begin\n"
    assert run(old, "echo next")[1] == "next\n"
    assert adbd.left_over() == []
    assert list((adbd.root / FOLDER[1:]).glob(".benchhub-*")) == []


def test_marked_five_megabytes(old: AdbLink) -> None:
    stdout, stderr = BoundedOutput(), BoundedOutput()
    ended = old.execute("head -c 5000000 /dev/zero", stdout, stderr, timeout_s=10)
    assert ended == Ended(0, cancelled=False)
    assert stdout.dropped + stdout.text().count("\0") == 5_000_000


def test_marked_command_ends_with_the_daemon(old: AdbLink, adbd: Adbd) -> None:
    with later(0.5, adbd.kill_daemon), fails(ConnectionLostError):
        run(old, "sleep 20", timeout_s=30)


# What the device refuses


@pytest.mark.parametrize(
    ("remote", "reason"),
    [
        ("/system/x", "couldn't create file: Read-only file system"),
        (FOLDER, "couldn't create file: Is a directory"),
        ("/system/no/x", "Read-only file system|Permission denied"),
    ],
)
def test_an_early_refusal_of_a_big_file_has_its_reason(
    dut: AdbLink, big: Path, remote: str, reason: str
) -> None:
    with fails(TransportError, reason, within_s=3):
        dut.send(big, remote)
    assert run(dut, "echo still here")[1] == "still here\n"


def test_a_full_disk_is_said(way: Ways, make_adbd: MakeAdbd, big: Path) -> None:
    link = way(make_adbd(tmpfs_mb=8))
    with fails(TransportError, "No space left on device", within_s=10):
        link.send(big, f"{FOLDER}/big")
    assert run(link, f"rm {FOLDER}/big; echo still here")[1] == "still here\n"


def test_what_cannot_be_fetched_leaves_nothing(dut: AdbLink, adbd: Adbd, tmp_path: Path) -> None:
    for remote, reason in [("/data/no", "No such file"), ("/data", "directory")]:
        with fails(TransportError, f"cannot read {remote}: .*{reason}"):
            dut.receive(remote, tmp_path / "back")
    assert list(tmp_path.iterdir()) == []


def test_local_files_that_cannot_be_used_are_named(dut: AdbLink, tmp_path: Path) -> None:
    with fails(TransportError, "cannot read .*no file: No such file"):
        dut.send(tmp_path / "no file", f"{FOLDER}/x")
    with fails(TransportError, "cannot write .*: No such file"):
        dut.receive("/system/build.prop", tmp_path / "no" / "folder")
    assert run(dut, "echo still here")[1] == "still here\n"


def test_a_path_that_is_too_long_is_refused(dut: AdbLink, big: Path) -> None:
    with fails(TransportError, "at most 1018 bytes"):
        dut.send(big, "/" + "x" * 1100)


# What breaks


def test_the_daemon_dies_during_a_command(dut: AdbLink, adbd: Adbd) -> None:
    with later(0.5, adbd.kill_daemon), fails(ConnectionLostError, "broke"):
        run(dut, "echo before; sleep 20", timeout_s=30)


def test_the_daemon_dies_during_a_push(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path
) -> None:
    proxy = fault_proxy(adbd)
    proxy.rate["up"] = 5e6
    link = way(proxy)
    with later(0.5, adbd.kill_daemon), fails(ConnectionLostError, "broke"):
        link.send(big, f"{FOLDER}/big")


def test_the_daemon_dies_during_a_pull(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path, tmp_path: Path
) -> None:
    way(adbd).send(big, f"{FOLDER}/big")
    proxy = fault_proxy(adbd)
    proxy.rate["down"] = 5e6
    link = way(proxy)
    with later(0.5, adbd.kill_daemon), fails(ConnectionLostError, "broke"):
        link.receive(f"{FOLDER}/big", tmp_path / "back")
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


def test_the_daemon_dies_between_commands(way: Ways, adbd: Adbd) -> None:
    link = way(adbd)
    run(link, "true")
    adbd.kill_daemon()
    with fails(ConnectionLostError):
        run(link, "true")
    adbd.wait_for_daemon()
    assert run(way(adbd), "echo again")[1] == "again\n"


def test_power_off(way: Ways, adbd: Adbd) -> None:
    link = way(adbd)
    adbd.power_off()
    with fails(ConnectionLostError):
        run(link, "true")
    with fails(ConnectionLostError, within_s=12):
        way(adbd)


@pytest.mark.usefixtures("impatient")
def test_a_frozen_daemon_during_a_command(dut: AdbLink, adbd: Adbd) -> None:
    with later(0.3, adbd.freeze), fails(ConnectionLostError, "does not answer", within_s=8):
        run(dut, "sleep 20", timeout_s=1)


@pytest.mark.usefixtures("impatient")
def test_a_frozen_daemon_between_commands(dut: AdbLink, adbd: Adbd, big: Path) -> None:
    adbd.freeze()
    with fails(ConnectionLostError, "does not answer", within_s=8):
        run(dut, "true")


@pytest.mark.usefixtures("impatient")
def test_a_frozen_daemon_during_a_push(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path
) -> None:
    proxy = fault_proxy(adbd)
    proxy.rate["up"] = 5e6
    link = way(proxy)
    with later(0.5, adbd.freeze), fails(ConnectionLostError, "does not answer", within_s=10):
        link.send(big, f"{FOLDER}/big")


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_a_break_in_the_middle_of_a_packet(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, kind: str
) -> None:
    proxy = fault_proxy(adbd)
    link = way(proxy)
    run(link, "true")
    proxy.arm(kind, "down", after=1500, min_block=2000)
    with fails(ConnectionLostError, "broke"):
        run(link, "head -c 500000 /dev/zero")


def test_a_break_in_the_middle_of_a_push(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path
) -> None:
    proxy = fault_proxy(adbd)
    link = way(proxy)
    proxy.arm("reset", "up", after=500_000)
    with fails(ConnectionLostError, "broke"):
        link.send(big, f"{FOLDER}/big")


@pytest.mark.usefixtures("impatient")
def test_a_stall_longer_than_the_limit(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, tmp_path: Path
) -> None:
    proxy = fault_proxy(adbd)
    link = way(proxy)
    run(link, "head -c 3000000 /dev/zero > /data/local/tmp/zeros")
    proxy.arm("stall", "down", after=100_000)
    with fails(ConnectionLostError, "does not answer", within_s=8):
        link.receive(f"{FOLDER}/zeros", tmp_path / "back")
    assert list(tmp_path.iterdir()) == []


def test_a_slow_link_is_no_stall(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way.server is None:  # the server keeps megabytes before it shows that nothing moves
        monkeypatch.setattr(limits, "STALL_S", 2.0)
    local, back = tmp_path / "local", tmp_path / "back"
    local.write_bytes(os.urandom(3_000_000))
    proxy = fault_proxy(adbd)
    link = way(proxy)
    proxy.rate.update(up=1e6, down=1e6)
    started = time.monotonic()
    link.send(local, f"{FOLDER}/slow")
    link.receive(f"{FOLDER}/slow", back)
    assert time.monotonic() - started > 5
    assert back.read_bytes() == local.read_bytes()


# Connecting


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


def test_a_device_that_comes_back_is_connected_again(server: AdbServer, adbd: Adbd) -> None:
    link = AdbLink(NAME, ServerRoute(NAME, adbd.address))
    with later(0.3, adbd.kill_daemon), fails(ConnectionLostError):
        run(link, "sleep 20", timeout_s=30)
    adbd.wait_for_daemon()
    again = AdbLink(NAME, ServerRoute(NAME, adbd.address))
    assert run(again, "echo again")[1] == "again\n"
    again.close()


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

SMALL_PACKETS = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from tests.rigs.adbd_device import Adbd
from tests.rigs.adb_server import AdbServer
from benchhub.devices.adb import direct
from benchhub.devices.adb.link import AdbLink
from benchhub.devices.adb.server import ServerRoute
key, work, local = map(Path, sys.argv[2:5])
local.write_bytes(os.urandom(20_000_000))
device, server = Adbd(work, key), None
try:
    device.start()
    if sys.argv[5] == "server":
        server = AdbServer(work / "home")
        os.environ["ANDROID_ADB_SERVER_PORT"] = str(server.port)
        route = ServerRoute("px", device.address)
    else:
        route = direct.tcp_route("px", device.host, device.port, [])
    link = AdbLink("px", route)
    link.send(local, "/data/local/tmp/x")
    link.receive("/data/local/tmp/x", local.with_name("back"))
    assert local.with_name("back").read_bytes() == local.read_bytes()
    link.close()
    print("equal")
finally:
    if server is not None:
        server.stop()
    device.power_off()
"""


@pytest.mark.rig("adbd")
@pytest.mark.parametrize("route", ["direct", "server"])
def test_twenty_megabytes_in_small_packets(
    route: str, repository: Path, adb_key: Path, tmp_path: Path
) -> None:
    from ..rigs.process_tree import rig_folder  # noqa: PLC0415 - only here

    if route == "server" and not Path("/usr/bin/adb").exists():
        pytest.skip("needs adb: apt-get install adb")
    with rig_folder() as work:
        words = [sys.executable, "-c", SMALL_PACKETS, str(repository), str(adb_key), str(work)]
        done = subprocess.run(
            mtu1500([*words, str(tmp_path / "local"), route]),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.stdout == "equal\n", done.stderr


def test_threads_take_turns_on_the_only_connection(adbd: Adbd) -> None:
    """As over USB, which takes one connection."""
    made = AdbLink(NAME, direct.tcp_route(NAME, adbd.host, adbd.port, []))
    first = RemoteTransport(NAME, FOLDER, lambda: SharedLink(made))
    first.run(["true"], timeout_s=10)
    second = first.sibling()
    thread = threading.Thread(target=lambda: first.run(["sleep", "1"], timeout_s=10))
    thread.start()
    for number in range(5):
        assert second.run(["echo", str(number)], timeout_s=10).stdout == f"{number}\n"
    thread.join()
    first.close()
