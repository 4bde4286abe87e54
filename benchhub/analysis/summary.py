"""What a run found, case by case: the values that the terminal and the report show."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from benchhub.analysis.operators import OpTable, op_table
from benchhub.analysis.statistics import Estimate, estimate
from benchhub.records import (
    Case,
    DeviceRecord,
    Failure,
    Finding,
    Invocation,
    Placement,
    Purpose,
    Run,
    Status,
)


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case on one device.

    Attributes:
        case: The case.
        status: How far its latency can be trusted: FAILED only if no process gave a number,
            FALLBACK also if only a profile could tell what ran.
        profile_status: How far its operator times can be trusted; OK without a profile.
        planned: Latency processes that the plan wants.
        latency: Estimate over the latency invocations whose number counts: an INVALID one never
            does; None if there is none.
        statistic: `median` or `mean`: what each process contributed.
        speedup: Reference time divided by this time; None without both.
        is_reference: Speed-ups of its model and tool refer to it.
        init_us: Median over the processes that count of the time until ready.
        first_inference_us: Median over processes of the first inference.
        overall_bytes: Median over processes of the growth of resident memory.
        placement: What ran where: of a process that ran elsewhere than asked, else of the one
            that knows most.
        operators: Times per operator; None without a profile.
        findings: Each diagnosed fact once.
        failures: Each reason why invocations have no number, once.
        latency_invocations: In the order of the rounds, also failed ones.
        profile_invocations: Likewise.
    """

    case: Case
    status: Status
    profile_status: Status
    planned: int
    latency: Estimate | None
    statistic: str
    speedup: float | None
    is_reference: bool
    init_us: float | None
    first_inference_us: float | None
    overall_bytes: float | None
    placement: Placement | None
    operators: OpTable | None
    findings: tuple[Finding, ...]
    failures: tuple[Failure, ...]
    latency_invocations: tuple[Invocation, ...]
    profile_invocations: tuple[Invocation, ...]

    @property
    def counted(self) -> tuple[Invocation, ...]:
        """Latency invocations that are not INVALID; of the others no figure is used."""
        return tuple(one for one in self.latency_invocations if one.status is not Status.INVALID)

    @property
    def invalid(self) -> int:
        """How many latency invocations do not count, because of the state of the device."""
        return len(self.latency_invocations) - len(self.counted)


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """One device.

    Attributes:
        name: Its name.
        record: What it was when the work began; None if it was not reached.
        cases: In the order of the plan, only those that are for this device.
        lost: Why its remaining steps were not run; None if it was not lost.
        done: Invocations on disk.
        left: Steps of the plan that have no invocation, though nothing refused their case.
    """

    name: str
    record: DeviceRecord | None
    cases: tuple[CaseSummary, ...]
    lost: Failure | None
    done: int
    left: int

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools that measure there."""
        return tuple(dict.fromkeys(one.case.tool for one in self.cases))

    def fastest_first(self) -> list[CaseSummary]:
        """Return the cases with trusted numbers by time, then the untrusted, then the failed.

        A case that did not run on the delegate asked for is never called the fastest.
        """
        rank = {Status.OK: 0, Status.INVALID: 2, Status.FAILED: 2}

        def key(case: CaseSummary) -> tuple[int, float]:
            time = case.latency.value_us if case.latency else float("inf")
            return rank.get(case.status, 1), time

        return sorted(self.cases, key=key)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run and what it found, per device in the order of the command line."""

    run: Run
    devices: tuple[DeviceSummary, ...]


def summarise(run: Run) -> RunSummary:
    """Summarise a run, also one that did not end."""
    records = {record.name: record for record in run.devices}
    return RunSummary(
        run,
        tuple(_device(run, name, records.get(name)) for name in run.plan.devices),
    )


def _device(run: Run, name: str, record: DeviceRecord | None) -> DeviceSummary:
    done = {one.number for one in run.invocations if one.device == name}
    refused = {one.case_id for one in run.refusals if one.device in (None, name)}
    left = [
        step
        for step in run.plan.invocations
        if step.device == name and step.number not in done and step.case_id not in refused
    ]
    return DeviceSummary(
        name=name,
        record=record,
        cases=_device_cases(run, name),
        lost=run.end.lost.get(name) if run.end else None,
        done=len(done),
        left=len(left),
    )


