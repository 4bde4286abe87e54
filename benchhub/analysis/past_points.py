"""What each past run says of a case, and whether it can stand in a series with the others."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchhub.records import DEFAULT_TOOL, Case, Purpose, Status
from benchhub.results.past import PastProcess, PastRun
from benchhub.results.peaks import cpu_of

Key = tuple[str, str]

NO_CANARY = "the canary has no figure"
# Whose latency is that of something else.
_NOT_ITS_OWN = {
    Status.FALLBACK: "another delegate ran (FALLBACK)",
    Status.WRONG: "the outputs were wrong (WRONG)",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One case in one run.

    Attributes:
        run_id: The run.
        created: When it began: local time with offset, ISO 8601.
        commit: Commit of the workspace, `+` appended if it had changes; None if not known.
        value_us: Median over its processes of their statistic; None without a figure.
        processes: How many that rests on.
        canary_us: The same of the canary in that run; None where nothing is divided, or without
            a figure.
        figure: What is judged: `value_us`, divided by `canary_us` where there is a canary; None
            if the point does not count.
        problem: Why it does not count; empty if it does.
    """

    run_id: str
    created: str
    commit: str | None
    value_us: float | None
    processes: int
    canary_us: float | None = None
    figure: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the processes of one case on one device told in a run.

    Attributes:
        value_us: Median of their statistics; None without any.
        processes: How many that rests on.
        statistic: `median` or `mean`: what each process contributed; empty without any.
        dropped: Processes whose time is no number above 0.
        problem: Why it does not count; empty if it does.
    """

    value_us: float | None
    processes: int
    statistic: str
    dropped: int
    problem: str


def measured(run: PastRun) -> Mapping[Key, Measured]:
    """Return what a run told of each device and case id that it timed."""
    groups: dict[Key, list[PastProcess]] = defaultdict(list)
    for one in run.processes:
        groups[one.device, one.case_id].append(one)
    timed = {
        key: processes
        for key, processes in groups.items()
        if any(one.purpose is Purpose.LATENCY for one in processes)
    }
    return {key: _measured(processes) for key, processes in timed.items()}


def _measured(processes: Sequence[PastProcess]) -> Measured:
    valid = [
        one
        for one in processes
        if one.purpose is Purpose.LATENCY and one.status is not Status.INVALID
    ]
    told = [one for one in valid if one.statistic is not None]
    values = [one.value_us for one in told if one.value_us is not None and _is_time(one.value_us)]
    problem = next(
        (text for status, text in _NOT_ITS_OWN.items() if any(status is p.status for p in valid)),
        "",
    )
    # What else the case did in that run, such as comparing its outputs, tells of its latency too.
    if not problem:
        others = {one.status for one in processes if one.purpose is not Purpose.LATENCY}
        problem = next((text for status, text in _NOT_ITS_OWN.items() if status in others), "")
    if not values:
        problem = _why_none(processes, valid, told)
    return Measured(
        value_us=statistics.median(values) if values else None,
        processes=len(values),
        statistic=str(told[0].statistic) if told else "",
        dropped=len(told) - len(values),
        problem=problem,
    )


def _is_time(value_us: float) -> bool:
    return math.isfinite(value_us) and value_us > 0


def _why_none(
    processes: Sequence[PastProcess], valid: Sequence[PastProcess], told: Sequence[PastProcess]
) -> str:
    if told:
        return "no process told a time above 0"
    if not valid and any(one.status is Status.INVALID for one in processes):
        return "the device was not in the state that was asked for (INVALID)"
    return "no process gave a figure (FAILED)"


def canary_of(case: Case, canary: str | None) -> str | None:
    """Return the id of the case that divides another one: measured by the same tool.

    Args:
        case: The other one.
        canary: As the suite names it; with `@tool` it is that one for all.
    """
    if canary is None or "@" in canary or case.tool == DEFAULT_TOOL:
        return canary
    return f"{canary}@{case.tool}"


def points_of(
    key: Key,
    canary: str | None,
    runs: Sequence[PastRun],
    told: Sequence[Mapping[Key, Measured]],
) -> tuple[Point, ...]:
    """Return the points of a series, oldest first: one for each run that timed the case.

    Args:
        key: Device and case id.
        canary: Id of the case that divides it; None divides by nothing.
        runs: The runs.
        told: What each of them told.
    """
    device, case_id = key
    mine = [(run, found[key], found) for run, found in zip(runs, told, strict=True) if key in found]
    newest = next((one for _, one, _ in reversed(mine) if not one.problem), None)
    cpus = [_cpu(run, device) for run, _, _ in mine]
    cpu = next((name for name in reversed(cpus) if name), None)
    points = []
    for (run, one, found), its_cpu in zip(mine, cpus, strict=True):
        problem = one.problem
        if not problem and newest and one.statistic != newest.statistic:
            problem = f"it tells {one.statistic}s, the newest run {newest.statistic}s"
        if not problem and its_cpu and its_cpu != cpu:
            problem = f"measured on another CPU ({its_cpu})"
        point = Point(
            run_id=run.plan.run_id,
            created=run.plan.created,
            commit=run.plan.git_commit,
            value_us=one.value_us,
            processes=one.processes,
            problem=problem,
        )
        divisor = found.get((device, canary)) if canary else None
        points.append(_divided(point, divisor, divided=canary not in (None, case_id)))
    return tuple(points)


def _divided(point: Point, canary: Measured | None, *, divided: bool) -> Point:
    if not divided:
        return replace(point, figure=None if point.problem else point.value_us)
    usable = canary.value_us if canary and not canary.problem else None
    if point.problem or point.value_us is None:
        return replace(point, canary_us=usable)
    if usable is None:
        return replace(point, problem=NO_CANARY)
    return replace(point, canary_us=usable, figure=point.value_us / usable)


def _cpu(run: PastRun, device: str) -> str | None:
    """Return CPU and cores of a device; None if it was not asked or does not tell."""
    facts = next((one.facts for one in run.devices if one.name == device), None)
    return cpu_of(facts) if facts and (facts.cpu or facts.soc) else None
