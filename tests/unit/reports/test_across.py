from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Run
from benchhub.reports.across import Across, across
from benchhub.reports.marks import Mark


def only(run: Run) -> Across:
    (table,) = across(summarise(run))
    return table


def test_one_device_is_compared_with_nobody(invented: ModuleType) -> None:
    assert across(summarise(invented.small_run())) == ()


def test_the_same_case_stands_in_one_row_whatever_measured_it(lab: ModuleType) -> None:
    table = only(lab.lab_run())
    assert [column.device for column in table.columns] == list(lab.DEVICES)
    assert [column.program.tool for column in table.columns] == [
        "litert",
        *["benchmark_model"] * 3,
    ]
    row = next(one for one in table.rows if one.name == "int8 xnnpack t1")
    ids = [cell.case.case.id for cell in row.cells if cell.case]
    assert ids == [
        "mobilenet_v2/int8/xnnpack/t1",
        *["mobilenet_v2/int8/xnnpack/t1@benchmark_model"] * 3,
    ]


def test_figures_of_different_programs_are_never_divided(lab: ModuleType) -> None:
    table = only(lab.lab_run())
    assert [column.base for column in table.columns] == ["", "pi4", "pi4", "pi4"]
    row = next(one for one in table.rows if one.name == "int8 xnnpack t1")
    host, pi4, pixel4, pixel8 = row.cells
    assert host.ratio is None
    assert pi4.ratio is None
    assert pi4.us is not None
    assert pixel4.us is not None
    assert pixel4.ratio == pytest.approx(pi4.us / pixel4.us)
    assert pixel8.ratio is not None
    assert table.notes[0] == (
        "Figures of different programs: host by litert; pi4, pixel4, pixel8 by benchmark_model. "
        "Programs measure differently, so there are ratios within one program only."
    )


def test_what_does_not_count_has_a_mark_and_no_ratio(lab: ModuleType) -> None:
    table = only(lab.lab_run())
    hot = next(one for one in table.rows if one.name == "float32 xnnpack t2")
    _, pi4, pixel4, pixel8 = hot.cells
    assert (pi4.mark, pi4.us) == (Mark.INVALID, None)
    assert pixel4.us is not None
    assert pixel4.ratio is None
    assert pixel8.ratio is None
    missing = next(one for one in table.rows if one.name == "int8 none t2")
    assert missing.cells[3].mark is Mark.NOT_RUN
    (host,) = next(one for one in table.rows if one.name.endswith("big CPUs")).cells[:1]
    assert host.case is None


def test_the_fastest_device_is_named_and_what_limits_that(lab: ModuleType) -> None:
    alone, together = (lead.text for lead in only(lab.lab_run()).leads)
    assert alone.startswith("Measured with litert: host takes 0.102\u00a0ms with int8 xnnpack t2")
    assert alone.endswith("no other device has a number of litert that stands.")
    assert "pixel8 is fastest: 0.111\u00a0ms with int8 xnnpack t2; pixel4 takes 2.1" in together
    assert together.endswith(" pixel8 rests on one process, so there is no interval.")


def test_devices_whose_intervals_overlap_cannot_be_told_apart(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1], ("host", "pi4"))
    twins = [one for one in run.invocations if one.device == "host"]
    same = tuple(
        replace(one, reading=twins[one.number - 1 - len(twins)].reading)
        if one.device == "pi4"
        else one
        for one in run.invocations
    )
    (lead,) = only(replace(run, invocations=same)).leads
    assert "host and pi4 cannot be told apart: " in lead.text
    assert lead.text.endswith(" Their intervals overlap.")


def test_families_of_one_tool_are_different_programs(invented: ModuleType) -> None:
    cases = tuple(one for one in invented.CASES if one.tool == "benchmark_model")
    run = invented.make_run(cases, ("host", "pi4"))
    other = replace(run.devices[1].tools[1], family="litert")
    run = replace(run, devices=(run.devices[0], replace(run.devices[1], tools=(other,))))
    table = only(run)
    assert [column.base for column in table.columns] == ["", ""]
    assert "benchmark_model (tflite, mean)" in table.notes[0]
    assert "benchmark_model (litert, mean)" in table.notes[0]


def test_tools_that_all_devices_share_have_tables_of_their_own(invented: ModuleType) -> None:
    tables = across(summarise(invented.invented_run()))
    assert [table.title for table in tables] == ["litert", "benchmark_model"]
    for table in tables:
        assert [column.base for column in table.columns] == ["host", "host"]


def test_versions_that_differ_are_told(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1], ("host", "pi4"))
    older = replace(run.devices[1].tools[0], version="2.2.0")
    run = replace(run, devices=(run.devices[0], replace(run.devices[1], tools=(older,))))
    assert only(run).notes == ("Versions of litert differ: 2.3.0 on host, 2.2.0 on pi4.",)
