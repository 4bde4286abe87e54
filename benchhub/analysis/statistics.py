"""Estimates over processes. The unit is one fresh process; its statistic is its median.

The distribution of process medians is multiplicative (a slower clock slows everything by a factor),
so estimates are made on logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

# Inferences needed to state a percentile's bound at 99 % confidence: MLPerf's early-stopping
# formula with no query over the bound, n = ln(1 - 0.99) / ln(p), rounded up.
NEEDED_FOR_PERCENTILE = {90: 44, 95: 90, 99: 459}

MIN_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """A time over several processes, in microseconds.

    Attributes:
        value_us: Geometric mean of the processes' statistics.
        low_us: Lower end of the two-sided 95 % t interval on log times; None for n = 1.
        high_us: Upper end.
        n: Number of processes.
    """

    value_us: float
    low_us: float | None
    high_us: float | None
    n: int

    @property
    def relative(self) -> float | None:
        """Half width of the interval as a fraction of the value, on the upper side."""
        return None if self.high_us is None else self.high_us / self.value_us - 1


def estimate(values_us: Sequence[float]) -> Estimate | None:
    """Estimate the time of a case from the statistics of its processes; None without any."""
    positive = [value for value in values_us if value > 0]
    if not positive:
        return None
    logs = [math.log(value) for value in positive]
    n = len(logs)
    mean = sum(logs) / n
    value = math.exp(mean)
    if n < MIN_PROCESSES:
        return Estimate(value, None, None, n)
    variance = sum((log - mean) ** 2 for log in logs) / (n - 1)
    half = float(stdtrit(n - 1, 0.975)) * math.sqrt(variance / n)
    return Estimate(value, math.exp(mean - half), math.exp(mean + half), n)


def percentile(samples_us: Sequence[float], percent: int) -> float | None:
    """Return a percentile of single inferences; None where n is too small to state it."""
    if len(samples_us) < NEEDED_FOR_PERCENTILE.get(percent, 1):
        return None
    return float(np.percentile(samples_us, percent))
