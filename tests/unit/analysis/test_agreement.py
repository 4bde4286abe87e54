"""Comparison of outputs, against the same rules written for one element at a time."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis import agreement
from benchhub.analysis.agreement import IncomparableError, compare
from benchhub.records import Tensor, Verify

REALS = st.floats(width=32) | st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 1e-45])
PAIRS = st.lists(st.tuples(REALS, REALS) | REALS.map(lambda x: (x, x)), min_size=1, max_size=30)
SIZES = st.sampled_from([0.0, 1e-6, 0.25, 1.0, 1e30]) | st.floats(0, 1e9)
LIMITS = st.builds(Verify, max_abs=SIZES, max_rel=SIZES)
X = Tensor("x", "float32", (4,))


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def outside(want: float, have: float, limits: Verify) -> bool:
    if want == have or (math.isnan(want) and math.isnan(have)):
        return False
    if not (math.isfinite(want) and math.isfinite(have)):
        return True
    off = abs(have - want)
    return off > limits.max_abs and off > limits.max_rel * abs(want)


@given(PAIRS, LIMITS)
def test_counts_what_is_outside_as_a_loop_over_elements_does(
    pairs: list[tuple[float, float]], limits: Verify
) -> None:
    wanted, found = zip(*pairs, strict=True)
    tensor = Tensor("y", "float32", (len(pairs),))
    told = compare([tensor], floats(*wanted), floats(*found), limits)
    assert told.elements == len(pairs)
    assert told.outside == sum(outside(*pair, limits) for pair in pairs)
    finite = [abs(b - a) for a, b in pairs if math.isfinite(a) and math.isfinite(b)]
    same = [0.0 for a, b in pairs if a == b or (math.isnan(a) and math.isnan(b))]
    assert told.max_abs == max(finite + same, default=None)
    assert told.max_abs is None or math.isfinite(told.max_abs)
    assert told.max_rel is None or math.isfinite(told.max_rel)


@given(st.binary(min_size=16, max_size=16), LIMITS)
def test_the_same_bytes_agree_whatever_they_are(values: bytes, limits: Verify) -> None:
    told = compare([X], values, values, limits)
    assert (told.outside, told.max_abs, told.max_rel, told.worst) == (0, 0.0, 0.0, "")


@given(PAIRS, SIZES, SIZES, SIZES)
def test_wider_limits_never_put_more_outside(
    pairs: list[tuple[float, float]], narrow: float, more: float, rel: float
) -> None:
    wanted, found = zip(*pairs, strict=True)
    tensor = Tensor("y", "float32", (len(pairs),))
    counts = [
        compare(
            [tensor], floats(*wanted), floats(*found), Verify(max_abs=size, max_rel=rel)
        ).outside
        for size in (narrow, narrow + more)
    ]
    assert counts[1] <= counts[0]


@given(
    st.lists(st.tuples(st.integers(-128, 127), st.integers(-128, 127)), min_size=1, max_size=20),
    st.sampled_from([0.5, 0.0039, 12.0]),
    st.integers(-128, 127),
    LIMITS,
)
def test_quantised_outputs_are_compared_as_what_they_stand_for(
    pairs: list[tuple[int, int]], scale: float, zero_point: int, limits: Verify
) -> None:
    tensor = Tensor("q", "int8", (len(pairs),), scale, zero_point)
    wanted, found = (struct.pack(f"<{len(pairs)}b", *side) for side in zip(*pairs, strict=True))
    told = compare([tensor], wanted, found, limits)
    real = [((a - zero_point) * scale, (b - zero_point) * scale) for a, b in pairs]
    assert told.max_abs == pytest.approx(max(abs(b - a) for a, b in real))
    raw = compare([Tensor("q", "int8", (len(pairs),))], wanted, found, Verify(max_abs=0))
    assert raw.max_abs == max(abs(b - a) for a, b in pairs)
    assert raw.outside == sum(a != b for a, b in pairs)


@given(PAIRS, LIMITS, st.integers(1, 7))
def test_outputs_of_any_size_are_compared_in_blocks(
    pairs: list[tuple[float, float]], limits: Verify, block: int
) -> None:
    wanted, found = zip(*pairs, strict=True)
    tensor = Tensor("y", "float32", (len(pairs), 1))
    whole = compare([tensor], floats(*wanted), floats(*found), limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "BLOCK", block)
        assert compare([tensor], floats(*wanted), floats(*found), limits) == whole


def test_the_worst_element_is_named() -> None:
    tensor = Tensor("y", "float32", (2, 3))
    wanted, found = floats(0, 1, 2, 3, 4, 5), floats(0, 1, 2.125, 3, 4, 5.5)
    told = compare([tensor], wanted, found, Verify(max_abs=1))
    assert (told.outside, told.max_abs, told.max_rel) == (0, 0.5, 0.1)
    assert told.worst == "y[1, 2]: 5.5 instead of 5"
    # In proportion, the other one is farther off; only that is beyond the limit.
    told = compare([tensor], wanted, floats(0, 1, 2.5, 3, 4, 5.5), Verify(max_rel=0.2))
    assert (told.outside, told.worst) == (1, "y[0, 2]: 2.5 instead of 2")


def test_no_number_is_worse_than_any_number() -> None:
    told = compare([X], floats(1, 2, 3, 4), floats(1e30, 2, math.nan, 4), Verify(max_abs=0.1))
    assert (told.outside, told.worst) == (2, "x[2]: nan instead of 3")
    assert told.max_abs == pytest.approx(1e30)
    told = compare([X], floats(math.inf, 2, 3, 4), floats(-math.inf, 2, 3, 4), Verify(max_rel=9))
    assert (told.outside, told.max_abs) == (1, 0.0)


def test_an_output_of_nothing_but_nan_has_no_difference() -> None:
    scalar = Tensor("s", "float32", ())
    told = compare([scalar], floats(1), floats(math.nan), Verify(max_abs=1))
    assert (told.elements, told.outside, told.max_abs, told.max_rel) == (1, 1, None, None)
    assert told.worst == "s: nan instead of 1"


def test_neighbours_of_large_integers_differ() -> None:
    ids = Tensor("ids", "int64", (2,))
    told = compare(
        [ids], struct.pack("<2q", 2**60, 7), struct.pack("<2q", 2**60 + 1, 7), Verify(max_abs=0.5)
    )
    assert (told.outside, told.max_abs) == (1, 1.0)


def test_several_outputs_of_several_types() -> None:
    tensors = [
        Tensor("flags", "bool", (3,)),
        Tensor("half", "float16", (2,)),
        Tensor("empty", "float32", (0,)),
        Tensor("u", "uint8", (1,), 0.5, 128),
    ]
    half = np.array([1, 2], "<f2").tobytes()
    wanted = b"\x01\x00\x01" + half + b"\x82"
    assert compare(tensors, wanted, b"\xff\x00\x01" + half + b"\x82", Verify()).outside == 0
    told = compare(tensors, wanted, b"\x01\x01\x01" + half + b"\x84", Verify(max_abs=0.9))
    assert (told.elements, told.outside, told.max_abs) == (6, 2, 1.0)
    assert compare(tensors, wanted, wanted[:-1] + b"\x84", Verify(max_abs=1)).outside == 0


@pytest.mark.parametrize(
    ("tensors", "wanted", "found", "message"),
    [
        ([X], bytes(16), bytes(12), "its outputs have 12 bytes, those of the host 16"),
        ([X], bytes(15), bytes(16), "the host's outputs have 15 bytes instead of 16"),
        ([Tensor("s", "", (2,))], b"", b"", "output 's' is no tensor of numbers"),
        ([Tensor("s", "int4", (2,))], b"", b"", "output 's' is no tensor of numbers"),
        ([Tensor("s", "float32", (0, 3))], b"", b"", "the outputs have no element"),
    ],
)
def test_what_cannot_be_compared_is_told(
    tensors: list[Tensor], wanted: bytes, found: bytes, message: str
) -> None:
    with pytest.raises(IncomparableError, match=message):
        compare(tensors, wanted, found, Verify(max_abs=1))
