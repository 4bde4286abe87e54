"""What devices told over the run, and how it is drawn: nothing is smoothed, much stays small."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import CpuCluster, Run, Status, Telemetry
from benchhub.reports import telemetry_chart
from benchhub.reports.telemetry import (
    BATTERY,
    FREQUENCY,
    LOAD,
    MOST_LINES,
    PAGE_ROWS,
    TEMPERATURE,
    Panel,
    Watch,
    telemetry,
)
from benchhub.reports.telemetry_chart import MOST_COLUMNS, MOST_MARKS, Chart, charts, describe


@pytest.fixture(scope="module")
def watches(lab: ModuleType) -> dict[str, Watch]:
    return by_device(lab.lab_run())


@pytest.fixture(scope="module")
def few(lab: ModuleType) -> Chart:
    return chart(lab.lab_run(), "pi4")


@pytest.fixture(scope="module")
def many(lab: ModuleType) -> Chart:
    """What happens on the board, again and again for hours."""
    return chart(later(alone(lab.lab_run(), "pi4"), 24, 7), "pi4")


def alone(run: Run, device: str) -> Run:
    return replace(run, invocations=tuple(one for one in run.invocations if one.device == device))


def by_device(run: Run) -> dict[str, Watch]:
    return {one.device: one for one in telemetry(summarise(run))}


def panel(watch: Watch, title: str) -> Panel:
    return next(one for one in watch.panels if one.title == title)


def chart(run: Run, device: str) -> Chart:
    found = telemetry(summarise(run))
    return charts(found)[[one.device for one in found].index(device)]


def later(run: Run, times: int, minutes: float, *, round_step: int = 10) -> Run:
    """Return a run in which everything happens again and again, that many minutes apart."""
    return replace(
        run,
        invocations=tuple(
            replace(
                one,
                started=(
                    datetime.fromisoformat(one.started) + timedelta(minutes=minutes * i)
                ).isoformat(),
                round=one.round + round_step * i,
            )
            for i in range(times)
            for one in run.invocations
        ),
    )


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]


def test_all_samples_of_all_processes_are_in_the_series(
    watches: dict[str, Watch], lab: ModuleType
) -> None:
    assert list(watches) == list(lab.DEVICES)
    pi4 = watches["pi4"]
    assert len(pi4.processes) == 45
    heat = panel(pi4, TEMPERATURE)
    assert heat.drawn[0].name == "cpu-thermal"
    assert heat.drawn[0].n == pi4.told == 40 * 4  # before, after, two during; five never started
    assert heat.limit == 60.0
    states = [
        state
        for one in lab.lab_run().invocations
        for state in (one.before, *one.during, one.after)
        if one.device == "pi4" and "cpu-thermal" in state.temperature_c
    ]
    told = [state.temperature_c["cpu-thermal"] for state in states]
    assert (heat.drawn[0].low, heat.drawn[0].high) == (min(told), max(told))
    times = [at_s for at_s, _ in heat.drawn[0].points]
    assert times == sorted(times)


def test_a_zone_far_from_the_decisive_one_is_only_in_the_table(watches: dict[str, Watch]) -> None:
    heat = panel(watches["pi4"], TEMPERATURE)
    assert [one.name for one in heat.drawn] == ["cpu-thermal"]
    assert [one.name for one in heat.others] == ["battery"]
    near = panel(watches["pixel8"], TEMPERATURE)
    assert [one.name for one in near.drawn] == ["BIG", "battery"]


def test_a_cpu_that_was_held_back_is_seen(watches: dict[str, Watch]) -> None:
    fastest, slowest = panel(watches["pi4"], FREQUENCY).drawn
    assert (fastest.name, slowest.name) == ("fastest CPU", "slowest CPU")
    assert (fastest.low, fastest.high) == (1.8, 1.8)
    assert (slowest.low, slowest.high) == (pytest.approx(1.08), 1.8)
    (host,) = panel(watches["host"], FREQUENCY).drawn
    assert host.name == "fastest CPU", "all its CPUs are the same"


def test_each_cluster_has_a_line_of_its_own(lab: ModuleType) -> None:
    run = lab.lab_run()
    khz = {"cpu0": 1_700_000, "cpu1": 900_000, "cpu4": 2_400_000, "cpu7": 2_800_000}
    run = replace(
        run,
        invocations=tuple(
            replace(one, before=replace(one.before, cpu_khz=khz), during=(), after=Telemetry())
            for one in run.invocations
            if one.device == "pixel4"
        ),
    )
    drawn = panel(by_device(run)["pixel4"], FREQUENCY).drawn
    assert [(one.name, one.high) for one in drawn] == [
        ("CPU 7", 2.8),
        ("CPUs 4 to 6, fastest", 2.4),
        ("CPUs 0 to 3, fastest", 1.7),
    ]
    many = tuple(CpuCluster((i,), 1000 * i) for i in range(MOST_LINES + 2))
    record = replace(run.devices[2], facts=replace(run.devices[2].facts, clusters=many))
    run = replace(run, devices=(*run.devices[:2], record, *run.devices[3:]))
    names = [one.name for one in panel(by_device(run)["pixel4"], FREQUENCY).drawn]
    assert names == ["fastest CPU", "slowest CPU"]


def test_ranges_that_do_not_count_say_why(watches: dict[str, Watch]) -> None:
    pi4 = watches["pi4"]
    assert (pi4.invalid, pi4.throttled) == (12, 7)
    assert sum(one.n for one in pi4.ranges) == 12
    throttled = [one for one in pi4.ranges if one.throttled]
    assert sum(one.n for one in throttled) == 7
    assert {one.why for one in throttled} == {"the device was throttled: frequency-capped"}
    cold = next(one for one in pi4.ranges if not one.throttled)
    assert cold.why.startswith("pi4: not measured: cpu-thermal is ")
    assert watches["host"].ranges == ()


def test_processes_that_follow_each_other_are_one_range(lab: ModuleType) -> None:
    run = lab.lab_run()
    run = replace(
        run, invocations=tuple(replace(one, status=Status.INVALID) for one in run.invocations)
    )
    (whole,) = by_device(run)["pixel4"].ranges
    assert (whole.n, whole.invalid, whole.throttled) == (45, 45, False)
    assert (whole.start_s, whole.end_s) == (3.0, pytest.approx(whole.start_s + 44 * 8 + 6))


def test_what_a_device_does_not_tell_has_no_panel(invented: ModuleType, lab: ModuleType) -> None:
    titles = [one.title for one in by_device(invented.small_run())["host"].panels]
    assert titles == [TEMPERATURE, FREQUENCY, LOAD]
    run = lab.lab_run()
    silent = replace(
        run,
        invocations=tuple(
            replace(one, before=Telemetry(), during=(), after=Telemetry(battery_percent=81.0))
            if one.device == "pixel4"
            else replace(one, before=Telemetry(), during=(), after=Telemetry())
            for one in run.invocations
        ),
    )
    (only,) = telemetry(summarise(silent))
    assert only.device == "pixel4"
    assert [one.title for one in only.panels] == [BATTERY]
    assert charts((only,))[0].panels[0].lines[0].path


def test_the_table_keeps_the_warmest_of_neighbours(lab: ModuleType) -> None:
    pi4 = by_device(later(alone(lab.lab_run(), "pi4"), 8, 7))["pi4"]
    assert len(pi4.rows) <= PAGE_ROWS < pi4.told == 8 * 160
    assert panel(pi4, TEMPERATURE).drawn[0].high in [row.celsius for row in pi4.rows]
    short = by_device(lab.lab_run())["pixel8"]
    assert len(short.rows) == short.told == 24, "all of few"


def test_a_line_of_many_samples_keeps_the_extremes_and_few_points(few: Chart, many: Chart) -> None:
    for one, thinned in ((few, False), (many, True)):
        line = one.panels[0].lines[0]
        assert line.thinned is thinned
        drawn = points(line.path)
        assert len(drawn) <= 4 * MOST_COLUMNS
        heights = [y for _, y in drawn]
        height = one.panels[0].height
        assert (min(heights), max(heights)) == (6.0, height - 6.0), "the axis fits the extremes"
        assert 0 <= min(x for x, _ in drawn) <= max(x for x, _ in drawn) <= 100
    assert len(points(few.panels[0].lines[0].path)) == 160


def test_marks_of_many_processes_say_how_many_they_stand_for(few: Chart, many: Chart) -> None:
    assert few.per_mark == 1
    assert few.marks.count("M") + few.crosses.count("M") == 45
    assert few.crosses.count("M") == 12
    assert many.per_mark > 1
    assert many.marks.count("M") <= MOST_MARKS + 1


def test_of_too_many_ranges_a_shade_is_as_high_as_its_share(few: Chart, many: Chart) -> None:
    assert not few.has_shares
    assert {one.share for one in few.shades} == {1.0}
    assert sum(one.throttled for one in few.shades) == 7
    assert few.shades[0].title == (
        "1 process, 1 INVALID: the device was throttled: frequency-capped"
    )
    assert many.has_shares
    assert len(many.shades) <= 100
    shares = [one.share for one in many.shades]
    assert 0.2 < sum(shares) / len(shares) < 0.35, "12 of 45 do not count"


def test_a_long_time_without_a_process_is_cut_out(lab: ModuleType) -> None:
    whole = chart(later(alone(lab.lab_run(), "pixel4"), 2, 7), "pixel4")
    assert whole.cuts == ()
    torn = chart(later(alone(lab.lab_run(), "pixel4"), 2, 600), "pixel4")
    ((place, long),) = torn.cuts
    assert 49 < place < 51
    assert long == "9 h 54 min"
    path = torn.panels[0].lines[0].path
    assert path.count("M") == 2, "the line does not cross the cut"
    assert torn.unit == "h"


@pytest.mark.parametrize(("minutes", "unit"), [(0.0, "min"), (60.0, "min"), (400.0, "h")])
def test_the_axis_of_time_has_round_numbers(lab: ModuleType, minutes: float, unit: str) -> None:
    found = chart(later(alone(lab.lab_run(), "host"), 2, minutes), "host")
    assert found.unit == unit
    assert 3 <= len(found.ticks) <= 10
    assert all(0 <= x <= 100 for x, _ in found.ticks)


def test_the_label_says_the_finding(watches: dict[str, Watch]) -> None:
    assert re.fullmatch(
        r"pi4 over the run: temperature 54\.\d to 72\.\d °C, frequency 1\.08 to 1\.80 GHz, "
        r"load 0\.400; 12 of 45 processes INVALID, 7 throttled\.",
        describe(watches["pi4"]),
    )
    assert describe(watches["host"]).endswith("; 48 processes.")


@pytest.mark.parametrize(
    ("low", "high", "height", "ticks"),
    [
        (0.0, 0.42, 62, [0.0, 0.2, 0.4]),
        (0.0, 3.57, 96, [0.0, 2.0]),
        (46.0, 60.0, 132, [50.0, 55.0, 60.0]),
        (-2.0, 3.0, 62, [-2.0, 0.0, 2.0]),
    ],
)
def test_values_have_a_few_round_ticks(
    low: float, high: float, height: int, ticks: list[float]
) -> None:
    assert telemetry_chart.value_ticks(low, high, height) == pytest.approx(ticks)


def test_the_page_shows_each_device_and_says_what_is_missing(
    lab: ModuleType, read_page: Callable[[Run], Any], page: Any
) -> None:
    section = read_page(lab.lab_run()).by_id("telemetry")
    figures = section.all("figure", "watch")
    assert [one.all("figcaption")[0].text for one in figures] == [
        "host 48 processes, 192 samples",
        "pi4 45 processes, 160 samples; 12 INVALID, 7 throttled",
        "pixel4 45 processes, 180 samples",
        "pixel8 6 processes, 24 samples",
    ]
    assert len(section.all("rect", "held")) == 7 + 1  # and one in the legend
    rows = section.all("details")[2].all("tr", "row")
    assert len(rows) == 48 * 4 + 160 + 180 + 24
    assert "all 160 samples" in section.text
    assert "did not look during them" not in section.text
    quiet = page.by_id("telemetry")
    assert "this suite did not look during them" in quiet.text
    assert "throttled" not in quiet.all("ul", "keys")[0].text
