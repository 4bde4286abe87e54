"""Runs to choose from, made of INVENTED EXAMPLE NUMBERS: nothing here was measured."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchhub.records import (
    TOP1,
    Accuracy,
    AccuracySpec,
    Case,
    Configuration,
    DataSpec,
    Difference,
    Failure,
    GraphFacts,
    Latency,
    Limits,
    ModelVariant,
    Placement,
    PlannedInvocation,
    Purpose,
    Reading,
    Run,
    RunEnd,
    RunState,
    Status,
    VariantFacts,
)

from ..reports.invented import make_invocation, make_plan, make_record

EXAMPLES = 360


@dataclass(frozen=True)
class Offer:
    """A variant in one configuration, with the medians of its processes in microseconds."""

    variant: str
    times_us: Sequence[float]
    size: int
    top1: float | None = None
    delegate: str = "xnnpack"
    threads: int = 1
    tool: str = "litert"
    status: Status = Status.OK
    agreement: float | None = None
    model: str = "digits"

    @property
    def case(self) -> Case:
        path = f"models/{self.model}_{self.variant}.tflite"
        digest = hashlib.sha256(path.encode()).hexdigest()
        return Case(
            ModelVariant(self.model, self.variant, path, digest, self.size),
            Configuration(self.delegate, self.delegate, self.threads),
            self.tool,
        )

    @property
    def facts(self) -> VariantFacts:
        difference = None
        if self.agreement is not None:
            difference = Difference(
                "float32", EXAMPLES, 0.03, 0.001, 0.9998, self.agreement, "digits.npz"
            )
        accuracy = None
        if self.top1 is not None:
            accuracy = Accuracy(TOP1, {TOP1: self.top1}, EXAMPLES, "digits.npz")
        return VariantFacts(
            self.model,
            self.variant,
            self.case.variant.sha256,
            GraphFacts(self.size, self.size // 2, 1000, 5000),
            accuracy,
            difference,
        )


FLOAT32 = Offer("float32", (300.0, 306.0, 303.0), 84_000, 0.972)
FLOAT16 = Offer("float16", (299.0, 305.0, 302.0), 43_000, 0.972)
INT8 = Offer("int8", (98.0, 101.0, 100.0), 26_000, 0.9667)
INT8_IO = Offer("int8_io", (97.0, 101.0, 99.0), 25_500, 0.9611)
OFFERS = (FLOAT32, FLOAT16, INT8, INT8_IO)


def run_of(
    *offers: Offer,
    limits: Limits | Mapping[str, Limits] | None = None,
    devices: tuple[str, ...] = ("host",),
) -> Run:
    """Return a finished run that measured the offers on each device."""
    by_id = {one.case.id: one for one in offers}
    plan = make_plan(tuple(one.case for one in offers), devices, 1)
    steps = [(device, one.case.id, i) for device in devices for one in offers for i in rounds(one)]
    planned = tuple(
        PlannedInvocation(number, device, case_id, round_, Purpose.LATENCY)
        for number, (device, case_id, round_) in enumerate(steps, 1)
    )
    asked = {"digits": limits} if isinstance(limits, Limits) else dict(limits or {})
    judged = {one.model for one in offers if one.top1 is not None}
    plan = replace(
        plan,
        suite="digits",
        suite_path="suites/digits.yaml",
        measure=replace(plan.measure, rounds=max(len(one.times_us) for one in offers)),
        reference=None,
        invocations=planned,
        accuracy={model: AccuracySpec(DataSpec("digits.npz")) for model in judged},
        limits=asked,
    )
    invocations = tuple(
        make_invocation(
            step,
            by_id[step.case_id].case,
            reading(by_id[step.case_id], step.round),
            by_id[step.case_id].status,
        )
        for step in planned
    )
    end = RunEnd(
        1, plan.run_id, RunState.FINISHED, "2026-11-20T14:40:00+00:00", 9.0, len(steps), len(steps)
    )
    facts = {(one.model, one.variant): one.facts for one in offers}
    records = tuple(make_record(name) for name in devices)
    return Run(plan, records, invocations, end, tuple(facts.values()))


def rounds(offer: Offer) -> range:
    return range(1, len(offer.times_us) + 1)


def reading(offer: Offer, round_: int) -> Reading:
    if offer.status is Status.FAILED:
        return Reading(failure=Failure("crash", "The process was ended by SIGSEGV.", "", 3))
    time = offer.times_us[round_ - 1]
    asked = offer.delegate
    applied = "none" if offer.status is Status.FALLBACK else asked
    return Reading(
        latency=Latency(100, time, time, time, time, 0.0, time, time, (), "samples"),
        placement=Placement(asked, applied, 10, 10, 1, "node list after apply"),
    )


def unfinished(run: Run) -> Run:
    """Return the run without its last step."""
    end = RunEnd(1, run.plan.run_id, RunState.INTERRUPTED, "", 5.0, 1, len(run.invocations))
    return replace(run, invocations=run.invocations[:-1], end=end)


def lost(run: Run, device: str) -> Run:
    """Return the run with a device that was lost before its last step."""
    assert run.end is not None
    mine = [one for one in run.invocations if one.device == device]
    gone = Failure("lost", "the board does not answer.", "Look at its cable.", 3)
    return replace(
        run,
        invocations=tuple(one for one in run.invocations if one is not mine[-1]),
        end=replace(run.end, lost={device: gone}),
    )
