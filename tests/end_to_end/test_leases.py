"""Whoever has a device has it alone, and gives it back as it was, however the run ends."""

from __future__ import annotations

import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from benchhub.records import RunState

from .conftest import Shop
from .fleet import (
    PLACES,
    WAYS,
    Fleet,
    Station,
    assert_complete,
    fake_tool,
    finished,
    fleet,
    lines_of,
    names,
    processing,
    suite,
    wait_for,
    writable_by_all,
)

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

SLOW = 'sleep 1.38; exec "$real" "$@"'
# Nothing but a signal that cannot be ignored ends it and its child.
STUBBORN = f"trap '' HUP TERM; (trap '' HUP TERM; setsid sleep 1.38) & {SLOW}"
PERFORMANCE = "conditions: {governor: performance}\n"


def governors(station: Station) -> list[Path]:
    files = list((station.rig.root / "sys").glob("devices/system/cpu/**/scaling_governor"))
    assert len(files) >= 4
    return files


def told(station: Station) -> set[str]:
    return {path.read_text().strip() for path in governors(station)}


def started(shop: Shop, text: str, stations: list[Station]) -> subprocess.Popen[str]:
    """A run on those devices, in the middle of an invocation on each of them."""
    process = shop.start("run", shop.suite(text), "--devices", names(stations))
    for station in stations:
        wait_for(partial(has_begun, shop, station), "the first invocation is over")
    for station in stations:
        wait_for(partial(processing, station, "sleep 1.38"), "another invocation")
    return process


def has_begun(shop: Shop, station: Station) -> bool:
    return finished(shop, station.name) >= 1


@pytest.mark.fault("two controllers: a second run while one measures", place=PLACES)
def test_two_runs_at_once(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    for station in stations:
        fake_tool(station, SLOW)
    free = fleet.ssh("free", fleet.request.getfixturevalue("sshd"))
    process = started(shop, suite(5), stations)
    text = shop.suite(suite(), "other")
    second = shop.call("run", text, "--devices", names([*stations, free]))
    assert second.code == 3
    for station in stations:
        (line,) = lines_of(station, second.err)
        assert "in use by" in line
        assert f"pid {process.pid}" in line
    run = shop.run()
    assert [one.device for one in run.invocations] == ["free"]
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert shop.call("run", "--resume", run.plan.run_id).code == 0
    assert_complete(shop, 4)
    for station in (*stations, free):
        station.assert_clean()


def was_before(change: str) -> str:
    return change.partition("performance (was ")[2].rstrip(")")


@pytest.mark.fault(
    "{number.name} of the controller: while it measures, a tool that ignores signals",
    place=("adb direct", "adb server"),
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_devices_as_they_were(
    fleet: Fleet, shop: Shop, number: signal.Signals
) -> None:
    phones = [fleet.station(way) for way in WAYS if way != "ssh"]
    for station in phones:
        writable_by_all(*governors(station))
        fake_tool(station, STUBBORN)
    before = {path: path.read_text().strip() for one in phones for path in governors(one)}
    assert "performance" not in before.values()
    process = started(shop, suite(3) + PERFORMANCE, phones)
    assert all(told(station) == {"performance"} for station in phones)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    for station in phones:
        assert station.rig.left_over(10) == []
    if number is signal.SIGKILL:
        leases = [station.lease() or {} for station in phones]
        assert [lease["pid"] for lease in leases] == [process.pid] * len(phones)
        assert all(lease["changes"] for lease in leases)
        assert shop.run().state is RunState.UNFINISHED
    else:
        assert process.returncode == 130, out + err
        assert shop.run().state is RunState.INTERRUPTED
        assert {path: path.read_text().strip() for path in before} == before
        for station in phones:
            station.assert_clean()
    resumed = shop.call("run", "--resume", "latest")
    assert resumed.code == 0, resumed.err
    assert_complete(shop, len(phones))
    assert {path: path.read_text().strip() for path in before} == before
    for record in shop.run().devices:
        assert record.changed  # what the killed run had changed was put back before
        assert all(was in before.values() for was in map(was_before, record.changed))
    for one in shop.run().invocations:
        assert set(one.before.governors.values()) == {"performance"}
    for station in phones:
        station.assert_clean()


@pytest.mark.fault(
    "{number.name} of the controller: while it measures, a tool that ignores signals", place="ssh"
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_on_a_board(fleet: Fleet, shop: Shop, number: signal.Signals) -> None:
    station = fleet.station("ssh")
    fake_tool(station, STUBBORN)
    process = started(shop, suite(3), [station])
    process.send_signal(number)
    process.communicate(timeout=60)
    assert station.rig.left_over(10) == []
    if number is signal.SIGINT:
        station.assert_clean()
    assert shop.call("run", "--resume", "latest").code == 0
    assert_complete(shop)
    station.assert_clean()
