from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis.roofline import Roofline, roofline
from benchhub.analysis.statistics import Estimate
from benchhub.analysis.summary import CaseSummary, summarise
from benchhub.records import (
    Case,
    Configuration,
    CopyRate,
    GraphFacts,
    ModelVariant,
    NodeCost,
    OpTime,
    Peak,
    Peaks,
    Placement,
    Purpose,
    Run,
    XnnpackOptions,
)

from ..reports.invented import make_plan
from .recorded_profiles import recorded_profile
from .test_operators import profiled

MACHINE = Peak(
    "float32", 1, "none", gmacs_per_s=100.0, gbytes_per_s=10.0,
    copies=(CopyRate(1_000_000, 50.0, "c"), CopyRate(100_000_000, 10.0, "c")),
)  # fmt: skip
PEAKS = Peaks(1, "d", "2026-11-21T10:00:00+00:00", "r", "litert 2.3.0", (MACHINE,))
positive = st.floats(1e-3, 1e9)


def a_case(
    *ops: OpTime,
    delegate: str = "none",
    options: XnnpackOptions | None = None,
    applied: str | None = None,
) -> CaseSummary:
    variant = ModelVariant("m", "float32", "m.tflite", "", 1)
    case = Case(variant, Configuration(delegate, delegate, 1, options=options))
    one = replace(profiled(*ops), case_id=case.id, purpose=Purpose.PROFILE)
    if applied:
        placement = Placement(delegate, applied, None, None, None, "test")
        one = replace(one, reading=replace(one.reading, placement=placement))
    run = Run(replace(make_plan((case,), ("d",)), reference=None), (), (one,), None)
    return summarise(run).devices[0].cases[0]


def a_graph(*nodes: NodeCost) -> GraphFacts:
    return GraphFacts(1, 1, 1, None, nodes)


def row(index: int, op: str, mean_us: float) -> OpTime:
    return OpTime(index, op, op, "", index, 0, None, mean_us, None, None, None, 1.0)


def one_op(
    macs: int | None,
    moved: int | None,
    us: float,
    peaks: Peaks | None = PEAKS,
    dtype: str = "float32",
) -> Roofline:
    cost = NodeCost(0, "CONV_2D", "y", macs, moved, dtype)
    found = roofline(a_case(row(0, "CONV_2D", us)), a_graph(cost), peaks)
    assert found is not None
    return found


def test_bound_by_computing() -> None:
    (work,) = one_op(1_000_000, 1000, 20.0).works
    assert work.gmacs_per_s == pytest.approx(50.0)
    assert work.gbytes_per_s == pytest.approx(0.05)
    assert work.intensity == pytest.approx(1000.0)
    assert (work.share, work.bound) == (pytest.approx(0.5), "compute")
    assert work.headroom_us == pytest.approx(10.0)


def test_bound_by_memory_beyond_the_caches() -> None:
    (work,) = one_op(1_000_000, 200_000_000, 40_000.0).works
    # 0.2 GB at 10 GB/s take 20 ms.
    assert (work.share, work.bound) == (pytest.approx(0.5), "memory")


def test_small_tensors_may_come_from_a_cache() -> None:
    (work,) = one_op(0, 500_000, 20.0).works
    # 0.5 MB at the 50 GB/s of a copy of 1 MB take 10 us.
    assert (work.gmacs_per_s, work.intensity) == (None, None)
    assert work.gbytes_per_s == pytest.approx(25.0)
    assert (work.share, work.bound, work.headroom_us) == (
        pytest.approx(0.5), "memory", pytest.approx(10.0),
    )  # fmt: skip


def test_a_share_over_one_stays_and_is_explained() -> None:
    found = one_op(1_000_000, 1000, 5.0)
    (work,) = found.works
    assert (work.share, work.headroom_us) == (pytest.approx(2.0), 0.0)
    assert "1 over 100 %" in found.note


def test_without_calibration_there_are_rates_and_no_shares() -> None:
    found = one_op(1_000_000, 1000, 20.0, None)
    (work,) = found.works
    assert work.gmacs_per_s == pytest.approx(50.0)
    assert (work.share, work.bound, work.headroom_us) == (None, "", None)
    assert (found.peak, found.peaks, found.headroom_us, found.measured) == (None, (), None, "")


