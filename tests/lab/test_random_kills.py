"""Everything at once: a suite under random kills gives what it gives without them.

Two hosts with boards behind OpenSSH and a phone behind adbd, TLS, an index in PostgreSQL.
Scheduler, hosts, controller and PostgreSQL are each killed, again and again, at times that a seed
draws (`BENCHHUB_KILLS_SEED`), and started again as systemd does.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchhub.records import Run, RunState

from ..rigs.postgresql import Postgresql
from .machines import PATIENCE_S, Machine
from .yard import EVERYWHERE, Yard

SEED = int(os.environ.get("BENCHHUB_KILLS_SEED", "8"))
ROUNDS = 12
KILLS = 8
# Between two kills: what is killed needs some of it to come back.
PAUSE_S = (0.5, 4.0)
MORE = "verify: {max_abs: 100, max_rel: 1}\n"


@contextmanager
def killing(victims: dict[str, Callable[[], None]], killed: Counter[str]) -> Iterator[None]:
    """Kill one after the other at random times, until the end."""
    drawn = random.Random(SEED)  # noqa: S311 - the same times for the same seed
    over = threading.Event()

    def work() -> None:
        names = [name for _ in range(KILLS) for name in drawn.sample(sorted(victims), len(victims))]
        for name in names[:KILLS]:
            if over.wait(drawn.uniform(*PAUSE_S)):
                return
            victims[name]()
            killed[name] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(PATIENCE_S)


def again(machine: Machine, until: str) -> Callable[[], None]:
    """Return what kills a process and starts it again."""

    def work() -> None:
        machine.kill()
        machine.start(until)

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
    suite = lab.suite(ROUNDS, MORE)
    assert lab.call("run", suite, "--devices", EVERYWHERE, "--seed", "1", **store).code == 0
    calm = lab.run()
    killed: Counter[str] = Counter()
    ended = threading.Event()
    controller = lab.controller("killed", "run", suite, "--devices", EVERYWHERE, **store)
    lab.wait_for_stored(len(calm.invocations) + 1, controller)
    run = lab.run()
    resume = ["run", "--resume", run.plan.run_id]

    def kill_controller() -> None:
        if not ended.is_set():
            controller.kill()
            controller.words = resume
            controller.start()

    def kill_postgresql() -> None:
        postgresql.kill()
        postgresql.start()

    victims = {
        "controller": kill_controller,
        "east": again(lab.east, "east lends"),
        "postgresql": kill_postgresql,
        "scheduler": again(lab.ground.scheduler, "scheduler at"),
        "west": again(lab.west, "west lends"),
    }
    with killing(victims, killed):
        deadline = time.monotonic() + 4 * PATIENCE_S
        while lab.run(run.plan.run_id).state is not RunState.FINISHED:
            assert time.monotonic() < deadline, controller.log
            if not controller.runs:
                break
            time.sleep(0.2)
        ended.set()
    if not controller.runs and lab.run(run.plan.run_id).state is not RunState.FINISHED:
        controller.words = resume
        controller.start()
    assert controller.ended() == 0, controller.log

    run = lab.run(run.plan.run_id)
    assert sum(killed.values()) >= len(victims), killed
    lab.assert_whole(run)
    assert shape(run) == shape(calm)
    lab.assert_clean()
    rows = json.loads(lab.shop.call("runs", "--json", **store).out)
    counts = {row["run_id"]: (row["done"], row["state"]) for row in rows}
    for one in (calm, run):
        assert counts[one.plan.run_id] == (len(calm.invocations), "finished")
    assert lab.shop.call("report", run.plan.run_id).code == 0
