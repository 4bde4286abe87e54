from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Run
from benchhub.reports.comparison import DeviceComparison, compare
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


def test_a_device_without_numbers_has_no_bars(invented: ModuleType) -> None:
    device = view(replace(invented.small_run(), invocations=()))
    assert [row.bar for row in device.sections[0].rows] == [None] * 8
