"""Decides over interleaved pairs of fresh processes whether one side is slower.

A pair contributes d = ln(candidate's statistic / baseline's statistic). Pairs are independent and
in random order inside, so a one-sample t test of the mean of d is valid by design; the minimum
effect keeps what is certain but too small from being called a regression. Alpha is split over the
looks (Bonferroni), and Benjamini-Hochberg (1995) runs over all cases. Operating characteristics:
docs/gate.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit
from scipy.stats import false_discovery_control

from benchhub.records import GateSpec, Rule, Verdict

# Of the interval that is shown beside a ratio; it does not decide.
SHOWN_LEVEL = 0.95
MIN_PAIRS = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the valid pairs of a case say.

    Attributes:
        n: Number of pairs.
        mean: Mean of d; None without pairs.
        sd: Standard deviation of d; None with fewer than two pairs.
    """

    n: int
    mean: float | None
    sd: float | None

    @property
    def ratio(self) -> float | None:
        """Geometric mean of candidate / baseline."""
        return None if self.mean is None else math.exp(self.mean)

    def bound(self, level: float) -> float | None:
        """Return the one-sided bound of the mean of d at that level: below it with that chance."""
        if self.mean is None or self.sd is None:
            return None
        return self.mean + float(stdtrit(self.n - 1, level)) * self.sd / math.sqrt(self.n)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Two-sided 95 % interval of the ratio."""
        low, high = self.bound((1 - SHOWN_LEVEL) / 2), self.bound((1 + SHOWN_LEVEL) / 2)
        return None if low is None or high is None else (math.exp(low), math.exp(high))

    def p_above(self, value: float) -> float:
        """Return the one-sided p of "the mean of d is at most `value`"; 1 if it cannot be told.

        Pairs that are all alike have no standard deviation: then the sign test decides, whose
        smallest p is 2^-n.
        """
        if self.mean is None or self.sd is None:
            return 1.0
        if self.sd == 0.0:
            return 0.5**self.n if self.mean > value else 1.0
        t = (self.mean - value) * math.sqrt(self.n) / self.sd
        return float(stdtr(self.n - 1, -t))

    def p_below(self, value: float) -> float:
        """Return the one-sided p of "the mean of d is at least `value`"."""
        return self._mirrored().p_above(-value)

    def _mirrored(self) -> Evidence:
        return Evidence(self.n, None if self.mean is None else -self.mean, self.sd)


def weigh(log_ratios: Sequence[float]) -> Evidence:
    """Summarise the d of the valid pairs."""
    n = len(log_ratios)
    if n == 0:
        return Evidence(0, None, None)
    values = np.asarray(log_ratios)
    mean = float(values.mean())
    if n < MIN_PAIRS:
        return Evidence(n, mean, None)
    # All alike: the rounding of the mean is no scatter.
    sd = 0.0 if np.ptp(values) == 0.0 else float(values.std(ddof=1))
    return Evidence(n, mean, sd)


def decide_all(
    evidence: Sequence[Evidence], effects: Sequence[float], spec: GateSpec, unseen: int = 0
) -> list[Verdict]:
    """Decide the cases of a comparison together.

    Args:
        evidence: Of each case on each device.
        effects: Minimum effect of each, as a share of the baseline.
        spec: How to decide.
        unseen: Further cases that have no evidence yet; they count as unchanged.
    """
    looks = len(spec.looks)
    slower = [min(1.0, one.p_above(0.0) * looks) for one in evidence]
    faster = [min(1.0, one.p_below(0.0) * looks) for one in evidence]
    found_slower = _discovered(slower, unseen, spec)
    found_faster = _discovered(faster, unseen, spec)
    return [
        _decide(one, math.log1p(effect), spec, slower=up, faster=down)
        for one, effect, up, down in zip(evidence, effects, found_slower, found_faster, strict=True)
    ]


def _discovered(p_values: Sequence[float], unseen: int, spec: GateSpec) -> list[bool]:
    """Say which p values are below alpha, alone and by Benjamini-Hochberg over all of them."""
    if not p_values:
        return []
    adjusted = false_discovery_control([*p_values, *[1.0] * unseen])[: len(p_values)]
    return [
        p <= spec.alpha and q <= spec.false_discovery_rate
        for p, q in zip(p_values, adjusted, strict=True)
    ]


def _decide(one: Evidence, delta: float, spec: GateSpec, *, slower: bool, faster: bool) -> Verdict:
    """Decide one case; `delta` is the minimum effect as a logarithm."""
    if one.mean is None:
        return Verdict.INVALID
    if one.n < min(spec.looks):
        return Verdict.INCONCLUSIVE
    if slower and one.mean > delta and _by_rule(one.p_above(delta), spec):
        return Verdict.REGRESSED
    if faster and one.mean < -delta and _by_rule(one.p_below(-delta), spec):
        return Verdict.IMPROVED
    upper = one.bound(1 - spec.pass_alpha)
    if upper is not None and upper < delta:
        return Verdict.PASS
    return Verdict.INCONCLUSIVE


def _by_rule(p_beyond: float, spec: GateSpec) -> bool:
    if spec.rule is Rule.EFFECT:
        return True
    return p_beyond * len(spec.looks) <= spec.pass_alpha
