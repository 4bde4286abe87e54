"""Tools that hang or flood on a device, and names with everything a name may have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..rigs.sshd_device import Sshd
from .conftest import Shop
from .fleet import Fleet, Station, assert_complete, fake_tool, fleet, names, suite

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

STUBBORN = """\
trap '' HUP TERM
(trap '' HUP TERM; setsid sleep 98761) &
echo begun
sleep 98762
sleep 98763
"""
FLOOD = """\
head -c 5000000 /dev/zero | tr '\\0' x >&2; echo >&2
printf 'a\\377\\376b\\n'
exec "$real" "$@"
"""
# Without ; and : at which the loader of the program divides its list of folders.
ODD = 'it\'s "a" $(touch owned) `id` & é*'
MODEL = "models/mobilenet_v2_035_96_int8.tflite"


def folder_of(shop: Shop, station: Station) -> Path:
    (folder,) = shop.root.glob(f".benchhub/runs/*/invocations/{station.name}/*")
    return folder


def test_tools_that_ignore_signals_are_ended_by_the_time_limit(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    for station in stations:
        fake_tool(station, STUBBORN)
    ended = shop.call("run", shop.suite(suite(2, timeout=2)), "--devices", names(stations))
    assert ended.code == 124, ended.err
    run = shop.run()
    assert len(run.invocations) == 3  # a time-out is not tried again
    for station in stations:
        assert f"{station.name}: `sh` did not end within 2 s" in ended.err
        (invocation,) = [one for one in run.invocations if one.device == station.name]
        assert invocation.reading.failure
        assert invocation.reading.failure.kind == "timeout"
        assert 2 <= invocation.seconds < 20
        assert (folder_of(shop, station) / "stdout.txt").read_text() == "begun\n"
        station.assert_clean()


def test_floods_of_bytes_that_are_no_text(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    for station in stations:
        fake_tool(station, FLOOD)
    ended = shop.call("run", shop.suite(suite()), "--devices", names(stations))
    assert ended.code == 0, ended.err
    assert_complete(shop, 3)
    for station in stations:
        folder = folder_of(shop, station)
        assert "a\ufffd\ufffdb\n" in (folder / "stdout.txt").read_text()
        assert 1_000_000 < (folder / "stderr.txt").stat().st_size < 2_000_000
        station.assert_clean()


def test_odd_names(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    folders = {}
    for station in stations:
        if isinstance(station.rig, Sshd):
            station.write(folder=f"{ODD} x")  # SSH's device file takes no newline
            folders[station.name] = station.rig.seen_home / f"{ODD} x"
        else:
            station.write(folder=f"/data/local/tmp/{ODD}\nx")
            folders[station.name] = station.rig.seen / "data" / "local" / "tmp" / f"{ODD}\nx"
    odd = Shop(shop.root.rename(shop.root.with_name(f"{ODD};\nworkspace")))
    model = f"models/{ODD};\nmodel.tflite"
    (odd.root / "suites" / MODEL).rename(odd.root / "suites" / model)
    text = suite().replace(MODEL, json.dumps(model))
    path = odd.suite(text, "an odd 'suite' $(touch owned)")
    ended = odd.call("run", path, "--devices", names(stations))
    assert ended.code == 0, ended.err
    assert_complete(odd, 3)
    assert not list(odd.root.rglob("owned"))
    for station in stations:
        folder = folders[station.name]
        assert {file.name for file in folder.iterdir()} <= {"scratch", "stage"}
        assert not list(folder.parent.rglob("owned"))
        assert len(list((folder / "stage").rglob("*.tflite"))) == 1
        assert station.rig.left_over(10) == []
