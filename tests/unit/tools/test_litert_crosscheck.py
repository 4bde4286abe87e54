"""Figures of one reading that contradict each other are told."""

from __future__ import annotations

import pytest

from benchhub.records import Latency, OpTime, Placement, Profile, Severity
from benchhub.tools.crosscheck import check_node_count, check_op_times


def op(mean_us: float, *, subgraph: int = 0, delegate: str | None = None, order: int = 0) -> OpTime:
    return OpTime(
        order, "CONV_2D", "CONV_2D", "out", order, subgraph, delegate, mean_us, None, None, None, 1
    )


def profile(*ops: OpTime) -> Profile:
    total = sum(row.mean_us for row in ops if row.subgraph == 0)
    return Profile(ops, 50, total, 1.0, "litert events")


def latency(mean_us: float) -> Latency:
    return Latency(50, mean_us, mean_us, mean_us, mean_us, 0.0, None, None, (), "samples")


@pytest.mark.parametrize("mean_us", [960.0, 1000.0, 1240.0])
def test_agreement_is_silent(mean_us: float) -> None:
    assert check_op_times(profile(op(600), op(400)), latency(mean_us), 0.0) is None


@pytest.mark.parametrize("mean_us", [940.0, 1260.0])
def test_contradiction_names_both_figures(mean_us: float) -> None:
    finding = check_op_times(profile(op(600), op(400)), latency(mean_us), 0.0)
    assert finding is not None
    assert (finding.id, finding.severity) == ("check.op_times", Severity.SILENT)
    assert f"sum 1000.0 us, latency {mean_us:.1f} us" in finding.meaning


def test_what_is_cut_off_and_what_the_profiler_costs_are_allowed_for() -> None:
    small = profile(*(op(0.0) for _ in range(70)))
    assert check_op_times(small, latency(237.0), 120.0) is None
    assert check_op_times(small, latency(238.0), 120.0) is not None


def test_inner_graphs_are_part_of_the_operator_that_runs_them() -> None:
    nested = profile(op(1000), *(op(300, subgraph=2) for _ in range(3)))
    assert check_op_times(nested, latency(1000), 0.0) is None


def test_no_operators_at_all_contradict_a_latency() -> None:
    assert check_op_times(profile(), latency(1000), 120.0) is not None


def placement(total: int | None, delegated: int | None) -> Placement:
    return Placement("xnnpack", "xnnpack", delegated, total, 1, "test")


def test_one_row_for_each_node_outside_the_delegate() -> None:
    rows = profile(op(1, delegate="xnnpack"), op(1, delegate="xnnpack"), op(3), op(1, subgraph=1))
    assert check_node_count(rows, placement(5, 4)) is None
    finding = check_node_count(rows, placement(5, 3))
    assert finding is not None
    assert finding.id == "check.node_count"
    assert "1 nodes outside the delegate" in finding.meaning


@pytest.mark.parametrize("known", [(None, 3), (5, None)])
def test_an_unknown_placement_is_not_checked(known: tuple[int | None, int | None]) -> None:
    assert check_node_count(profile(op(1)), placement(*known)) is None
