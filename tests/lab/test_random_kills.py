"""Everything at once: a suite under random kills gives what it gives without them.

Two hosts with boards behind OpenSSH and a phone behind adbd, TLS, an index in PostgreSQL.
Scheduler, hosts, controller and PostgreSQL are each killed, again and again, at times that a seed
draws (`BENCHHUB_KILLS_SEED`), and started again as systemd does.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from benchhub.records import Run, RunState

from ..rigs.postgresql import Postgresql
from .machines import Machine
from .yard import EVERYWHERE, Yard

SEED = int(os.environ.get("BENCHHUB_KILLS_SEED", "2"))
ROUNDS = 16
# Seconds between two of the three inferences of a process.
DELAY_S = 0.5
KILLS = 7
# A controller that ends with an error is started again so often.
TRIES = 3
# Between two kills: what is killed needs some of it to come back.
PAUSE_S = (0.3, 2.5)
MORE = "verify: {max_abs: 100, max_rel: 1}\n"


def kill_at_random(victims: Mapping[str, Callable[[], None]], over: Callable[[], bool]) -> set[str]:
    """Kill one after the other at random times: each once, then some again.

    Returns:
        Those that were killed before it was over.
    """
    drawn = random.Random(SEED)  # noqa: S311 - the same times for the same seed
    names = [name for _ in range(KILLS) for name in drawn.sample(sorted(victims), len(victims))]
    killed = set()
    for name in names[:KILLS]:
        time.sleep(drawn.uniform(*PAUSE_S))
        if not over():
            killed.add(name)
        victims[name]()
    return killed


def again(machine: Machine) -> Callable[[], None]:
    """Return what kills a process and starts it again, as systemd does: nobody waits for it."""

    def work() -> None:
        machine.kill()
        machine.start()

    return work


def shape(run: Run) -> tuple[list[str], Counter[tuple[str, str, str]]]:
    """Cases, and how often each was measured, by device and purpose."""
    counts = Counter((one.device, one.case_id, one.purpose.value) for one in run.invocations)
    return [case.id for case in run.plan.cases], counts


@pytest.mark.rig("adbd")
@pytest.mark.rig("benchmark_model")
@pytest.mark.rig("sshd")
@pytest.mark.fault("host lost: random kills of hosts, scheduler and controller", place="lab")
@pytest.mark.fault("database: killed at random during runs", place="PostgreSQL")
def test_a_suite_under_random_kills_ends_as_without(lab: Yard, postgresql: Postgresql) -> None:
    store = {"BENCHHUB_STORE": postgresql.make_database("kills")}
    suite = lab.suite(ROUNDS, MORE, delay=DELAY_S)
    assert lab.call("run", suite, "--devices", EVERYWHERE, "--seed", "1", **store).code == 0
    calm = lab.run()
    controller = lab.controller("killed", "run", suite, "--devices", EVERYWHERE, **store)
    lab.wait_for_stored(len(calm.invocations) + 1, controller)
    run = lab.run()

    def over() -> bool:
        return lab.run(run.plan.run_id).state is RunState.FINISHED

    def resume() -> None:
        controller.words = ["run", "--resume", run.plan.run_id]
        controller.start()

    def kill_controller() -> None:
        if controller.runs:
            controller.kill()
        if not over():
            resume()

    def kill_postgresql() -> None:
        postgresql.kill()
        postgresql.start()

    victims = {
        "controller": kill_controller,
        "east": again(lab.east),
        "postgresql": kill_postgresql,
        "scheduler": again(lab.ground.scheduler),
        "west": again(lab.west),
    }
    assert kill_at_random(victims, over) == victims.keys()
    for _ in range(TRIES):
        if controller.ended() == 0:
            break
        resume()  # it met a scheduler that was not there yet
    assert controller.ended() == 0, controller.log

    run = lab.run(run.plan.run_id)
    lab.assert_whole(run)
    assert shape(run) == shape(calm)
    # A kill right behind the last step leaves what the next contact heals.
    assert lab.call("run", lab.suite(), "--devices", EVERYWHERE, **store).code == 0
    lab.assert_clean()
    rows = json.loads(lab.shop.call("runs", "--json", **store).out)
    counts = {row["run_id"]: (row["done"], row["state"]) for row in rows}
    for one in (calm, run):
        assert counts[one.plan.run_id] == (len(calm.invocations), "finished")
    assert lab.shop.call("report", run.plan.run_id).code == 0
