from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchhub.analysis.statistics import NEEDED_FOR_PERCENTILE
from benchhub.records import Latency
from benchhub.reports.spreads import NEEDED_FOR_QUARTILES, spread


def latency(samples: list[float], *, kept: bool = True) -> Latency:
    return Latency(
        n=len(samples),
        mean_us=float(np.mean(samples)),
        median_us=float(np.median(samples)),
        min_us=min(samples),
        max_us=max(samples),
        std_us=None,
        p5_us=float(np.percentile(samples, 5)),
        p95_us=float(np.percentile(samples, 95)),
        samples_us=tuple(samples) if kept else (),
        source="samples",
    )


MANY = [100.0 + (7 * i % 120) for i in range(120)]


def test_many_inferences_have_all_percentiles() -> None:
    one = spread(latency(MANY), 3)
    assert (one.round, one.n, one.value_us) == (3, 120, np.median(MANY))
    assert (one.q1_us, one.q3_us) == tuple(np.percentile(MANY, (25, 75)))
    assert one.range_us == tuple(np.percentile(MANY, (5, 95)))
    assert not one.is_whole
    assert list(one.samples_us) == sorted(MANY)


@pytest.mark.parametrize(("n", "box"), [(16, False), (17, True), (89, True)])
def test_too_few_inferences_have_no_tails_and_very_few_no_quartiles(n: int, box: bool) -> None:  # noqa: FBT001 - a parameter of the test
    one = spread(latency(MANY[:n]), 1)
    assert one.is_whole
    assert (one.p5_us, one.p95_us) == (None, None)
    assert one.range_us == (min(MANY[:n]), max(MANY[:n]))
    assert (one.q1_us is not None, one.q3_us is not None) == (box, box)


def test_the_needed_numbers_are_those_of_one_formula() -> None:
    assert spread(latency(MANY[:90]), 1).p95_us is not None
    for percent, needed in {**NEEDED_FOR_PERCENTILE, 75: NEEDED_FOR_QUARTILES}.items():
        assert np.ceil(np.log(0.01) / np.log(percent / 100)) == needed


def test_what_the_tool_tells_counts_where_it_keeps_no_inferences() -> None:
    told = spread(latency(MANY, kept=False), 1)
    assert told.range_us == tuple(np.percentile(MANY, (5, 95)))
    assert (told.q1_us, told.q3_us, tuple(told.samples_us)) == (None, None, ())
    silent = spread(replace(latency(MANY, kept=False), p5_us=None, p95_us=None, median_us=None), 1)
    assert silent.is_whole
    assert silent.value_us == pytest.approx(np.mean(MANY))


def test_points_are_chosen_by_rank_with_both_ends() -> None:
    one = spread(latency(MANY), 1)
    chosen = one.points_us(10)
    assert len(chosen) == 10
    assert (chosen[0], chosen[-1]) == (min(MANY), max(MANY))
    assert list(chosen) == sorted(chosen)
    assert list(one.points_us(500)) == sorted(MANY)
