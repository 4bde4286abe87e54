"""Each rig's fixture works: what it starts answers, breaks and leaves nothing behind."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko
import pytest
from adb_shell.adb_device import AdbDeviceTcp
from adb_shell.auth.sign_pythonrsa import PythonRSASigner

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening, MakeAdbd, MakeSshd, limited_link, mtu1500
from ..rigs.process_tree import wait_until
from ..rigs.sshd_device import Sshd

NOHUP = "nohup sleep 77"  # toybox runs sleep in the same process


def shell(device: Adbd, command: str, timeout_s: float = 9) -> str:
    client = AdbDeviceTcp(device.host, device.port, default_transport_timeout_s=timeout_s)
    signer = PythonRSASigner.FromRSAKeyPath(str(device.key))
    try:
        client.connect(rsa_keys=[signer], auth_timeout_s=min(timeout_s, 2))
        return str(client.shell(command))
    finally:
        client.close()


@contextmanager
def session(machine: Sshd, timeout_s: float = 10) -> Iterator[paramiko.SSHClient]:
    client = paramiko.SSHClient()
    client.load_host_keys(str(machine.known_hosts))
    client.connect(
        machine.host,
        machine.port,
        machine.user,
        key_filename=str(machine.key),
        allow_agent=False,
        look_for_keys=False,
        timeout=timeout_s,
        banner_timeout=timeout_s,
    )
    try:
        yield client
    finally:
        client.close()


def run(machine: Sshd, command: str) -> str:
    with session(machine) as client:
        _, out, err = client.exec_command(command, timeout=30)
        said: bytes = out.read() + err.read()
        return said.decode()


def wait_for(processes: Callable[[], list[str]], line: str) -> None:
    end = time.monotonic() + 5
    while line not in processes():
        assert time.monotonic() < end, processes()
        time.sleep(0.02)


def banner(target: Listening) -> bytes:
    with socket.create_connection((target.host, target.port), timeout=5) as client:
        return client.recv(100)


def test_the_device_answers_and_its_files_are_here(adbd: Adbd) -> None:
    (adbd.root / "data" / "local" / "tmp" / "note").write_text("from here")
    assert shell(adbd, "getprop ro.product.model").strip() == "Bench Device 1"
    assert shell(adbd, "cat /data/local/tmp/note") == "from here"
    assert adbd.left_over() == []


def test_processes_of_the_device_are_seen(adbd: Adbd) -> None:
    shell(adbd, "nohup sleep 77 </dev/null >/dev/null 2>&1 & sleep 0.3")
    # The shell that started it may be on its way out.
    wait_until(lambda: adbd.left_over(within_s=0.1) == [NOHUP], "nothing else runs")
    adbd.kill_daemon()
    adbd.wait_for_daemon()
    assert NOHUP in adbd.processes()
    assert shell(adbd, "echo back") == "back\n"
    adbd.power_off()
    assert adbd.processes() == []
    with pytest.raises(ConnectionRefusedError):
        banner(adbd)
    adbd.start()
    assert shell(adbd, "echo on") == "on\n"


def test_a_frozen_device_accepts_and_is_silent(adbd: Adbd) -> None:
    adbd.freeze()
    with pytest.raises(Exception, match=r"[Tt]imed? ?out"):
        shell(adbd, "echo x", timeout_s=0.5)
    adbd.thaw()
    assert shell(adbd, "echo x") == "x\n"


def test_devices_beside_each_other_with_keys_and_a_small_or_noexec_folder(
    make_adbd: MakeAdbd,
) -> None:
    locked, small = make_adbd(auth=True), make_adbd(tmpfs_mb=1, noexec=True)
    assert shell(locked, "echo in") == "in\n"
    (locked.root / "data" / "misc" / "adb" / "adb_keys").write_text("")
    with pytest.raises(Exception, match=r"[Tt]imed? ?out|[Aa]uth"):
        shell(locked, "echo in")
    said = shell(
        small, "cd /data/local/tmp && cp /system/bin/sh own && chmod 755 own && ./own -c :"
    )
    assert "ermission denied" in said
    assert "No space left" in shell(small, "head -c 3000000 /dev/zero >/data/local/tmp/big")
    assert (small.seen / "data" / "local" / "tmp" / "own").exists()


def test_the_adb_server_lists_the_device(adb_server: AdbServer, adbd: Adbd) -> None:
    serial = adb_server.connect(adbd)
    assert adb_server.run("devices").split() == [
        "List",
        "of",
        "devices",
        "attached",
        serial,
        "device",
    ]
    assert adb_server.run("-s", serial, "shell", "echo hello") == "hello\n"


def test_this_machine_behind_ssh(sshd: Sshd) -> None:
    assert run(sshd, "pwd").strip() == str(sshd.home)
    run(sshd, "nohup sleep 78 </dev/null >/dev/null 2>&1 & echo >here")
    assert (sshd.home / "here").exists()
    wait_for(sshd.processes, "sleep 78")
    with session(sshd) as client:
        _, out, _ = client.exec_command("sleep 79", timeout=20)
        wait_for(sshd.processes, "sleep 79")
        sshd.kill_sessions()
        assert out.read() == b""
        assert out.channel.recv_exit_status() == -1
    sshd.restart()
    assert sshd.left_over() == []


def test_a_frozen_machine_accepts_and_is_silent(sshd: Sshd) -> None:
    sshd.freeze()
    with pytest.raises((paramiko.SSHException, TimeoutError)), session(sshd, timeout_s=0.5):
        pass
    sshd.thaw()
    assert run(sshd, "echo x") == "x\n"


def test_another_host_key(sshd: Sshd) -> None:
    sshd.new_host_key()
    with pytest.raises(paramiko.BadHostKeyException), session(sshd):
        pass


@pytest.mark.rig("sshd")
def test_a_machine_without_sftp_and_with_a_small_noexec_home(make_sshd: MakeSshd) -> None:
    machine = make_sshd(no_sftp=True, tmpfs_mb=1, noexec=True)
    with session(machine) as client, pytest.raises(paramiko.SSHException):
        client.open_sftp()
    assert "ermission denied" in run(machine, "cp /bin/true own && ./own")
    assert "No space left" in run(machine, "head -c 3000000 /dev/zero >big")
    assert (machine.seen_home / "own").exists()


def test_the_board_is_arm64(board: Sshd) -> None:
    assert run(board, "uname -m").strip() == "aarch64"
    (board.root / "sys" / "class" / "thermal" / "thermal_zone0" / "temp").write_text("50100\n")
    assert run(board, "cat /sys/class/thermal/thermal_zone0/temp").strip() == "50100"
    run(board, "nohup sleep 80 </dev/null >/dev/null 2>&1 &")
    wait_for(board.processes, "/usr/bin/sleep 80")
    assert board.home.is_dir()


def test_a_proxy_cuts(sshd: Sshd, fault_proxy: Callable[[Listening], FaultProxy]) -> None:
    proxy = fault_proxy(sshd)
    assert banner(proxy).startswith(b"SSH-2.0-")
    proxy.arm("cut", "down", after=3)
    assert banner(proxy) == b"SSH"


def test_networks_of_their_own() -> None:
    for command in (mtu1500(["ip", "link"]), limited_link(["ip", "link"])):
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "lo: <LOOPBACK,UP,LOWER_UP> mtu 1500" in shown
    assert "tbf" in shown
