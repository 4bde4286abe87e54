"""Types of operators by delegates: what was taken, what was left, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

from benchhub.analysis.summary import summarise
from benchhub.records import GraphFacts, NodeCost, Partition, Placement, Run, VariantFacts
from benchhub.reports.matrix import MOST_COLUMNS, Cell, Column, Matrix, matrix

REVERSE = 41  # the node of the example that no delegate takes


def with_types(run: Run) -> Run:
    """Return a run whose files are known: 66 nodes, the odd ones additions."""
    kinds = ["REVERSE_SEQUENCE" if i == REVERSE else ("CONV_2D", "ADD")[i % 2] for i in range(66)]
    nodes = tuple(NodeCost(i, kind, f"n{i}", 1, 1) for i, kind in enumerate(kinds))
    graph = GraphFacts(1000, 900, 10, None, nodes)
    variants = dict.fromkeys(case.variant for case in run.plan.cases)
    facts = tuple(VariantFacts(one.model, one.variant, one.sha256, graph) for one in variants)
    return replace(run, variants=facts)


def cells(found: Matrix, op: str) -> dict[tuple[str, str], Cell]:
    row = next(values for name, values in found.rows if name == op)
    pairs = zip(found.columns, row, strict=True)
    return {(column.delegate, column.variant): cell for column, cell in pairs}


def test_what_each_delegate_took_and_left(accelerated: ModuleType) -> None:
    found = matrix(summarise(with_types(accelerated.accelerated_run())))
    assert [(one.delegate, one.variant) for one in found.columns] == [
        ("xnnpack", "float32"),
        ("gpu", "float32"),
        ("gpu", "int8"),
        ("nnapi", "float32"),
        ("external", "int8"),
    ], "the built-in kernels take nothing"
    refused = cells(found, "REVERSE_SEQUENCE")
    assert refused["gpu", "float32"] == Cell(0, 1, 0)
    assert refused["gpu", "float32"].kind == "none"
    assert refused["gpu", "int8"].kind == "all"
    assert refused["xnnpack", "float32"].kind == "unknown", "65 of 66, but not which"
    assert refused["external", "int8"].kind == "unknown"
    convolutions = cells(found, "CONV_2D")
    # Node 40 ran in XNNPACK, which was not asked for.
    assert convolutions["gpu", "float32"] == Cell(32, 1, 0)
    assert convolutions["gpu", "float32"].kind == "part"
    assert convolutions["nnapi", "float32"] == Cell(0, 33, 0), "it fell back: all were left"


def test_reasons_are_the_delegates_own(accelerated: ModuleType) -> None:
    reverse, dequantize = matrix(summarise(accelerated.accelerated_run())).refusals
    assert (reverse.op, reverse.reason) == ("REVERSE_SEQUENCE", "Operation is not supported.")
    assert (reverse.delegate, reverse.devices) == ("GPU", ("host",))
    assert reverse.models == ("mobilenet_v2 float32",)
    assert dequantize.reason == ""


def test_types_are_not_guessed_without_the_file(accelerated: ModuleType) -> None:
    found = matrix(summarise(accelerated.accelerated_run()))
    assert found.rows == ()
    assert found.unread == 5
    # A file of another number of nodes is not what the runtime ran.
    run = with_types(accelerated.accelerated_run())
    graph = run.variants[0].graph
    assert graph
    short = replace(run.variants[0], graph=replace(graph, nodes=graph.nodes[:-1]))
    run = replace(run, variants=(short, *run.variants[1:]))
    kept = {column.variant for column in matrix(summarise(run)).columns if column.delegate == "gpu"}
    assert kept == {"int8"}


def test_equal_columns_are_one_and_others_say_what_tells_them_apart(invented: ModuleType) -> None:
    cases = tuple(invented.make_case("float32", "gpu", threads) for threads in (1, 2))
    run = with_types(invented.make_run(cases, ("host", "pi4"), rounds=1))

    def placed(nodes: range) -> Placement:
        pieces = (Partition("gpu", tuple(nodes)),)
        return Placement("gpu", "gpu", len(nodes), 66, 1, "api", pieces=pieces)

    def fated(*, apart: bool) -> Matrix:
        invocations = tuple(
            replace(
                one,
                reading=replace(
                    one.reading,
                    profile=None,
                    placement=placed(range(60 if apart and one.device == "pi4" else 66)),
                ),
            )
            for one in run.invocations
        )
        return matrix(summarise(replace(run, invocations=invocations)))

    assert fated(apart=False).columns == (Column("gpu", "float32", ""),)
    assert fated(apart=True).columns == (
        Column("gpu", "float32", "host"),
        Column("gpu", "float32", "pi4"),
    )


def test_of_many_columns_those_with_something_left_are_kept(invented: ModuleType) -> None:
    names = [f"way{i}" for i in range(MOST_COLUMNS + 3)]
    cases = tuple(invented.make_case("float32", "xnnpack", 1, name=name) for name in names)
    run = with_types(invented.make_run(cases, rounds=1))
    whole = Placement("xnnpack", "xnnpack", 66, 66, 1, "api")
    left = cases[-1].id
    run = replace(
        run,
        invocations=tuple(
            one
            if one.case_id == left
            else replace(one, reading=replace(one.reading, placement=whole))
            for one in run.invocations
        ),
    )
    found = matrix(summarise(run))
    assert len(found.columns) == MOST_COLUMNS
    assert found.more_columns == 3
    assert found.columns[-1].delegate == names[-1]


def test_the_page_says_it_without_colour(
    accelerated: ModuleType, read_page: Callable[[Run], Any]
) -> None:
    section = read_page(with_types(accelerated.accelerated_run())).by_id("placement")
    table = section.all("table", "taken")[0]
    rows = {row.all("th")[0].text: [cell.text for cell in row.all("td")] for row in table.all("tr")}
    assert rows["REVERSE_SEQUENCE"][1] == "0 of 1"
    assert rows["CONV_2D"][1] == "32 of 33"
    assert rows["CONV_2D"][2] == "33"
    assert rows["CONV_2D"][0].endswith("of 33")
    assert rows["CONV_2D"][0].startswith("not told: ?")
    reasons = section.all("table", "refusals")[0].text
    assert "Operation is not supported." in reasons
    assert "it gives none" in reasons
