"""Where each node ran: only what the evidence of a run tells, whatever was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import RunSummary, summarise
from benchhub.records import (
    GraphFacts,
    Invocation,
    NodeCost,
    OpTime,
    Partition,
    Placement,
    Profile,
    Run,
    Status,
    VariantFacts,
)
from benchhub.reports import names
from benchhub.reports.marks import Mark
from benchhub.reports.stretches import Stretch, ran
from benchhub.reports.strip_bars import MOST_STRETCHES
from benchhub.reports.strips import MOST_STRIPS, Strip, Strips, strips


def rows(run: Run) -> Strips:
    summary = summarise(run)
    return strips(summary, names.anchors(summary))


def by_way(found: Strips) -> dict[str, Strip]:
    return {row.way: row for row in found.rows}


def with_placement(run: Run, placement: Placement | None) -> Run:
    """Return a run whose processes all tell the same placement."""

    def told(one: Invocation) -> Invocation:
        return replace(one, reading=replace(one.reading, placement=placement))

    return replace(run, invocations=tuple(map(told, run.invocations)))


def with_graph(run: Run, nodes: int, kinds: tuple[str, ...] = ("CONV_2D", "ADD")) -> Run:
    """Return a run whose files have that many nodes, their types in turn."""
    costs = tuple(NodeCost(i, kinds[i % len(kinds)], f"n{i}", 1, 1) for i in range(nodes))
    graph = GraphFacts(1000, 900, 10, None, costs)
    variants = dict.fromkeys(case.variant for case in run.plan.cases)
    facts = tuple(VariantFacts(one.model, one.variant, one.sha256, graph) for one in variants)
    return replace(run, variants=facts)


@pytest.fixture
def one_case(invented: ModuleType) -> Run:
    """One device, one case that asks for XNNPACK."""
    run: Run = invented.make_run((invented.make_case("float32", "xnnpack", 1),), rounds=2)
    return run


@pytest.fixture
def on_gpu(invented: ModuleType) -> Run:
    run: Run = invented.make_run((invented.make_case("float32", "gpu", 1),), rounds=2)
    return run


def only(run: Run) -> tuple[Stretch, ...]:
    summary = summarise(run)
    case = summary.devices[0].cases[0]
    facts = summary.run.facts_of(case.case.variant)
    return ran(case, facts.graph if facts else None)


def test_pieces_tell_each_node_and_the_rest_ran_on_built_in_kernels(
    accelerated: ModuleType,
) -> None:
    row = by_way(rows(accelerated.accelerated_run()))["float32 gpu"]
    drawn = [(bar.kind, bar.x, bar.width) for bar in row.bars]
    assert [kind for kind, _, _ in drawn] == ["accelerator", "xnnpack", "builtin", "accelerator"]
    assert drawn[0][1:] == (0, 60.606)
    assert sum(width for _, _, width in drawn) == pytest.approx(100, abs=0.01)
    assert row.mark is Mark.PARTIAL
    assert row.said == (
        "GPU 40, XNNPACK 1, built-in kernels 1, GPU 24 of 66 nodes: 2 partitions, through OpenCL"
    )
    assert row.counts == (("GPU", 64), ("XNNPACK", 1), ("built-in kernels", 1))
    assert dict(row.which)["GPU"] == "0 to 39, 42 to 65"
    assert [bar.border for bar in row.bars] == [False, True, True, True]
    assert row.bars[0].title == "nodes 0 to 39: GPU, partition 1"
    assert [bar.sign for bar in row.bars] == ["G", "", "", "G"], "no room for a letter"


def test_what_was_asked_for_is_not_what_ran(accelerated: ModuleType) -> None:
    found = by_way(rows(accelerated.accelerated_run()))
    fallen = found["float32 nnapi"]
    assert fallen.mark is Mark.FALLBACK
    assert {bar.kind for bar in fallen.bars} == {"cpu"}
    assert fallen.asked == "NNAPI"
    assert "NNAPI" not in fallen.said
    untold = found["int8 external"]
    assert untold.mark is Mark.SUSPECT
    assert [bar.kind for bar in untold.bars] == ["unknown"]
    assert untold.said == "nothing tells where the nodes ran"
    assert untold.n == 0


def test_of_the_cpus_own_kernels_nothing_has_to_be_told(one_case: Run) -> None:
    told = Placement("xnnpack", None, None, 66, None, "no second look")
    (row,) = rows(with_placement(one_case, told)).rows
    assert row.mark is None, "as in the status of the case"
    assert [bar.kind for bar in row.bars] == ["unknown"]
    assert row.said == "nothing tells where the nodes ran"


def test_a_count_without_the_nodes_is_drawn_as_not_told(one_case: Run) -> None:
    told = Placement("xnnpack", "xnnpack", 60, 66, 2, "stdout")
    (row,) = rows(with_placement(one_case, told)).rows
    assert [(bar.kind, bar.sign, bar.width) for bar in row.bars] == [
        ("unknown", "60 X, 6 others", 100.0)
    ]
    assert row.said == "XNNPACK ran 60 of 66 nodes; which ones is not told: 2 partitions"
    assert row.counts == (("XNNPACK", 60), ("not told", 6))
    assert row.which == (("not told", "0 to 65"),)
    assert row.n == 3  # two for the latency, one with the profiler


def test_counts_that_leave_no_choice_tell_every_node(one_case: Run) -> None:
    whole = Placement("xnnpack", "xnnpack", 66, 66, 1, "stdout")
    assert only(with_placement(one_case, whole)) == (Stretch("xnnpack", 0, 66),)
    none = Placement("xnnpack", "none", 0, None, 0, "stdout")
    assert only(with_placement(one_case, none)) == (Stretch("none", 0, None),)
    graph = with_graph(with_placement(one_case, none), 8)
    assert only(graph) == (Stretch("none", 0, 8),), "the file has the number of nodes"
    some = Placement("xnnpack", "xnnpack", None, 66, None, "stdout")
    assert only(with_placement(one_case, some)) == (Stretch(None, 0, 66),)


def test_after_a_fallback_to_xnnpack_the_kind_of_kernels_is_not_told(on_gpu: Run) -> None:
    fell = Placement("gpu", "xnnpack", 0, 66, 0, "stderr")
    assert only(with_placement(on_gpu, fell)) == (Stretch("cpu", 0, 66),)
    other = Placement("gpu", "nnapi", 12, 66, 1, "stderr")
    assert only(with_placement(on_gpu, other)) == (Stretch(None, 0, 66),)


def test_the_profile_tells_which_nodes_were_left(one_case: Run) -> None:
    def row(order: int, node: int | None, delegate: str | None) -> OpTime:
        return OpTime(order, "ADD", "ADD", "", node, 0, delegate, 5.0, None, None, None, 1.0)

    def run(left: tuple[int, ...], delegated: int) -> Run:
        told = Placement("xnnpack", "xnnpack", delegated, 6, 1, "events")
        ops = (row(0, None, "xnnpack"), *(row(1 + i, node, None) for i, node in enumerate(left)))
        changed = with_placement(one_case, told)
        return replace(
            changed,
            invocations=tuple(
                replace(one, reading=replace(one.reading, profile=Profile(ops, 9, 5.0, 1.0, "x")))
                if one.reading.profile
                else one
                for one in changed.invocations
            ),
        )

    assert only(run((2, 5), 4)) == (
        Stretch("xnnpack", 0, 2),
        Stretch("none", 2, 1),
        Stretch("xnnpack", 3, 2),
        Stretch("none", 5, 1),
    )
    assert only(run((2,), 4)) == (Stretch(None, 0, 6),), "the numbers contradict each other"
    assert only(run((2, 17), 4)) == (Stretch(None, 0, 6),), "there is no node 17"


def test_devices_threads_and_variants_with_the_same_strip_share_a_row(
    invented: ModuleType,
) -> None:
    found = rows(invented.invented_run())
    first = found.rows[0]
    assert (first.way, first.where) == ("float32, int8 xnnpack", "t1, t2 on host, pi4")
    assert first.n == 8 * 6  # each of the eight cases: five processes and one with the profiler
    some = by_way(found)["int8 none"]
    assert some.where == "t1, t2 on host; t1 on pi4", "one case failed on pi4"
    assert found.untold == 2


def test_processes_that_differ_are_said_to(on_gpu: Run) -> None:
    def fate(one: Invocation) -> Invocation:
        applied = "none" if one.round == 2 else "gpu"
        told = Placement("gpu", applied, 66 if applied == "gpu" else 0, 66, 1, "stderr")
        status = Status.OK if applied == "gpu" else Status.FALLBACK
        return replace(one, status=status, reading=replace(one.reading, placement=told))

    run = replace(on_gpu, invocations=tuple(map(fate, on_gpu.invocations)))
    (row,) = rows(run).rows
    assert row.mark is Mark.FALLBACK
    assert row.differs == "its processes differ: 2 on GPU and 1 on built-in kernels"


def test_an_accelerator_that_computes_on_the_cpu_says_so(on_gpu: Run) -> None:
    whole = (Partition("gpu", tuple(range(66))),)
    told = Placement("gpu", "gpu", 66, 66, 1, "api", pieces=whole, backend="a software renderer")
    (row,) = rows(with_placement(on_gpu, told)).rows
    assert row.said == "GPU ran all 66 nodes, through a software renderer"


@pytest.mark.parametrize("total", [0, -3, 10**12])
def test_a_number_of_nodes_that_cannot_be_is_not_drawn(one_case: Run, total: int) -> None:
    told = Placement("xnnpack", "xnnpack", total, total, 1, "a broken file")
    assert only(with_placement(one_case, told)) == (Stretch(None, 0, None),)


def test_a_strip_of_many_stretches_is_drawn_in_columns(on_gpu: Run) -> None:
    total = 4 * MOST_STRETCHES
    # Of each three nodes two are in the delegate.
    pieces = tuple(Partition("gpu", (i, i + 1)) for i in range(0, total - 2, 3))
    told = Placement("gpu", "gpu", 2 * len(pieces), total, len(pieces), "api", pieces=pieces)
    (row,) = rows(with_placement(on_gpu, told)).rows
    assert row.coarse
    assert len(row.bars) <= MOST_STRETCHES
    assert dict(row.counts)["GPU"] == 2 * len(pieces), "the table has all of them"


def test_types_are_named_where_the_file_is_known(accelerated: ModuleType) -> None:
    run = with_graph(accelerated.accelerated_run(), 66)
    row = by_way(rows(run))["float32 gpu"]
    assert row.bars[0].title == "nodes 0 to 39: GPU, partition 1 (20 CONV_2D, 20 ADD)"


def test_of_many_rows_those_that_did_not_run_as_asked_are_kept(invented: ModuleType) -> None:
    models = [f"m{i}" for i in range(MOST_STRIPS + 5)]
    cases = tuple(invented.make_case("float32", "none", 1, model=model) for model in models)
    cases = (*cases, invented.make_case("float32", "xnnpack", 1, model="last"))
    fates = {("host", cases[-1].id): Status.FALLBACK}
    found = rows(invented.make_run(cases, fates=fates, rounds=1))
    assert len(found.rows) == MOST_STRIPS
    assert found.more == 6
    assert found.rows[-1].mark is Mark.FALLBACK


def test_the_page_has_a_bar_for_each_stretch(
    accelerated: ModuleType, read_page: Callable[[Run], Any]
) -> None:
    page = read_page(accelerated.accelerated_run())
    section = page.by_id("placement")
    pictures = section.all("svg", "placed")
    assert len(pictures) == 6
    assert {one.attributes["role"] for one in pictures} == {"img"}
    assert [len(one.all("rect")) for one in pictures] == [1, 1, 4, 1, 1, 1]
    labels = [one.attributes["aria-label"] for one in pictures]
    assert any(label.startswith("mobilenet_v2 float32 gpu, t1 on host: GPU 40") for label in labels)
    assert "asked for NNAPI: CPU ran all nodes" in section.text
    legend = section.all("ul", "executors")[0].text
    assert all(name in legend for name in ("GPU", "XNNPACK", "built-in kernels", "not told"))


def test_a_run_without_any_placement_has_no_section(
    invented: ModuleType, read_page: Callable[[Run], Any]
) -> None:
    run: RunSummary = summarise(replace(invented.small_run(), invocations=()))
    assert strips(run, names.anchors(run)).rows == ()
    assert "placement" not in read_page(run.run).ids()
