from __future__ import annotations

from dataclasses import replace

from benchhub.pytest_plugin.bench import narrowed
from tests.unit.comparisons import comparison_run, slower, unchanged
from tests.unit.reports.invented import invented_run


def test_all_cases_are_the_whole_plan() -> None:
    plan = invented_run().plan
    keys = [(device, case.id) for device in plan.devices for case in plan.cases]
    assert narrowed(plan, keys) == plan


def test_a_case_on_one_device() -> None:
    plan = invented_run().plan
    case = plan.cases[0]
    kept = narrowed(plan, [("host", case.id)])
    assert kept.cases == (case,)
    assert kept.devices == ("host",)
    assert kept.invocations
    assert {(step.device, step.case_id) for step in kept.invocations} == {("host", case.id)}


def test_both_sides_of_a_comparison_stay_together() -> None:
    plan = comparison_run(unchanged(), slower("float32"), devices=("a", "b")).plan
    kept = narrowed(plan, [("a", "digits/int8/xnnpack/t1"), ("b", "digits/float32/xnnpack/t1")])
    assert kept.cases == plan.cases
    wanted = {("a", "int8"), ("b", "float32")}
    assert {(step.device, step.case_id.split("/")[1]) for step in kept.invocations} == wanted
    sides = {step.case_id.rpartition("~")[2] for step in kept.invocations}
    assert sides == {"baseline", "candidate"}


def test_a_canary_that_is_not_measured_is_none() -> None:
    plan = invented_run().plan
    canary = plan.cases[1].id
    with_canary = replace(plan, canary=canary)
    assert narrowed(with_canary, [("host", plan.cases[0].id)]).canary is None
    assert narrowed(with_canary, [("host", canary)]).canary == canary
