"""The work of a device over stations that follow a script: losses, pairs, the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from benchhub.devices.inventory import parse_device
from benchhub.errors import BenchhubError, ConnectionLostError, DeviceError
from benchhub.execution import device_run
from benchhub.execution.device_run import LOSSES_A_STEP, DeviceRun
from benchhub.execution.invocation import failed
from benchhub.execution.observer import Observer
from benchhub.execution.station import Job, Measured, Station, StationLostError
from benchhub.records import (
    SIDES,
    Case,
    Configuration,
    DeviceFacts,
    DeviceRecord,
    Failure,
    Invocation,
    Measure,
    ModelVariant,
    Plan,
    PlannedInvocation,
    Purpose,
    Reading,
    Refusal,
    RunEnd,
    RunState,
    Status,
)
from benchhub.results.codec import FORMAT
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

MEASURE = Measure(2, 0, 3, 0.0, 1.0, 0, 0.0, 0.0, 0.0, 60.0)
VARIANT = ModelVariant("m", "float32", "suites/m.tflite", "0" * 64, 1)
CASE = Case(VARIANT, Configuration("none", "none", 1))
GOOD = Status.OK
Answer = str | BenchhubError


def plan_of(*cases: Case, rounds: int = 2) -> Plan:
    """Each case once a round, sides of a comparison one behind the other."""
    order = [(number, case) for number in range(1, rounds + 1) for case in cases]
    steps = [
        PlannedInvocation(number, "pi4", case.id, turn, Purpose.LATENCY)
        for number, (turn, case) in enumerate(order, 1)
    ]
    return Plan(
        format=FORMAT,
        run_id="01ABCDEF",
        suite="mine",
        suite_path="suites/mine.yaml",
        suite_text="",
        created="2026-01-01T00:00:00+00:00",
        seed=1,
        benchhub_version="1",
        git_commit=None,
        devices=("pi4",),
        tools={},
        cases=cases,
        measure=MEASURE,
        reference=None,
        invocations=tuple(steps),
    )


PAIR = tuple(replace(CASE, side=side) for side in SIDES)


@dataclass
class Script:
    """Stations that do what is written of each step; without a word a step succeeds.

    Attributes:
        steps: What becomes of a step, time after time: `fails`, or what is raised.
        attaching: Likewise of each time that the device is taken.
        asked: The steps of each task.
        wanted: The cases of each time that the device was taken.
        closed: How many stations were closed.
        refused: Cases that cannot be measured there.
    """

    steps: dict[int, list[Answer]] = field(default_factory=dict)
    attaching: list[BenchhubError] = field(default_factory=list)
    asked: list[tuple[int, ...]] = field(default_factory=list)
    wanted: list[tuple[str, ...]] = field(default_factory=list)
    closed: int = 0
    refused: tuple[str, ...] = ()

    def attach(self, wanted: Collection[str]) -> Station:
        self.wanted.append(tuple(sorted(wanted)))
        if self.attaching:
            raise self.attaching.pop(0)
        return _Station(self, f"session {len(self.wanted)}")

    def cancel(self) -> None:
        raise NotImplementedError


@dataclass
class _Station:
    script: Script
    session: str

    @property
    def record(self) -> DeviceRecord:
        why = Failure("refused", "pi4: it cannot.", "", 3)
        refusals = tuple(Refusal(case_id, "pi4", why) for case_id in self.script.refused)
        return DeviceRecord("pi4", "ssh", FACTS, (), refusals)

    def measure(
        self, steps: Sequence[PlannedInvocation], profiled: Reading | None
    ) -> Iterator[Measured]:
        del profiled
        self.script.asked.append(tuple(step.number for step in steps))
        for step in steps:
            answers = self.script.steps.get(step.number)
            answer = answers.pop(0) if answers else ""
            if isinstance(answer, BenchhubError):
                raise answer
            one = failed(step, Failure(answer or "none", "pi4: it broke.", "", 3))
            if not answer:
                one = replace(one, status=GOOD, reading=Reading(), session=self.session)
            yield one, {}
            if answer:
                return

    def close(self) -> None:
        self.script.closed += 1


FACTS = DeviceFacts(
    os=None,
    kernel=None,
    arch=None,
    cpu=None,
    cores=None,
    memory_bytes=None,
    governors=(),
    min_khz=None,
    max_khz=None,
)
Run = Callable[..., tuple[RunFolder, Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(device_run, "BACK_OFF_S", (0.0,))

    def carried_out(plan: Plan, script: Script, folder: RunFolder | None = None) -> Any:
        folder = folder or RunFolder(tmp_path / plan.run_id)
        yaml = "name: pi4\ntransport: host\n"
        device = parse_device(yaml, "pi4.yaml", tmp_path)
        shelf: Any = None
        job = Job(plan, device, Workspace(tmp_path), shelf, folder, threading.Event())
        watching = create_autospec(Observer, instance=True)
        DeviceRun(job, watching, lambda _job, _voice: script).run()
        return folder, watching

    return carried_out


def found(folder: RunFolder, plan: Plan) -> list[Invocation]:
    read = [folder.read_invocation(step) for step in plan.invocations]
    return [one for one in read if one is not None]


def kinds(folder: RunFolder, plan: Plan) -> list[str]:
    """What became of each step that is on disk."""
    failures = (one.reading.failure for one in found(folder, plan))
    return [failure.kind if failure else "" for failure in failures]


def test_a_station_that_is_lost_is_no_fault_of_a_case(run: Run) -> None:
    plan = plan_of(CASE)
    losses: list[Answer] = [StationLostError("pi4: its host is lost.")] * (LOSSES_A_STEP + 2)
    script = Script({1: losses})
    folder, watching = run(plan, script)
    assert kinds(folder, plan) == ["", ""]
    assert script.asked == [(1,)] * (LOSSES_A_STEP + 3) + [(2,)]
    assert script.closed == len(script.wanted) == LOSSES_A_STEP + 3
    watching.device_finished.assert_called_once()


def test_a_case_that_loses_the_device_again_and_again_is_left_out(run: Run) -> None:
    other = replace(CASE, configuration=Configuration("none", "none", 2))
    plan = plan_of(CASE, other)
    lost = [ConnectionLostError("pi4: it does not answer.")]
    script = Script({1: lost * LOSSES_A_STEP})
    folder, _ = run(plan, script)
    assert kinds(folder, plan) == ["lost", "", ""]  # and it is not tried in the second round
    failure = found(folder, plan)[0].reading.failure
    assert failure is not None
    assert failure.message == "pi4: it does not answer. It happened 2 times with this case."
    assert script.asked == [(1,)] * LOSSES_A_STEP + [(2,), (4,)]


def test_a_station_that_is_lost_while_it_is_taken_is_waited_for(run: Run) -> None:
    plan = plan_of(CASE)
    script = Script(attaching=[StationLostError("pi4: no host of the lab has it now.")] * 3)
    folder, watching = run(plan, script)
    assert kinds(folder, plan) == ["", ""]
    assert len(script.wanted) == 4
    told = [call.args for call in watching.trouble.call_args_list]
    assert told[-1] == ("pi4", "pi4: is back; going on.")


def test_a_device_that_cannot_be_reached_at_first_is_not_waited_for(run: Run) -> None:
    script = Script(attaching=[ConnectionLostError("pi4: no route.")])
    with pytest.raises(ConnectionLostError, match="no route"):
        run(plan_of(CASE), script)
    assert len(script.wanted) == 1
    with pytest.raises(DeviceError, match="in use"):
        run(plan_of(CASE), Script(attaching=[DeviceError("pi4: in use.")]))


def test_both_sides_of_a_round_are_one_task(run: Run) -> None:
    plan = plan_of(*PAIR)
    script = Script()
    folder, _ = run(plan, script)
    assert kinds(folder, plan) == [""] * 4
    assert script.asked == [(1, 2), (3, 4)]


def test_cases_that_are_no_pair_are_tasks_of_their_own(run: Run) -> None:
    other = replace(CASE, configuration=Configuration("none", "none", 2))
    script = Script()
    run(plan_of(CASE, other), script)
    assert script.asked == [(1,), (2,), (3,), (4,)]
    sides = tuple(replace(other, side=side) for side in SIDES)
    script = Script()
    run(replace(plan_of(PAIR[0], sides[1], PAIR[1], sides[0]), run_id="01ABCDEG"), script)
    assert script.asked == [(number,) for number in range(1, 9)]


def test_the_sides_of_two_rounds_are_no_pair(run: Run) -> None:
    plan = plan_of(*PAIR)
    folder, _ = run(replace(plan, invocations=plan.invocations[:1]), Script())
    script = Script()
    run(plan, script, folder)  # resumed: the second one of round 1 is left
    assert script.asked == [(2,), (3, 4)]


def test_behind_a_side_that_failed_the_other_one_is_asked_for_alone(run: Run) -> None:
    plan = plan_of(*PAIR)
    script = Script({1: ["tool"]})
    folder, _ = run(plan, script)
    assert script.asked == [(1, 2), (2,), (3, 4)]
    assert kinds(folder, plan) == ["tool", "", "", ""]


def test_a_pair_whose_second_side_loses_the_device(run: Run) -> None:
    plan = plan_of(*PAIR)
    script = Script({2: [ConnectionLostError("pi4: it does not answer.")] * LOSSES_A_STEP})
    folder, _ = run(plan, script)
    assert script.asked == [(1, 2), (2,), (3,)]  # what was measured before it is kept
    assert kinds(folder, plan) == ["", "lost", ""]


def test_a_refused_side_takes_its_partner_with_it(run: Run) -> None:
    plan = plan_of(*PAIR)
    script = Script(refused=(PAIR[1].id,))
    folder, watching = run(plan, script)
    assert (script.asked, found(folder, plan)) == ([], [])
    watching.refused.assert_called_once()


@pytest.mark.parametrize("end", [None, RunState.INTERRUPTED])
def test_a_run_that_was_killed_behind_its_last_step_heals_the_device(
    run: Run, end: RunState | None
) -> None:
    plan = plan_of(CASE)
    folder, _ = run(plan, Script())
    if end is not None:
        folder.write_end(RunEnd(FORMAT, plan.run_id, end, plan.created, 1.0, 2, 2, {}))
    script = Script()
    run(plan, script, folder)
    assert (script.wanted, script.closed, script.asked) == ([()], 1, [])
    busy = Script(attaching=[DeviceError("pi4: in use by bob.")])
    _, watching = run(plan, busy, folder)
    said = "pi4: in use by bob. What is left there is put right at the next contact."
    watching.trouble.assert_called_once_with("pi4", said)


def test_a_run_that_ended_leaves_the_device_alone(run: Run) -> None:
    plan = plan_of(CASE)
    folder, _ = run(plan, Script())
    state = RunState.FINISHED
    folder.write_end(RunEnd(FORMAT, plan.run_id, state, plan.created, 1.0, 2, 2, {}))
    script = Script()
    run(plan, script, folder)
    assert script.wanted == []
