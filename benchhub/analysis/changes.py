"""Where a series changed its level: E-divisive, with a permutation test.

D. S. Matteson and N. A. James, "A nonparametric approach for multiple change point analysis of
multivariate data", Journal of the American Statistical Association 109 (505), 2014: the split of a
stretch is where the energy distance of both parts, weighed by their lengths, is largest (alpha = 1,
equations 6 and 7, with the end of the right part fixed at the end of the stretch). Both parts of a
split that is certain are searched in turn. How often the order of the values alone gives as large a
distance is told by shuffling them (section 2.3).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# With 199 shuffles one may be as large as what was found: p = (1 + 1) / (199 + 1) = 0.01.
PERMUTATIONS = 199
ALPHA = 0.01
LEAST_SEGMENT = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """Where a new level begins.

    Attributes:
        index: Of the first value of the new level.
        p: How often shuffled values split as clearly: at least 1 / (permutations + 1).
    """

    index: int
    p: float


def change_points(
    values: Sequence[float],
    *,
    alpha: float = ALPHA,
    permutations: int = PERMUTATIONS,
    least: int = LEAST_SEGMENT,
) -> tuple[ChangePoint, ...]:
    """Return where a series changed its level, in order; the same values give the same answer.

    The values have to be exchangeable while nothing changes. Where neighbours are alike because
    the noise is slow, alarms are false far more often than `alpha`.

    Args:
        values: In the order of time; logarithms of times, so that changes are shares.
        alpha: Chance to find a change where there is none.
        permutations: Number of shuffles.
        least: Fewest values of a level, at least 2.

    Raises:
        ValueError: A value is no finite number, or a level may have fewer than 2 values.
    """
    series = np.asarray(values, dtype=np.float64)
    if not np.isfinite(series).all():
        raise ValueError("a series has finite values only")
    if least < 2:
        raise ValueError("a level has at least 2 values")
    distances = np.abs(series[:, None] - series[None, :])
    # Of the values themselves: one seed for all would shuffle every series in the same ways.
    shuffler = np.random.default_rng(zlib.crc32(series.tobytes()))
    test = _Test(alpha, permutations, least, shuffler)
    return tuple(sorted(_search(distances, 0, test), key=lambda found: found.index))


@dataclass(frozen=True, slots=True)
class _Test:
    """When a split is certain."""

    alpha: float
    permutations: int
    least: int
    shuffler: np.random.Generator

    def p(self, distances: Floats, found: float) -> float | None:
        """Return how often a shuffle splits as clearly; None as soon as that is too often."""
        as_large = 0
        for _ in range(self.permutations):
            order = self.shuffler.permutation(len(distances))
            _, energy = best_split(distances[np.ix_(order, order)], self.least)
            as_large += energy >= found
            p = (1 + as_large) / (self.permutations + 1)
            if p > self.alpha:
                return None
        return (1 + as_large) / (self.permutations + 1)


def _search(distances: Floats, start: int, test: _Test) -> Iterator[ChangePoint]:
    """Yield the changes of a stretch that begins at `start` of the series."""
    if len(distances) < 2 * test.least:
        return
    split, energy = best_split(distances, test.least)
    p = test.p(distances, energy)
    if p is None:
        return
    yield ChangePoint(start + split, p)
    yield from _search(distances[:split, :split], start, test)
    yield from _search(distances[split:, split:], start + split, test)


def best_split(distances: Floats, least: int) -> tuple[int, float]:
    """Return where the energy distance of both parts is largest, and how large it is there.

    Args:
        distances: Absolute difference of each pair of values, shape (n, n).
        least: Fewest values of a part.
    """
    n = len(distances)
    left = np.arange(least, n - least + 1)
    right = n - left
    # Sums over the pairs of the left part and over all pairs that touch it, by its length.
    inside = np.tril(distances).sum(axis=1).cumsum()[left - 1]
    touching = distances.sum(axis=1).cumsum()[left - 1]
    across = touching - 2 * inside
    outside = distances.sum() / 2 - inside - across
    means = 2 * across / (left * right)
    means -= 2 * inside / (left * (left - 1)) + 2 * outside / (right * (right - 1))
    energies = left * right / n * means
    best = int(energies.argmax())
    return int(left[best]), float(energies[best])
