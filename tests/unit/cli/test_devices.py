"""Devices as lines of text: what fits, what is missing, who has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.cli.devices.doctor import lines
from benchhub.cli.devices.table import as_data, cores, lease_text, table
from benchhub.devices.device_file import HostDeviceFile
from benchhub.devices.examination import Check, Verdict
from benchhub.devices.inventory import Device
from benchhub.devices.lease import Lease, Sight
from benchhub.devices.survey import Look
from benchhub.errors import ConnectionLostError
from benchhub.records import CpuCluster, DeviceFacts, Telemetry

FACTS = DeviceFacts(
    os="Android 13", kernel="4.14", arch="aarch64", cpu="Snapdragon 855", cores=8,
    memory_bytes=6_000_000_000, kind="android", abis=("arm64-v8a",), soc="Qualcomm SM8150",
    model="Google Pixel 4", api_level=33,
    clusters=(
        CpuCluster((0, 1, 2, 3), 1_800_000), CpuCluster((4, 5, 6), 2_420_000),
        CpuCluster((7,), 3_190_000),
    ),
)  # fmt: skip
LEASE = Lease(
    owner="ana", host="lab1", pid=7, where="elsewhere", started="1",
    since="2026-01-02T14:03:00+00:00",
    run_id="01JD3Q8K", session="s", boot_id="b", expires_s=100.0,
)  # fmt: skip


def seen(name: str) -> Look:
    file = HostDeviceFile(name=name, transport="host")
    look = Look(Device(file, Path("devices")))
    look.facts = FACTS
    look.sight = Sight("b", 1.0, "", None)
    look.telemetry = Telemetry(
        temperature_c={"cpu-0": 41.25, "battery": 60.0}, battery_percent=83.0, charging=True
    )
    return look


def lost(name: str) -> Look:
    look = seen(name)
    look.facts = look.sight = look.telemetry = None
    look.problem = ConnectionLostError(f"{name}: 10.0.0.9:22 refuses the connection.", "Go there.")
    return look


@pytest.mark.parametrize("width", [40, 80, 100, 300])
def test_a_table_fits_and_loses_no_device(width: int) -> None:
    looks = [seen("pixel4"), lost("pi4")]
    printed = table(looks, width)
    assert max(map(len, printed)) <= width
    assert all(any(line.startswith(look.device.name) for line in printed) for look in looks)
    text = " ".join(" ".join(printed).split())
    assert "4 × 1.80 + 3 × 2.42 + 1 × 3.19 GHz" in text
    assert "10.0.0.9:22 refuses the connection" in text


def test_where_there_is_room_a_device_is_one_line() -> None:
    head, line = table([seen("pixel4")], 200)
    assert head.split()[:3] == ["device", "reachable", "platform"]
    assert "android_arm64" in line
    assert "41.2" in line  # of the CPU, never of the battery
    assert "83 %, charging" in line


def test_nothing_is_listed_of_nothing() -> None:
    assert table([], 80) == []


def test_what_is_not_told_is_missing_and_not_zero() -> None:
    look = seen("x")
    look.telemetry = Telemetry()
    look.facts = replace(FACTS, clusters=(), cores=None)
    assert table([look], 200)[1].split()[3:5] == ["–", "–"]
    assert cores(look.facts) == "–"
    assert as_data(lost("y"))["facts"] is None


def test_who_has_a_device() -> None:
    assert lease_text(None) == "–"
    assert lease_text(Sight("b", 1.0, "", None)) == "free"
    held = lease_text(Sight("b", 1.0, "{}", LEASE))
    assert held.startswith("ana on lab1, run 01JD3Q8K since 2026-01-0")
    assert lease_text(Sight("c", 1.0, "{}", LEASE)) == "stale: the device was restarted since"
    assert lease_text(Sight("b", 200.0, "{}", LEASE)) == "stale: it was not renewed in time"
    assert lease_text(Sight("b", 1.0, "?", None)) == "held by another version of benchhub"
    assert (
        as_data(replace_sight(seen("x"), Sight("c", 1.0, "{}", LEASE)))["lease"]["state"] == "stale"
    )


def replace_sight(look: Look, sight: Sight) -> Look:
    look.sight = sight
    return look


def test_advice_stands_under_what_it_is_for() -> None:
    checks = [
        Check("folder", Verdict.PROBLEM, "word " * 30, "Do something else."),
        Check("sha256", Verdict.OK, "fine."),
    ]
    printed = lines(checks, 60)
    assert max(map(len, printed)) <= 60
    assert printed[0].startswith("problem  folder  word")
    assert printed[-2].strip() == "Do something else."
    assert printed[-1] == "ok       sha256  fine."
