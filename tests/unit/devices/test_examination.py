"""What an examination makes of what a device tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.devices.examination import (
    MINE,
    Check,
    FolderProbe,
    Verdict,
    check_android,
    check_folder,
    check_governor,
    check_lease,
    check_platform,
    check_telemetry,
    leave_folder,
    parse_folder,
    probe_folder,
    programs,
)
from benchhub.devices.host import HostTransport
from benchhub.devices.lease import Lease, Sight
from benchhub.devices.settings import Change
from benchhub.devices.tidying import Freed, count, tidy
from benchhub.records import DeviceFacts, Telemetry

from .rooted import rooted

LINUX = DeviceFacts(
    os="Debian 12", kernel="6.1", arch="aarch64", cpu=None, cores=4, memory_bytes=None,
    kind="linux", user_bits=64, libc="glibc 2.36",
)  # fmt: skip
GOOD = FolderProbe("/", written=True, refused="", ran="ran", free_bytes=10**9)


def verdicts(checks: list[Check]) -> dict[str, str]:
    return {check.about: check.verdict.value for check in checks}


@pytest.mark.parametrize(
    ("line", "free"),
    [
        ("/dev/sda1 100 40 60 40% /", 60 * 1024),
        ("/dev/block/dm-5   112345678 40000000 72345678  36% /data", 72345678 * 1024),
        ("tmpfs 1024 0 1024 0% /x", 1024 * 1024),
        ("/data 24.9G 8.4G 16.5G 4096", int(16.5 * 2**30)),
        ("df: not found", None),
        ("/data 1.9.9G 1.2G 0.7.1G ", None),
        (f"/dev/sda1 100 40 {'6' * 5000} 40% /", None),
        ("", None),
    ],
)
def test_free_space(line: str, free: int | None) -> None:
    assert parse_folder(f"space={line}").free_bytes == free


def test_a_folder_that_is_fine() -> None:
    assert verdicts(check_folder(GOOD, "f", "x.yaml")) == {
        "folder": "ok", "execution": "ok", "space": "ok",
    }  # fmt: skip


def test_a_folder_that_is_not() -> None:
    full = replace(GOOD, written=False, refused="sh: x: No space left on device", free_bytes=0)
    found = check_folder(full, "f", "devices/x.yaml")
    assert verdicts(found) == {"folder": "problem", "execution": "unknown", "space": "problem"}
    assert "No space left on device" in found[0].said
    silent = check_folder(replace(GOOD, ran="", free_bytes=None), "f", "devices/x.yaml")
    assert verdicts(silent) == {"folder": "ok", "execution": "problem", "space": "unknown"}


def test_the_folder_is_left_as_it_was(tmp_path: Path) -> None:
    transport = HostTransport("x", tmp_path)
    probe = probe_folder(transport, "a/b c/d", f"{MINE}1")
    assert probe.written
    assert probe.ran == "ran"
    assert probe.free_bytes
    assert (tmp_path / "a" / "b c" / "d" / f"{MINE}1" / "probe").exists()
    leave_folder(transport, "a/b c/d", f"{MINE}1", probe.base)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").mkdir()
    absolute = str(tmp_path / "a" / "b")
    probe = probe_folder(transport, absolute, f"{MINE}2")
    assert probe.base == str(tmp_path / "a")
    leave_folder(transport, absolute, f"{MINE}2", probe.base)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert list((tmp_path / "a").iterdir()) == []


def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    probe = probe_folder(HostTransport("x", tmp_path), "file/folder", f"{MINE}1")
    assert not probe.written
    assert "Not a directory" in probe.refused or "File exists" in probe.refused


def test_programs_that_are_missing() -> None:
    every = {"sha256": "sha256sum", "grep": "yes", "setsid": "yes", "taskset": "yes"}
    assert set(verdicts(programs(every, local=False)).values()) == {"ok"}
    assert verdicts(programs({}, local=False)) == {
        "sha256": "problem", "grep": "problem", "setsid": "note", "affinity": "note",
    }  # fmt: skip
    assert verdicts(programs({"sha256": "x"}, local=True)) == {"sha256": "ok", "affinity": "note"}


def test_platforms() -> None:
    assert check_platform(LINUX)[0].verdict is Verdict.OK
    (mixed,) = check_platform(replace(LINUX, user_bits=32))
    assert mixed.verdict is Verdict.NOTE
    assert "a 32-bit user land on a 64-bit kernel" in mixed.said
    assert "linux_arm" in mixed.advice
    (strange,) = check_platform(replace(LINUX, arch="riscv64"))
    assert strange.verdict is Verdict.PROBLEM
    assert "riscv64" in strange.said


def test_androids() -> None:
    assert check_android(LINUX) == []
    phone = replace(LINUX, kind="android", abis=("arm64-v8a",), api_level=33, user="shell")
    assert verdicts(check_android(phone)) == {"android": "ok", "process": "note"}
    assert verdicts(check_android(replace(phone, api_level=23)))["android"] == "note"
    assert verdicts(check_android(replace(phone, api_level=None)))["android"] == "unknown"


def test_governors(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    assert check_governor(board)[0].verdict is Verdict.OK
    assert check_governor(board, "no-such-governor")[0].verdict is Verdict.NOTE


def test_telemetry() -> None:
    assert verdicts(check_telemetry(Telemetry())) == {"telemetry": "note"}
    hot = Telemetry(temperature_c={"cpu": 84.0}, throttled=("under-voltage",))
    assert verdicts(check_telemetry(hot)) == {"telemetry": "ok", "throttling": "problem"}
    assert verdicts(check_telemetry(Telemetry(thermal_status=3)))["throttling"] == "problem"
    assert "throttling" not in verdicts(check_telemetry(Telemetry(thermal_status=0)))


def test_leases() -> None:
    lease = Lease(
        owner="ana", host="lab1", pid=7, where="elsewhere", started="1", since="now", run_id="",
        session="s", boot_id="b", expires_s=100.0, changes=(Change("p", "a", "b"),),
    )  # fmt: skip
    assert verdicts(check_lease(Sight("b", 1.0, "", None), "x")) == {"lease": "ok"}
    assert verdicts(check_lease(Sight("b", 1.0, "?", None), "x")) == {"lease": "problem"}
    assert verdicts(check_lease(Sight("b", 1.0, "{}", lease), "x")) == {"lease": "problem"}
    (stale,) = check_lease(Sight("c", 1.0, "{}", lease), "x")
    assert stale.verdict is Verdict.NOTE
    assert "puts back 1 setting." in stale.said


def test_what_was_removed_is_counted(tmp_path: Path) -> None:
    assert count("  5 ./stage/a b\n 7 ./stage/total\n 12 total\n\nwc: x\n") == Freed(2, 12)
    store = tmp_path / ".benchhub"
    for path in (
        "stage/a b",
        "scratch/r/out",
        ".push-1",
        "stage/f/.push-2",
        f"{MINE}9/x",
        "runs/r/kept",
    ):
        (store / path).parent.mkdir(parents=True, exist_ok=True)
        (store / path).write_text("12345")
    transport = HostTransport("x", tmp_path)
    assert tidy(transport) == Freed(5, 25)
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["kept"]
    assert tidy(transport) == Freed(0, 0)
