"""Profiler events become operators; the shapes are those that wheel 2.3.0 was seen to give."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.tools.litert.child.profiling import OperatorTable

NAMES = (("a", "b", "c"), ("inner",))


@dataclass
class Event:
    tag: bytes
    event_type: int
    elapsed_us: int
    metadata1: int = 0
    metadata2: int = 0


def begin(graph: int = 0, invoke_us: int = 100) -> list[Event]:
    return [
        Event(b"LiteRT::Run[buffer registration]", 1, 7),
        Event(b"Invoke", 1, invoke_us, 0, graph),
    ]


def end(graph: int = 0) -> list[Event]:
    return [
        Event(b"Invoke", 32, 1 << 32, (1 << 64) - 1, graph),
        Event(b"LiteRT::Run[Buffer sync]", 1, 6),
    ]


def node(index: int, us: int, tag: bytes = b"CONV_2D", graph: int = 0) -> Event:
    return Event(tag, 2, us, index, graph)


def inside(index: int, us: int, tag: bytes = b"Add (ND)", graph: int = 0) -> Event:
    return Event(tag, 8, us, index, graph)


def rows(*runs: list[Event], main: int = 0) -> tuple[list[dict[str, Any]], OperatorTable]:
    table = OperatorTable(main)
    for run in runs:
        table.add(run)
    return table.rows(NAMES), table


def test_nodes_outside_a_delegate_carry_index_and_output_name() -> None:
    found, table = rows(
        [*begin(), node(0, 10), node(1, 3, b"SOFTMAX"), *end()],
        [*begin(invoke_us=300), node(0, 20), node(1, 3, b"SOFTMAX"), *end()],
    )
    assert [(row["node"], row["name"], row["op"]) for row in found] == [
        (0, "a", "CONV_2D"),
        (1, "b", "SOFTMAX"),
    ]
    first = found[0]
    assert (first["mean_us"], first["min_us"], first["max_us"], first["calls"]) == (15, 10, 20, 1)
    assert first["std_us"] == statistics.stdev([10, 20])
    assert (table.inferences, table.invoke_us) == (2, 400)
    assert table.placement() == {
        "nodes_outside": 2,
        "partitions": 0,
        "delegate_ops": 0,
        "half_ops": 0,
    }


def test_each_partition_starts_at_index_0() -> None:
    run = [*begin(), inside(0, 5), inside(1, 6), node(2, 3), inside(0, 7), *end()]
    found, table = rows(run, run)
    assert [(row["delegated"], row["node"], row["mean_us"]) for row in found] == [
        (True, None, 5),
        (True, None, 6),
        (False, 2, 3),
        (True, None, 7),
    ]
    assert table.placement() == {
        "nodes_outside": 1,
        "partitions": 2,
        "delegate_ops": 3,
        "half_ops": 0,
    }


def test_the_operator_is_what_comes_before_the_kernel() -> None:
    found, _ = rows([*begin(), inside(0, 1, b"Fully Connected (NC, QS8, QC8W) GEMM"), *end()])
    assert found[0]["op"] == "Fully Connected"
    assert found[0]["kernel"] == "Fully Connected (NC, QS8, QC8W) GEMM"


def test_a_loop_counts_the_calls_of_its_body() -> None:
    body = [Event(b"Invoke", 1, 9, 0, 1), inside(0, 2, graph=1), node(0, 1, b"ADD", graph=1)]
    stop = Event(b"Invoke", 32, 1 << 32, 0, 1)
    run = [*begin(), node(0, 40, b"WHILE"), *body, stop, *body, stop, *body, stop, *end()]
    found, table = rows(run)
    assert [(row["op"], row["subgraph"], row["calls"], row["mean_us"]) for row in found] == [
        ("WHILE", 0, 1, 40),
        ("Add", 1, 3, 6),
        ("ADD", 1, 3, 3),
    ]
    assert table.placement() == {
        "nodes_outside": 1,
        "partitions": 0,
        "delegate_ops": 1,
        "half_ops": 0,
    }


def test_a_branch_that_is_not_always_taken_is_averaged_over_all_inferences() -> None:
    found, _ = rows(
        [*begin(), node(0, 4, b"IF"), node(0, 3, b"ADD", graph=1), *end()],
        [*begin(), node(0, 1, b"IF"), *end()],
    )
    branch = found[1]
    assert (branch["calls"], branch["mean_us"], branch["min_us"], branch["max_us"]) == (
        0.5,
        1.5,
        0,
        3,
    )
    assert branch["std_us"] == statistics.stdev([3, 0])


def test_a_single_inference_has_no_spread() -> None:
    found, _ = rows([*begin(), node(0, 4), *end()])
    assert found[0]["std_us"] is None


def test_what_runs_before_the_first_inference_is_no_inference() -> None:
    table = OperatorTable(0)
    table.add([node(0, 4)])
    assert table.inferences == 0


def test_an_index_beyond_the_graph_has_no_name() -> None:
    found, _ = rows([*begin(), node(7, 4), node(0, 4, graph=9), *end()])
    assert [row["name"] for row in found] == ["", ""]


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=5), min_size=2, max_size=20))
def test_mean_and_spread_are_those_of_the_inferences(times: list[list[int]]) -> None:
    found, table = rows(*([*begin(), *(node(0, us) for us in run), *end()] for run in times))
    totals = [sum(run) for run in times]
    row = found[0]
    assert table.inferences == len(times)
    assert row["mean_us"] == pytest.approx(statistics.fmean(totals))
    assert row["std_us"] == pytest.approx(statistics.stdev(totals), rel=1e-6, abs=1e-9)
    assert (row["min_us"], row["max_us"]) == (min(totals), max(totals))
    assert row["calls"] == pytest.approx(sum(map(len, times)) / len(times))
