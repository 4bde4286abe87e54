from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchhub.analysis.statistics import NEEDED_FOR_PERCENTILE, estimate, percentile

times = st.floats(min_value=0.1, max_value=1e7)


def test_nothing_gives_nothing() -> None:
    assert estimate([]) is None


def test_a_single_process_has_no_interval() -> None:
    found = estimate([250.0])
    assert found is not None
    assert (found.value_us, found.low_us, found.relative, found.n) == (
        pytest.approx(250.0),
        None,
        None,
        1,
    )


@given(st.lists(times, min_size=2, max_size=30))
def test_the_interval_is_scipys_t_interval_on_log_times(values: list[float]) -> None:
    found = estimate(values)
    assert found is not None
    logs = np.log(values)
    assert found.value_us == pytest.approx(float(np.exp(logs.mean())))
    error = float(stats.sem(logs))
    half = float(stats.t.ppf(0.975, len(values) - 1)) * error
    assert found.low_us == pytest.approx(math.exp(logs.mean() - half), rel=1e-6)
    assert found.high_us == pytest.approx(math.exp(logs.mean() + half), rel=1e-6)


@given(st.lists(times, min_size=2, max_size=20), st.floats(min_value=0.01, max_value=100))
def test_a_slower_clock_scales_everything(values: list[float], factor: float) -> None:
    one, other = estimate(values), estimate([value * factor for value in values])
    assert one is not None
    assert other is not None
    assert other.value_us == pytest.approx(one.value_us * factor)
    assert other.relative == pytest.approx(one.relative, rel=1e-6, abs=1e-9)


def test_percentiles_need_enough_inferences() -> None:
    for percent, needed in NEEDED_FOR_PERCENTILE.items():
        assert needed == math.ceil(math.log(0.01) / math.log(percent / 100))
        assert percentile([1.0] * (needed - 1), percent) is None
        assert percentile([1.0] * needed, percent) == 1.0
