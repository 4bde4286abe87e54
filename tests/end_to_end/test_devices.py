"""`benchhub devices`: listing, adding and trusting real daemons."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from ..rigs.adb_server import AdbServer
from ..rigs.fixtures import MakeAdbd, MakeSshd
from ..rigs.sshd_device import Sshd
from .conftest import PROGRAM
from .device_bench import (
    FRESH,
    ON_PHONE,
    Bench,
    asking,
    bench,
    by_name,
    inside,
)

__all__ = ["bench"]  # pytest finds fixtures here


def test_all_kinds_of_devices_dead_and_alive_are_listed(
    bench: Bench, make_adbd: MakeAdbd, make_sshd: MakeSshd, adb_server: AdbServer
) -> None:
    phone, frozen_phone, board = make_adbd(), make_adbd(), make_sshd("arm64")
    frozen_board = make_sshd()
    bench.phone("phone", phone, labels=["android"])
    bench.write("served", transport="adb", serial=adb_server.connect(make_adbd()))
    bench.write("unplugged", transport="adb", serial="99091FFAZ00012")
    bench.board("board", board)
    bench.board("silent", frozen_board)
    bench.phone("stuck", frozen_phone)
    bench.write("refusing", transport="ssh", address="127.0.0.1", port=1, user="bench")
    bench.board("stranger", frozen_board, labels=["new"])
    (bench.devices / "broken.yaml").write_text("name: broken\ntransport: shh\n")
    frozen_board.freeze()
    frozen_phone.freeze()
    served = asking(adb_server)

    began = time.monotonic()
    ended = bench.call("devices", "--json", **served)
    assert time.monotonic() - began < 25
    assert ended.code == 2  # a file is wrong
    assert "devices/broken.yaml:2:1: there is no transport 'shh'; did you mean 'ssh'?" in ended.err
    found = by_name(ended)
    assert {name for name, one in found.items() if one["reachable"]} == {
        "board", "host", "phone", "served",
    }  # fmt: skip
    assert found["phone"]["platform"] == "android_x86_64"
    assert found["phone"]["telemetry"]["battery_percent"] is not None
    assert found["phone"]["lease"]["state"] == "free"
    assert found["board"]["platform"] == "linux_arm64"
    assert found["board"]["facts"]["clusters"][0]["max_khz"] == 1_800_000
    for name, reason in {
        "unplugged": "knows no device 99091FFAZ00012",
        "refusing": "refuses the connection",
        "silent": "did not answer as an SSH server within 10 s",
        "stuck": "does not answer",
    }.items():
        assert reason in found[name]["problem"], name
        assert f"{name}: " in ended.err
    # Looking leaves nothing on a device, not even a folder.
    assert not (phone.root / ON_PHONE).exists()
    assert not (board.home / ".cache").exists()

    (bench.devices / "broken.yaml").unlink()
    text = bench.call("devices", "phone", "board", "refusing", COLUMNS="80")
    assert text.code == 3  # one that was named does not answer
    lines = text.out.splitlines()
    assert lines[0].split() == ["device", "reachable", "platform", "°C", "battery", "lease"]
    assert max(map(len, lines)) <= 80
    assert "4 × 1.80 + 3 × 2.42 + 1 × 3.19 GHz" in " ".join(text.out.split())
    assert bench.call("devices", "@android").code == 0
    assert bench.call("devices", "@none").code == 3
    wide = bench.call("devices", "phone", COLUMNS="250").out.splitlines()
    assert len(wide) == 2
    assert "Android 14 (API 34)" in wide[1]


def test_a_board_is_added_by_its_address(bench: Bench, board: Sshd) -> None:
    place = f"{board.user}@{board.address}"
    ended = bench.call("devices", "add", "pi4", "--address", place, "--identity", str(board.key))
    assert (ended.code, ended.out) == (3, "devices/pi4.yaml\n")
    assert "host key is not known" in ended.err
    assert "benchhub devices trust pi4" in ended.err
    assert bench.call("devices", "trust", "pi4", "--yes").code == 0
    again = bench.call("devices", "add", "pi4", "--address", place)
    assert (again.code, "is there already" in again.err) == (2, True)

    unnamed = bench.call(
        "devices", "add", "--address", place, "--identity", str(board.key), "--label", "lab"
    )
    assert (unnamed.code, unnamed.out) == (0, "devices/bench-board-4-model-b.yaml\n"), unnamed.err
    text = (bench.devices / "bench-board-4-model-b.yaml").read_text()
    assert "labels: [lab, linux, arm64]\n" in text
    assert "# Bench Board 4 Model B, Debian GNU/Linux 12 (bookworm), linux_arm64\n" in text
    assert bench.call("devices", "@arm64").code == 0


def test_what_cannot_be_a_device_is_not_added(bench: Bench) -> None:
    before = inside(bench.devices)
    for words in (
        ["a b", "--address", "pi4.local"],
        ["pi4", "--address", "pi4 local"],
        ["pi4", "--address", "pi4:99999"],
        ["pi4", "--serial", "x", "--address", "y"],
        ["pi4", "--user", "pi"],
        ["../pi4", "--address", "pi4.local"],
        ["pi4", "--transport", "adb", "--address", "1.2.3.4", "--folder", "relative"],
    ):
        ended = bench.call("devices", "add", *words)
        assert ended.code == 2, (words, ended.err)
        assert len(ended.err.splitlines()) == 1
    assert inside(bench.devices) == before


def test_phones_are_added_by_serial_and_by_address(
    bench: Bench, make_adbd: MakeAdbd, adb_server: AdbServer
) -> None:
    served = asking(adb_server)
    serial = adb_server.connect(make_adbd())
    listed = bench.call("devices", "add", **served)
    assert listed.code == 0
    assert [line.split()[-1] for line in listed.out.splitlines()] == ["device", "new"]
    assert serial in listed.out
    ended = bench.call("devices", "add", "pixel4", **served)  # the only one that is new
    assert ended.code == 0, ended.err
    text = (bench.devices / "pixel4.yaml").read_text()
    assert f'serial: "{serial}"\n' in text
    assert "labels: [android, x86_64]\n" in text
    assert "pixel4" in bench.call("devices", "add", **served).out
    none_left = bench.call("devices", "add", "other", **served)
    assert (none_left.code, "New to the inventory: none" in none_left.err) == (2, True)

    direct = make_adbd()
    ended = bench.call("devices", "add", "--transport", "adb", "--address", direct.address)
    assert (ended.code, ended.out) == (0, "devices/benchhub-bench-device-1.yaml\n")
    assert bench.call("devices", "pixel4", "benchhub-bench-device-1", **served).code == 0
    assert bench.call("devices", "add", "x", "--serial", "nobody", **served).code == 3


def test_a_mistyped_command(bench: Bench) -> None:
    ended = bench.call("devices", "docter", "pi4")
    assert ended.code == 3
    assert "benchhub devices doctor" in ended.err


def test_host_keys_are_trusted_by_a_person(bench: Bench, sshd: Sshd) -> None:
    bench.board("pi4", sshd)
    known = bench.devices / "known_hosts"
    known.unlink()
    asked = bench.call("devices", "trust", "pi4")
    assert asked.code == 2
    assert "--fingerprint SHA256:" in asked.err
    wrong = bench.call("devices", "trust", "pi4", "--fingerprint", FRESH)
    assert (wrong.code, FRESH in wrong.err) == (3, True)
    assert not known.exists()
    fingerprint = asked.err.split()[-1]
    right = bench.call("devices", "trust", "pi4", "--fingerprint", fingerprint)
    assert (right.code, fingerprint in right.out) == (0, True)
    assert bench.call("devices", "pi4").code == 0

    sshd.new_host_key()
    changed = bench.call("devices", "pi4")
    assert changed.code == 3
    assert "benchhub devices trust pi4" in changed.err
    assert bench.call("devices", "trust", "pi4", "--fingerprint", fingerprint).code == 3
    accepted = bench.call("devices", "trust", "pi4", "--yes")
    assert accepted.code == 0
    assert f"(was {fingerprint})" in accepted.out
    assert "the host key changed" in accepted.err
    assert len(known.read_text().splitlines()) == 1
    assert bench.call("devices", "pi4").code == 0


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_person_at_a_terminal_is_asked(bench: Bench, sshd: Sshd, answer: str) -> None:
    bench.board("pi4", sshd)
    (bench.devices / "known_hosts").unlink()
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [PROGRAM, "devices", "trust", "pi4"], cwd=bench.shop.root, env={**os.environ, **bench.env},
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    os.write(ours, f"{answer}\n".encode())
    said, _ = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert "its host key is not known yet" in said
    assert process.returncode == (0 if answer == "y" else 3)
    assert (bench.devices / "known_hosts").exists() == (answer == "y")


def test_a_phone_that_does_not_know_our_key(bench: Bench, make_adbd: MakeAdbd) -> None:
    device = make_adbd(auth=True)
    bench.phone("known", device)
    bench.write("unknown", transport="adb", address=device.address)  # makes a key of its own
    assert bench.call("devices", "trust", "known").code == 0
    ended = bench.call("devices", "trust", "unknown")
    assert ended.code == 3
    assert "Allow USB debugging?" in ended.err
    fingerprint = ended.err.partition("adbkey): ")[2].partition(".\n")[0]
    assert len(fingerprint.split(":")) == 16
    code, checks = bench.doctor("unknown")
    assert code.code == 3
    assert checks["connection"]["verdict"] == "problem"
    assert fingerprint in checks["connection"]["said"]
    assert "screen" in checks["connection"]["advice"]
    assert checks["the rest"]["verdict"] == "unknown"


def test_help_loads_nothing_heavy(bench: Bench) -> None:
    code = (
        "import sys; from benchhub.cli import main\n"
        "try: main(['devices', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'paramiko', 'adb_shell', 'pandas', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    python = PROGRAM.parent / "python"
    subprocess.run([python, "-c", code], check=True, stdout=subprocess.DEVNULL, cwd=bench.shop.root)
