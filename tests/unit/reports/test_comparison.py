from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Run
from benchhub.reports.comparison import Axis, DeviceComparison, compare
from benchhub.reports.names import anchors


def view(run: Run, device: int = 0) -> DeviceComparison:
    summary = summarise(run)
    return compare(summary.devices[device], anchors(summary))


def test_tools_are_ranked_apart(invented: ModuleType) -> None:
    litert, other = view(invented.invented_run()).sections
    assert (litert.group.title, other.group.title) == ("litert", "benchmark_model")
    for section in (litert, other):
        times = [
            row.case.latency.value_us
            for row in section.rows
            if row.case.latency and row.mark == "OK"
        ]
        assert times == sorted(times)


def test_bars_are_parts_of_the_slowest_with_its_interval(invented: ModuleType) -> None:
    (section,) = view(invented.small_run()).sections
    slowest = max(section.rows, key=lambda row: row.bar.value)
    assert slowest.bar.high == 100
    assert slowest.case.case.id == "mobilenet_v2/float32/none/t1"
    for row in section.rows:
        assert 0 < row.bar.low < row.bar.value < row.bar.high <= 100


def test_a_fallback_has_a_time_but_no_speedup(invented: ModuleType) -> None:
    _, other = view(invented.invented_run()).sections
    (row,) = [row for row in other.rows if row.mark == "FALLBACK"]
    assert row.case.latency
    assert row.speedup is None


def test_a_failed_case_has_no_bar_and_tells_how_many_were_planned(invented: ModuleType) -> None:
    litert, _ = view(invented.invented_run(), 1).sections
    row = litert.rows[-1]
    assert row.mark == "FAILED"
    assert (row.bar, row.peak_bytes, row.planned) == (None, None, 5)


def test_each_process_is_a_line_where_its_numbers_are(invented: ModuleType) -> None:
    device = view(invented.small_run())
    strip = device.sections[0].strips[0]
    assert len(strip.processes) == 5
    for process, one in zip(strip.processes, strip.case.latency_invocations, strict=True):
        latency, time = one.reading.latency, strip.case.latency.value_us
        assert process.x == device.axis.place(100 * (latency.median_us / time - 1))
        assert process.low == device.axis.place(100 * (latency.p5_us / time - 1))
        assert process.high == device.axis.place(100 * (latency.p95_us / time - 1))
        assert not process.whole
    assert [process.y for process in strip.processes] == [3, 9, 15, 21, 27]


def test_without_percentiles_the_line_is_the_whole_range(invented: ModuleType) -> None:
    device = view(invented.invented_run())
    strip = device.sections[1].strips[0]
    latency = strip.case.latency_invocations[0].reading.latency
    first = strip.processes[0]
    assert first.whole
    time = strip.case.latency.value_us
    assert first.high == device.axis.place(100 * (latency.max_us / time - 1))


def test_an_outlier_does_not_stretch_the_axis(invented: ModuleType) -> None:
    run = invented.small_run()
    first, *rest = run.invocations
    wild = replace(first.reading.latency, p95_us=first.reading.latency.p95_us * 50)
    first = replace(first, reading=replace(first.reading, latency=wild))
    device = view(replace(run, invocations=(first, *rest)))
    assert device.axis.high == 60
    (clipped,) = [
        one for strip in device.sections[0].strips for one in strip.processes if one.clipped
    ]
    assert clipped.high == 100


def test_ranges_without_percentiles_do_not_stretch_the_axis(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[8:9])
    wild = tuple(
        replace(one, reading=replace(one.reading, latency=replace(one.reading.latency, max_us=1e6)))
        for one in run.invocations
    )
    device = view(replace(run, invocations=wild))
    assert device.axis.high < 5
    assert all(one.clipped and not one.beyond for one in device.sections[0].strips[0].processes)


def test_a_process_beyond_the_axis_is_told_from_one_at_its_end(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    first, *rest = run.invocations
    slow = replace(first.reading.latency, median_us=first.reading.latency.median_us * 20)
    first = replace(first, reading=replace(first.reading, latency=slow))
    device = view(replace(run, invocations=(first, *rest)))
    (strip,) = device.sections[0].strips
    assert device.axis.high == 120
    assert [one.beyond for one in strip.processes] == [True, False, False, False, False]
    assert strip.processes[0].x == 100
    assert " to +9" in strip.extent, "its number is told"


def test_a_wide_interval_does_not_shrink_the_other_bars(invented: ModuleType) -> None:
    run = invented.small_run()
    noisy = "mobilenet_v2/float32/none/t1"
    wild = tuple(
        replace(
            one,
            reading=replace(
                one.reading,
                latency=replace(one.reading.latency, median_us=520.0 * 3 ** (one.round - 3)),
            ),
        )
        if one.case_id == noisy and one.purpose == "latency"
        else one
        for one in run.invocations
    )
    rows = {row.case.case.id: row for row in view(replace(run, invocations=wild)).sections[0].rows}
    assert rows[noisy].case.latency.relative > 2
    assert rows[noisy].bar.high == 100
    assert rows[noisy].bar.value == pytest.approx(100 / 1.3, abs=0.01)


def test_ticks_are_round_and_contain_zero(invented: ModuleType) -> None:
    axis = view(invented.small_run()).axis
    assert (axis.place(0), "0") in axis.ticks
    assert all(0 <= x <= 100 for x, _ in axis.ticks)
    assert 3 <= len(axis.ticks) <= 8


@pytest.mark.parametrize(("percent", "place"), [(-10, 0), (0, 50), (10, 100), (99, 100)])
def test_places_on_an_axis(percent: float, place: float) -> None:
    assert Axis(-10, 10, ()).place(percent) == place


def test_a_device_without_numbers_has_no_strips(invented: ModuleType) -> None:
    device = view(replace(invented.small_run(), invocations=()))
    assert device.sections[0].strips == ()
    assert [row.bar for row in device.sections[0].rows] == [None] * 8
