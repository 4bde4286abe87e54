"""What a run found, case by case: the values that the terminal and the report show."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchhub.analysis.demands import BUDGET, unmet
from benchhub.analysis.operators import OpTable, op_table
from benchhub.analysis.statistics import Estimate, estimate
from benchhub.records import (
    Agreement,
    Case,
    DeviceRecord,
    Failure,
    Finding,
    Invocation,
    Placement,
    Purpose,
    Run,
    RunState,
    Status,
)
from benchhub.records.trust import ACCELERATORS, UNPROVEN, settled

# Statuses of a case whose number stands, as that of its configuration.
TRUSTED = (Status.OK, Status.PARTIAL)
# Statuses of a case whose number is not that of a delegate that works.
NOT_ITS_OWN = (Status.FALLBACK, Status.WRONG)

_Taken = Mapping[tuple[str, Purpose], Sequence[Invocation]]


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case on one device.

    Attributes:
        case: The case.
        status: How far its latency can be trusted: FAILED only if no process gave a number,
            FALLBACK, PARTIAL and WRONG also if another process than those of the latency told it.
        profile_status: How far its operator times can be trusted; OK without a profile.
        planned: Latency processes that the plan wants.
        latency: Estimate over the latency invocations whose number counts: an INVALID one never
            does, and one that fell back is not mixed with one that did not; None if there is
            none.
        statistic: `median` or `mean`: what each process contributed.
        speedup: Reference time divided by this time; None without both, and where the number is
            not that of a delegate that works.
        is_reference: Speed-ups of its model and tool refer to it.
        init_us: Median over the processes that count of the time until ready.
        first_inference_us: Median over processes of the first inference.
        overall_bytes: Median over processes of the growth of resident memory.
        placement: What ran where: of a process that ran elsewhere than asked, else of the one
            that knows most.
        operators: Times per operator; None without a profile.
        agreement: Outputs against those of the host's CPU: the worst; None if not compared.
        findings: Each diagnosed fact once, and each budget that is not met.
        failures: Each reason why invocations have no number, once.
        latency_invocations: In the order of the rounds, also failed ones.
        profile_invocations: Likewise.
        other_invocations: Those that verify outputs or trace.
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
    agreement: Agreement | None
    operators: OpTable | None
    findings: tuple[Finding, ...]
    failures: tuple[Failure, ...]
    latency_invocations: tuple[Invocation, ...]
    profile_invocations: tuple[Invocation, ...]
    other_invocations: tuple[Invocation, ...] = ()

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """All of them: latency first, then profile, then the others."""
        return self.latency_invocations + self.profile_invocations + self.other_invocations

    @property
    def counted(self) -> tuple[Invocation, ...]:
        """Latency invocations that are not INVALID; of the others no figure is used."""
        return _counted(self.latency_invocations)

    @property
    def invalid(self) -> int:
        """How many latency invocations do not count, because of the state of the device."""
        return sum(one.status is Status.INVALID for one in self.latency_invocations)

    @property
    def stands(self) -> bool:
        """Whether it has a number that is the configuration's own; PARTIAL is, and is marked."""
        return self.status in TRUSTED and self.latency is not None

    @property
    def fell_back(self) -> bool:
        """Whether a delegate ran that was not asked for, or none."""
        return any(_fell_back(one) for one in self.invocations)

    @property
    def unproven(self) -> bool:
        """Whether nothing tells that the accelerator ran."""
        asked = self.case.configuration.delegate in ACCELERATORS
        told = self.placement is not None and self.placement.applied is not None
        return asked and not told and self.latency is not None

    @property
    def is_its_own(self) -> bool:
        """Whether its number is that of the delegate that was asked for, and of one that works."""
        return not (self.fell_back or self.unproven or self.status in NOT_ITS_OWN)

    @property
    def unmet(self) -> tuple[Finding, ...]:
        """Budgets of the suite that it does not meet."""
        return tuple(one for one in self.findings if one.id.startswith(BUDGET))

    @property
    def as_demanded(self) -> bool:
        """Whether it was measured as the suite demands, as far as it was measured."""
        elsewhere = self.fell_back or self.unproven
        allowed = self.case.configuration.budgets.allow_fallback
        return not (self.status is Status.WRONG or self.unmet or (elsewhere and not allowed))


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

        A case that did not run on the delegate asked for, or whose outputs are wrong, is never
        called the fastest.
        """
        rank = {**dict.fromkeys(TRUSTED, 0), Status.INVALID: 2, Status.FAILED: 2}

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
    if run.plan.gate and run.state is RunState.FINISHED:
        left = []  # what was decided before is not measured on
    return DeviceSummary(
        name=name,
        record=record,
        cases=_device_cases(run, name),
        lost=run.end.lost.get(name) if run.end else None,
        done=len(done),
        left=len(left),
    )


def _device_cases(run: Run, device: str) -> tuple[CaseSummary, ...]:
    mine = [case for case in run.plan.cases if run.plan.measures(device, case)]
    taken = _taken(run, device)
    cases = [_case_summary(run, device, case, taken) for case in mine]
    references: dict[tuple[str, str], CaseSummary] = {}
    for one in cases:
        wanted = run.plan.reference in (None, one.case.way)
        # What fell back is not what the reference is called.
        if wanted and one.latency and one.is_its_own:
            references.setdefault(_group(one.case), one)
    return tuple(_compared(one, references.get(_group(one.case))) for one in cases)


def _group(case: Case) -> tuple[str, str]:
    return case.variant.model, case.tool


def _compared(one: CaseSummary, reference: CaseSummary | None) -> CaseSummary:
    speedup = None
    if one.is_its_own and one.latency and reference and reference.latency:
        speedup = reference.latency.value_us / one.latency.value_us
    return replace(one, speedup=speedup, is_reference=one is reference)


def _case_summary(run: Run, device: str, case: Case, taken: _Taken) -> CaseSummary:
    """Return a case before it is compared with the reference of its group."""
    latency, profiles, verified, traced = (
        tuple(sorted(taken.get((case.id, purpose), ()), key=lambda one: one.round))
        for purpose in (Purpose.LATENCY, Purpose.PROFILE, Purpose.VERIFY, Purpose.TRACE)
    )
    others = verified + traced
    everything = latency + profiles + others
    time, placement = _latency(latency), _placement(everything)
    statistic = next((one.reading.latency.statistic for one in latency if one.reading.latency), "")
    findings = _once(finding for one in everything for finding in one.reading.findings)
    if placement and placement.applied is not None:
        findings = tuple(one for one in findings if one.id not in UNPROVEN)
    if time:
        fell_back = any(_fell_back(one) for one in everything)
        findings += unmet(case.configuration, placement, findings, fell_back=fell_back)
    counted = _counted(latency)
    return CaseSummary(
        case=case,
        status=_status(latency, profiles + others),
        profile_status=_worst({one.status for one in profiles}),
        planned=run.plan.measure.rounds,
        latency=time,
        statistic=statistic or "median",
        speedup=None,
        is_reference=False,
        init_us=_median(counted, lambda one: one.reading.init_us),
        first_inference_us=_median(counted, lambda one: one.reading.first_inference_us),
        overall_bytes=_median(
            counted,
            lambda one: one.reading.memory.overall_bytes if one.reading.memory else None,
        ),
        placement=placement,
        agreement=_agreement(everything),
        operators=op_table(profiles),
        findings=findings,
        failures=_failures(run, device, case, everything),
        latency_invocations=latency,
        profile_invocations=profiles,
        other_invocations=others,
    )


def _failures(
    run: Run, device: str, case: Case, everything: Sequence[Invocation]
) -> tuple[Failure, ...]:
    refused = [
        refusal.failure
        for refusal in run.refusals
        if refusal.case_id == case.id and refusal.device in (None, device)
    ]
    failed = [one.reading.failure for one in everything if one.reading.failure]
    if not everything and not refused and run.end and device in run.end.lost:
        failed = [run.end.lost[device]]
    return tuple(dict.fromkeys(refused + failed))


def _taken(run: Run, device: str) -> _Taken:
    """Return what was run on a device by case and purpose; a large run is gone through once."""
    found: dict[tuple[str, Purpose], list[Invocation]] = {}
    for one in run.invocations:
        if one.device == device:
            found.setdefault((one.case_id, one.purpose), []).append(one)
    return found


def _counted(latency: Sequence[Invocation]) -> tuple[Invocation, ...]:
    """Return those whose figures count together; what fell back is another thing."""
    valid = tuple(one for one in latency if one.status is not Status.INVALID)
    return tuple(one for one in valid if one.status is Status.FALLBACK) or valid


def _latency(invocations: Sequence[Invocation]) -> Estimate | None:
    counted = _counted(invocations)
    return estimate([one.reading.latency.value_us for one in counted if one.reading.latency])


def _fell_back(one: Invocation) -> bool:
    if one.status is Status.FALLBACK:
        return True
    placement = one.reading.placement
    elsewhere = placement is not None and placement.applied not in (None, placement.requested)
    return one.status is Status.WRONG and elsewhere


def _status(latency: Sequence[Invocation], others: Sequence[Invocation]) -> Status:
    measured = [one for one in latency if one.reading.latency and one.status is not Status.INVALID]
    if not measured:
        return _worst({one.status for one in latency} & {Status.INVALID} or {Status.FAILED})
    # A profile's contradiction spoils its operator times, not the latency of other processes.
    evidence = {one.status for one in others} & {Status.FALLBACK, Status.WRONG, Status.PARTIAL}
    proof = next((one for one in _placements((*latency, *others)) if _is_proof(one)), None)
    return _worst({_settled(one, proof) for one in measured} | evidence)


def _settled(one: Invocation, proof: Placement | None) -> Status:
    """Lift the doubt whether the accelerator ran, where another process of the case shows it."""
    own = one.reading.placement
    if proof is None or one.status is not Status.SUSPECT or (own and own.applied is not None):
        return one.status
    return settled(one.reading, proof)


def _is_proof(placement: Placement) -> bool:
    return placement.requested in ACCELERATORS and placement.applied == placement.requested


def _worst(seen: Collection[Status]) -> Status:
    for status in (
        Status.FAILED,
        Status.INVALID,
        Status.WRONG,
        Status.FALLBACK,
        Status.SUSPECT,
        Status.PARTIAL,
    ):
        if status in seen:
            return status
    return Status.OK


def _median(
    invocations: Iterable[Invocation], value: Callable[[Invocation], float | None]
) -> float | None:
    values = [number for one in invocations if (number := value(one)) is not None]
    return statistics.median(values) if values else None


def _placements(invocations: Sequence[Invocation]) -> list[Placement]:
    return [one.reading.placement for one in invocations if one.reading.placement]


def _agreement(invocations: Sequence[Invocation]) -> Agreement | None:
    found = [one.reading.agreement for one in invocations if one.reading.agreement]
    return max(found, key=lambda one: (one.outside, one.max_abs or 0.0), default=None)


def _placement(invocations: Sequence[Invocation]) -> Placement | None:
    def telling(placement: Placement) -> tuple[bool, int, int, int]:
        elsewhere = placement.applied not in (None, placement.requested)
        fields = (placement.applied, placement.nodes_delegated, placement.nodes_total)
        known = sum(field is not None for field in (*fields, placement.partitions))
        return elsewhere, known, len(placement.pieces), len(placement.unsupported)

    return max(_placements(invocations), key=telling, default=None)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.id, finding)
    return tuple(first.values())
