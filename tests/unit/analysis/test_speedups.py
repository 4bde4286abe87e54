from __future__ import annotations

import math

import pytest
from scipy import stats

from benchhub.analysis.speedups import Speedup, geometric_mean, speedup
from benchhub.analysis.statistics import Estimate, estimate

SLOW = [412.0, 405.0, 431.0, 409.0, 420.0]
FAST = [199.0, 204.0, 187.0]


def made(values_us: list[float]) -> Estimate:
    found = estimate(values_us)
    assert found
    return found


def test_the_interval_is_that_of_welchs_test_on_logarithms() -> None:
    found = speedup(made(SLOW), made(FAST))
    logs = [[math.log(value) for value in values] for values in (SLOW, FAST)]
    theirs = stats.ttest_ind(*logs, equal_var=False).confidence_interval(0.95)
    assert found.low == pytest.approx(math.exp(theirs.low), rel=1e-9)
    assert found.high == pytest.approx(math.exp(theirs.high), rel=1e-9)
    assert found.ratio == pytest.approx(stats.gmean(SLOW) / stats.gmean(FAST), rel=1e-12)
    assert found.significant


def test_the_other_way_round_is_the_inverse() -> None:
    there, back = speedup(made(SLOW), made(FAST)), speedup(made(FAST), made(SLOW))
    assert (there.low, back.high) != (None, None)
    assert 1 / there.ratio == pytest.approx(back.ratio)
    assert 1 / (there.low or 0) == pytest.approx(back.high)
    assert back.significant


def test_a_difference_within_the_noise_is_not_significant() -> None:
    found = speedup(made([100.0, 108.0, 96.0]), made([101.0, 95.0, 104.0]))
    assert found.low is not None
    assert found.low < 1 < (found.high or 0)
    assert found.significant is False


@pytest.mark.parametrize(("slow", "fast"), [([400.0], FAST), (SLOW, [200.0])])
def test_one_process_gives_no_interval(slow: list[float], fast: list[float]) -> None:
    found = speedup(made(slow), made(fast))
    assert (found.low, found.high, found.significant) == (None, None, None)
    assert found.ratio == pytest.approx(made(slow).value_us / made(fast).value_us)


def test_processes_that_agree_exactly_give_an_interval_of_no_width() -> None:
    found = speedup(made([400.0, 400.0]), made([200.0, 200.0]))
    assert found.low == pytest.approx(2.0)
    assert found.high == pytest.approx(2.0)


def test_the_mean_of_a_ratio_and_its_inverse_is_one() -> None:
    assert geometric_mean([4.0, 0.25]) == pytest.approx(1.0)
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)


def test_an_interval_that_ends_below_one_is_significant() -> None:
    assert Speedup(0.8, 0.7, 0.9).significant
    assert not Speedup(0.95, 0.8, 1.1).significant
