"""How many times faster one case is than another, and whether that is beyond doubt.

Times of processes are compared as logarithms. The interval is Welch's: standard errors of both
means are added, with the degrees of freedom of Welch and Satterthwaite
(B. L. Welch, The generalization of Student's problem, Biometrika 34, 1947).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from benchhub.analysis.statistics import Estimate

LEVEL = 0.975  # of one side: 95 % between both


@dataclass(frozen=True, slots=True)
class Speedup:
    """A ratio of two times of one device; above 1 is faster than the reference.

    Attributes:
        ratio: Reference time divided by this time.
        low: Lower end of its 95 % interval; None where a side has one process only.
        high: Upper end.
    """

    ratio: float
    low: float | None
    high: float | None

    @property
    def significant(self) -> bool | None:
        """Whether the interval leaves out 1; None without an interval."""
        if self.low is None or self.high is None:
            return None
        return self.low > 1 or self.high < 1


def speedup(reference: Estimate, other: Estimate) -> Speedup:
    """Compare the times of two cases that were measured apart from each other."""
    ratio = reference.value_us / other.value_us
    errors = [_error(one) for one in (reference, other)]
    if None in errors:
        return Speedup(ratio, None, None)
    squares = [error**2 for error in errors if error is not None]
    half = _half_width(squares, (reference.n, other.n))
    return Speedup(ratio, ratio * math.exp(-half), ratio * math.exp(half))


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the mean of ratios that a baseline other than 1 would not change in rank."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def _error(one: Estimate) -> float | None:
    """Return the standard error of the mean log time, from the interval that rests on it."""
    if one.high_us is None:
        return None
    return math.log(one.high_us / one.value_us) / float(stdtrit(one.n - 1, LEVEL))


def _half_width(squares: Sequence[float], sizes: Sequence[int]) -> float:
    total = sum(squares)
    if not total:
        return 0.0
    freedom = total**2 / sum(square**2 / (n - 1) for square, n in zip(squares, sizes, strict=True))
    return float(stdtrit(freedom, LEVEL)) * math.sqrt(total)
