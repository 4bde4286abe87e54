from __future__ import annotations

import math

import pytest

from benchhub.reports import numbers


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (249.3, "0.249"),
        (0.5, "0.00050"),  # no tool measures finer than 10 ns
        (999.6, "1.00"),  # rounds up into the next power of ten
        (3100, "3.10"),
        (12_449, "12.4"),
        (211_999, "212"),
        (1_234_567, "1235"),
        (-14.9, "\N{MINUS SIGN}0.0149"),
        (0, "0"),
        (None, numbers.MISSING),
    ],
)
def test_milliseconds_have_three_significant_digits(us: float | None, text: str) -> None:
    assert numbers.ms(us) == text


def test_megabytes_are_decimal() -> None:
    assert numbers.megabytes(6_700_000) == "6.70"
    assert numbers.megabytes(None) == numbers.MISSING


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.6142, "61.4\u00a0%"),
        (0.0234, "2.3\u00a0%"),
        (1.0, "100\u00a0%"),
        (0.9996, "100\u00a0%"),
        (1.2345, "123\u00a0%"),
        (0.0004, "< 0.1\u00a0%"),
        (-0.061, "\N{MINUS SIGN}6.1\u00a0%"),
        (-0.0004, "> \N{MINUS SIGN}0.1\u00a0%"),
        (0.0, "0\u00a0%"),
        (None, numbers.MISSING),
    ],
)
def test_percentages_are_no_finer_than_a_tenth(fraction: float | None, text: str) -> None:
    assert numbers.percent(fraction) == text


def test_a_ratio_carries_its_sign() -> None:
    assert numbers.ratio(2.4137) == "2.41\N{MULTIPLICATION SIGN}"
    assert numbers.ratio(None) == numbers.MISSING


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.42, "0.420 s"),
        (12.44, "12.4 s"),
        (90, "90.0 s"),
        (119.9, "2 min"),
        (185, "3 min 5 s"),
        (7440, "2 h 4 min"),
        (None, numbers.MISSING),
    ],
)
def test_spans_of_time_carry_their_unit(value: float | None, text: str) -> None:
    assert numbers.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(6.13, 1, "+6.1"), (-0.25, 1, "\N{MINUS SIGN}0.2"), (-0.01, 1, "0.0"), (20, 0, "+20")],
)
def test_changes_carry_their_sign(value: float, places: int, text: str) -> None:
    assert numbers.signed(value, places) == text


def test_a_time_that_is_not_nothing_is_not_written_as_nothing() -> None:
    assert numbers.ms(0.004) == "< 0.00001"
    assert numbers.ms(0.0) == "0"


def test_what_is_no_number_is_said_to_be_none() -> None:
    assert numbers.ms(math.nan) == "nan"
    assert numbers.number(-math.inf) == f"{numbers.MINUS}inf"
