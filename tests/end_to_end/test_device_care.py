"""`benchhub devices doctor` and `clean` on real daemons, each fault on a device that has it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchhub.devices.inventory import find_devices
from benchhub.devices.routes import open_beside
from benchhub.workspace import Workspace

from ..rigs.adbd_device import Adbd
from ..rigs.fixtures import MakeAdbd, MakeSshd
from ..rigs.sshd_device import Sshd
from .conftest import GOOD_MODEL, ONE_CONFIGURATION
from .device_bench import (
    ON_BOARD,
    ON_PHONE,
    Bench,
    bench,
    by_name,
    inside,
    make_there,
)

__all__ = ["bench"]  # pytest finds fixtures here


def test_a_healthy_board_and_phone(
    bench: Bench, board: Sshd, adbd: Adbd, benchmark_model_arm64: Path, benchmark_model: Path
) -> None:
    bench.board("board", board, benchmark_model=str(benchmark_model_arm64.parent))
    bench.phone("phone", adbd, benchmark_model=str(benchmark_model.parent))
    for name in ("board", "phone"):
        ended, checks = bench.doctor(name)
        problems = [check for check in checks.values() if check["verdict"] == "problem"]
        assert (ended.code, problems) == (0, [])
        assert "starts" in checks["benchmark_model"]["said"]
        assert not [check for check in checks.values() if check["verdict"] == "unknown"]
    assert "results are from a shell process" in checks["process"]["said"]
    assert checks["shell v2"]["verdict"] == "ok"
    assert not (adbd.root / ON_PHONE).exists()
    assert not (board.home / ".cache").exists()
    # What was there before stays.
    kept = adbd.root / ON_PHONE / "stage" / "kept"
    make_there(kept, adbd.root / ON_PHONE.parent)
    text = bench.call("devices", "doctor", "phone", COLUMNS="80")
    assert text.code == 0
    # A path is never broken.
    long = [line.strip() for line in text.out.splitlines() if len(line) > 80]
    assert all(line.startswith(str(benchmark_model.parent)) for line in long)
    assert text.out.endswith("phone: nothing is wrong.\n")
    assert inside(adbd.root / ON_PHONE) == ["stage/kept"]


@pytest.mark.fault("disk full: told by the doctor", place="ssh")
@pytest.mark.rig("sshd")
def test_a_board_with_every_fault_of_its_folder(bench: Bench, make_sshd: MakeSshd) -> None:
    machine = make_sshd(no_sftp=True, tmpfs_mb=1, noexec=True)
    bench.board("tiny", machine)
    ended, checks = bench.doctor("tiny")
    assert ended.code == 3
    verdicts = {about: check["verdict"] for about, check in checks.items()}
    assert verdicts["sftp"] == "note"
    assert verdicts["folder"] == "ok"
    assert verdicts["execution"] == "problem"
    assert "noexec" in checks["execution"]["said"]
    assert "`folder:` in devices/tiny.yaml" in checks["execution"]["advice"]
    assert verdicts["space"] == "problem"
    assert verdicts["benchmark_model"] == "unknown"

    (device,) = find_devices(Workspace(bench.shop.root), ["tiny"])
    transport = open_beside(device.file, Workspace(bench.shop.root))
    transport.run(["sh", "-c", "head -c 2000000 /dev/zero >big"], timeout_s=20)
    full = bench.doctor("tiny")[1]["folder"]
    assert full["verdict"] == "problem"
    assert "No space left on device" in full["said"]
    transport.run(["rm", "big"], timeout_s=20)
    transport.close()

    bench.board("nowhere", machine, folder="/proc/benchhub")
    refused = bench.doctor("nowhere")[1]
    assert refused["folder"]["verdict"] == "problem"
    assert "/proc/benchhub cannot be written" in refused["folder"]["said"]
    assert refused["execution"]["verdict"] == "unknown"


def test_a_phone_with_a_noexec_folder(bench: Bench, make_adbd: MakeAdbd) -> None:
    bench.phone("phone", make_adbd(noexec=True))
    ended, checks = bench.doctor("phone")
    assert ended.code == 3
    assert checks["execution"]["verdict"] == "problem"


def test_programs_that_are_not_for_the_board(
    bench: Bench, board: Sshd, benchmark_model: Path, tmp_path: Path
) -> None:
    elf = next(
        path for path in benchmark_model.parent.rglob("*") if path.name == "benchmark_model.real"
    )
    for name, path, reason in (
        ("intel", str(elf), "is a program for x86_64, the device is linux_arm64"),
        ("missing", "no/such/program", "does not exist"),
        ("script", str(tmp_path / "script"), "is not a benchmark_model"),
    ):
        (tmp_path / "script").write_text("#!/bin/sh\necho hello\n")
        bench.board(name, board, benchmark_model=path)
        ended, checks = bench.doctor(name)
        assert ended.code == 3
        assert checks["benchmark_model"]["verdict"] == "problem"
        assert reason in checks["benchmark_model"]["said"]
    bench.board("none", board)
    checks = bench.doctor("none")[1]
    assert "benchmark_model: FILE" in checks["benchmark_model"]["advice"]


def test_a_wrong_login_key_and_a_dead_daemon(bench: Bench, sshd: Sshd) -> None:
    bench.board("pi4", sshd)
    bench.write(
        "wrong", transport="ssh", address=sshd.host, port=sshd.port, user=sshd.user,
        identity=str(sshd.keys / "stranger"),
    )  # fmt: skip
    checks = bench.doctor("wrong")[1]
    assert "does not accept our key" in checks["connection"]["said"]
    assert "ssh-copy-id" in checks["connection"]["advice"]
    sshd.power_off()
    assert "refuses the connection" in bench.doctor("pi4")[1]["connection"]["said"]


@contextmanager
def measuring(bench: Bench) -> Iterator[subprocess.Popen[str]]:
    """A run that has the device `board`; it is killed at the end."""
    suite = bench.shop.suite(
        GOOD_MODEL + ONE_CONFIGURATION
        + "measure: {rounds: 3, profile_rounds: 0, num_runs: 3, cooldown: 60, timeout: 60}\n"
    )  # fmt: skip
    run = bench.shop.start("run", suite, "--devices", "board", **bench.env)
    try:
        deadline = time.monotonic() + 60
        while lease(bench)["state"] != "held":
            assert time.monotonic() < deadline
            assert run.poll() is None, run.communicate()
        yield run
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()


def lease(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = by_name(bench.call("devices", "board", "--json"))["board"]["lease"]
    return found


@pytest.mark.fault("lease holder dead: told and healed by hand", place="ssh")
def test_a_held_lease_is_told_and_a_stale_one_healed(
    bench: Bench, sshd: Sshd, benchmark_model: Path
) -> None:
    bench.board("board", sshd, benchmark_model=str(benchmark_model.parent))
    with measuring(bench) as run:
        listed = bench.call("devices", "board", COLUMNS="200")
        assert ", run " in listed.out
        assert " since " in listed.out
        busy = bench.call("devices", "clean", "board")
        assert (busy.code, "board: in use by " in busy.err) == (3, True)
        assert str(run.pid) in busy.err
        checks = bench.doctor("board")[1]
        assert checks["lease"]["verdict"] == "problem"
        assert checks["benchmark_model"]["verdict"] == "unknown"  # nothing is pushed meanwhile
        assert lease(bench)["state"] == "held"
    assert lease(bench)["stale"] == "its process is gone"
    assert "stale: its process is gone" in bench.call("devices", "board", COLUMNS="200").out
    assert bench.doctor("board")[1]["lease"]["verdict"] == "note"
    assert lease(bench)["state"] == "stale"  # looking heals nothing
    healed = bench.call("devices", "clean", "board")
    assert healed.code == 0
    assert "a stale lease was healed" in healed.err
    assert inside(sshd.home) == []
    assert sshd.left_over() == []


def test_a_held_lease_is_taken_by_force(bench: Bench, sshd: Sshd, benchmark_model: Path) -> None:
    bench.board("board", sshd, benchmark_model=str(benchmark_model.parent))
    with measuring(bench) as run:
        forced = bench.call("devices", "clean", "board", "--force")
        assert (forced.code, "board: taken from " in forced.err) == (0, True)
        assert str(run.pid) in forced.err
        assert lease(bench)["state"] == "free"
        assert bench.doctor("board")[0].code == 0


def test_a_lease_that_cannot_be_read_is_taken_by_force(bench: Bench, sshd: Sshd) -> None:
    bench.board("pi4", sshd)
    make_there(sshd.home / ON_BOARD / "lease", sshd.home)
    assert "another version" in bench.call("devices", "pi4", COLUMNS="200").out
    refused = bench.call("devices", "clean", "pi4")
    assert (refused.code, "--force" in refused.err) == (3, True)
    forced = bench.call("devices", "clean", "pi4", "--force")
    assert (forced.code, "taken from a lease that cannot be read" in forced.err) == (0, True)
    assert inside(sshd.home) == []


def test_clean_frees_what_runs_left(
    bench: Bench, sshd: Sshd, adbd: Adbd, benchmark_model: Path
) -> None:
    bench.board("board", sshd, benchmark_model=str(benchmark_model.parent))
    bench.phone("phone", adbd)
    suite = bench.shop.suite(
        GOOD_MODEL + ONE_CONFIGURATION
        + "measure: {rounds: 1, profile_rounds: 0, num_runs: 3, timeout: 200}\n"
    )  # fmt: skip

    def measure() -> list[str]:
        ended = bench.call("run", suite, "--devices", "board")
        assert ended.code == 0, ended.err
        return inside(sshd.home / ON_BOARD)

    left = measure()
    assert len(left) > 2
    size = sum((sshd.home / ON_BOARD / path).stat().st_size for path in left)
    (sshd.home / ON_BOARD / "stage" / ".push-0123").write_bytes(b"torn")
    ended = bench.call("devices", "clean", "--all")
    assert ended.code == 0, ended.err
    assert f"board: {len(left) + 1} files, {size / 1e6:.1f} MB removed.\n" in ended.out
    assert "phone: nothing to remove.\n" in ended.out
    assert inside(sshd.home) == []
    assert measure() == left  # what is needed is pushed again
    assert bench.call("devices", "clean").code == 2
