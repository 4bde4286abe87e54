"""E-divisive on simulated series: false alarms and power as in the published comparison.

The rates are those of the design (60 runs, noise of 2 %), asserted loosely: each rests on as many
series as its test names, all seeded.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from benchhub.analysis.changes import ALPHA, PERMUTATIONS, ChangePoint, best_split, change_points

Floats = NDArray[np.float64]
RUNS = 60
NOISE = 0.02


def slow(noise: np.random.Generator, sd: float, phi: float, n: int = RUNS) -> Floats:
    """Noise whose neighbours are correlated by phi."""
    steps = noise.normal(0, sd * math.sqrt(1 - phi * phi), n + 50)
    values = np.zeros(n + 50)
    for i in range(1, n + 50):
        values[i] = phi * values[i - 1] + steps[i]
    return values[50:]


def step(values: Floats, share: float, last: int) -> Floats:
    """The series with its last runs slower by that share."""
    values = values.copy()
    values[-last:] += math.log1p(share)
    return values


def alarms(make: Callable[[np.random.Generator], Floats], series: int) -> float:
    """Share of the series in which something is found."""
    return float(
        np.mean([bool(change_points(make(np.random.default_rng(i)))) for i in range(series)])
    )


def hits(make: Callable[[np.random.Generator], Floats], series: int, at: int) -> float:
    """Share of the series in which a change is found within two runs of where it is."""
    found = [change_points(make(np.random.default_rng(i))) for i in range(series)]
    return float(np.mean([any(abs(one.index - at) <= 2 for one in some) for some in found]))


def test_independent_noise_raises_about_one_alarm_in_a_hundred() -> None:
    assert alarms(lambda noise: noise.normal(0, NOISE, RUNS), 300) <= 0.03


def test_a_step_of_5_percent_is_seen_after_four_nights() -> None:
    rate = hits(lambda noise: step(noise.normal(0, NOISE, RUNS), 0.05, 4), 100, RUNS - 4)
    assert rate >= 0.65


def test_a_step_in_the_middle_is_seen_nearly_always() -> None:
    rate = hits(lambda noise: step(noise.normal(0, NOISE, RUNS), 0.05, 30), 100, RUNS - 30)
    assert rate >= 0.9


def test_slow_noise_breaks_it() -> None:
    # What the documentation warns of: it has to stay true, or the warning has to go.
    assert alarms(lambda noise: slow(noise, NOISE, 0.5), 100) >= 0.12


def test_a_canary_repairs_it() -> None:
    # Shared drift of 2 %, correlated by 0.6; 1 % of its own for each of both.
    def raw(noise: np.random.Generator, share: float = 0.0) -> Floats:
        return step(slow(noise, 0.02, 0.6) + noise.normal(0, 0.01, RUNS), share, 4)

    def divided(noise: np.random.Generator, share: float = 0.0) -> Floats:
        drift = slow(noise, 0.02, 0.6)
        case = drift + noise.normal(0, 0.01, RUNS)
        canary = drift + noise.normal(0, 0.01, RUNS)
        return step(case - canary, share, 4)

    assert alarms(raw, 100) >= 0.15
    assert alarms(divided, 200) <= 0.03
    seen = hits(lambda noise: divided(noise, 0.03), 100, RUNS - 4)
    missed = hits(lambda noise: raw(noise, 0.03), 100, RUNS - 4)
    assert seen >= 0.4
    assert seen > 1.5 * missed


def test_both_sides_of_a_split_are_searched() -> None:
    noise = np.random.default_rng(0)
    levels = (0.0, 0.1, 0.05, 0.3)
    values = np.concatenate([level + noise.normal(0, 0.01, 20) for level in levels])
    assert [one.index for one in change_points(values)] == [20, 40, 60]


def test_the_same_values_give_the_same_answer() -> None:
    values = step(np.random.default_rng(3).normal(0, NOISE, RUNS), 0.05, 6)
    assert change_points(values) == change_points(list(values)) != ()


def test_p_is_never_below_what_the_shuffles_can_tell() -> None:
    values = step(np.random.default_rng(1).normal(0, 0.001, RUNS), 1.0, 30)
    assert change_points(values) == (ChangePoint(30, 1 / (PERMUTATIONS + 1)),)
    assert change_points(values, alpha=ALPHA / 10) == ()


@pytest.mark.parametrize("n", [0, 1, 7, 8, 30])
def test_a_constant_series_has_no_change(n: int) -> None:
    assert change_points([5.0] * n) == ()


def test_a_level_has_four_runs_at_least() -> None:
    values = [0.0] * 20 + [1.0] * 3
    assert [one.index for one in change_points(values)] == [19]
    assert [one.index for one in change_points(values, least=3)] == [20]


def test_one_outlier_is_no_level() -> None:
    values = np.random.default_rng(2).normal(0, 0.01, 40)
    values[20] += 0.5
    assert change_points(values) == ()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        change_points([0.0] * 10 + [bad])


def test_a_level_of_one_run_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        change_points([0.0] * 10, least=1)


def test_the_split_is_that_of_the_definition() -> None:
    """The sums over halves of the distance matrix against the energy distance written out."""
    values = step(np.random.default_rng(4).normal(0, 1, 25), 5.0, 9)
    distances = np.abs(values[:, None] - values[None, :])

    def energy(split: int) -> float:
        left, right = values[:split], values[split:]
        across = np.mean([abs(a - b) for a in left for b in right])
        within = sum(
            np.mean([abs(a - b) for i, a in enumerate(part) for b in part[:i]])
            for part in (left, right)
        )
        return float(len(left) * len(right) / 25 * (2 * across - within))

    best = max(range(4, 22), key=energy)
    assert best_split(distances, 4) == (best, pytest.approx(energy(best)))
