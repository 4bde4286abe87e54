"""What happened to delegates, wherever a case is shown: never under a name that did not run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import CaseSummary, RunSummary, summarise
from benchhub.records import Agreement, Case, Placement, Purpose, Run, Status
from benchhub.reports.across import across
from benchhub.reports.attention import issues
from benchhub.reports.facts import facts
from benchhub.reports.marks import Mark
from benchhub.reports.names import anchors
from benchhub.reports.operators import render_operators
from benchhub.reports.overview import overview
from benchhub.reports.placements import placement_detail, ranges
from benchhub.reports.scaling import scaling
from benchhub.reports.terminal import render_summary

ReadPage = Callable[[Run], Any]


@pytest.fixture(scope="module")
def summary(accelerated: ModuleType) -> RunSummary:
    return summarise(accelerated.accelerated_run())


def case_of(summary: RunSummary, case: Case) -> CaseSummary:
    (found,) = [one for one in summary.devices[0].cases if one.case.id == case.id]
    return found


def one_case(accelerated: ModuleType, case: Case) -> CaseSummary:
    (found,) = summarise(accelerated.accelerated_run((case,))).devices[0].cases
    return found


def rows(summary: RunSummary) -> list[str]:
    lines = render_summary(summary).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("  model "))
    return lines[start + 1 : start + 1 + len(summary.devices[0].cases)]


def test_statuses_of_the_cases(summary: RunSummary, accelerated: ModuleType) -> None:
    found = {one.case.id: one.status for one in summary.devices[0].cases}
    assert found == {
        accelerated.PLAIN.id: Status.OK,
        accelerated.CPU.id: Status.OK,
        accelerated.PARTIAL.id: Status.PARTIAL,
        accelerated.WRONG.id: Status.WRONG,
        accelerated.FALLEN.id: Status.FALLBACK,
        accelerated.UNTOLD.id: Status.SUSPECT,
    }


def test_partial_is_ranked_and_marked_and_the_others_are_not(summary: RunSummary) -> None:
    """The fastest numbers of this run are those that do not stand."""
    marks = [row.partition("  asked for ")[0].split()[-1] for row in rows(summary)]
    assert marks == ["PARTIAL", "XNNPACK", "kernels", "SUSPECT", "WRONG", "FALLBACK"]
    text = render_summary(summary)
    assert "  fastest: mobilenet_v2 float32 gpu t1, 0.112 ms (PARTIAL: 64/66 GPU, 2 part" in text


def test_only_numbers_of_working_delegates_have_a_speedup(summary: RunSummary) -> None:
    for case in summary.devices[0].cases:
        assert (case.speedup is None) is (
            case.status in (Status.WRONG, Status.FALLBACK, Status.SUSPECT)
        )


def test_a_reference_that_fell_back_is_none(accelerated: ModuleType) -> None:
    run = accelerated.accelerated_run()
    way = accelerated.FALLEN.way
    run = replace(run, plan=replace(run.plan, reference=way))
    for case in summarise(run).devices[0].cases:
        assert (case.speedup, case.is_reference) == (None, False)


def test_the_terminal_says_what_happened_and_what_next(summary: RunSummary) -> None:
    text = render_summary(summary)
    assert (
        "  1 case fell back: mobilenet_v2 float32 nnapi t1 ran on the CPU, not on NNAPI. NNAPI "
        "offers only nnapi-reference, its implementation for the CPU. Use xnnpack or gpu there.\n"
    ) in text
    assert (
        "  1 case gave wrong outputs: mobilenet_v2 int8 gpu t1: 12 of 1001 elements of the "
        "outputs differ from the host's CPU by more than the suite allows, by up to 0.310 "
        "(output 0, element 17)."
    ) in text
    assert (
        "  1 case ran in part: mobilenet_v2 float32 gpu t1: 64 of 66 nodes ran on the GPU, in 2 "
        "partitions; it did not take REVERSE_SEQUENCE (Operation is not supported) and DEQUANTIZE."
    ) in text
    assert "int8/external/t1: SUSPECT: Nothing tells whether external delegate ran" in text


def test_cases_that_fell_back_alike_are_one_line(accelerated: ModuleType) -> None:
    run = accelerated.accelerated_run((accelerated.FALLEN,))
    twin = replace(
        accelerated.FALLEN,
        configuration=replace(accelerated.FALLEN.configuration, name="nnapi-fast"),
    )
    twins = tuple(replace(one, case_id=twin.id) for one in run.invocations)
    both = replace(
        run,
        plan=replace(run.plan, cases=(accelerated.FALLEN, twin)),
        invocations=run.invocations + twins,
    )
    text = render_summary(summarise(both))
    assert (
        "  2 cases fell back: mobilenet_v2 float32 nnapi t1 and mobilenet_v2 float32 nnapi-fast "
        "t1 ran on the CPU"
    ) in text


def test_a_fallback_is_under_its_own_name_on_the_page(
    accelerated: ModuleType, read_page: ReadPage
) -> None:
    page = read_page(accelerated.accelerated_run())
    (table,) = page.by_id("comparison").all("table", "compare")
    (fallen,) = table.all("tr", "FALLBACK-row")
    assert fallen.all("th")[0].text == "float32 CPU t1asked for nnapi"
    processes = page.by_id("distributions")
    assert "float32 CPU t1 asked for nnapi" in processes.text
    assert "float32 nnapi t1" not in processes.all("details", "dist")[0].text
    (case,) = [one for one in page.by_id("case-list").all("details", "case") if "nnapi" in one.text]
    assert case.all("summary")[0].text.startswith(
        "host mobilenet_v2/float32/nnapi/t1 ran on the CPU"
    )


def test_the_page_has_marks_with_words_and_a_legend(
    accelerated: ModuleType, read_page: ReadPage
) -> None:
    page = read_page(accelerated.accelerated_run())
    ids = page.ids()
    legend = page.by_id("appendix").text
    for mark in Mark:
        assert f"m-{mark}" in ids
        assert mark.word in legend
    (table,) = page.by_id("comparison").all("table", "compare")
    words = [row.all("td")[-1].text for row in table.all("tr", "row")]
    assert words == ["PARTIAL", "OK", "OK", "SUSPECT", "WRONG", "FALLBACK"]


def test_the_first_screen_names_them_worst_first(summary: RunSummary) -> None:
    seen = overview(summary, anchors(summary))
    assert seen.headline.startswith("float32 gpu t1 is fastest on host: 0.112")
    assert "(PARTIAL: 64/66 GPU, 2 partitions)" in seen.headline
    (device,) = seen.devices
    assert [(one.mark, one.text.partition(" of ")[0]) for one in device.worries] == [
        (Mark.WRONG, "is wrong: 12"),
        (Mark.FALLBACK, "asked for NNAPI and ran on the CPU."),
        (Mark.SUSPECT, "is in doubt: Nothing tells whether external delegate ran the graph."),
        (Mark.PARTIAL, "ran in part: 64"),
    ]


def test_each_is_an_issue_once(summary: RunSummary) -> None:
    found = issues(summary, anchors(summary))
    assert [(one.mark, len(one.places)) for one in found] == [
        (Mark.WRONG, 1),
        (Mark.FALLBACK, 1),
        (Mark.SUSPECT, 1),
        (Mark.PARTIAL, 1),
    ]
    assert found[3].finding.startswith("64 of 66 nodes ran on the GPU, in 2 partitions")


def test_the_placement_of_a_case_in_full(accelerated: ModuleType) -> None:
    detail = placement_detail(one_case(accelerated, accelerated.PARTIAL))
    assert detail.facts == (
        ("Asked for", "GPU"),
        ("Ran on", "GPU"),
        ("Nodes", "64 of 66"),
        ("Partitions", "2"),
        ("Through", "OpenCL"),
        ("Precision", "fp32"),
        ("Evidence", "model runtime info"),
    )
    assert [(one.delegate, one.nodes, one.which) for one in detail.pieces] == [
        ("GPU", 40, "0 to 39"),
        ("XNNPACK", 1, "40"),
        ("GPU", 24, "42 to 65"),
        ("built-in kernels", 1, "41"),
    ]
    assert [one.op for one in detail.unsupported] == ["REVERSE_SEQUENCE", "DEQUANTIZE"]


def test_what_is_not_known_of_a_placement_is_said(accelerated: ModuleType) -> None:
    untold = placement_detail(one_case(accelerated, accelerated.UNTOLD))
    assert ("Ran on", "not known") in untold.facts
    assert untold.pieces == ()
    bare = replace(one_case(accelerated, accelerated.UNTOLD), placement=None)
    assert placement_detail(bare).facts == (
        ("Asked for", "external delegate"),
        ("Ran on", "not known: no process told"),
    )


@pytest.mark.parametrize(
    ("nodes", "text"),
    [([], ""), ([3], "3"), ([0, 1, 2, 5, 7, 8], "0 to 2, 5, 7 to 8")],
)
def test_ranges_of_nodes(nodes: list[int], text: str) -> None:
    assert ranges(nodes) == text


def test_scattered_nodes_are_counted() -> None:
    assert ranges(range(0, 100, 2)).endswith("44, 46, and 26 more ranges")


def test_charts_and_devices_have_only_what_ran(accelerated: ModuleType) -> None:
    cases = tuple(
        replace(one, configuration=replace(one.configuration, threads=threads))
        for one in (accelerated.PARTIAL, accelerated.FALLEN, accelerated.CPU)
        for threads in (1, 2)
    )
    run = accelerated.make_run(cases, ("host", "pi4"))
    for case in cases:
        known = accelerated.FATES.get(case.id.replace("/t2", "/t1"))
        if known:
            status, placement, findings = known

            def fated(
                one: Any, status: Any = status, what: Any = placement, told: Any = findings
            ) -> Any:
                reading = replace(one.reading, placement=what, findings=told)
                return replace(one, status=status, reading=reading)

            run = accelerated.changed(run, case, fated)
    summary = summarise(run)
    found = scaling(summary)
    assert {one.label for panel in found.panels for one in panel.series} == {
        "float32 gpu",
        "float32 xnnpack",
    }
    assert [name.split(" on ")[0] for name in found.left_out[:2]] == [
        "mobilenet_v2 float32 nnapi t2",
        "mobilenet_v2 float32 nnapi t1",
    ]
    (table,) = across(summary)
    for row in table.rows:
        for cell in row.cells:
            shown = (cell.us is not None, cell.ratio is not None)
            fell = "nnapi" in row.name
            assert shown == (not fell, not fell and cell.device != "host")


def test_operators_say_that_a_case_fell_back(accelerated: ModuleType) -> None:
    text = render_operators("host", one_case(accelerated, accelerated.FALLEN), 3, by_type=False)
    assert text.startswith(
        "mobilenet_v2/float32/nnapi/t1 on host, which fell back: it ran on the CPU: "
    )


def test_facts_tell_it_as_data(summary: RunSummary, accelerated: ModuleType) -> None:
    cases = {one["case"]: one for one in facts(summary)["devices"][0]["cases"]}
    json.dumps(cases)
    fallen, partial = cases[accelerated.FALLEN.id], cases[accelerated.PARTIAL.id]
    assert (fallen["requested"], fallen["applied"], fallen["fell_back"]) == ("nnapi", "cpu", True)
    assert (fallen["speedup"], fallen["stands"], fallen["as_demanded"]) == (None, False, False)
    assert (partial["stands"], partial["as_demanded"], partial["backend"]) == (True, True, "OpenCL")
    assert partial["unsupported"][1] == {"op": "DEQUANTIZE", "reason": ""}
    assert cases[accelerated.WRONG.id]["agreement"]["outside"] == 12


def test_one_process_that_proves_it_settles_the_others(accelerated: ModuleType) -> None:
    """The latency processes could not tell; the profile of the same case could."""
    case = accelerated.UNTOLD
    proof = Placement("external", "external", 66, 66, 1, "model runtime info")

    def told(one: Any) -> Any:
        if one.purpose is not Purpose.PROFILE:
            return one
        reading = replace(one.reading, placement=proof, findings=())
        return replace(one, status=Status.OK, reading=reading)

    run = accelerated.changed(accelerated.accelerated_run((case,)), case, told)
    (found,) = summarise(run).devices[0].cases
    assert (found.status, found.unproven, found.as_demanded) == (Status.OK, False, True)
    assert found.findings == ()
    part = replace(proof, nodes_delegated=60)
    run = accelerated.changed(
        run,
        case,
        lambda one: replace(
            one,
            reading=replace(
                one.reading, placement=part if one.purpose == "profile" else one.reading.placement
            ),
        ),
    )
    assert summarise(run).devices[0].cases[0].status is Status.PARTIAL


def test_processes_that_fell_back_are_not_mixed_with_others(accelerated: ModuleType) -> None:
    case = accelerated.FALLEN
    run = accelerated.accelerated_run((case,))
    worked = Placement("nnapi", "nnapi", 66, 66, 1, "model runtime info")

    def sometimes(one: Any) -> Any:
        if one.round == 2:
            return one
        reading = replace(one.reading, placement=worked, findings=())
        return replace(one, status=Status.OK, reading=reading)

    (found,) = summarise(accelerated.changed(run, case, sometimes)).devices[0].cases
    (fallen,) = found.counted
    assert found.status is Status.FALLBACK
    assert fallen.round == 2
    assert found.latency is not None
    assert found.latency.n == 1
    assert found.latency.value_us == pytest.approx(fallen.reading.latency.value_us)


def test_outputs_that_agree_are_shown_and_nothing_else(accelerated: ModuleType) -> None:
    right = Agreement(1001, 0, 1e-4, 2e-3, "output 0, element 3")
    run = accelerated.accelerated_run((accelerated.PARTIAL,))
    (found,) = summarise(accelerated.verified(run, accelerated.PARTIAL, right)).devices[0].cases
    assert found.status is Status.PARTIAL
    outputs = dict(placement_detail(found).facts)["Outputs"]
    assert outputs == (
        "0 of 1001 elements beyond the limits; largest difference 0.000100; in proportion "
        "0.00200; farthest off: output 0, element 3"
    )
