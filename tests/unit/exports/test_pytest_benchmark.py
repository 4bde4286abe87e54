"""pytest-benchmark's document, read by the real `pytest-benchmark compare`."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_benchmark.stats import Stats

from benchhub.analysis.summary import summarise
from benchhub.exports.pytest_benchmark import _stats, export, pytest_benchmark
from benchhub.records import Latency, Run, Side, Status

from ..comparisons import changed, comparison_run, duel, slower
from ..reports.invented import invented_run

PROGRAM = Path(sys.executable).parent / "pytest-benchmark"


def compare(folder: Path, *words: str, **runs: Run) -> str:
    """What the program prints of these runs, each in a file of its name."""
    files = []
    for name, run in runs.items():
        path = folder / f"{name}.json"
        path.write_text(export(run).text)
        files.append(path.name)
    done = subprocess.run(
        [str(PROGRAM), "compare", *words, *files],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Failed to load" not in done.stderr + done.stdout
    return done.stdout


def latency(n: int, median_us: float) -> Latency:
    return Latency(n, median_us, median_us, median_us, median_us, 0.0, None, None, (), "invented")


def by_case(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (one["params"]["device"], one["extra_info"]["case"]): one for one in document["benchmarks"]
    }


def test_the_program_reads_it_and_groups_by_axis(tmp_path: Path) -> None:
    out = compare(tmp_path, "--group-by=param:delegate", "--time-unit=ms", run=invented_run())
    for delegate in ("xnnpack", "none"):
        assert f"delegate={delegate}" in out
    assert "mobilenet_v2[int8-xnnpack-t1-host" in out


def test_the_program_shows_the_seconds_that_were_measured(tmp_path: Path) -> None:
    run = invented_run()
    compare(tmp_path, "--csv=out.csv", "--columns=min,median,mean,rounds", run=run)
    with (tmp_path / "out.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    summaries = {
        (device.name, case.case.id): case
        for device in summarise(run).devices
        for case in device.cases
    }
    document = pytest_benchmark(run)
    assert len(rows) == len(document["benchmarks"]) > 5
    for where, one in by_case(document).items():
        measured = [
            found.reading.latency.value_us / 1e6
            for found in summaries[where].counted
            if found.reading.latency
        ]
        (row,) = (row for name, row in rows.items() if one["name"] in name)
        assert float(row["min"]) == pytest.approx(min(measured))
        assert int(row["rounds"]) == len(measured)
        assert one["stats"]["data"] == pytest.approx(measured)


def test_both_sides_of_a_comparison_stand_in_one_table(tmp_path: Path) -> None:
    out = compare(tmp_path, run=comparison_run(slower()))
    assert "benchmark 'digits/int8/xnnpack/t1 on host': 2 tests" in out
    assert "~baseline" in out
    assert "~candidate" in out
    sides = compare(tmp_path, "--group-by=param:side", run=comparison_run(slower()))
    assert "side=candidate" in sides


def test_two_runs_are_compared_by_name(tmp_path: Path) -> None:
    before = comparison_run(duel([300.0] * 3, [300.0] * 3))
    after = comparison_run(duel([300.0] * 3, [450.0] * 3))
    out = compare(tmp_path, "--between=median", "--time-unit=us", r1=before, r2=after)
    (row,) = (line for line in out.splitlines() if "~candidate" in line)
    assert "450" in row
    assert "+50.0%" in row


def test_what_is_not_trusted_is_left_out_and_told() -> None:
    document = pytest_benchmark(invented_run())
    summaries = {
        (device.name, case.case.id): case
        for device in summarise(invented_run()).devices
        for case in device.cases
    }
    left = {(one["device"], one["case"]): one["why"] for one in document["benchhub"]["left_out"]}
    there = by_case(document)
    assert left.keys() | there.keys() == summaries.keys()
    assert not left.keys() & there.keys()
    statuses = {summaries[where].status for where in left}
    assert {Status.FALLBACK, Status.FAILED} <= statuses
    assert all(summaries[where].stands for where in there)
    assert all(left.values())
    assert len(export(invented_run()).notes) == len(left)


def test_a_figure_that_does_not_count_is_in_no_statistic() -> None:
    run = changed(
        comparison_run(duel([300.0] * 4, [330.0] * 4)),
        Side.CANDIDATE,
        [2],
        status=Status.INVALID,
    )
    one = by_case(pytest_benchmark(run))["host", "digits/int8/xnnpack/t1~candidate"]
    assert one["stats"]["rounds"] == 3
    assert one["extra_info"]["processes_without_figure_that_counts"] == 1


def test_a_process_without_a_median_says_so() -> None:
    found = by_case(pytest_benchmark(invented_run()))
    means = [one for one in found.values() if one["params"]["tool"] == "benchmark_model"]
    assert means
    assert {one["extra_info"]["statistic"] for one in means} == {"mean"}


def test_no_time_is_no_datum() -> None:
    run = comparison_run(duel([300.0] * 4, [330.0] * 4))
    broken = replace(run.invocations[0].reading, latency=latency(10, math.nan))
    odd = replace(run, invocations=(replace(run.invocations[0], reading=broken),))
    json.dumps(pytest_benchmark(odd), allow_nan=False)
    assert pytest_benchmark(odd)["benchmarks"] == []


@given(st.lists(st.floats(1e-7, 1e3), min_size=1, max_size=30))
def test_statistics_are_those_of_pytest_benchmark(data: list[float]) -> None:
    theirs = Stats()
    for value in data:
        theirs.update(value)
    ours = _stats(data, [latency(10 + i, 1.0) for i in range(len(data))])
    for name, value in theirs.as_dict().items():
        if name.startswith(("outliers", "iqr_out", "stddev_out", "ld15", "hd15")):
            continue  # at a fence the last digit decides
        assert ours[name] == pytest.approx(value, rel=1e-9), name
    assert ours["rounds"] == len(data)


def test_outliers_are_those_of_pytest_benchmark() -> None:
    data = [1.0, 1.1, 1.2, 1.05, 1.15, 9.0]
    theirs = Stats()
    for value in data:
        theirs.update(value)
    ours = _stats(data, [latency(10, 1.0)])
    for name in ("outliers", "ld15iqr", "hd15iqr"):
        assert ours[name] == theirs.as_dict()[name]
