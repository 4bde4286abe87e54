"""The drawn timeline: Chrome's trace events, nested, and never more than was measured."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.exports.trace_events import LABEL, op_timeline
from benchhub.records import OpTime, Profile, Purpose
from tests.unit.tools.litert_bench import Bench


def op(order: int, name: str, mean_us: float, subgraph: int = 0) -> OpTime:
    return OpTime(
        order, name, name, f"t{order}", order, subgraph, None, mean_us, None, None, None, 1
    )


def profile(*ops: OpTime) -> Profile:
    total = sum(one.mean_us for one in ops if one.subgraph == 0)
    return Profile(ops, 10, total, 1.0, "invented")


def slices(document: dict[str, Any], category: str = "op") -> list[dict[str, Any]]:
    return [one for one in document["traceEvents"] if one.get("cat") == category]


def spans(document: dict[str, Any]) -> list[tuple[str, int, float, float]]:
    return [(one["name"], one["tid"], one["ts"], one["dur"]) for one in slices(document)]


def threads(document: dict[str, Any]) -> dict[int, str]:
    named = (one for one in document["traceEvents"] if one["name"] == "thread_name")
    return {one["tid"]: one["args"]["name"] for one in named}


def check(document: dict[str, Any]) -> None:
    """What viewers rely on: types, no negative time, slices of a thread that nest."""
    json.dumps(document, allow_nan=False)
    for one in document["traceEvents"]:
        assert one["ph"] in {"X", "M"}
        assert isinstance(one["pid"], int)
        assert isinstance(one["tid"], int)
    found = slices(document, "inference") + slices(document)
    assert all(one["args"]["timeline"] == LABEL for one in found)
    for thread in {one["tid"] for one in found}:
        mine = [one for one in found if one["tid"] == thread]
        # Nanoseconds, as whole numbers: sums of decimals are not exact.
        edges = [(round(1000 * one["ts"]), round(1000 * one["dur"])) for one in mine]
        assert all(start >= 0 and length >= 0 for start, length in edges)
        for index, (start, length) in enumerate(edges):
            for other, extent in edges[index + 1 :]:
                inside = other + extent <= start + length
                assert inside or other >= start + length


def test_operators_are_laid_end_to_end() -> None:
    document = op_timeline(
        profile(op(0, "CONV_2D", 10.5), op(1, "ADD", 0.25)), "m/int8/none/t1", "pi4"
    )
    check(document)
    assert spans(document) == [("CONV_2D", 1, 0.0, 10.5), ("ADD", 1, 10.5, 0.25)]
    (whole,) = slices(document, "inference")
    assert (whole["ts"], whole["dur"]) == (0.0, 10.75)
    assert document["displayTimeUnit"] == "ms"
    assert document["otherData"]["source"] == "invented"
    assert "synthetic" in threads(document)[1]
    first = slices(document)[0]["args"]
    assert (first["node"], first["mean_us"], first["calls"]) == (0, 10.5, 1)
    assert "min_us" not in first  # not told is not there


def test_a_loop_has_its_body_inside() -> None:
    """The rows of a body follow the loop (litert) or the whole main graph (benchmark_model)."""
    loop, after = op(0, "WHILE", 10.0), op(3, "ADD", 1.0)
    body = (op(1, "LESS", 2.0, 1), op(2, "MUL", 5.0, 2))
    expected = [("WHILE", 1, 0.0, 10.0), ("LESS", 1, 0.0, 2.0), ("MUL", 1, 2.0, 5.0)]
    expected.append(("ADD", 1, 10.0, 1.0))
    for ops in ((loop, *body, after), (loop, after, *body)):
        document = op_timeline(profile(*ops), "c", "d")
        check(document)
        assert spans(document) == expected


@pytest.mark.parametrize(
    "ops",
    [
        (op(0, "WHILE", 3.0), op(1, "IF", 3.0), op(2, "ADD", 1.0), op(3, "MUL", 1.0, 1)),
        (op(0, "WHILE", 3.0), op(1, "MUL", 4.0, 1)),
        (op(0, "ADD", 3.0), op(1, "MUL", 1.0, 1)),
    ],
    ids=["whose is not known", "longer than the loop", "nobody runs it"],
)
def test_a_body_that_fits_nowhere_has_a_thread_of_its_own(ops: tuple[OpTime, ...]) -> None:
    document = op_timeline(profile(*ops), "c", "d")
    check(document)
    assert set(threads(document)) == {1, 2}
    assert "subgraph 1" in threads(document)[2]
    (body,) = (one for one in spans(document) if one[1] == 2)
    assert body[0] == "MUL"
    assert body[2] == 0.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["CONV_2D", "WHILE", "IF"]),
            st.floats(0, 1e7, allow_nan=False),
            st.integers(0, 3),
        ),
        max_size=30,
    )
)
def test_any_profile_nests_and_keeps_its_times(rows: list[tuple[str, float, int]]) -> None:
    ops = [op(order, *row) for order, row in enumerate(rows)]
    document = op_timeline(profile(*ops), "c", "d")
    check(document)
    found = slices(document)
    assert sorted(one["args"]["name"] for one in found) == sorted(one.name for one in ops)
    main = [one for one in found if one["args"]["mean_us"] == pytest.approx(one["dur"], abs=0.05)]
    assert len(main) == len(found)
    for one, following in pairwise(one for one in found if one["tid"] > 1):
        assert following["tid"] != one["tid"] or following["ts"] >= one["ts"]


def test_a_real_loop(tmp_path: Path) -> None:
    reading = Bench(tmp_path)("lstm", purpose=Purpose.PROFILE, delegate="none")
    assert reading.profile
    document = op_timeline(reading.profile, "lstm/float32/none/t1", "host")
    check(document)
    assert set(threads(document)) == {1}
    (loop,) = (one for one in slices(document) if one["name"] == "WHILE")
    inner = [one for one in slices(document) if one["args"]["subgraph"] != 0]
    assert len(inner) > 10
    assert all(one["ts"] + one["dur"] <= loop["ts"] + loop["dur"] + 0.001 for one in inner)
