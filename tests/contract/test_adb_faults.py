"""The adb link by both routes against a real adbd: refusals, crashes and broken lines."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from benchhub.devices import link as limits
from benchhub.devices.adb.link import AdbLink
from benchhub.errors import ConnectionLostError, TransportError

from ..rigs.adbd_device import Adbd
from ..rigs.fixtures import MakeAdbd
from .adb_lab import (
    FOLDER,
    Proxy,
    Ways,
    back,
    fails,
    later,
    run,
)


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


@pytest.mark.fault("disk full: during a push", place="adb {way}")
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


@pytest.mark.fault("daemon killed: during a command", place="adb {way}")
def test_the_daemon_dies_during_a_command(dut: AdbLink, adbd: Adbd) -> None:
    with later(0.5, adbd.kill_daemon), fails(ConnectionLostError, "broke"):
        run(dut, "echo before; sleep 20", timeout_s=30)


@pytest.mark.fault("daemon killed: during a push", place="adb {way}")
def test_the_daemon_dies_during_a_push(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path
) -> None:
    proxy = fault_proxy(adbd)
    proxy.rate["up"] = 5e6
    link = way(proxy)
    with later(0.5, adbd.kill_daemon), fails(ConnectionLostError, "broke"):
        link.send(big, f"{FOLDER}/big")


@pytest.mark.fault("daemon killed: during a pull", place="adb {way}")
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


@pytest.mark.fault("daemon killed: between commands", place="adb {way}")
def test_the_daemon_dies_between_commands(way: Ways, adbd: Adbd) -> None:
    link = way(adbd)
    run(link, "true")
    adbd.kill_daemon()
    with fails(ConnectionLostError):
        run(link, "true")
    adbd.wait_for_daemon()
    assert run(back(way, adbd), "echo again")[1] == "again\n"


@pytest.mark.fault("power loss: between commands", place="adb {way}")
def test_power_off(way: Ways, adbd: Adbd) -> None:
    link = way(adbd)
    adbd.power_off()
    with fails(ConnectionLostError):
        run(link, "true")
    with fails(ConnectionLostError, within_s=12):
        way(adbd)


@pytest.mark.fault("daemon frozen: during a command", place="adb {way}")
@pytest.mark.usefixtures("impatient")
def test_a_frozen_daemon_during_a_command(dut: AdbLink, adbd: Adbd) -> None:
    with later(0.3, adbd.freeze), fails(ConnectionLostError, "does not answer", within_s=8):
        run(dut, "sleep 20", timeout_s=1)


@pytest.mark.fault("daemon frozen: between commands", place="adb {way}")
@pytest.mark.usefixtures("impatient")
def test_a_frozen_daemon_between_commands(dut: AdbLink, adbd: Adbd, big: Path) -> None:
    adbd.freeze()
    with fails(ConnectionLostError, "does not answer", within_s=8):
        run(dut, "true")


@pytest.mark.fault("daemon frozen: during a push", place="adb {way}")
@pytest.mark.usefixtures("impatient")
def test_a_frozen_daemon_during_a_push(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path
) -> None:
    proxy = fault_proxy(adbd)
    proxy.rate["up"] = 5e6
    link = way(proxy)
    with later(0.5, adbd.freeze), fails(ConnectionLostError, "does not answer", within_s=10):
        link.send(big, f"{FOLDER}/big")


@pytest.mark.fault("link cut: in the middle of a packet ({kind})", place="adb {way}")
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


@pytest.mark.fault("link cut: in the middle of a push", place="adb {way}")
def test_a_break_in_the_middle_of_a_push(
    way: Ways, adbd: Adbd, fault_proxy: Proxy, big: Path
) -> None:
    proxy = fault_proxy(adbd)
    link = way(proxy)
    proxy.arm("reset", "up", after=500_000)
    with fails(ConnectionLostError, "broke"):
        link.send(big, f"{FOLDER}/big")


@pytest.mark.fault("link stalled: during a pull", place="adb {way}")
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


@pytest.mark.fault("link slow: during push and pull", place="adb {way}")
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
