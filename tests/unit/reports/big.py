"""A run as big as reports are meant for, of INVENTED EXAMPLE NUMBERS: nothing here was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchhub.records import (
    Case,
    Invocation,
    Plan,
    PlannedInvocation,
    Purpose,
    Run,
    RunEnd,
    RunState,
    Status,
)

from .invented import make_case, make_invocation, make_plan, make_reading, make_record

DEVICES = ("host", "pi4", "pixel4", "pixel8")
MODELS = ("mobilenet_v2", "efficientnet_b0", "resnet_50", "yamnet", "keyword_spotting")
WAYS = (("xnnpack", 1), ("xnnpack", 2), ("xnnpack", 4), ("none", 1), ("none", 4))
# Of fifty processes of a case on a device.
ROUNDS, PROFILE_ROUNDS = 45, 5


def big_cases() -> tuple[Case, ...]:
    """Return fifty cases, which four devices make two hundred of."""
    return tuple(
        make_case(variant, delegate, threads, model=model)
        for model in MODELS
        for variant in ("float32", "int8")
        for delegate, threads in WAYS
    )


def big_plan(rounds: int = ROUNDS, profile_rounds: int = PROFILE_ROUNDS) -> Plan:
    """Return the plan of 10,000 invocations, or of as many as rounds are asked for."""
    cases = big_cases()
    plan = make_plan(cases, DEVICES, rounds)
    steps = [
        (device, case.id, number, purpose)
        for device in DEVICES
        for purpose, count in ((Purpose.LATENCY, rounds), (Purpose.PROFILE, profile_rounds))
        for number in range(1, count + 1)
        for case in cases
    ]
    return replace(
        plan,
        suite="big",
        measure=replace(plan.measure, profile_rounds=profile_rounds),
        invocations=tuple(
            PlannedInvocation(number, device, case_id, round_, purpose)
            for number, (device, case_id, round_, purpose) in enumerate(steps, 1)
        ),
    )


def big_invocations(plan: Plan) -> Iterator[Invocation]:
    """Yield each invocation of a plan; 400 inferences each, 66 operators in a profile."""
    cases = {case.id: case for case in plan.cases}
    for step in plan.invocations:
        case = cases[step.case_id]
        reading = make_reading(case, step, Status.OK)
        one = make_invocation(step, case, reading, Status.OK)
        minute, second = divmod(step.number // 4, 60)
        started = f"2026-11-20T{minute // 60 % 24:02d}:{minute % 60:02d}:{second:02d}+00:00"
        yield replace(one, started=started)


def big_end(plan: Plan) -> RunEnd:
    """Return that all of a plan was done."""
    done = len(plan.invocations)
    return RunEnd(1, plan.run_id, RunState.FINISHED, plan.created, 9100.0, done, done)


def big_run(rounds: int = ROUNDS, profile_rounds: int = PROFILE_ROUNDS) -> Run:
    """Return five networks, two variants and five ways to run them on four devices."""
    plan = big_plan(rounds, profile_rounds)
    records = tuple(make_record(name) for name in DEVICES)
    return Run(plan, records, tuple(big_invocations(plan)), big_end(plan))