@pytest.mark.parametrize(
    ("macs", "moved", "us"), [(None, 1000, 20.0), (1000, None, 20.0), (1000, 0, 20.0), (9, 9, 0.4)]
)
def test_what_is_not_known_has_no_share(macs: int | None, moved: int | None, us: float) -> None:
    (work,) = one_op(macs, moved, us).works
    assert work.cost is not None
    assert (work.share, work.headroom_us) == (None, None)


def test_another_type_was_not_calibrated() -> None:
    found = one_op(1000, 1000, 20.0, dtype="int16")
    assert found.works[0].share is None
    assert found.note == "d was not calibrated for int16 none t1"
    moving = one_op(0, 500_000, 20.0, dtype="int16")
    assert moving.works[0].share == pytest.approx(0.5)  # a copy is a copy


def test_a_profile_that_was_disturbed_is_told() -> None:
    case = a_case(row(0, "CONV_2D", 40.0))
    graph = a_graph(NodeCost(0, "CONV_2D", "y", 1_000_000, 1000, "float32"))
    for latency_us, told in ((35.0, False), (20.0, True)):
        found = roofline(replace(case, latency=Estimate(latency_us, None, None, 1)), graph, PEAKS)
        assert found is not None
        assert ("something disturbed the profile" in found.note) is told
        assert ("2.0 times" in found.note) is told


def test_nothing_without_profile_or_graph() -> None:
    assert roofline(a_case(), a_graph(), PEAKS) is None
    assert roofline(a_case(row(0, "ADD", 1.0)), None, PEAKS) is None


def test_most_headroom_first_and_untold_last() -> None:
    case = a_case(
        row(0, "CONV_2D", 20.0), row(1, "CUSTOM", 500.0), row(2, "CONV_2D", 100.0),
        row(3, "CUSTOM", 900.0), row(4, "CONV_2D", 11.0),
    )  # fmt: skip
    costs = [NodeCost(index, "CONV_2D", "y", 1_000_000, 1000, "float32") for index in (0, 2, 4)]
    others = [NodeCost(index, "CUSTOM", "y", None, None, "float32") for index in (1, 3)]
    found = roofline(case, a_graph(*sorted(costs + others, key=lambda one: one.node)), PEAKS)
    assert found is not None
    assert [work.row.op.order for work in found.works] == [2, 0, 4, 3, 1]
    assert found.headroom_us == pytest.approx(90.0 + 10.0 + 1.0)
    assert found.peak == MACHINE


def test_operators_of_further_graphs_have_no_node() -> None:
    case = a_case(row(0, "WHILE", 50.0), replace(row(0, "CONV_2D", 40.0), subgraph=1))
    found = roofline(case, a_graph(NodeCost(0, "WHILE", "y", None, None)), PEAKS)
    assert found is not None
    assert [(work.row.op.op, work.cost is None) for work in found.works] == [
        ("WHILE", False), ("CONV_2D", True),
    ]  # fmt: skip


def test_a_delegate_that_did_not_run_is_not_held_against_it() -> None:
    cost = NodeCost(0, "CONV_2D", "y", 1_000_000, 1000, "float32")
    fallen = a_case(row(0, "CONV_2D", 20.0), delegate="gpu", applied="none")
    found = roofline(fallen, a_graph(cost), PEAKS)
    assert found is not None
    assert found.peak == MACHINE
    ran = roofline(a_case(row(0, "CONV_2D", 20.0), delegate="gpu"), a_graph(cost), PEAKS)
    assert ran is not None
    assert ran.peak is None


def in_xnnpack(kernel: str) -> OpTime:
    name = kernel.split(" (", maxsplit=1)[0]
    return OpTime(0, name, kernel, "", None, 0, "xnnpack", 20.0, None, None, None, 1.0)


