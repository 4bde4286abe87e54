from __future__ import annotations

from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis.summary import summarise
from benchhub.reports.names import anchors
from benchhub.reports.op_cases import (
    FIRST_ROWS,
    by_importance,
    of_comparison,
    of_run,
    shared_rows,
)
from benchhub.reports.op_changes import BASELINE, REFERENCE

from . import compared


def test_each_case_stands_beside_its_reference(invented: ModuleType) -> None:
    summary = summarise(invented.invented_run())
    found = of_run(summary, anchors(summary), {})
    names = {(one.device, one.against_name) for one in found if one.against == REFERENCE}
    assert names == {("host", "float32 none t1"), ("pi4", "float32 none t1")}
    alone = [one.key for one in found if not one.against]
    reference = "mobilenet_v2/float32/none/t1"
    assert alone == [("host", reference), ("pi4", reference)]
    assert all(one.other is None or one.other.case.tool == one.case.case.tool for one in found)


def test_the_candidate_stands_beside_the_baseline() -> None:
    run, comparison = compared.everything()
    summary = summarise(run)
    found = of_comparison(comparison, (run, run), anchors(summary))
    assert [(one.device, one.case.case.id) for one in found] == [
        ("host", "mobilenet_v2/float32/xnnpack/t1~candidate"),
        ("pi4", "mobilenet_v2/float32/xnnpack/t1~candidate"),
    ]
    for one in found:
        assert one.against == BASELINE
        assert one.moved
        assert one.aliases == ((one.device, "mobilenet_v2/float32/xnnpack/t1~baseline"),)


def test_what_matters_is_first(invented: ModuleType) -> None:
    summary = summarise(invented.invented_run())
    found = by_importance(of_run(summary, anchors(summary), {}))
    first = [(one.device, one.case.case.configuration.name) for one in found[:4]]
    assert first == [("host", "xnnpack"), ("host", "none"), ("pi4", "xnnpack"), ("pi4", "none")]
    assert sorted(one.key for one in found) == sorted(
        one.key for one in of_run(summary, anchors(summary), {})
    )


def test_rows_are_shared_out() -> None:
    assert shared_rows([66, 66], 3000) == [66, 66]
    assert shared_rows([66, 66, 10], 100) == [66, 24, 10]
    assert shared_rows([66, 66, 66], 50) == [26, 24, 0]
    assert shared_rows([], 50) == []


@given(st.lists(st.integers(0, 500), max_size=40), st.integers(0, 2000))
def test_a_page_has_no_more_rows_than_it_may(sizes: list[int], most: int) -> None:
    rows = shared_rows(sizes, most)
    assert sum(rows) <= most
    for given_, size in zip(rows, sizes, strict=True):
        assert min(size, FIRST_ROWS) <= given_ <= size or given_ == 0
    if sum(sizes) <= most:
        assert rows == sizes
