"""Devices that are away, die, freeze or have a bad link: nothing is lost, the others go on.

Each run has one device for each way to reach one; the same happens to all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread
from typing import TypeVar

import pytest

from benchhub.records import RunState

from ..rigs.adbd_device import Adbd
from ..rigs.common.faultproxy import FaultProxy, Kind
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
)

__all__ = ["fleet"]

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

T = TypeVar("T")

# Long enough to be met in the middle of it; each start of the tool is noted.
SLOW = 'echo start >>calls; sleep 1.37; exec "$real" "$@"'


def crash(station: Station) -> None:
    """The daemon's processes die; it is there again after a moment."""
    if isinstance(station.rig, Adbd):
        station.rig.kill_daemon()
    else:
        station.rig.kill_sessions()


def measuring(station: Station) -> bool:
    return processing(station, "sleep 1.37")


def calls(station: Station) -> int:
    path = station.folder / "calls"
    return len(path.read_text().splitlines()) if path.exists() else 0


def has_finished(shop: Shop, station: Station, count: int) -> bool:
    return finished(shop, station.name) == count


def has_passed(proxy: FaultProxy, count: int) -> bool:
    return proxy.passed["down"] >= count


def at_once(do: Callable[[T], None], things: list[T]) -> None:
    with ThreadPoolExecutor(len(things)) as pool:
        list(pool.map(do, things))


@pytest.mark.fault("daemon killed: while staging", place=PLACES)
@pytest.mark.fault("daemon killed: while measuring", place=PLACES)
@pytest.mark.fault("daemon killed: in a pause of a run", place=PLACES)
def test_a_run_survives_the_death_of_daemons(fleet: Fleet, shop: Shop) -> None:
    proxied = fleet.proxied()
    for station, proxy in proxied:
        fake_tool(station, SLOW)
        proxy.rate["up"] = 5e6
    stations = [station for station, _ in proxied]
    process = shop.start("run", shop.suite(suite(4, cooldown=1)), "--devices", names(stations))

    def suffer(one: tuple[Station, FaultProxy]) -> None:
        station, proxy = one
        wait_for(lambda: proxy.passed["up"] > 3e6, "the program is being pushed")
        crash(station)
        proxy.rate["up"] = None
        wait_for(lambda: measuring(station), "an invocation")
        assert calls(station) == 1
        crash(station)
        wait_for(lambda: finished(shop, station.name) >= 1, "an invocation that was repeated")
        # One start more than records: nothing is running.
        wait_for(lambda: calls(station) == finished(shop, station.name) + 1, "a pause")
        assert finished(shop, station.name) < 4
        crash(station)

    at_once(suffer, proxied)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert "Traceback" not in err
    assert_complete(shop, 3)
    for station in stations:
        assert calls(station) == 5  # one had to begin again
        station.assert_clean()


