"""Conditions, affinity and telemetry on real devices."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from benchhub.records import Status

from .conftest import Shop
from .fleet import Fleet, Station, assert_complete, fake_tool, finished, fleet, suite, wait_for

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("benchmark_model", "adbd")


def heat(station: Station, celsius: float) -> None:
    for zone in (station.rig.root / "sys" / "class" / "thermal").glob("thermal_zone*/temp"):
        zone.write_text(f"{celsius * 1000:.0f}\n")


def two_clusters(station: Station) -> None:
    """As many CPUs as this machine has at least, in two clusters."""
    cpus = station.rig.root / "sys" / "devices" / "system" / "cpu"
    for folder in cpus.glob("cpu[2-9]"):
        shutil.rmtree(folder)
    for path in cpus.glob("cpufreq/policy*"):
        shutil.rmtree(path)
    for name in ("online", "possible", "present"):
        (cpus / name).write_text("0-1\n")
    for cpu, khz in ((0, 1800000), (1, 2800000)):
        (cpus / f"cpu{cpu}" / "cpufreq" / "cpuinfo_max_freq").write_text(f"{khz}\n")
        (cpus / f"cpu{cpu}" / "cpu_capacity").write_text(f"{khz // 2800}\n")


def test_a_warm_device_is_waited_for(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("adb-direct")
    heat(station, 60)
    text = suite(2) + "conditions: {start_temperature_below: 45, cooldown_timeout: 100}\n"
    process = shop.start("run", shop.suite(text), "--devices", "adb-direct")
    wait_for(lambda: bool(station.staged()) and station.lease() is not None, "the device is had")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(4)
    assert finished(shop) == 0
    heat(station, 30)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert_complete(shop)
    temperatures = [c for one in shop.run().invocations for c in one.before.temperature_c.values()]
    assert set(temperatures) == {30.0}
    station.assert_clean()


def test_a_device_that_does_not_cool_down_is_not_measured(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("adb-direct")
    heat(station, 60)
    text = suite() + "conditions: {start_temperature_below: 45, cooldown_timeout: 1}\n"
    ended = shop.call("run", shop.suite(text), "--devices", "adb-direct")
    assert ended.code == 3
    (line,) = [line for line in ended.err.splitlines() if line.startswith("adb-direct: ")]
    assert "60" in line
    assert "45" in line
    (invocation,) = shop.run().invocations
    assert invocation.status is Status.INVALID
    station.assert_clean()


def test_a_governor_that_may_not_be_changed(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("adb-direct")
    text = suite() + "conditions: {governor: performance}\n"
    ended = shop.call("run", shop.suite(text), "--devices", "adb-direct")
    assert ended.code == 3
    (line,) = [line for line in ended.err.splitlines() if line.startswith("adb-direct: ")]
    assert "not writable" in line
    assert "conditions" in line
    assert not shop.run().invocations
    station.assert_clean()


def test_affinity_and_telemetry(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("adb-direct")
    two_clusters(station)
    fake_tool(station, 'grep Cpus_allowed_list: /proc/self/status; sleep 1; exec "$real" "$@"')
    text = suite(telemetry_interval=0.2).replace(
        "configurations: [{delegate: xnnpack}]",
        "configurations: [{delegate: xnnpack, affinity: little}, "
        "{delegate: xnnpack, affinity: big}]",
    )
    ended = shop.call("run", shop.suite(text), "--devices", "adb-direct")
    assert ended.code == 0, ended.err
    assert_complete(shop)
    seen = {}
    for one in shop.run().invocations:
        folder = next(shop.root.glob(f".benchhub/runs/*/invocations/adb-direct/{one.number:04d}-*"))
        line = (folder / "stdout.txt").read_text().splitlines()[0]
        seen[shop.run().plan.case(one.case_id).configuration.affinity] = line.split()[-1]
        assert one.argv[0] == "taskset"
        times = [sample.at_s for sample in one.during if sample.at_s is not None]
        assert len(times) >= 2
        assert times == sorted(times)
        assert all(sample.temperature_c for sample in one.during)
    assert seen == {"little": "0", "big": "1"}
    station.assert_clean()
