from __future__ import annotations

import pytest

from benchhub.analysis.phrases import MINUS, figure, metric_change, metric_size, plain


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
