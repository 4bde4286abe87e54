"""Which variant in which configuration to ship: the Pareto set, the limits, and the pick.

docs/recommend.md tells the rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from benchhub.analysis import reasons
from benchhub.analysis.candidates import (
    Candidate,
    drop_error,
    pareto,
    reference_variant,
)
from benchhub.analysis.eligibility import LeftOut, comparable_tool, is_trusted, left_out
from benchhub.analysis.limits import binds, unmet, untold
from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Accuracy, Limits, ModelVariant, Run, VariantFacts

__all__ = ["Candidate", "LeftOut", "Recommendation", "Verdict", "recommend"]


class Verdict(StrEnum):
    """Whether a model may be shipped."""

    BLESSED = "BLESSED"  # a candidate is shown to meet every limit
    REFUSED = "REFUSED"  # every candidate misses a limit
    UNTOLD = "UNTOLD"  # none is shown to meet them, but not all are shown to miss one


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to choose for one model on one device.

    Attributes:
        device: Name of the device.
        model: Name of the network.
        limits: What is asked for there; nothing if the limits are for other devices.
        candidates: Those with a trusted number, fastest first.
        pick: The one to ship; None if none is shown to meet the limits.
        reasons: Why, a sentence each, the most telling first.
        left_out: Cases that are no candidates.
        tool: What measured the candidates; empty without any.
        reference: Variant that the others are held against.
    """

    device: str
    model: str
    limits: Limits
    candidates: tuple[Candidate, ...]
    pick: Candidate | None
    reasons: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    tool: str = ""
    reference: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether something meets the limits; without any, whether there is something to pick."""
        if self.pick is not None:
            return Verdict.BLESSED
        missed = self.candidates and all(one.unmet for one in self.candidates)
        return Verdict.REFUSED if missed else Verdict.UNTOLD

    @property
    def efficient(self) -> tuple[Candidate, ...]:
        """The Pareto set, fastest first."""
        return tuple(one for one in self.candidates if one.efficient)

    @property
    def metric(self) -> str:
        """Figure that accuracies are told in; empty if none is known."""
        return next((one.figures.metric for one in self.candidates if one.figures), "")


def recommend(
    summary: RunSummary, limits: Mapping[str, Limits] | None = None
) -> tuple[Recommendation, ...]:
    """Recommend for each device and each model that has cases there.

    Args:
        summary: The run.
        limits: What has to be met, by model; in place of the suite's. None takes the suite's.
    """
    wanted = summary.run.plan.limits if limits is None else limits
    found = []
    for device in summary.devices:
        for model in dict.fromkeys(one.case.variant.model for one in device.cases):
            asked = wanted.get(model, Limits())
            asked = asked if binds(asked, device.name) else Limits()
            found.append(_recommend(summary.run, device, model, asked))
    return tuple(found)


def _recommend(run: Run, device: DeviceSummary, model: str, limits: Limits) -> Recommendation:
    cases = [one for one in device.cases if one.case.variant.model == model]
    tool = comparable_tool(cases)
    reference = reference_variant(run.plan, model)
    accuracy = _accuracy(run, model, reference)
    found = [
        _candidate(run, device.name, case, accuracy, reference)
        for case in cases
        if is_trusted(case) and case.case.tool == tool
    ]
    efficient = pareto([one.goals for one in found])
    judged = [
        replace(
            one,
            efficient=good,
            unmet=unmet(one, limits, reference),
            untold=untold(one, limits, reference, run.plan.verify),
        )
        for one, good in zip(found, efficient, strict=True)
    ]
    candidates = tuple(sorted(judged, key=lambda one: one.goals))
    within = [one for one in candidates if one.within]
    peers = _peers(within)
    pick = _pick(within, peers)
    why = (
        reasons.of_pick(pick, peers, candidates, reference)
        if pick
        else reasons.of_none(candidates, limits)
    )
    rest = left_out(cases, tool)
    return Recommendation(device.name, model, limits, candidates, pick, why, rest, tool, reference)


def _candidate(
    run: Run, device: str, case: CaseSummary, best: Accuracy | None, reference: str
) -> Candidate:
    variant = case.case.variant
    facts = _facts(run, variant)
    graph, own = (facts.graph, _finite(facts.accuracy)) if facts else (None, None)
    same = own and best and (own.metric, own.n) == (best.metric, best.n)
    both = (best, own) if own and best and same else None
    # The reference variant is no worse than itself, also where nothing is known of it.
    drop = 0.0 if variant.variant == reference else None
    return Candidate(
        device=device,
        case=case,
        size_bytes=variant.size_bytes or None,
        gzip_bytes=graph.gzip_bytes if graph else None,
        accuracy=own.value if own else None,
        drop=both[0].value - both[1].value if both else drop,
        facts=facts,
        drop_error=drop_error(*both) if both else None,
    )


def _facts(run: Run, variant: ModelVariant) -> VariantFacts | None:
    """Return what is known of a variant, if it is of the very file that was measured."""
    facts = run.facts_of(variant)
    return facts if facts and facts.sha256 == variant.sha256 else None


def _accuracy(run: Run, model: str, reference: str) -> Accuracy | None:
    """Return the accuracy of the reference variant, which need not have been measured."""
    for facts in run.variants:
        if (facts.model, facts.variant) == (model, reference):
            return _finite(facts.accuracy)
    return None


def _finite(accuracy: Accuracy | None) -> Accuracy | None:
    """Return the accuracy unless its figure is missing or no number."""
    value = accuracy.values.get(accuracy.metric) if accuracy else None
    return accuracy if value is not None and math.isfinite(value) else None


def _peers(within: Sequence[Candidate]) -> list[Candidate]:
    """Return the fastest and those whose interval overlaps with its own.

    Args:
        within: Those that meet the limits, fastest first.
    """
    if not within:
        return []
    fastest = within[0]
    high = fastest.latency.high_us
    if high is None:  # one process tells nothing of the noise
        return [fastest]
    return [one for one in within if (one.latency.low_us or one.latency.value_us) <= high]


def _pick(within: Sequence[Candidate], peers: Sequence[Candidate]) -> Candidate | None:
    """Return the most accurate of the fastest, then the smallest, then the closest, the fastest.

    Only one that nothing within the limits dominates: a wide interval is no merit.
    """
    efficient = pareto([one.goals for one in within])
    good = {id(one) for one, is_good in zip(within, efficient, strict=True) if is_good}
    return min((one for one in peers if id(one) in good), key=_rank, default=None)


def _rank(one: Candidate) -> tuple[float, float, float, float]:
    """Return what decides between candidates that are as fast; less is better.

    How close outputs are to those of the reference is no accuracy: it comes after the size.
    """
    time, size, accuracy = one.goals
    difference = one.difference
    far = difference.mean_abs if difference else math.inf
    return accuracy, size, far if math.isinf(accuracy) else 0.0, time
