"""From the plans of two sides to the plan of their comparison. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from benchhub.errors import NoCasesError, UsageError
from benchhub.records import (
    SIDES,
    Case,
    GateSpec,
    Plan,
    Purpose,
    Refusal,
    Side,
    SideSpec,
)
from benchhub.suites.matrix import paired_order

# Profiles of each side for the cases that moved; of the others one is enough, for the placement.
PROFILE_PAIRS = 3


@dataclass(frozen=True, slots=True)
class Half:
    """One side: what it is, and what would be measured of it alone."""

    spec: SideSpec
    plan: Plan


def pair_up(baseline: Half, candidate: Half, gate: GateSpec) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan of a comparison, and a sentence for each case that only one side has.

    How to measure, conditions and devices are the candidate's: one protocol for both sides.

    Args:
        baseline: One side.
        candidate: The other one.
        gate: When they differ.

    Raises:
        NoCasesError: The sides have no case in common.
        UsageError: They are the same in everything.
    """
    halves = {Side.BASELINE: baseline, Side.CANDIDATE: candidate}
    cases = {
        side: {case.id: replace(case, side=side) for case in half.plan.cases}
        for side, half in halves.items()
    }
    before, after = cases[Side.BASELINE], cases[Side.CANDIDATE]
    common = [case_id for case_id in after if case_id in before]
    if not common:
        raise NoCasesError(
            f"{baseline.spec.text} and {candidate.spec.text} have no case in common.",
            f"One has {next(iter(before))}, the other {next(iter(after))}; cases are matched by "
            "their ids.",
        )
    pairs = [(before[case_id], after[case_id]) for case_id in common]
    plan = candidate.plan
    refusals = tuple(_refusals(halves, set(common)))
    refused = {refusal.case_id for refusal in refusals}

    def left_out(device: str, case: Case) -> bool:
        return case.id in refused or not plan.measures(device, case)

    rounds = {
        Purpose.LATENCY: most_pairs(gate),
        Purpose.PROFILE: PROFILE_PAIRS if plan.measure.profile_rounds else 0,
    }
    merged = replace(
        plan,
        tools={**baseline.plan.tools, **plan.tools},
        cases=tuple(case for pair in pairs for case in pair),
        measure=replace(
            plan.measure,
            rounds=rounds[Purpose.LATENCY],
            profile_rounds=rounds[Purpose.PROFILE],
        ),
        invocations=paired_order(pairs, plan.devices, rounds, plan.seed, left_out),
        refusals=refusals,
        reference=None,
        verify=None,
        trace=False,
        accuracy={},
        limits={},
        sides={side: half.spec for side, half in halves.items()},
        gate=gate,
    )
    return merged, tuple(_unmatched(halves))


def most_pairs(gate: GateSpec) -> int:
    """Return how many pairs are planned: the last look, and as many more as may be invalid."""
    return math.ceil(gate.looks[-1] / (1 - gate.max_invalid))


def demand_different(plan: Plan) -> None:
    """Raise UsageError if both sides of every case are the same."""
    if not any(_differ(plan, one, other) for one, other in sides_of(plan)):
        texts = " and ".join(plan.sides[side].text for side in SIDES)
        raise UsageError(
            f"nothing differs between {texts}: same models, configurations and programs.",
            "Give another --baseline; `benchhub calibrate` compares a device with itself.",
        )


def sides_of(plan: Plan) -> tuple[tuple[Case, Case], ...]:
    """Return baseline and candidate of each case of a comparison, in the order of the plan."""
    candidates = {case.pair_id: case for case in plan.cases if case.side is Side.CANDIDATE}
    return tuple(
        (case, candidates[case.pair_id]) for case in plan.cases if case.side is Side.BASELINE
    )


def partners(plan: Plan) -> Mapping[str, str]:
    """Return the id of the other side by that of each; empty for a run that compares nothing."""
    both = [(one.id, other.id) for one, other in sides_of(plan)]
    return dict(both) | {other: one for one, other in both}


def _differ(plan: Plan, one: Case, other: Case) -> bool:
    before, after = (plan.sides[side].tools.get(one.tool) for side in SIDES)
    return (
        one.variant.sha256 != other.variant.sha256
        or replace(one.configuration, name="") != replace(other.configuration, name="")
        or before != after
    )


def _refusals(halves: Mapping[Side, Half], common: set[str]) -> Iterator[Refusal]:
    for side, half in halves.items():
        for refusal in half.plan.refusals:
            if refusal.case_id in common:
                yield replace(refusal, case_id=f"{refusal.case_id}~{side}")


def _unmatched(halves: Mapping[Side, Half]) -> Iterator[str]:
    ids = {side: [case.id for case in half.plan.cases] for side, half in halves.items()}
    for side, other in (SIDES, SIDES[::-1]):
        for case_id in ids[side]:
            if case_id not in ids[other]:
                yield f"{case_id} is in the {side} only: it is not compared."
