"""Inputs drawn from a seed."""

from __future__ import annotations

import numpy as np
import pytest

from benchhub.errors import ConfigError
from benchhub.execution.seeded import seeded_values
from benchhub.records import InputSpec, Tensor

MANY = (40, 50)


def drawn(kind: str, spec: InputSpec | None = None, seed: int = 0, name: str = "x") -> np.ndarray:
    content = seeded_values(Tensor(name, kind, MANY), spec, seed)
    return np.frombuffer(content, np.dtype(kind))


def test_seed_and_name_decide_the_values() -> None:
    assert (drawn("float32") == drawn("float32")).all()
    assert (drawn("float32", seed=1) != drawn("float32")).any()
    assert (drawn("float32", name="y") != drawn("float32")).any()
    # Known by heart: a reference that was kept must stay that of its seed.
    assert drawn("int8")[:4].tolist() == [4, 61, -110, -5]


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("int8", -128, 127),
        ("uint8", 0, 255),
        ("bool", 0, 1),
        ("int16", 0, 99),
        ("int32", 0, 99),
        ("int64", 0, 99),
        ("uint64", 0, 99),
    ],
)
def test_whole_numbers_reach_both_ends_of_their_range(kind: str, low: int, high: int) -> None:
    values = drawn(kind)
    assert (int(values.min()), int(values.max())) == (low, high)
    spec = InputSpec("x", None, 0, 1)
    assert set(drawn(kind, spec).tolist()) == {0, 1}


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_floats_fill_their_range(kind: str) -> None:
    assert -0.5 <= drawn(kind).min() < -0.45
    assert 0.45 < drawn(kind).max() <= 0.5
    values = drawn(kind, InputSpec("x", None, 2.0, 3.0))
    assert 2 <= values.min() < 2.1
    assert 2.9 < values.max() <= 3


def test_a_scalar_and_the_largest_numbers_of_a_type() -> None:
    assert len(seeded_values(Tensor("s", "float32", ()), None, 0)) == 4
    spec = InputSpec("x", None, 0, 2.0**63)
    assert drawn("uint64", spec).max() > 2**62


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("int8", 0, 128), ("uint8", -1, 5), ("int32", 0.5, 2), ("bool", 0, 2)]
)
def test_a_range_that_does_not_fit_is_told(kind: str, low: float, high: float) -> None:
    with pytest.raises(ConfigError, match=f"input 'x' is {kind}: the range {low:g},{high:g}"):
        drawn(kind, InputSpec("x", None, low, high))


@pytest.mark.parametrize("kind", ["", "string", "object"])
def test_what_is_no_number_is_told(kind: str) -> None:
    with pytest.raises(ConfigError, match="cannot be filled with numbers"):
        seeded_values(Tensor("x", kind, (1,)), None, 0)
