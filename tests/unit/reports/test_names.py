from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Placement, Status
from benchhub.reports import names
from benchhub.reports.marks import MEANING, WORST_FIRST, Mark, mark_of


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (None, "\N{EN DASH}"),
        (Placement("xnnpack", None, None, None, None, ""), "\N{EN DASH}"),
        (Placement("none", "none", 0, 66, 0, ""), "built-in kernels"),
        (Placement("gpu", "cpu", None, None, None, ""), "CPU"),
        (Placement("xnnpack", "xnnpack", None, 66, None, ""), "XNNPACK"),
        (Placement("xnnpack", "xnnpack", 65, 66, 1, ""), "65/66 XNNPACK"),
        (Placement("xnnpack", "xnnpack", 66, 66, None, ""), "66/66 XNNPACK"),
        (Placement("gpu", "gpu", 60, 66, 3, ""), "60/66 GPU, 3 partitions"),
        (Placement("gpu", "gpu", None, None, 3, ""), "GPU, 3 partitions"),
        (Placement("npu", "npu", 66, 66, 1, ""), "66/66 NPU"),
        (Placement("npu", "xnnpack", 0, 65, 0, ""), "XNNPACK"),
        (Placement("none", "gpu+xnnpack", 66, 66, 2, ""), "66/66 GPU+XNNPACK, 2 partitions"),
    ],
)
def test_placements_in_words(what: Placement | None, text: str) -> None:
    assert names.placement(what) == text


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("gpu", "the GPU"),
        ("cpu", "the CPU"),
        ("external", "the external delegate"),
        ("nnapi", "NNAPI"),
        ("coreml", "Core ML"),
        ("none", "built-in kernels"),
        (None, "unknown kernels"),
    ],
)
def test_delegates_in_a_sentence(word: str | None, text: str) -> None:
    assert names.the(word) == text


def test_a_fallback_is_called_by_what_ran(invented: ModuleType) -> None:
    case = invented.make_case("int8", "xnnpack", 4, name="fast")
    run = invented.make_run((case,), fates={("host", case.id): Status.FALLBACK})
    (summary,) = summarise(run).devices[0].cases
    assert names.ran_as(summary) == "int8 built-in kernels t4"
    assert names.ran_as(replace(summary, placement=None)) == "int8 unknown kernels t4"
    (good,) = summarise(invented.make_run((case,))).devices[0].cases
    assert names.ran_as(good) == "int8 fast t4"
    assert names.full(case) == "mobilenet_v2 int8 fast t4"


def test_anchors_are_unique_and_stable(invented: ModuleType) -> None:
    twins = (
        invented.make_case("int8", "xnnpack", 1, model="a_b"),
        invented.make_case("int8", "xnnpack", 1, model="a-b"),
    )
    found = names.anchors(summarise(invented.make_run(twins)))
    assert list(found.values()) == [
        "case-host-a-b-int8-xnnpack-t1",
        "case-host-a-b-int8-xnnpack-t1-2",
    ]


def test_marks_tell_failed_refused_and_not_run_apart(invented: ModuleType) -> None:
    pi4 = summarise(invented.invented_run()).devices[1]
    marks = {case.case.id: mark_of(case) for case in pi4.cases}
    assert marks[invented.FAILED_CASE] is Mark.FAILED
    assert marks[invented.REFUSED_CASE] is Mark.REFUSED
    assert marks[invented.FALLBACK_CASE] is Mark.FALLBACK
    assert marks[invented.SUSPECT_CASE] is Mark.SUSPECT
    nothing = summarise(replace(invented.small_run(), invocations=())).devices[0]
    assert {mark_of(case) for case in nothing.cases} == {Mark.NOT_RUN}
    assert Mark.NOT_RUN.word == "NOT RUN"


def test_only_profiled_is_not_yet_run(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    summary = summarise(replace(run, invocations=run.invocations[-1:]))
    assert mark_of(summary.devices[0].cases[0]) is Mark.NOT_RUN


def test_every_mark_has_a_meaning_and_a_rank() -> None:
    assert set(MEANING) == set(Mark) == set(WORST_FIRST)
