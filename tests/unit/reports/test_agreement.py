"""How differences of outputs are told."""

from __future__ import annotations

import pytest

from benchhub.records import Agreement, Tensor, Verify
from benchhub.reports.agreement import difference, meaning, units, within


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EN DASH}"),
        (0.0, "0"),
        (0.25, "0.250"),
        (0.000123, "0.000123"),
        (2.98e-8, "2.98e-8"),
        (1e-12, "1e-12"),
        (9876.0, "9876"),
        (1.4e20, "1.4e+20"),
    ],
)
def test_a_difference_is_short_however_small(value: float | None, text: str) -> None:
    assert difference(value) == text


def test_only_limits_that_were_given_are_named() -> None:
    assert within(Verify(max_abs=0.001)) == "max_abs 0.001"
    assert within(Verify(max_rel=0.01)) == "max_rel 0.01"
    assert within(Verify(max_abs=0.001, max_rel=0.01)) == "max_abs 0.001 or max_rel 0.01"
    assert within(Verify()) == "max_abs 0"


def test_sentences() -> None:
    limits = Verify(max_abs=0.001)
    assert meaning(Agreement(1, 0, 0.0, 0.0, ""), limits) == (
        "The outputs, 1 element, are those of the host's CPU."
    )
    assert meaning(Agreement(1000, 0, 3e-4, None, "y[0]: 1 instead of 1.0003"), limits) == (
        "The outputs agree with the host's CPU within max_abs 0.001; largest difference of "
        "1000 elements: 0.000300."
    )
    assert meaning(Agreement(10, 2, 0.5, 0.25, "y[0]: 1.5 instead of 2"), limits) == (
        "2 of 10 elements of the outputs differ from the host's CPU by more than max_abs 0.001; "
        "largest difference 0.500 (0.250 in proportion)."
    )
    assert "largest difference \N{EN DASH}." in meaning(Agreement(1, 1, None, None, ""), limits)


def test_steps_of_quantised_outputs() -> None:
    assert units([Tensor("y", "float32", (1,)), Tensor("i", "int32", (1,))]) == ""
    steps = [Tensor(f"q{i}", "int8", (1,), 0.5, 0) for i in range(5)]
    assert units(steps[:1]) == "q0 is int8, compared in real values, a step is 0.500"
    assert units(steps).endswith(
        "q2 is int8, compared in real values, a step is 0.500; 2 more likewise"
    )
