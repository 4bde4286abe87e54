"""What a number of pairs can see on a device as noisy as that.

d, the log ratio of a pair, is taken to be normal with the standard deviation `sd`. The gate
compares the mean of n of them with a threshold that depends on their own standard deviation s, so
that the power is the mean of Phi((change - threshold(s)) sqrt(n) / sd) over s; without a minimum
effect that is the noncentral t distribution (Johnson, Kotz and Balakrishnan 1995, chapter 31).
Changes are given as shares of the baseline and taken as logarithms.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri, ndtr, stdtrit

from benchhub.records import GateSpec, Rule
from benchhub.records.gate import FEWEST_PAIRS, MOST_PAIRS

# What "sees" means: nine times of ten, where an unchanged case is called slower once in a hundred.
POWER = 0.9
ALPHA = 0.01
# Shares that pairs are told for.
EFFECTS = (0.03, 0.05, 0.1)

# Pairs that are all alike have a noise below what the tool resolves.
_LEAST_SD = 1e-6
# Above that a change is no question of noise.
_MOST_CHANGE = 10.0
# Points of the quantiles of s; the power is exact to 0.0002.
_QUANTILES = (np.arange(2000) + 0.5) / 2000


def level_of(spec: GateSpec, cases: int) -> float:
    """Return the level that one look at one slower case among unchanged ones is held to.

    Alpha is split over the looks, and Benjamini-Hochberg asks the smallest of as many p values to
    be below the rate of false discoveries divided by their number.
    """
    return min(spec.alpha, spec.false_discovery_rate / max(1, cases)) / len(spec.looks)


def power(pairs: int, sd: float, change: float, level: float) -> float:
    """Return the chance that a one-sided paired t test at that level sees a change.

    Args:
        pairs: Number of pairs, at least 2.
        sd: Standard deviation of d.
        change: True slow-down, as a share.
        level: Chance to call an unchanged case slower.
    """
    return _chance(pairs, sd, math.log1p(change), lambda s: _t(pairs, level) * s)


def pairs_needed(
    sd: float, effect: float, level: float = ALPHA, chance: float = POWER
) -> int | None:
    """Return how many pairs see a slow-down of `effect`, a share, with that chance.

    None if even `MOST_PAIRS` do not. At least `FEWEST_PAIRS`.
    """
    counts = range(FEWEST_PAIRS, MOST_PAIRS + 1)
    # The power grows with the pairs.
    found = bisect_left(counts, chance, key=lambda pairs: power(pairs, sd, effect, level))
    return counts[found] if found < len(counts) else None


def pass_chance(pairs: int, sd: float, min_effect: float, pass_alpha: float) -> float:
    """Return the chance that an unchanged case passes a look at so many pairs."""
    # The upper bound of the mean is below the effect as often as a slower case would be seen.
    return power(pairs, sd, min_effect, pass_alpha)


def smallest_visible(
    sd: float, spec: GateSpec, min_effect: float, cases: int = 1, chance: float = POWER
) -> float | None:
    """Return the smallest slow-down, a share, that is REGRESSED with that chance at the last look.

    With a quiet device that is more than `min_effect`, because the estimate has to be above it.

    Args:
        sd: Standard deviation of d.
        spec: How it is decided.
        min_effect: Slow-downs up to that share are none.
        cases: Cases that are decided together, the others of which are unchanged.
        chance: How often it is to be called.

    Returns:
        None if not even a tenfold time would be.
    """
    pairs, delta = spec.looks[-1], math.log1p(min_effect)
    t = _t(pairs, level_of(spec, cases))
    beyond = _t(pairs, spec.pass_alpha / len(spec.looks)) if spec.rule is Rule.BOUND else 0.0

    def lacking(change: float) -> float:
        def needed(s: np.ndarray) -> np.ndarray:
            return np.maximum(t * s, delta + beyond * s)

        return _chance(pairs, sd, change, needed) - chance

    most = math.log(_MOST_CHANGE)
    if lacking(most) < 0:
        return None
    return math.expm1(brentq(lacking, 0.0, most, xtol=1e-6))


def _t(pairs: int, level: float) -> float:
    """Return how many standard errors of a mean are beyond that level."""
    return -float(stdtrit(pairs - 1, level))


def _chance(
    pairs: int, sd: float, change: float, threshold: Callable[[np.ndarray], np.ndarray]
) -> float:
    """Return the chance that a mean is above a threshold that depends on its standard error."""
    error = max(sd, _LEAST_SD) / math.sqrt(pairs)
    found = error * np.sqrt(chdtri(pairs - 1, _QUANTILES) / (pairs - 1))
    return float(ndtr((change - threshold(found)) / error).mean())