def test_weights_of_int8_make_a_float_node_compute_in_int8() -> None:
    case = a_case(in_xnnpack("Fully Connected (NC, QD8, F32, QC8W) GEMM"), delegate="xnnpack")
    cost = NodeCost(0, "FULLY_CONNECTED", "y", 1_000_000, 1000, "float32")
    fast = Peak("int8", 1, "xnnpack", 400.0, 10.0)
    found = roofline(case, a_graph(cost), replace(PEAKS, peaks=(MACHINE, fast)))
    assert found is not None
    assert found.works[0].cost == replace(cost, dtype="int8")
    assert found.works[0].share == pytest.approx(1 / 8)


def test_half_precision_moves_half_the_bytes() -> None:
    case = a_case(
        in_xnnpack("Convolution (NHWC, F16) IGEMM"), delegate="xnnpack",
        options=XnnpackOptions(fp16=True),
    )  # fmt: skip
    cost = NodeCost(0, "CONV_2D", "y", 1_000_000, 1000, "float32")
    found = roofline(case, a_graph(cost), PEAKS)
    assert found is not None
    assert found.works[0].cost == replace(cost, dtype="float16", bytes=500)
    assert found.works[0].share is None
    assert "float16" in found.note


@given(macs=st.integers(1, 10**12), moved=st.integers(1, 10**10), us=st.floats(1.0, 1e9))
def test_share_is_achieved_by_attainable(macs: int, moved: int, us: float) -> None:
    (work,) = one_op(macs, moved, us).works
    assert work.gmacs_per_s is not None
    assert work.intensity is not None
    assert work.share is not None
    width = MACHINE.bandwidth(moved)
    assert width is not None
    attainable = min(100.0, work.intensity * width)
    assert work.share == pytest.approx(work.gmacs_per_s / attainable)
    assert work.headroom_us is not None
    assert 0 <= work.headroom_us <= us
    assert work.headroom_us == pytest.approx(us * (1 - min(work.share, 1)), abs=us * 1e-9)


@given(
    macs=st.integers(1, 10**12), moved=st.integers(1, 10**10), us=st.floats(1.0, 1e9),
    faster=st.floats(1.0, 100.0),
)  # fmt: skip
def test_a_faster_device_never_leaves_less_headroom(
    macs: int, moved: int, us: float, faster: float
) -> None:
    copies = (replace(one, gbytes_per_s=one.gbytes_per_s * faster) for one in MACHINE.copies)
    better = replace(
        MACHINE, gmacs_per_s=100.0 * faster, gbytes_per_s=10.0 * faster, copies=tuple(copies)
    )
    before = one_op(macs, moved, us).headroom_us
    after = one_op(macs, moved, us, replace(PEAKS, peaks=(better,))).headroom_us
    assert before is not None
    assert after is not None
    assert after >= before - us * 1e-9


@given(st.lists(st.tuples(positive, positive)), positive, positive)
def test_more_data_never_move_faster(
    copies: list[tuple[float, float]], moved: float, more: float
) -> None:
    rates = tuple(CopyRate(int(size), rate) for size, rate in sorted(copies))
    peak = Peak("float32", 1, "none", None, rates[-1].gbytes_per_s if rates else 1.0, copies=rates)
    little, much = peak.bandwidth(moved), peak.bandwidth(moved + more)
    assert little is not None
    assert much is not None
    assert much <= little


def test_a_recorded_profile_of_xnnpack() -> None:
    profile = recorded_profile("mobilenet_v2-float32-xnnpack")
    host = replace(
        MACHINE, configuration="xnnpack", gmacs_per_s=82.5, gbytes_per_s=28.0,
        copies=(CopyRate(1_048_576, 90.6), CopyRate(67_108_864, 28.0)),
    )  # fmt: skip
    case = a_case(*profile.ops, delegate="xnnpack")
    found = roofline(case, a_graph(*profile.nodes), replace(PEAKS, peaks=(host,)))
    assert found is not None
    assert found.covered > 0.999
    first = found.works[0]
    assert first.cost is not None
    assert (first.cost.node, first.cost.op, first.bound) == (0, "CONV_2D", "compute")
    assert first.gmacs_per_s == pytest.approx(995_328 / 28.3 / 1e3, rel=0.01)
    assert found.headroom_us == pytest.approx(114.0, abs=1.0)
