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
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr, stdtrit

from benchhub.records import GateSpec, Rule, Verdict

# Of the interval that is shown beside a ratio; it does not decide.
SHOWN_LEVEL = 0.95
MIN_PAIRS = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the valid pairs of a case say, or the processes of two runs where there are no pairs.

    Attributes:
        n: Number of pairs; without pairs that of the processes on the side that has fewer.
        mean: Mean of d; None without pairs.
        sd: Standard deviation of d; None with fewer than two pairs. Without pairs that of the
            difference between one process of each side.
        error: Standard error of the mean; None is sd / sqrt(n).
        freedom: Degrees of freedom; None are n - 1.
        processes: Of baseline and candidate, where there are no pairs.
    """

    n: int
    mean: float | None
    sd: float | None
    error: float | None = None
    freedom: float | None = None
    processes: tuple[int, int] | None = None

    @property
    def ratio(self) -> float | None:
        """Geometric mean of candidate / baseline."""
        return None if self.mean is None else math.exp(self.mean)

    def bound(self, level: float) -> float | None:
        """Return the one-sided bound of the mean of d at that level: below it with that chance."""
        if self.mean is None or self.sd is None:
            return None
        return self.mean + float(stdtrit(self._freedom, level)) * self._error

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
        return float(stdtr(self._freedom, (value - self.mean) / self._error))

    def p_below(self, value: float) -> float:
        """Return the one-sided p of "the mean of d is at least `value`"."""
        return self._mirrored().p_above(-value)

    @property
    def _error(self) -> float:
        if self.error is not None:
            return self.error
        return (self.sd or 0.0) / math.sqrt(self.n)

    @property
    def _freedom(self) -> float:
        return self.n - 1 if self.freedom is None else self.freedom

    def _mirrored(self) -> Evidence:
        return replace(self, mean=None if self.mean is None else -self.mean)


def weigh(log_ratios: Sequence[float]) -> Evidence:
    """Summarise the d of the valid pairs."""
    n = len(log_ratios)
    if n == 0:
        return Evidence(0, None, None)
    values = np.asarray(log_ratios)
    mean = float(values.mean())
    if n < MIN_PAIRS:
        return Evidence(n, mean, None)
    return Evidence(n, mean, _sd(values))


def weigh_apart(baseline: Sequence[float], candidate: Sequence[float]) -> Evidence:
    """Summarise two sides that are no pairs: Welch's t, whose sides scatter differently.

    B. L. Welch, Biometrika 34 (1947); degrees of freedom after Satterthwaite (1946).

    Args:
        baseline: Logarithm of the statistic of each of its processes.
        candidate: Likewise.
    """
    sides = [np.asarray(side, float) for side in (baseline, candidate)]
    sizes = (len(baseline), len(candidate))
    n = min(sizes)
    if n == 0:
        return Evidence(0, None, None, processes=sizes)
    # Of values that are all alike the mean is one of them, without the rounding of a sum.
    means = [side[0] if np.ptp(side) == 0.0 else side.mean() for side in sides]
    mean = float(means[1] - means[0])
    if n < MIN_PAIRS:
        return Evidence(n, mean, None, processes=sizes)
    variances = [_sd(side) ** 2 for side in sides]
    parts = [variance / size for variance, size in zip(variances, sizes, strict=True)]
    error = math.sqrt(sum(parts))
    if error == 0.0:
        return Evidence(n, mean, 0.0, processes=sizes)
    shares = [part / sum(parts) for part in parts]
    inverse = sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    return Evidence(n, mean, math.sqrt(sum(variances)), error, 1 / inverse, sizes)


def _sd(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Return the standard deviation; where all are alike the rounding of the mean is no scatter."""
    return 0.0 if np.ptp(values) == 0.0 else float(values.std(ddof=1))


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


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted by Benjamini-Hochberg, in the same order."""
    if not p_values:
        return []
    # A report of a run that compares nothing does not wait for all of scipy.stats.
    from scipy.stats import false_discovery_control  # noqa: PLC0415

    return [float(q) for q in false_discovery_control(p_values)]


def _discovered(p_values: Sequence[float], unseen: int, spec: GateSpec) -> list[bool]:
    """Say which p values are below alpha, alone and by Benjamini-Hochberg over all of them."""
    shares = adjusted([*p_values, *[1.0] * unseen])[: len(p_values)]
    return [
        p <= spec.alpha and q <= spec.false_discovery_rate
        for p, q in zip(p_values, shares, strict=True)
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
