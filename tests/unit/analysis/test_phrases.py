from __future__ import annotations

import pytest

from benchhub.analysis.phrases import (
    MINUS,
    change,
    count,
    figure,
    metric_change,
    metric_size,
    percent,
    plain,
    signed_ms,
    size,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.1184, "0.118"), (12.44, "12.4"), (0.09996, "0.100"), (12345.6, "12346")],
)
def test_three_digits_are_enough(value: float, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (10.0, "10"), (0.0001, "0.0001"), (100.0, "100"), (1e-12, "1e-12")],
)
def test_a_limit_is_written_as_it_was_given(value: float, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("metric", "change", "text"),
    [
        ("top1", -0.01, f"top-1 {MINUS}1 point"),
        ("top5", 0.004, "top-5 +0.4 points"),
        ("top1", 0.97 - 0.96 - 0.01, "top-1 the same"),
        ("f1", -0.0123, f"f1 {MINUS}0.0123"),
    ],
)
def test_how_a_figure_of_accuracy_differs(metric: str, change: float, text: str) -> None:
    assert metric_change(metric, change) == text


def test_a_size_has_no_sign() -> None:
    assert metric_size("top1", -0.0253) == "2.53 points"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (1, "1 byte"),
        (-1, f"{MINUS}1 byte"),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.00 kB"),
        (26_512, "26.5 kB"),
        (999_400, "999 kB"),
        (999_900, "1.00 MB"),
        (-6_700_000, f"{MINUS}6.70 MB"),
        (3.2e12, "3.20 TB"),
        (3.2e16, "32000 TB"),
    ],
)
def test_sizes(amount: float, text: str) -> None:
    assert size(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0"), (812, "812"), (-5, f"{MINUS}5"), (10_800_000, "10.8 M")]
)
def test_counts(amount: float, text: str) -> None:
    assert count(amount) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.061, "+6.1 %"), (1.0, "0.0 %"), (0.9999, "0.0 %"), (0.9, f"{MINUS}10.0 %")],
)
def test_a_ratio_is_written_as_a_change(ratio: float, text: str) -> None:
    assert change(ratio) == text


@pytest.mark.parametrize(("share", "text"), [(0.03, "3 %"), (0.07, "7 %"), (0.025, "2.5 %")])
def test_a_share_is_written_as_it_was_given(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0.0, "0 ms"),
        (0.004, "0 ms"),
        (-0.004, "0 ms"),
        (0.77, "+0.00077 ms"),
        (-31.26, f"{MINUS}0.0313 ms"),
        (2_896.0, "+2.90 ms"),
        (-123_456.0, f"{MINUS}123 ms"),
    ],
)
def test_a_difference_of_times_has_a_sign(us: float, text: str) -> None:
    assert signed_ms(us) == text
