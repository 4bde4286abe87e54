"""One run over several devices: host, an arm64 board by SSH, phones by both adb routes."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from benchhub.records import DeviceRecord, Invocation, Run, RunState

from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening, MakeAdbd, mtu1500
from ..rigs.sshd_device import Sshd
from .conftest import Ended, Shop
from .fleet import Fleet, Station, assert_complete, fleet, names, suite

__all__ = ["fleet"]

NAMES = ("host", "pi4", "pixel4", "pixel5")
PLATFORMS = {"pi4": "linux_arm64", "pixel4": "android_x86_64", "pixel5": "android_x86_64"}
EM_AARCH64 = 183


def quickstart(shop: Shop) -> Ended:
    words = ["run", "suites/quickstart.yaml", "--devices", ",".join(NAMES)]
    return shop.call(*words, "--rounds", "1", "--cases", "*/int8/xnnpack/t1*")


@pytest.mark.rig("board", "adbd", "adb", "benchmark_model", "benchmark_model_arm64")
def test_the_quickstart_on_four_devices(
    fleet: Fleet,
    shop: Shop,
    board: Sshd,
    make_adbd: MakeAdbd,
    fault_proxy: Callable[[Listening], FaultProxy],
) -> None:
    phone = make_adbd()
    proxy = fault_proxy(phone)  # to see how many bytes go there
    stations = (
        fleet.ssh("pi4", board),
        fleet.adb_direct("pixel4", phone, proxy),
        fleet.adb_server("pixel5", make_adbd()),
    )
    began = time.monotonic()
    ended = quickstart(shop)
    wall_s = time.monotonic() - began
    assert ended.code == 0, ended.err
    run = shop.run()
    assert run.state is RunState.FINISHED
    check_invocations(run)
    check_parallel(run.invocations, wall_s)
    devices = {record.name: record for record in run.devices}
    assert devices["host"].tools[0].name == "litert"
    for station in stations:
        check_program(devices[station.name], run, station)
        station.assert_clean()
    check_report(shop, ended)

    first = {station.name: station.staged() for station in stations}
    pushed, proxy.passed["up"] = proxy.passed["up"], 0
    assert pushed > 10e6
    again = shop.call("run", shop.suite(suite()), "--devices", names(stations))  # same model
    assert again.code == 0, again.err
    assert {station.name: station.staged() for station in stations} == first
    assert proxy.passed["up"] < 0.5e6
    for station in stations:
        station.assert_clean()


def check_invocations(run: Run) -> None:
    for name in NAMES:
        mine = [one for one in run.invocations if one.device == name]
        assert len(mine) == 2  # latency and profile
        assert all(one.reading.latency for one in mine)
        suffix = "" if name == "host" else "@benchmark_model"
        assert {one.case_id for one in mine} == {f"mobilenet_v2/int8/xnnpack/t1{suffix}"}


def check_parallel(invocations: Sequence[Invocation], wall_s: float) -> None:
    """Invocations of several devices overlap, those of one device never do."""

    def span(one: Invocation) -> tuple[float, float]:
        start = datetime.fromisoformat(one.started).timestamp()
        return start, start + one.seconds

    together = 0
    for one in invocations:
        for other in invocations:
            if one.number == other.number and one.device == other.device:
                continue
            overlap = span(one)[0] < span(other)[1] and span(other)[0] < span(one)[1]
            assert not (overlap and one.device == other.device)
            together += overlap
    assert together
    assert wall_s < 120


def check_program(record: DeviceRecord, run: Run, station: Station) -> None:
    """What was started there is the program for that platform."""
    platform = PLATFORMS[record.name]
    assert record.facts.platform == platform
    (tool,) = record.tools
    assert tool.path.endswith(f"tools/bm/{platform}/benchmark_model")
    assert record.folder
    program = Path(f"{station.folder / tool.program}.real")
    machine = struct.unpack_from("<H", program.read_bytes()[:20], 18)[0]
    assert (machine == EM_AARCH64) == (platform == "linux_arm64")
    for one in run.invocations:
        if one.device == record.name:
            assert tool.program in one.argv


def check_report(shop: Shop, ended: Ended) -> None:
    (line,) = [line for line in ended.out.splitlines() if line.startswith("report ")]
    html = (shop.root / line.split()[1]).read_text()
    for name in NAMES:
        assert name in html
        assert f"\n{name} · " in ended.out


@pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")
def test_all_ways_in_one_run(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    ended = shop.call("run", shop.suite(suite(2)), "--devices", names(stations))
    assert ended.code == 0, ended.err
    assert_complete(shop, 3)
    for station in stations:
        station.assert_clean()


@pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")
def test_the_same_where_sends_are_short(tmp_path: Path) -> None:
    """Devices and benchhub in a network of their own with an MTU of 1500."""
    test = f"{__file__}::{test_all_ways_in_one_run.__name__}"
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inside'}"]
    done = subprocess.run(
        mtu1500([sys.executable, "-m", "pytest", *options, test]),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_label_names_devices(fleet: Fleet, shop: Shop, make_adbd: MakeAdbd) -> None:
    for name in ("a", "b"):
        fleet.adb_direct(name, make_adbd()).write(labels=["android"])
    ended = shop.call("run", "suites/quickstart.yaml", "--devices", "@android", "--dry-run")
    assert ended.code == 0, ended.err
    assert "on a, b" in ended.out
