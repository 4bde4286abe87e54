"""Two sides become one plan, and what they have not in common is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from benchhub.errors import NoCasesError
from benchhub.execution.pairing import Half, most_pairs, pair_up, partners, sides_of
from benchhub.records import Case, Failure, GateSpec, Plan, Purpose, Refusal, Side, SideSpec

from ..reports.invented import CASES, make_plan

GATE = GateSpec()
PLAN = make_plan(CASES, ("host", "pi4"))


def half(text: str, plan: Plan, **tools: dict[str, str]) -> Half:
    return Half(SideSpec(text, "s.yaml", "name: s", None, tools), plan)


def other_files(plan: Plan, *ids: str) -> Plan:
    """The same cases with other files, all of them or some."""

    def changed(case: Case) -> Case:
        if ids and case.id not in ids:
            return case
        return replace(case, variant=replace(case.variant, sha256="f" * 64))

    return replace(plan, cases=tuple(changed(case) for case in plan.cases))


def compared(before: Plan, after: Plan, **how: bool) -> tuple[Plan, tuple[str, ...]]:
    return pair_up(half("old", before), half("new", after), GATE, **how)


def test_both_sides_of_a_case_are_measured_one_right_after_the_other() -> None:
    plan, told = compared(PLAN, other_files(PLAN))
    assert told == ()
    assert {case.side for case in plan.cases} == set(Side)
    other = partners(plan)
    for device in plan.devices:
        steps = [step for step in plan.invocations if step.device == device]
        assert [step.number for step in steps] == list(range(1, len(steps) + 1))
        for one, two in zip(steps[::2], steps[1::2], strict=True):
            assert other[one.case_id] == two.case_id
            assert (one.round, one.purpose) == (two.round, two.purpose)
    first = Counter(step.case_id.rpartition("~")[2] for step in plan.invocations[::2])
    assert min(first["baseline"], first["candidate"]) > len(plan.invocations) / 10


def test_enough_pairs_are_planned_for_the_last_look_with_some_invalid() -> None:
    assert most_pairs(GATE) == 30
    plan, _ = compared(PLAN, other_files(PLAN))
    latency = [step for step in plan.invocations if step.purpose is Purpose.LATENCY]
    assert {step.round for step in latency} == set(range(1, 31))


def test_each_side_keeps_its_file() -> None:
    plan, _ = compared(PLAN, other_files(PLAN))
    for before, after in sides_of(plan):
        assert before.pair_id == after.pair_id
        assert before.variant.sha256 != after.variant.sha256 == "f" * 64


def test_cases_of_one_side_only_are_told() -> None:
    fewer = replace(PLAN, cases=PLAN.cases[1:])
    plan, told = compared(PLAN, other_files(fewer))
    assert plan.unmatched == told
    assert told == (f"{PLAN.cases[0].id} is in the baseline only: it is not compared.",)
    _, told = compared(fewer, other_files(PLAN))
    assert told == (f"{PLAN.cases[0].id} is in the candidate only: it is not compared.",)


def test_no_case_in_common() -> None:
    first, second = replace(PLAN, cases=PLAN.cases[:1]), replace(PLAN, cases=PLAN.cases[1:2])
    with pytest.raises(NoCasesError, match="old and new have no case in common") as caught:
        compared(first, second)
    assert caught.value.exit_code == 5


def test_what_is_the_same_is_measured_and_told() -> None:
    plan, told = compared(PLAN, PLAN)
    assert told == ("Nothing differs between old and new: this compares the device with itself.",)
    assert len(plan.cases) == 2 * len(PLAN.cases)
    _, told = compared(PLAN, other_files(PLAN, PLAN.cases[0].id))
    same = len(PLAN.cases) - 1
    assert told == (
        f"{same} of {same + 1} cases are the same on both sides; --changed leaves them out.",
    )


def test_what_is_the_same_is_left_out_on_demand() -> None:
    plan, told = compared(PLAN, other_files(PLAN, PLAN.cases[0].id), changed=True)
    assert [case.pair_id for case in plan.cases] == [PLAN.cases[0].id] * 2
    count = len(PLAN.cases) - 1
    assert told == (f"{count} cases left out: the same on both sides.",)
    with pytest.raises(NoCasesError, match="nothing differs between old and new"):
        compared(PLAN, PLAN, changed=True)


def test_another_program_or_configuration_is_a_difference() -> None:
    tool = PLAN.cases[0].tool
    before = half("old", PLAN, **{tool: {"path": "a"}})
    _, told = pair_up(before, half("new", PLAN, **{tool: {"path": "b"}}), GATE)
    assert not any("Nothing differs" in line for line in told)
    case = PLAN.cases[0]
    slower = replace(case, configuration=replace(case.configuration, affinity="little"))
    after = replace(PLAN, cases=(slower, *PLAN.cases[1:]))
    plan, _ = compared(PLAN, after, changed=True)
    assert [one.configuration.affinity for one in plan.cases] == ["", "little"]


def test_a_refusal_of_one_side_refuses_the_pair() -> None:
    refused = PLAN.cases[0].id
    failure = Failure("model", "it is no model", "", 3)
    before = replace(PLAN, refusals=(Refusal(refused, None, failure),))
    plan, _ = compared(before, other_files(PLAN))
    assert [one.case_id for one in plan.refusals] == [f"{refused}~baseline"]
    assert not any(step.case_id.startswith(f"{refused}~") for step in plan.invocations)