@pytest.mark.fault("power loss: for longer than is waited", place=PLACES)
def test_devices_that_stay_away_cost_only_their_own_steps(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    for station in stations:
        fake_tool(station.write(reconnect=2), SLOW)
    other = fleet.ssh("other", fleet.request.getfixturevalue("sshd"))
    process = shop.start("run", shop.suite(suite(2)), "--devices", names([*stations, other]))

    def leave(station: Station) -> None:
        wait_for(lambda: finished(shop, station.name) == 1, "the first invocation")
        wait_for(lambda: measuring(station), "the second invocation")
        station.rig.power_off()

    at_once(leave, stations)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 3, out + err
    run = shop.run()
    assert run.end
    assert set(run.end.lost) == set(WAYS)
    assert f"benchhub run --resume {run.plan.run_id}" in err
    for station in stations:
        assert run.end.lost[station.name].kind == "lost"
        lost, given_up = lines_of(station, err)
        assert "Trying again for 2 s" in lost
        assert "did not come back within 2 s" in given_up
        assert sum(one.device == station.name for one in run.invocations) == 1
    assert out.count("1 of 2 invocations") == 3
    assert sum(one.device == "other" for one in run.invocations) == 2
    other.assert_clean()
    for station in stations:
        station.rig.start()
    resumed = shop.call("run", "--resume", "latest")
    assert resumed.code == 0, resumed.err
    assert_complete(shop, 4)
    for station in stations:
        station.assert_clean()


@pytest.mark.fault("device away: when a run begins", place=PLACES)
def test_devices_that_are_not_there_are_measured_later(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    other = fleet.ssh("other", fleet.request.getfixturevalue("sshd"))
    for station in stations:
        station.rig.power_off()
    began = time.monotonic()
    ended = shop.call("run", shop.suite(suite()), "--devices", names([*stations, other]))
    assert time.monotonic() - began < 60  # nobody waits for what was never there
    assert ended.code == 3
    for station in stations:
        (line,) = lines_of(station, ended.err)
        assert len(line) < 300
    run = shop.run()
    assert run.end
    assert set(run.end.lost) == set(WAYS)
    assert run.state is RunState.INTERRUPTED
    assert [one.device for one in run.invocations] == ["other"]
    for station in stations:
        station.rig.start()
    assert shop.call("run", "--resume", "latest").code == 0
    assert_complete(shop, 4)


@pytest.mark.fault("daemon frozen: while measuring", place=PLACES)
def test_frozen_daemons_are_given_up_in_time(fleet: Fleet, shop: Shop) -> None:
    stations = fleet.stations()
    for station in stations:
        fake_tool(station.write(reconnect=0), SLOW)
    text = shop.suite(suite(2, timeout=4))
    process = shop.start("run", text, "--devices", names(stations))

    def freeze(station: Station) -> None:
        wait_for(lambda: finished(shop, station.name) == 1, "the first invocation")
        wait_for(lambda: measuring(station), "the second invocation")
        station.rig.freeze()

    try:
        at_once(freeze, stations)
        out, err = process.communicate(timeout=60)
    finally:
        for station in stations:
            station.rig.thaw()
        process.kill()
    assert process.returncode == 3, out + err
    run = shop.run()
    assert run.end
    assert set(run.end.lost) == set(WAYS)
    assert all(lines_of(station, err) for station in stations)
    for station in stations:
        assert station.rig.left_over(10) == []
    assert shop.call("run", "--resume", "latest").code == 0
    assert_complete(shop, 3)
    for station in stations:
        station.assert_clean()


@pytest.mark.fault("link cut: while measuring", place=PLACES)
def test_links_that_break_in_the_middle_of_a_packet(fleet: Fleet, shop: Shop) -> None:
    proxied = fleet.proxied()
    stations = [station for station, _ in proxied]
    for station in stations:
        fake_tool(station, SLOW)
    process = shop.start("run", shop.suite(suite(4)), "--devices", names(stations))

    def suffer(one: tuple[Station, FaultProxy]) -> None:
        station, proxy = one
        kinds: tuple[Kind, ...] = ("cut", "reset")
        for before, kind in enumerate(kinds, 1):
            wait_for(partial(has_finished, shop, station, before), "a record")
            wait_for(lambda: measuring(station), "the next invocation")
            enough = proxy.passed["down"] + 7
            proxy.arm(kind, "down", after=7, min_block=20)
            wait_for(partial(has_passed, proxy, enough), "the break")
            proxy.heal()

    at_once(suffer, proxied)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert_complete(shop, 3)
    for station in stations:
        assert len(lines_of(station, err)) == 4  # lost and back, two times
        station.assert_clean()


@pytest.mark.fault("link stalled: while measuring", place=PLACES)
def test_links_that_stall(fleet: Fleet, shop: Shop) -> None:
    proxied = fleet.proxied()
    stations = [station for station, _ in proxied]
    for station in stations:
        fake_tool(station, SLOW)
    said: list[str] = []

    def suffer(one: tuple[Station, FaultProxy]) -> None:
        station, proxy = one
        wait_for(lambda: finished(shop, station.name) >= 1, "the first invocation")
        wait_for(lambda: measuring(station), "another invocation")
        proxy.arm("stall", "down")
        wait_for(lambda: bool(lines_of(station, "".join(said))), "the loss is told")
        proxy.heal()

    text = shop.suite(suite(3, timeout=4))
    with shop.start("run", text, "--devices", names(stations)) as process:
        assert process.stderr
        reader = Thread(target=said.extend, args=(process.stderr,), daemon=True)
        reader.start()
        at_once(suffer, proxied)
        reader.join(120)
    assert process.returncode == 0, said
    assert_complete(shop, 3)
    for station in stations:
        lost, back = lines_of(station, "".join(said))
        assert "Trying again" in lost
        assert "is back" in back
        station.assert_clean()


@pytest.mark.fault("link slow: a whole run", place=PLACES)
def test_slow_links(fleet: Fleet, shop: Shop) -> None:
    proxied = fleet.proxied()
    for _, proxy in proxied:
        proxy.rate["up"], proxy.rate["down"] = 5e6, 1e5
    stations = [station for station, _ in proxied]
    ended = shop.call("run", shop.suite(suite()), "--devices", names(stations))
    assert ended.code == 0, ended.err
    assert_complete(shop, 3)
    for station in stations:
        station.assert_clean()
