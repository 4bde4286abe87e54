"""Comparisons made of INVENTED EXAMPLE NUMBERS: nothing here was measured.

`comparison_run(slower())` is a finished interleaved run of one case that regressed. Times of
`duel(before, after)` want some scatter: the gate does not believe eight pairs that are all alike.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from benchhub.records import (
    SIDES,
    Agreement,
    Case,
    Configuration,
    DeviceRecord,
    Failure,
    Finding,
    GateSpec,
    GraphFacts,
    Invocation,
    Latency,
    Memory,
    ModelVariant,
    OpTime,
    Placement,
    PlannedInvocation,
    Profile,
    Purpose,
    Reading,
    Run,
    RunEnd,
    RunState,
    Side,
    SideSpec,
    Status,
    VariantFacts,
)
from benchhub.suites.matrix import paired_order

from .reports.invented import CRASH, make_invocation, make_plan, make_record

SESSION = "1"
OPS_N = 380


@dataclass(frozen=True)
class Part:
    """One side of a case: the medians of its processes in microseconds, and what else they say.

    A time of None is a process that crashed.
    """

    times_us: Sequence[float | None]
    size_bytes: int = 26_000
    macs: int | None = 5_000
    sha256: str = ""
    applied: str | None = "xnnpack"
    nodes_delegated: int | None = 10
    partitions: int | None = 1
    rss_peak_bytes: int | None = 60_000_000
    overall_bytes: int | None = 20_000_000
    status: Status = Status.OK
    failure: Failure = CRASH
    findings: tuple[Finding, ...] = ()
    agreement: Agreement | None = None
    profiles: Sequence[Sequence[OpTime]] = ()
    sessions: Sequence[str] = ()


@dataclass(frozen=True)
class Duel:
    """A case with its two sides."""

    baseline: Part
    candidate: Part
    model: str = "digits"
    variant: str = "int8"
    delegate: str = "xnnpack"
    threads: int = 1
    tool: str = "litert"

    def part(self, side: Side) -> Part:
        return self.baseline if side is Side.BASELINE else self.candidate

    def case(self, side: Side) -> Case:
        part = self.part(side)
        path = f"{side}/{self.model}_{self.variant}.tflite"
        digest = part.sha256 or hashlib.sha256(path.encode()).hexdigest()
        return Case(
            ModelVariant(self.model, self.variant, path, digest, part.size_bytes),
            Configuration(self.delegate, self.delegate, self.threads),
            self.tool,
            side,
        )

    @property
    def rounds(self) -> int:
        return max(len(self.baseline.times_us), len(self.candidate.times_us))


def duel(
    baseline_us: Sequence[float | None],
    candidate_us: Sequence[float | None],
    variant: str = "int8",
    **both: object,
) -> Duel:
    """Return a case from the medians of each side; `both` is said of both `Part`s."""
    return Duel(
        Part(baseline_us, **both),  # type: ignore[arg-type]
        Part(candidate_us, **both),  # type: ignore[arg-type]
        variant=variant,
    )


def medians(n: int, sd: float, seed: int, middle_us: float = 300.0) -> list[float]:
    """Draw medians of processes: log-normal, with that standard deviation of the logarithm."""
    draw = random.Random(seed)  # noqa: S311 - example numbers
    return [middle_us * draw.lognormvariate(0.0, sd) for _ in range(n)]


def unchanged(variant: str = "int8", n: int = 8, sd: float = 0.005) -> Duel:
    """Return a case that passes."""
    return duel(medians(n, sd, 11), medians(n, sd, 12), variant)


def slower(variant: str = "int8", n: int = 8, sd: float = 0.005, factor: float = 1.1) -> Duel:
    """Return a case that regressed."""
    return duel(medians(n, sd, 21), medians(n, sd, 22, 300.0 * factor), variant)


def faster(variant: str = "int8", n: int = 8, sd: float = 0.005) -> Duel:
    """Return a case that improved."""
    return duel(medians(n, sd, 31), medians(n, sd, 32, 300.0 / 1.1), variant)


def noisy(variant: str = "int8", n: int = 24) -> Duel:
    """Return a case that cannot be decided."""
    return duel(medians(n, 0.2, 41), medians(n, 0.2, 42), variant)


def comparison_run(
    *duels: Duel,
    devices: Sequence[str] = ("host",),
    gate: GateSpec | None = None,
    kind: str | None = "linux",
    state: RunState = RunState.FINISHED,
) -> Run:
    """Return an interleaved run of these cases on each device; all devices give the same."""
    pairs = [(one.case(Side.BASELINE), one.case(Side.CANDIDATE)) for one in duels]
    by_id = {one.case(side).id: (one, side) for one in duels for side in SIDES}
    rounds = {
        Purpose.LATENCY: max(one.rounds for one in duels),
        Purpose.PROFILE: max(len(one.part(side).profiles) for one in duels for side in SIDES),
    }
    plan = make_plan(tuple(case for pair in pairs for case in pair), tuple(devices), 1)
    steps = paired_order(pairs, devices, rounds, 4711)
    plan = replace(
        plan,
        suite="digits",
        suite_path="suites/digits.yaml",
        measure=replace(
            plan.measure,
            rounds=rounds[Purpose.LATENCY],
            profile_rounds=rounds[Purpose.PROFILE],
        ),
        reference=None,
        invocations=steps,
        sides={side: side_spec(side) for side in SIDES},
        gate=gate or GateSpec(),
    )
    invocations = tuple(
        found for step in steps if (found := _invocation(step, *by_id[step.case_id])) is not None
    )
    end = RunEnd(
        1, plan.run_id, state, "2026-11-20T14:40:00+00:00", 9.0, len(invocations), len(steps)
    )
    records = tuple(device_record(name, kind) for name in devices)
    return Run(plan, records, invocations, end, tuple(_facts(duels)))


def device_record(name: str, kind: str | None = "linux") -> DeviceRecord:
    record = make_record(name)
    return replace(record, facts=replace(record.facts, kind=kind))


def side_spec(side: Side) -> SideSpec:
    text = {Side.BASELINE: "models of old", Side.CANDIDATE: "suites/digits.yaml"}[side]
    return SideSpec(text, "suites/digits.yaml", "name: digits\n", None)


def changed(run: Run, side: Side, rounds: Iterable[int] | None = None, **fields: object) -> Run:
    """Return the run with fields of a side's latency processes replaced, of all or some rounds."""
    wanted = None if rounds is None else set(rounds)

    def hit(one: Invocation) -> bool:
        mine = one.purpose is Purpose.LATENCY and one.case_id.endswith(f"~{side}")
        return mine and (wanted is None or one.round in wanted)

    return replace(
        run,
        invocations=tuple(
            replace(one, **fields) if hit(one) else one  # type: ignore[arg-type]
            for one in run.invocations
        ),
    )


