"""Two plain runs made of INVENTED EXAMPLE NUMBERS: the sides of a comparison, measured apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchhub.records import Case, DeviceFacts, Invocation, Purpose, Run, Side

from .comparisons import Duel, comparison_run, medians

RUN_IDS = ("01BEFORE", "01AFTER0")


def two_runs(*duels: Duel, devices: tuple[str, ...] = ("host",)) -> tuple[Run, Run]:
    """Return the baselines and the candidates of these cases as runs of their own."""
    both = comparison_run(*duels, devices=devices)
    return _alone(both, Side.BASELINE, RUN_IDS[0]), _alone(both, Side.CANDIDATE, RUN_IDS[1])


def quiet(n: int, seed: int, middle_us: float = 300.0) -> list[float]:
    """Draw medians of processes that scatter by half a per cent."""
    return medians(n, 0.005, seed, middle_us)


def with_facts(run: Run, **fields: object) -> Run:
    """Return the run with other facts of its devices."""
    devices = tuple(
        replace(one, facts=replace(one.facts, **fields))  # type: ignore[arg-type]
        for one in run.devices
    )
    return replace(run, devices=devices)


def without_facts(run: Run) -> Run:
    """Return the run as one that was imported: nothing is known of device, program or protocol."""
    nothing = DeviceFacts(None, None, None, None, None, None)
    devices = tuple(
        replace(
            one,
            transport="import",
            facts=nothing,
            tools=tuple(replace(tool, sha256="", version="") for tool in one.tools),
        )
        for one in run.devices
    )
    return replace(run, devices=devices, plan=replace(run.plan, imported=("logs/1.txt",)))


def with_cases(run: Run, change: Callable[[Case], Case]) -> Run:
    """Return the run with its cases changed; their ids stay."""
    return replace(run, plan=replace(run.plan, cases=tuple(map(change, run.plan.cases))))


def with_processes(run: Run, change: Callable[[Invocation], Invocation]) -> Run:
    """Return the run with its latency processes changed."""
    return replace(
        run,
        invocations=tuple(
            change(one) if one.purpose is Purpose.LATENCY else one for one in run.invocations
        ),
    )


def _alone(both: Run, side: Side, run_id: str) -> Run:
    mark = f"~{side}"
    plan = replace(
        both.plan,
        run_id=run_id,
        sides={},
        gate=None,
        cases=tuple(replace(case, side=None) for case in both.plan.cases if case.side is side),
        invocations=tuple(
            replace(step, case_id=step.case_id.removesuffix(mark))
            for step in both.plan.invocations
            if step.case_id.endswith(mark)
        ),
    )
    invocations = tuple(
        replace(one, case_id=one.case_id.removesuffix(mark))
        for one in both.invocations
        if one.case_id.endswith(mark)
    )
    assert both.end is not None
    end = replace(both.end, run_id=run_id, done=len(invocations), planned=len(plan.invocations))
    return replace(both, plan=plan, invocations=invocations, end=end)
