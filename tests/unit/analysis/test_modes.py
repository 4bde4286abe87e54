from __future__ import annotations

import numpy as np
import pytest

from benchhub.analysis.modes import mode_medians, two_modes

SERIES = 2000
SD = 0.03


def share_found(n: int, apart: float, share: float, seed: int) -> float:
    """Share of series in which two modes are found that are `apart` standard deviations apart."""
    draw = np.random.default_rng(seed)
    found = 0
    for _ in range(SERIES):
        slow = draw.random(n) < share
        logs = SD * (draw.normal(size=n) + apart * slow)
        found += two_modes(list(300.0 * np.exp(logs))) is not None
    return found / SERIES


@pytest.mark.parametrize("n", [8, 16, 24, 40])
def test_one_mode_is_rarely_called_two(n: int) -> None:
    assert share_found(n, 0.0, 0.5, seed=n) <= 0.01


@pytest.mark.parametrize(("n", "share", "least"), [(16, 0.5, 0.9), (24, 0.5, 0.98), (40, 0.2, 0.9)])
def test_modes_far_apart_are_found(n: int, share: float, least: float) -> None:
    assert share_found(n, 7.0, share, seed=n) >= least


def test_heavy_tails_are_no_modes() -> None:
    draw = np.random.default_rng(5)
    series = (300.0 * np.exp(SD * draw.standard_t(3, size=24)) for _ in range(SERIES))
    assert sum(two_modes(list(one)) is not None for one in series) <= 0.01 * SERIES


def test_both_modes_are_told() -> None:
    times = [300.0, 345.0, 301.0, 299.0, 346.0, 302.0, 300.5, 344.0, 298.0, 301.5, 347.0, 299.5]
    assert two_modes(times) == (pytest.approx(345.5 / 300.25), pytest.approx(4 / 12))
    found = mode_medians(times)
    assert found is not None
    assert found == pytest.approx((300.25, 345.5, 4 / 12), rel=1e-4)


@pytest.mark.parametrize("n", [16, 24, 40])
def test_a_step_is_no_second_mode(n: int) -> None:
    draw = np.random.default_rng(n)
    times = 300.0 * np.exp(SD * (draw.normal(size=n) + 8 * (np.arange(n) >= n // 2)))
    assert two_modes(list(times)) is None
    assert two_modes(list(draw.permutation(times))) is not None


@pytest.mark.parametrize(
    "times",
    [
        [],
        [300.0],
        [300.0, 345.0] * 3,  # too few
        [300.0] * 20,
        [0.0] * 20,
        [300.0 + i % 3 + 2.0 * (i % 2) for i in range(20)],  # closer than anybody minds
        [300.0 + i % 3 for i in range(18)] + [900.0, 301.0, 900.0],  # two outliers
    ],
)
def test_what_cannot_be_two_modes(times: list[float]) -> None:
    assert two_modes(times) is None
