"""Devices that refuse something: one clear line that names the device, the reason and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..rigs.sshd_device import Sshd
from .conftest import Shop
from .fleet import WAYS, Fleet, Station, assert_complete, fleet, lines_of, names, suite

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

# The head of an arm64 program: processor 183.
ARM64_ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(44)


def refused(shop: Shop, *stations: Station, **env: str) -> list[str]:
    """Run; return for each device the one line that says why nothing was measured."""
    ended = shop.call("run", shop.suite(suite()), "--devices", names(stations), **env)
    assert ended.code == 3, ended.out + ended.err
    assert not shop.run().invocations
    lines = []
    for station in stations:
        (line,) = lines_of(station, ended.err)
        assert len(line) < 600
        lines.append(line)
    return lines


def test_a_full_disk(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations(tmpfs_mb=6)
    for station, line in zip(stations, refused(shop, *stations), strict=True):
        assert "No space left on device" in line
        assert "MB) to stage/" in line
        assert f"Make room there, or choose another `folder:` for {station.name}." in line
        station.assert_clean()


def test_a_folder_that_cannot_be_written(fleet: Fleet, shop: Shop) -> None:
    folders = dict(zip(WAYS, ("/usr/benchhub", "/system/benchhub", "/vendor/x/y"), strict=True))
    stations = [station.write(folder=folders[station.name]) for station in fleet.stations()]
    for station, line in zip(stations, refused(shop, *stations), strict=True):
        assert folders[station.name] in line
        assert f"Choose another `folder:` for {station.name}." in line


def test_a_folder_where_nothing_may_be_started(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations(noexec=True)
    for station, line in zip(stations, refused(shop, *stations), strict=True):
        assert "mounted noexec" in line
        assert f"choose another `folder:` for {station.name}." in line
        station.assert_clean()


def test_a_program_for_another_processor(fleet: Fleet, shop: Shop) -> None:
    (shop.root / "tools" / "arm").mkdir()
    (shop.root / "tools" / "arm" / "benchmark_model").write_bytes(ARM64_ELF)
    stations = [station.write(benchmark_model="../tools/arm") for station in fleet.stations()]
    for station, line in zip(stations, refused(shop, *stations), strict=True):
        platform = "linux_x86_64" if station.name == "ssh" else "android_x86_64"
        assert f"is a program for arm64, the device is {platform}." in line
        assert f"devices/{station.name}.yaml" in line
        station.assert_clean()


def test_programs_that_are_missing(fleet: Fleet, shop: Shop) -> None:
    (shop.root / "tools" / "empty").mkdir()
    ssh = fleet.station("ssh").write(benchmark_model="../tools/nothing")
    adb = fleet.station("adb-direct").write(benchmark_model="../tools/empty")
    missing, other = refused(shop, ssh, adb)
    assert "tools/nothing does not exist" in missing
    assert "has no benchmark_model for android_x86_64" in other
    assert "devices/adb-direct.yaml" in other


def test_host_keys(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("ssh")
    known = shop.root / "devices" / "known_hosts"
    right = known.read_text()
    known.unlink()
    (line,) = refused(shop, station)
    assert "host key" in line
    assert "benchhub devices trust ssh" in line
    known.write_text(right)
    assert shop.call("run", "--resume", "latest").code == 0
    assert_complete(shop)
    assert isinstance(station.rig, Sshd)
    station.rig.new_host_key()
    (line,) = refused(shop, station)
    assert "another host key" in line or "changed" in line, line
    assert "trust" in line


def test_a_key_that_is_not_accepted(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("ssh")
    assert isinstance(station.rig, Sshd)
    station.write(identity=str(station.rig.keys / "stranger"))
    (line,) = refused(shop, station)
    assert "key" in line
    station.write(identity=str(station.rig.key))
    assert shop.call("run", "--resume", "latest").code == 0
    assert_complete(shop)


def test_a_phone_that_has_not_accepted_the_key(
    fleet: Fleet, shop: Shop, adb_key: Path, tmp_path: Path
) -> None:
    station = fleet.station("adb-direct", auth=True)
    home = {"HOME": str(tmp_path)}
    (line,) = refused(shop, station, **home)
    assert "accept" in line
    station.write(key=str(adb_key))
    assert shop.call("run", "--resume", "latest", **home).code == 0
    assert_complete(shop)
