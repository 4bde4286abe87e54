"""Devices whose disk is full: one line says so, the others are measured, --resume completes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.devices.inventory import find_devices
from benchhub.devices.transport import run_check
from benchhub.workspace import Workspace

from .conftest import Shop
from .controllers import controllers, on_small_disk
from .fleet import PLACES, Fleet, Station, fake_tool, fleet, lines_of, names, suite
from .invariants import clean, records, run_ids, whole

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

DISK_MB = 64
# What is left is enough for a lease, not for a program.
TAKEN_BYTES = (DISK_MB << 20) - 1_000_000
# It takes what there is, and fails as a tool does that cannot write its output.
GREEDY = '[ ! -e greedy ] || { cat /dev/zero >taken; exit 1; }\nexec "$real" "$@"'


def do(station: Station, script: str) -> None:
    """Have the device itself run a script, in benchhub's folder there."""
    workspace = Workspace(station.shop.root)
    (device,) = find_devices(workspace, [station.name])
    transport = device.file.open(workspace)
    try:
        run_check(transport, ["sh", "-c", script])
    finally:
        transport.close()


@pytest.mark.fault("disk full: while staging", place=PLACES)
@pytest.mark.fault("disk full: while measuring", place=PLACES)
def test_full_devices_cost_only_their_own_steps(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations(tmpfs_mb=DISK_MB)
    for station in stations:
        fake_tool(station, GREEDY)
        do(station, f"head -c {TAKEN_BYTES} /dev/zero >filler")
    other = fleet.host("host")
    text = shop.suite(suite(2))
    ended = shop.call("run", text, "--devices", names([*stations, other]))
    assert ended.code == 3
    for station in stations:
        (line,) = lines_of(station, ended.err)
        assert "No space left on device" in line
        assert "Make room there" in line
    clean([*stations, other])
    (run_id,) = run_ids(shop)
    before = records(shop, run_id)
    assert len(before) == 2
    assert {Path(path).parts[1] for path in before} == {"host"}

    for station in stations:
        do(station, "rm filler")
    resumed = shop.call("run", "--resume", run_id)
    assert resumed.code == 0, resumed.err
    whole(shop, run_id, before)
    clean([*stations, other])

    for station in stations:
        do(station, ": >greedy")
    ended = shop.call("run", text, "--devices", names([*stations, other]))
    assert ended.code == 3
    (second,) = run_ids(shop) - {run_id}
    run = shop.run()
    failed = [one for one in run.invocations if one.reading.failure]
    assert {one.device for one in failed} == {station.name for station in stations}
    assert sum(one.device == "host" for one in run.invocations) == 2
    assert run.plan.run_id == second
    clean([*stations, other])


@pytest.mark.fault("disk full: while staging", place="host")
def test_a_full_host(fleet: Fleet, shop: Shop, tmp_path: Path) -> None:
    station = fleet.host("host")
    stage = station.folder / "stage"
    stage.mkdir(parents=True)
    with controllers(tmp_path, on_small_disk(stage, "64k")) as world:
        text = shop.suite(suite())
        ended = world.start(shop, "run", text, "--devices", station.name, env={}).wait()
    assert ended.code == 3
    (line,) = lines_of(station, ended.err)
    assert "No space left on device. Make room there" in line
    clean([station])
    (run_id,) = run_ids(shop)
    resumed = shop.call("run", "--resume", run_id)
    assert resumed.code == 0, resumed.err
    whole(shop, run_id, {})
    clean([station])
