"""Pasts of INVENTED EXAMPLE NUMBERS: nothing here was measured."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchhub.records import Case, DeviceRecord, Plan, Purpose, Status
from benchhub.results.past import Past, PastProcess, PastRun

from ..reports.invented import make_case, make_plan, make_record

CANARY = make_case("float32", "none", 1)
FAST = make_case("int8", "xnnpack", 1)
OTHER = make_case("int8", "xnnpack", 2)
CASES = (CANARY, FAST, OTHER)
TIMES_US = {CANARY.id: 520.0, FAST.id: 160.0, OTHER.id: 90.0}
START = datetime.fromisoformat("2026-10-01T03:00:00+00:00")


@dataclass(frozen=True)
class Night:
    """What a test changes in one night.

    Attributes:
        scale: By what the time of a case is multiplied.
        status: Of the processes of a case.
        plan: Changes the plan.
        device: Changes a device.
        values: The times of all processes of a case, in place of invented ones.
        statistic: What each process tells.
    """

    scale: Callable[[str], float] = lambda _: 1.0
    status: Callable[[str], Status] = lambda _: Status.OK
    plan: Callable[[Plan], Plan] = lambda plan: plan
    device: Callable[[DeviceRecord], DeviceRecord] = lambda record: record
    values: Callable[[str], Sequence[float | None] | None] = lambda _: None
    statistic: str = "median"


def make_past(
    nights: Sequence[Night],
    *,
    cases: Sequence[Case] = CASES,
    devices: tuple[str, ...] = ("host",),
    canary: str | None = CANARY.id,
    drift: float = 0.0,
    noise: float = 0.005,
) -> Past:
    """Return the runs of some nights: a drift that all cases share, and noise of each process."""
    runs = []
    for number, night in enumerate(nights):
        dice = random.Random(number)  # noqa: S311 - an example, no secret
        shared = 1 + dice.gauss(0, drift)
        plan = replace(
            make_plan(tuple(cases), devices),
            run_id=f"01NIGH{number:02d}",
            created=(START + timedelta(number)).isoformat(),
            git_commit=f"{number:02x}" * 20,
            canary=canary,
        )
        processes = [
            one
            for device in devices
            for case in cases
            for one in _processes(night, device, case, dice, shared, noise)
        ]
        records = tuple(night.device(make_record(name)) for name in devices)
        runs.append(PastRun(night.plan(plan), records, tuple(processes)))
    return Past("example", tuple(runs))


def _processes(
    night: Night, device: str, case: Case, dice: random.Random, shared: float, noise: float
) -> list[PastProcess]:
    base = TIMES_US.get(case.id, 300.0) * night.scale(case.id) * shared
    given = night.values(case.id)
    values = given if given is not None else [base * (1 + dice.gauss(0, noise)) for _ in range(5)]
    status = night.status(case.id)
    failed = status is Status.FAILED
    return [
        PastProcess(
            device,
            case.id,
            Purpose.LATENCY,
            status,
            None if failed else night.statistic,
            None if failed else value,
        )
        for value in values
    ]
