"""A lab that loses its parts: each run ends with every case measured once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ..end_to_end.controllers import on_small_disk
from .machines import PATIENCE_S, Machine
from .test_runs import runs
from .yard import EVERYWHERE, Yard

pytestmark = [pytest.mark.rig(name) for name in ("adbd", "benchmark_model", "sshd")]

ROUNDS = 5


def start(lab: Yard, devices: str = EVERYWHERE) -> tuple[Machine, str]:
    """Start a run; return once some of it is stored."""
    known = {row["run_id"] for row in runs(lab)}
    before = lab.stored()
    controller = lab.controller(
        f"run-{len(known)}", "run", lab.suite(ROUNDS, delay=0.4), "--devices", devices
    )
    lab.wait_for_stored(before + 2, controller)
    (run_id,) = {row["run_id"] for row in runs(lab)} - known
    return controller, run_id


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finishes(lab: Yard, controller: Machine, run_id: str) -> None:
    assert controller.ended() == 0, controller.log
    assert "Traceback" not in controller.log
    lab.assert_whole(lab.run(run_id))
    lab.assert_clean()
    lab.assert_delivered()


@pytest.mark.fault("host lost: SIGKILL while it measures", place="lab")
def test_a_host_is_killed_while_it_measures(lab: Yard) -> None:
    controller, run_id = start(lab)
    until(lambda: lab.measures("pi4"))
    lab.west.kill()

    lab.west.start()

    finishes(lab, controller, run_id)


@pytest.mark.fault("host lost: it stays away for a while", place="lab")
def test_a_host_stays_away_for_a_while(lab: Yard) -> None:
    controller, run_id = start(lab)
    lab.east.kill()
    controller.wait_for("its host is lost; waiting for it")

    lab.east.start()

    controller.wait_for("its host is back")
    finishes(lab, controller, run_id)


@pytest.mark.fault("host lost: frozen until it is given up", place="lab")
def test_a_host_is_frozen(lab: Yard) -> None:
    controller, run_id = start(lab)
    lab.east.stop()
    controller.wait_for("pixel4: its host is lost; waiting for it")

    lab.east.cont()

    finishes(lab, controller, run_id)


@pytest.mark.fault("scheduler lost: SIGKILL while hosts measure", place="lab")
def test_the_scheduler_is_killed(lab: Yard) -> None:
    controller, run_id = start(lab)
    until(lambda: lab.measures("pi4"))
    lab.ground.scheduler.kill()
    controller.wait_for("The scheduler of the lab is lost")

    lab.ground.scheduler.start("scheduler at")

    controller.wait_for("The scheduler of the lab is back")
    finishes(lab, controller, run_id)


@pytest.mark.fault("scheduler lost: together with a host", place="lab")
def test_scheduler_and_host_are_killed_together(lab: Yard) -> None:
    controller, run_id = start(lab)
    lab.ground.scheduler.kill()
    lab.west.kill()

    lab.ground.scheduler.start("scheduler at")
    lab.west.start()

    finishes(lab, controller, run_id)


@pytest.mark.fault("SIGKILL of the controller: while hosts measure", place="lab")
def test_a_controller_is_killed_and_resumed(lab: Yard) -> None:
    controller, run_id = start(lab)
    until(lambda: lab.measures("pi4"))
    controller.kill()

    again = lab.controller("resumed", "run", "--resume", run_id)

    finishes(lab, again, run_id)


@pytest.mark.fault("SIGKILL of the controller: its device goes to another run", place="lab")
def test_the_device_of_a_dead_controller_goes_to_another(lab: Yard) -> None:
    controller, run_id = start(lab, "pi4")
    controller.kill()

    other = lab.controller("other", "run", lab.suite(1, name="other"), "--devices", "pi4")

    assert other.ended() == 0, other.log
    again = lab.controller("first-again", "run", "--resume", run_id)
    finishes(lab, again, run_id)


@pytest.mark.fault("power loss: of a device behind a host", place="lab")
def test_a_device_of_a_host_loses_its_power(lab: Yard) -> None:
    controller, run_id = start(lab, "pi5")
    until(lambda: lab.measures("pi5"))
    lab.rigs["pi5"].restart()

    finishes(lab, controller, run_id)


@pytest.mark.fault("two controllers: the same run through a lab", place="lab")
def test_two_controllers_of_one_run(lab: Yard) -> None:
    controller, run_id = start(lab, "pi4")

    second = lab.call("run", "--resume", run_id)

    assert second.code == 3
    assert run_id in second.err
    assert str(controller.pid) in second.err
    finishes(lab, controller, run_id)


@pytest.mark.fault("disk full: of a host while results wait there", place="lab")
def test_the_disk_of_a_host_is_full(lab: Yard) -> None:
    results = lab.west.root / ".benchhub" / "lab" / "results"
    lab.west.end()
    lab.west.before = on_small_disk(results, "4k")
    lab.west.start("west lends")

    ended = lab.call("run", lab.suite(2), "--devices", "pi4,pi5")

    assert ended.code == 3
    assert f"pi4: on its host: {results}" in ended.err
    assert "the disk is full" in ended.err
    run_id = lab.run().plan.run_id
    assert {one.device for one in lab.run(run_id).invocations} >= {"pi5"}
    lab.west.end()
    lab.west.before = []
    lab.west.start("west lends")
    again = lab.controller("room-again", "run", "--resume", run_id)
    finishes(lab, again, run_id)
