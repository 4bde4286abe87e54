"""The adb link by both routes against a real adbd: what it has to do."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from benchhub.devices.adb import direct
from benchhub.devices.adb.link import AdbLink
from benchhub.devices.adb.shared import SharedLink
from benchhub.devices.link import Ended
from benchhub.devices.output import BoundedOutput
from benchhub.devices.remote import RemoteTransport
from benchhub.errors import ConnectionLostError, TransportError

from ..rigs.adbd_device import Adbd
from ..rigs.fixtures import mtu1500
from .adb_lab import (
    FOLDER,
    NAME,
    fails,
    later,
    run,
)


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
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("impatient")
def test_a_command_that_does_not_take_the_cancel_loses_the_connection(dut: AdbLink) -> None:
    with fails(ConnectionLostError, "no end of the command"):
        run(dut, "trap '' HUP; sleep 20", timeout_s=0.5)
    with fails(ConnectionLostError, "is closed", within_s=2):
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
        go = f"{FOLDER}/go"
        slow = f"until [ -e {go} ]; do sleep 0.05; done; echo slow"
        thread = threading.Thread(target=lambda: results.append(run(dut, slow)))
        thread.start()
        assert run(other, f"echo quick; : > {go}")[1] == "quick\n"
        thread.join()
        assert results[0][1] == "slow\n"
    finally:
        other.close()


def test_close_wakes_up_who_waits(dut: AdbLink) -> None:
    with later(0.5, dut.close), fails(ConnectionLostError, "is closed", within_s=5):
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