def _device_cases(run: Run, device: str) -> tuple[CaseSummary, ...]:
    references: dict[tuple[str, str], tuple[str, Estimate]] = {}
    mine = [case for case in run.plan.cases if run.plan.measures(device, case)]
    for case in mine:
        group = (case.variant.model, case.tool)
        time = _latency(_of(run, device, case, Purpose.LATENCY))
        wanted = run.plan.reference in (None, case.way)
        if wanted and time and group not in references:
            references[group] = (case.id, time)
    return tuple(
        _case_summary(run, device, case, references.get((case.variant.model, case.tool)))
        for case in mine
    )


def _case_summary(
    run: Run, device: str, case: Case, reference: tuple[str, Estimate] | None
) -> CaseSummary:
    latency = _of(run, device, case, Purpose.LATENCY)
    profiles = _of(run, device, case, Purpose.PROFILE)
    everything = latency + profiles
    counted = [one for one in latency if one.status is not Status.INVALID]
    time = _latency(latency)
    refused = [
        refusal.failure
        for refusal in run.refusals
        if refusal.case_id == case.id and refusal.device in (None, device)
    ]
    failed = [one.reading.failure for one in everything if one.reading.failure]
    if not everything and not refused and run.end and device in run.end.lost:
        failed = [run.end.lost[device]]
    statistic = next((one.reading.latency.statistic for one in latency if one.reading.latency), "")
    return CaseSummary(
        case=case,
        status=_status(latency, profiles),
        profile_status=_worst({one.status for one in profiles}),
        planned=run.plan.measure.rounds,
        latency=time,
        statistic=statistic or "median",
        speedup=reference[1].value_us / time.value_us if time and reference else None,
        is_reference=bool(reference and reference[0] == case.id),
        init_us=_median(counted, lambda one: one.reading.init_us),
        first_inference_us=_median(counted, lambda one: one.reading.first_inference_us),
        overall_bytes=_median(
            counted,
            lambda one: one.reading.memory.overall_bytes if one.reading.memory else None,
        ),
        placement=_placement(everything),
        operators=op_table(profiles),
        findings=_once(finding for one in everything for finding in one.reading.findings),
        failures=tuple(dict.fromkeys(refused + failed)),
        latency_invocations=latency,
        profile_invocations=profiles,
    )


def _of(run: Run, device: str, case: Case, purpose: Purpose) -> tuple[Invocation, ...]:
    found = [
        one
        for one in run.invocations
        if one.device == device and one.case_id == case.id and one.purpose is purpose
    ]
    return tuple(sorted(found, key=lambda one: one.round))


def _latency(invocations: Sequence[Invocation]) -> Estimate | None:
    return estimate(
        [
            one.reading.latency.value_us
            for one in invocations
            if one.reading.latency and one.status is not Status.INVALID
        ]
    )


def _status(latency: Sequence[Invocation], profiles: Sequence[Invocation]) -> Status:
    measured = [one for one in latency if one.reading.latency and one.status is not Status.INVALID]
    if not measured:
        return _worst({one.status for one in latency} & {Status.INVALID} or {Status.FAILED})
    # A profile's contradiction spoils its operator times, not the latency of other processes.
    evidence = {one.status for one in profiles} & {Status.FALLBACK}
    return _worst({one.status for one in measured} | evidence)


def _worst(seen: Collection[Status]) -> Status:
    for status in (Status.FAILED, Status.INVALID, Status.FALLBACK, Status.SUSPECT):
        if status in seen:
            return status
    return Status.OK


def _median(
    invocations: Iterable[Invocation], value: Callable[[Invocation], float | None]
) -> float | None:
    values = [number for one in invocations if (number := value(one)) is not None]
    return statistics.median(values) if values else None


def _placement(invocations: Sequence[Invocation]) -> Placement | None:
    placements = [one.reading.placement for one in invocations if one.reading.placement]

    def telling(placement: Placement) -> tuple[bool, int]:
        elsewhere = placement.applied not in (None, placement.requested)
        fields = (placement.applied, placement.nodes_delegated, placement.nodes_total)
        return elsewhere, sum(field is not None for field in (*fields, placement.partitions))

    return max(placements, key=telling, default=None)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.id, finding)
    return tuple(first.values())
