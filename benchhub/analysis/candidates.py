"""What could be shipped: a variant in a configuration, with all that is known to judge it by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchhub.analysis.phrases import SHARES
from benchhub.analysis.statistics import Estimate
from benchhub.analysis.summary import CaseSummary
from benchhub.records import REFERENCE_VARIANT, Accuracy, Difference, Plan, VariantFacts

# Figures of one candidate, lower is better: microseconds, bytes, minus the accuracy. What is not
# known is infinite: nothing that is known speaks for it.
Goals = tuple[float, float, float]
# Two-sided 95 % of the normal distribution.
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case with a trusted number, as a choice among those of its model and device.

    Attributes:
        device: Name of the device.
        case: The case; it stands, and its number is its own.
        size_bytes: Of the file; None if it is not known.
        gzip_bytes: Of the file compressed by gzip; None likewise.
        accuracy: The metric of its variant; None without labels.
        drop: Metric of the reference variant minus its own: more is worse; None without both.
            That of the reference variant is 0 in any case.
        efficient: No other candidate is at least as good in latency, size and accuracy and
            better in one.
        unmet: Limits that it does not meet, a phrase each.
        untold: Limits that it cannot be shown to meet or to miss, a phrase each.
        facts: What is known of the variant; None if nothing is.
        drop_error: Standard error of the drop, see `drop_error`; None where there is none.
    """

    device: str
    case: CaseSummary
    size_bytes: int | None
    gzip_bytes: int | None
    accuracy: float | None
    drop: float | None
    efficient: bool = False
    unmet: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    facts: VariantFacts | None = field(default=None, repr=False)
    drop_error: float | None = None

    @property
    def name(self) -> str:
        """Variant and configuration, e.g. `int8/xnnpack/t1`."""
        return self.case.case.way

    @property
    def variant(self) -> str:
        """Name of its variant."""
        return self.case.case.variant.variant

    @property
    def latency(self) -> Estimate:
        """Its latency. Raises ValueError if the case has none, which makes it no candidate."""
        if self.case.latency is None:
            raise ValueError(f"{self.name} has no latency")
        return self.case.latency

    @property
    def figures(self) -> Accuracy | None:
        """All figures of accuracy, with the number of examples."""
        return self.facts.accuracy if self.facts else None

    @property
    def difference(self) -> Difference | None:
        """How far its outputs are from those of the reference variant."""
        return self.facts.difference if self.facts else None

    @property
    def within(self) -> bool:
        """Whether it is shown to meet all limits."""
        return not (self.unmet or self.untold)

    @property
    def goals(self) -> Goals:
        """What it is compared by, lower is better."""
        size = math.inf if self.size_bytes is None else float(self.size_bytes)
        accuracy = math.inf if self.accuracy is None else -self.accuracy
        return self.latency.value_us, size, accuracy

    @property
    def drop_is_noise(self) -> bool:
        """Whether so few examples cannot tell the accuracies apart, at 95 %."""
        if self.drop is None or self.drop_error is None:
            return False
        return abs(self.drop) <= Z_95 * self.drop_error


def dominates(one: Goals, other: Goals) -> bool:
    """Say whether one is at least as good in every figure and better in one."""
    return one != other and all(mine <= its for mine, its in zip(one, other, strict=True))


def pareto(goals: Sequence[Goals]) -> tuple[bool, ...]:
    """Say of each whether none dominates it. Equal ones do not dominate each other."""
    return tuple(not any(dominates(other, one) for other in goals) for one in goals)


def reference_variant(plan: Plan, model: str) -> str:
    """Return the variant that others are held against.

    That is the one that the accuracy refers to, else `float32`, else the first of the plan; empty
    if the model has no case.
    """
    if model in plan.accuracy:
        return plan.accuracy[model].against
    mine = [case.variant.variant for case in plan.cases if case.variant.model == model]
    return REFERENCE_VARIANT if REFERENCE_VARIANT in mine or not mine else mine[0]


def drop_error(reference: Accuracy, own: Accuracy) -> float | None:
    """Return the standard error of the difference of two shares of right examples.

    Each share p of n examples has the binomial standard error sqrt(p (1 - p) / n), and the two are
    added as if they came from different examples. Both variants see the same ones and mostly err
    on the same ones, so the true error is smaller; which examples each got wrong is not kept.
    None for a figure that is no share of examples.
    """
    if own.metric not in SHARES or min(own.n, reference.n) < 1:
        return None
    variances = [
        share * (1 - share) / n for share, n in ((_share(one), one.n) for one in (reference, own))
    ]
    return math.sqrt(sum(variances))


def _share(accuracy: Accuracy) -> float:
    return min(1.0, max(0.0, accuracy.value))