def op_time(order: int, op: str, mean_us: float, **fields: object) -> OpTime:
    """Return one operator of a profile; `fields` are those of `OpTime`."""
    given = {
        "kernel": op,
        "name": f"block_{order}",
        "node": order,
        "subgraph": 0,
        "delegate": None,
        "min_us": None,
        "max_us": None,
        "std_us": None,
        "calls": 1.0,
        **fields,
    }
    return OpTime(order=order, op=op, mean_us=mean_us, **given)  # type: ignore[arg-type]


def _facts(duels: Sequence[Duel]) -> Iterable[VariantFacts]:
    for one in duels:
        for side in SIDES:
            variant, part = one.case(side).variant, one.part(side)
            graph = GraphFacts(part.size_bytes, part.size_bytes // 2, 1000, part.macs)
            yield VariantFacts(variant.model, variant.variant, variant.sha256, graph)


def _invocation(step: PlannedInvocation, one: Duel, side: Side) -> Invocation | None:
    part, profiled = one.part(side), step.purpose is Purpose.PROFILE
    if step.round > len(part.profiles if profiled else part.times_us):
        return None
    time = next((time for time in part.times_us if time), None)
    if not profiled:
        time = part.times_us[step.round - 1]
    if time is None:
        reading, status = Reading(failure=part.failure), Status.FAILED
    else:
        profile = _profile(part.profiles[step.round - 1]) if profiled else None
        reading, status = _reading(one, part, time, profile), part.status
    session = part.sessions[step.round - 1] if part.sessions and not profiled else SESSION
    made = make_invocation(step, one.case(side), reading, status)
    return replace(made, session=session)


def _reading(one: Duel, part: Part, time: float, profile: Profile | None) -> Reading:
    return Reading(
        latency=Latency(100, time, time, time, time, 0.0, time, time, (), "samples"),
        memory=Memory(
            9_000_000, part.overall_bytes, 50_000_000, part.rss_peak_bytes, "/proc/self/status"
        ),
        placement=Placement(
            one.delegate,
            part.applied,
            part.nodes_delegated,
            10,
            part.partitions,
            "node list after apply",
        ),
        profile=profile,
        findings=part.findings,
        agreement=part.agreement,
    )


def _profile(ops: Sequence[OpTime]) -> Profile:
    total = sum(op.mean_us for op in ops if op.subgraph == 0)
    return Profile(tuple(ops), OPS_N, total, 1.0, "litert events")
