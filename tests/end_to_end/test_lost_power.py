"""Devices that lose their power in the middle of a run, with their files or without them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ..rigs.adbd_device import Adbd
from ..rigs.common.faultproxy import FaultProxy
from .conftest import Shop
from .fleet import (
    PLACES,
    Fleet,
    Station,
    fake_tool,
    finished,
    fleet,
    lines_of,
    names,
    processing,
    suite,
    wait_for,
)
from .invariants import clean, records, run_ids, whole

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

SLOW = 'sleep 1.43; exec "$real" "$@"'
TMPFS_MB = 64


def off_and_on(station: Station, tmpfs_mb: int | None) -> None:
    """A tmpfs is empty afterwards: what was staged is gone, and so is the lease."""
    station.rig.power_off()
    station.rig.start(tmpfs_mb=tmpfs_mb)


def measuring(station: Station) -> bool:
    return processing(station, "sleep 1.43")


@pytest.mark.fault("power loss: while staging, {files}", place=PLACES)
@pytest.mark.fault("power loss: while measuring, {files}", place=PLACES)
@pytest.mark.parametrize("files", ["its files stay", "its files are gone"])
def test_a_run_survives_the_loss_of_power(fleet: Fleet, shop: Shop, files: str) -> None:
    tmpfs_mb = None if files == "its files stay" else TMPFS_MB
    proxied = fleet.proxied(tmpfs_mb=tmpfs_mb)
    stations = [station for station, _ in proxied]
    for station, proxy in proxied:
        fake_tool(station, SLOW)
        proxy.rate["up"] = 5e6
    process = shop.start("run", shop.suite(suite(3)), "--devices", names(stations))

    def suffer(one: tuple[Station, FaultProxy]) -> None:
        station, proxy = one
        wait_for(lambda: proxy.passed["up"] > 3e6, "the program is being pushed")
        off_and_on(station, tmpfs_mb)
        proxy.rate["up"] = None
        wait_for(lambda: finished(shop, station.name) >= 1, "the first record")
        wait_for(lambda: measuring(station), "another invocation")
        off_and_on(station, tmpfs_mb)

    with ThreadPoolExecutor(len(proxied)) as pool:
        list(pool.map(suffer, proxied))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    (run_id,) = run_ids(shop)
    whole(shop, run_id, {})
    clean(stations)
    for station in stations:
        assert len(lines_of(station, err)) == 4  # lost and back, two times


@pytest.mark.fault("power loss: of device and controller", place=PLACES)
def test_device_and_controller_lose_their_power(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    for station in stations:
        fake_tool(station, SLOW)
    process = shop.start("run", shop.suite(suite(3)), "--devices", names(stations))
    for station in stations:
        wait_for(lambda: finished(shop, station.name) >= 1, "the first record")  # noqa: B023
    process.kill()
    process.communicate()
    for station in stations:
        station.rig.power_off()
        if isinstance(station.rig, Adbd):
            station.rig.start()
        else:
            station.rig.restart()
    (run_id,) = run_ids(shop)
    before = records(shop, run_id)
    assert len(before) >= len(stations)
    resumed = shop.call("run", "--resume", run_id)
    assert resumed.code == 0, resumed.err
    whole(shop, run_id, before)
    clean(stations)
