"""Metrics, with values that were computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from benchhub.models.child.job import JobError
from benchhub.models.child.metrics import class_scores, figures_of, ranks_of, top_k

SCORES = np.float32(
    [
        [0.1, 0.6, 0.2, 0.05, 0.03, 0.02],  # right: the largest
        [0.1, 0.6, 0.2, 0.05, 0.03, 0.02],  # right: the second
        [0.1, 0.6, 0.2, 0.05, 0.03, 0.02],  # right: the last of six
        [0.3, 0.1, 0.3, 0.1, 0.1, 0.1],  # right: as large as class 0, which comes first
    ]
)
LABELS = np.array([1, 2, 5, 2])


def test_top1_and_top5_by_hand() -> None:
    assert ranks_of(SCORES, LABELS).tolist() == [0, 1, 5, 1]
    assert top_k(SCORES, LABELS, "top1") == {"top1": 0.25, "top5": 0.75}
    assert list(top_k(SCORES, LABELS, "top5")) == ["top1", "top5"]


def test_of_equal_scores_the_lower_class_comes_first() -> None:
    same = np.zeros((7, 7), np.float32)
    assert ranks_of(same, np.arange(7)).tolist() == list(range(7))
    assert top_k(same, np.arange(7), "top1") == {"top1": 1 / 7, "top5": 5 / 7}


def test_fewer_than_five_classes_have_no_top5() -> None:
    assert top_k(SCORES[:, :3], np.array([1, 1, 1, 0]), "top1") == {"top1": 1.0}
    with pytest.raises(JobError, match="top5 needs more than 3 classes"):
        top_k(SCORES[:, :3], LABELS, "top5")


def test_an_example_with_nan_counts_as_wrong() -> None:
    scores = SCORES.copy()
    scores[0, 5] = np.nan
    assert top_k(scores, LABELS, "top1") == {"top1": 0.0, "top5": 0.5}


@pytest.mark.parametrize(
    ("shape", "classes"), [((2, 3), 3), ((2, 1, 1, 3), 3), ((2, 1), None), ((2, 4, 3), None)]
)
def test_what_a_vector_of_classes_is(shape: tuple[int, ...], classes: int | None) -> None:
    scores = class_scores(np.zeros(shape, np.float32))
    assert (None if scores is None else scores.shape) == (classes and (2, classes))
    assert class_scores(np.zeros(shape, np.bool_)) is None


@pytest.mark.parametrize(
    ("output", "labels", "message"),
    [
        (np.zeros((4, 1), np.float32), LABELS, r"first output has shape \(1,\)"),
        (np.zeros((4, 8, 8, 3), np.float32), LABELS, "top1 needs one value for each class"),
        (SCORES, None, "class numbers or one-hot rows"),
        (SCORES, LABELS + 1, "there is a label 6, and the model's classes are 0 to 5"),
        (SCORES, LABELS - 2, "there is a label -1"),
    ],
)
def test_what_top1_cannot_be_computed_of(
    output: NDArray[Any], labels: NDArray[np.int64] | None, message: str
) -> None:
    with pytest.raises(JobError, match=message) as caught:
        top_k(output, labels, "top1")
    assert caught.value.kind == "data"
    assert caught.value.advice


@given(
    some.integers(1, 12).flatmap(
        lambda n: some.tuples(
            some.lists(
                some.lists(some.integers(0, 3), min_size=7, max_size=7), min_size=n, max_size=n
            ),
            some.lists(some.integers(0, 6), min_size=n, max_size=n),
        )
    )
)
def test_ranks_are_places_in_a_stable_order(drawn: tuple[list[list[int]], list[int]]) -> None:
    scores, labels = np.array(drawn[0]), np.array(drawn[1])
    order = np.argsort(-scores, axis=1, kind="stable")
    places = [
        int(np.flatnonzero(row == label)[0]) for row, label in zip(order, labels, strict=True)
    ]
    assert ranks_of(scores, labels).tolist() == places
    values = top_k(scores, labels, "top1")
    assert values["top1"] == (scores.argmax(axis=1) == labels).mean()
    assert 0 <= values["top1"] <= values["top5"] <= 1


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        (0.5, {"mine": 0.5}),
        (np.float32(0.5), {"mine": 0.5}),
        (np.array([2]), {"mine": 2.0}),
        ({"map": 0.25, "recall": 1}, {"map": 0.25, "recall": 1.0}),
    ],
)
def test_what_a_function_may_return(said: object, figures: dict[str, float]) -> None:
    assert figures_of(said, "judge:mine") == figures
    assert all(type(value) is float for value in figures_of(said, "judge:mine").values())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (None, "returned NoneType as mine"),
        ("0.5", "returned str"),
        (np.array([1, 2]), "returned ndarray"),
        (float("nan"), "returned nan as mine"),
        ({"a": 1.0, "b": np.float32("inf")}, "returned inf as b"),
        ({}, "returned no figure"),
    ],
)
def test_what_a_function_must_not_return(said: object, message: str) -> None:
    with pytest.raises(JobError, match=message):
        figures_of(said, "judge:mine")
