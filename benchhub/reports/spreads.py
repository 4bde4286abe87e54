"""How the inferences of one process spread: its percentiles, as far as their number bears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchhub.analysis.statistics import NEEDED_FOR_PERCENTILE
from benchhub.records import Latency

# Inferences needed for p5 and p95, and for the quartiles: the formula of NEEDED_FOR_PERCENTILE,
# n = ln(1 - 0.99) / ln(0.75), rounded up; the lower ones need as many as the upper ones.
NEEDED_FOR_TAILS = NEEDED_FOR_PERCENTILE[95]
NEEDED_FOR_QUARTILES = 17


@dataclass(frozen=True, slots=True)
class Spread:
    """The inferences of one process, in microseconds.

    Attributes:
        round: The round that it was measured in.
        n: Timed inferences.
        value_us: Its statistic: the median, or the mean where the tool tells no median.
        p5_us: 5th percentile; None if it is unknown, or n too small to state it.
        q1_us: Lower quartile; likewise.
        q3_us: Upper quartile; likewise.
        p95_us: 95th percentile; likewise.
        min_us: Smallest.
        max_us: Largest.
        samples_us: Each inference from the smallest to the largest; empty where the tool keeps
            none.
    """

    round: int
    n: int
    value_us: float
    p5_us: float | None
    q1_us: float | None
    q3_us: float | None
    p95_us: float | None
    min_us: float
    max_us: float
    samples_us: Sequence[float]

    @property
    def is_whole(self) -> bool:
        """Whether its range is from the smallest to the largest, for want of p5 and p95."""
        return self.p5_us is None or self.p95_us is None

    @property
    def range_us(self) -> tuple[float, float]:
        """From p5 to p95, else from the smallest to the largest."""
        if self.p5_us is None or self.p95_us is None:
            return self.min_us, self.max_us
        return self.p5_us, self.p95_us

    def points_us(self, most: int) -> Sequence[float]:
        """Return at most that many inferences, evenly chosen by rank, with both ends."""
        n = len(self.samples_us)
        if n <= most:
            return self.samples_us
        return [self.samples_us[round(i * (n - 1) / (most - 1))] for i in range(most)]


def spread(latency: Latency, round_: int) -> Spread:
    """Return how the inferences of a process spread."""
    quartiles: tuple[float | None, float | None] = None, None
    tails = latency.p5_us, latency.p95_us
    samples = sorted(latency.samples_us)
    if samples:
        p5, q1, q3, p95 = (float(one) for one in np.percentile(samples, (5, 25, 75, 95)))
        quartiles, tails = (q1, q3), (p5, p95)
    if latency.n < NEEDED_FOR_QUARTILES:
        quartiles = None, None
    if latency.n < NEEDED_FOR_TAILS:
        tails = None, None
    return Spread(
        round=round_,
        n=latency.n,
        value_us=latency.value_us,
        p5_us=tails[0],
        q1_us=quartiles[0],
        q3_us=quartiles[1],
        p95_us=tails[1],
        min_us=latency.min_us,
        max_us=latency.max_us,
        samples_us=samples,
    )
