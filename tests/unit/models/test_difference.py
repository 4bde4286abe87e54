"""How far outputs are apart, with values that were computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from benchhub.models.child import difference as module
from benchhub.models.child.difference import difference
from benchhub.models.child.job import JobError

REFERENCE = np.float32([[1, 0, 0], [0, 3, 4]])
OTHER = np.float32([[1, 1, 0], [0, 4, 3]])


def test_by_hand() -> None:
    found = difference({"y": OTHER}, {"y": REFERENCE})
    assert found["max_abs"] == 1.0
    assert found["mean_abs"] == pytest.approx(3 / 6)
    # Angles of 45 degrees, and of vectors whose product is 24 and whose lengths are 5.
    assert found["cosine"] == pytest.approx((0.5**0.5 + 0.96) / 2)
    assert found["top1_agreement"] == 0.5


def test_all_outputs_count_and_the_first_one_has_the_classes() -> None:
    mine = {"y": REFERENCE, "z": np.int64([[7], [5]])}
    other = {"z": np.int64([[5], [5]]), "y": REFERENCE}
    found = difference(mine, other)
    assert (found["max_abs"], found["top1_agreement"]) == (2.0, 1.0)
    assert found["mean_abs"] == pytest.approx(2 / 8)
    # (1 + 35) / (sqrt(50) sqrt(26)) and 1.
    assert found["cosine"] == pytest.approx((36 / (50 * 26) ** 0.5 + 1) / 2)


def test_outputs_of_other_names_belong_together_by_their_order() -> None:
    found = difference({"a": OTHER, "b": OTHER}, {"y": OTHER, "z": REFERENCE})
    assert found["max_abs"] == 1.0
    assert found["mean_abs"] == pytest.approx(3 / 12)


def test_no_cosine_of_zeros_and_no_agreement_without_classes() -> None:
    zeros = np.zeros((2, 2, 2), np.float32)
    found = difference({"y": zeros}, {"y": zeros + 1})
    assert (found["max_abs"], found["mean_abs"]) == (1.0, 1.0)
    assert found["cosine"] is None
    assert found["top1_agreement"] is None


@pytest.mark.parametrize(
    ("mine", "other", "message"),
    [
        ({"y": OTHER}, {"y": REFERENCE, "z": OTHER}, "it has 1 outputs, the reference variant 2"),
        ({"y": OTHER}, {"y": REFERENCE[:, :2]}, r"shape \(2, 3\), that of the reference .* \(2, 2"),
        ({"y": OTHER * np.nan}, {"y": REFERENCE}, "its outputs are not all finite"),
        ({"y": OTHER}, {"y": OTHER + np.float32([0, 0, np.inf])}, "reference variant are not all"),
    ],
)
def test_what_has_no_difference(
    mine: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]], message: str
) -> None:
    with pytest.raises(JobError, match=message):
        difference(mine, other)


NUMBERS = some.floats(-100, 100, width=32)


@given(some.data())
def test_many_chunks_give_what_one_gives(data: some.DataObject) -> None:
    shape = data.draw(some.tuples(some.integers(1, 9), some.integers(2, 4)))
    mine, other = (data.draw(arrays.arrays(np.float32, shape, elements=NUMBERS)) for _ in "ab")
    whole = difference({"y": mine}, {"y": other})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK_VALUES", 5)
        parts = difference({"y": mine}, {"y": other})
    assert parts == {key: value and pytest.approx(value) for key, value in whole.items()}
    apart = np.abs(mine.astype(np.float64) - other.astype(np.float64))
    assert whole["max_abs"] == apart.max()
    assert whole["mean_abs"] == pytest.approx(apart.mean())
    assert whole["cosine"] is None or -1 <= whole["cosine"] <= 1
    same = difference({"y": mine}, {"y": mine})
    assert (same["max_abs"], same["top1_agreement"]) == (0.0, 1.0)
