from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Latency, Run
from benchhub.reports import distributions as module
from benchhub.reports.deviations import WIDTH, Axis, percent_off
from benchhub.reports.distributions import Distributions, distributions
from benchhub.reports.lanes import MOST_LANES
from benchhub.reports.names import anchors

from . import compared, heated
from .sections import section

MOVE = re.compile(r"M(\d+) ([\d.]+)")


def view(run: Run) -> Distributions:
    summary = summarise(run)
    found = distributions(summary, anchors(summary))
    assert found
    return found


def changed(run: Run, change: Callable[[Latency], Latency], which: int = 0) -> Run:
    """Return the run with the figures of one process, or of all below 0, changed."""
    return replace(
        run,
        invocations=tuple(
            replace(one, reading=replace(one.reading, latency=change(one.reading.latency)))
            if which in (i, -1) and one.reading.latency
            else one
            for i, one in enumerate(run.invocations)
        ),
    )


def test_each_process_is_drawn_where_its_numbers_are(invented: ModuleType) -> None:
    (device,) = view(invented.small_run()).devices
    strip = device.sections[0].strips[0]
    paths = dict(strip.drawn.paths)
    assert list(paths) == ["point", "range", "box", "value"]
    time = strip.case.latency
    assert time
    assert strip.base_us == time.value_us
    base_us = time.value_us

    def x(us: float) -> int:
        return device.axis.place(percent_off(us, base_us))

    values = [int(found[1]) for found in MOVE.finditer(paths["value"])]
    ranges = [int(found[1]) for found in MOVE.finditer(paths["range"])]
    boxes = [int(found[1]) for found in MOVE.finditer(paths["box"])]
    latencies = [one.reading.latency for one in strip.case.latency_invocations]
    assert values == [x(one.value_us) for one in latencies if one]
    assert boxes == [x(one.q1_us) for one in strip.spreads if one.q1_us]
    assert ranges == [x(one.p5_us) for one in strip.spreads if one.p5_us]
    assert len(values) == len(boxes) == len(ranges) == 5
    assert strip.drawn.height == 65
    heights = [float(found[2]) for found in MOVE.finditer(paths["value"])]
    assert heights == sorted(heights)


def test_it_is_said_how_many_inferences_are_drawn(invented: ModuleType) -> None:
    first, other = view(invented.invented_run()).devices[0].sections
    assert first.strips[0].told == "5 processes; 300 of 2000 inferences drawn"
    assert first.told == "8 configurations, 40 processes"
    assert other.strips[0].told == "5 processes; 2000 inferences, not kept by the tool"
    few = view(heated.heated_run(heated.CASES[:2], inferences=20)).devices[0]
    assert few.sections[0].strips[0].told == "5 processes; 100 inferences"


def test_processes_that_do_not_count_are_left_out_and_counted(lab: ModuleType) -> None:
    pi4 = view(lab.lab_run()).devices[1]
    (warm,) = [one for one in pi4.sections[0].strips if one.case.case.id == lab.WARM_CASE]
    assert len(warm.spreads) == 3
    assert warm.told.startswith("3 processes; ")
    assert warm.told.endswith("; 2 processes INVALID")
    assert lab.HOT_CASE not in [one.case.case.id for one in pi4.sections[0].strips]


def test_the_label_says_how_far_they_reach(invented: ModuleType) -> None:
    first, other = view(invented.invented_run()).devices[0].sections
    reach = "\N{MINUS SIGN}[0-9.]+ to [+][0-9.]+\N{NO-BREAK SPACE}%"
    wanted = f"5 processes, their medians {reach}, p5 to p95 within {reach}"
    assert re.fullmatch(wanted, first.strips[0].label)
    assert "their means" in other.strips[0].label
    assert "smallest to largest inference within" in other.strips[0].label


def test_an_outlier_does_not_stretch_the_axis(invented: ModuleType) -> None:
    def wild(one: Latency) -> Latency:
        return replace(one, p5_us=one.min_us, p95_us=one.mean_us * 50, max_us=one.mean_us * 60)

    found = view(changed(invented.make_run(invented.CASES[8:9]), wild))
    assert found.devices[0].axis.high == 60
    (strip,) = found.devices[0].sections[0].strips
    assert "range clipped" in dict(strip.drawn.paths)
    assert ("range clipped", "goes on beyond the scale") in found.keys


def test_ranges_without_percentiles_do_not_stretch_the_axis(invented: ModuleType) -> None:
    run = changed(invented.make_run(invented.CASES[8:9]), lambda one: replace(one, max_us=1e6), -1)
    (device,) = view(run).devices
    assert device.axis.high < 5
    kinds = dict(device.sections[0].strips[0].drawn.paths)
    assert "range whole clipped" in kinds
    assert "value beyond" not in kinds


def test_a_process_beyond_the_axis_is_told_from_one_at_its_end(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    run = changed(run, lambda one: replace(one, median_us=(one.median_us or 0) * 20))
    found = view(run)
    (strip,) = found.devices[0].sections[0].strips
    assert found.devices[0].axis.high == 120
    kinds = dict(strip.drawn.paths)
    assert [int(one[1]) for one in MOVE.finditer(kinds["value beyond"])] == [WIDTH]
    assert len(MOVE.findall(kinds["value"])) == 4
    assert " to +9" in strip.extent, "its number is told"
    assert "value beyond" in dict(found.keys)


def test_many_processes_are_drawn_closer_and_at_last_not_all() -> None:
    cases = heated.CASES[:1]
    sizes = {}
    for rounds in (8, 9, 40, 60):
        (strip,) = view(heated.heated_run(cases, rounds, 30)).devices[0].sections[0].strips
        sizes[rounds] = (strip.drawn.size, strip.drawn.shown, bool(strip.drawn.points))
    assert sizes == {
        8: ("roomy", 8, True),
        9: ("close", 9, True),
        40: ("dense", 40, False),
        60: ("dense", MOST_LANES, False),
    }
    assert strip.told.startswith("40 of 60 processes drawn; 1800 inferences, none drawn")


def test_a_large_page_draws_fewer_inferences_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = heated.heated_run(heated.CASES[:10], inferences=100)
    monkeypatch.setattr(module, "PAGE_POINTS", 2000)
    some = view(run).devices[0].sections[0].strips[0]
    assert some.drawn.points == 5 * (2000 // (26 * 5))
    monkeypatch.setattr(module, "PAGE_POINTS", 1000)
    none = view(run).devices[0].sections[0].strips[0]
    assert none.drawn.points == 0
    assert none.told == "5 processes; 500 inferences, none drawn by itself"
    assert "box" in dict(none.drawn.paths)


def test_a_very_large_page_draws_the_fastest_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_CASES", 15)
    monkeypatch.setattr(module, "MOST_ROWS", 30)
    run = heated.heated_run(heated.CASES[:10], rounds=2, inferences=20)
    found = view(run)
    (host,) = found.devices[0].sections
    assert host.told == "the fastest 5 of 8 configurations, 10 processes"
    times = [one.base_us for one in host.strips]
    assert times == sorted(times)
    assert [len(one.rows) for one in found.devices] == [10, 10, 10]
    assert [one.left_out for one in found.devices] == [0, 0, 0]
    monkeypatch.setattr(module, "MOST_ROWS", 15)
    devices = view(run).devices
    assert [(len(one.rows), one.left_out) for one in devices] == [(10, 0), (5, 5), (0, 10)]


def test_the_first_groups_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN_CASES", 10)
    found = view(heated.heated_run(heated.CASES[:20], rounds=1, inferences=20))
    opened = [one.is_open for device in found.devices for one in device.sections]
    assert opened == [True, *[False] * (len(opened) - 1)]


def test_sides_stand_together_as_deviations_from_the_baseline() -> None:
    run, _ = compared.everything()
    found = view(run)
    assert found.is_sided
    strips = found.devices[0].sections[0].strips
    for baseline, candidate in zip(strips[::2], strips[1::2], strict=True):
        assert (baseline.case.case.side, candidate.case.case.side) == ("baseline", "candidate")
        assert baseline.case.case.pair_id == candidate.case.case.pair_id
        assert baseline.case.latency
        assert baseline.base_us == candidate.base_us == baseline.case.latency.value_us


def test_ticks_are_round_and_contain_zero(invented: ModuleType) -> None:
    axis = view(invented.small_run()).devices[0].axis
    assert (axis.place(0), "0") in axis.ticks
    assert all(0 <= x <= WIDTH for x, _ in axis.ticks)
    assert 3 <= len(axis.ticks) <= 8


@pytest.mark.parametrize(("percent", "place"), [(-10, 0), (0, 500), (10, 1000), (99, 1000)])
def test_places_on_an_axis(percent: float, place: int) -> None:
    assert Axis(-10, 10, ()).place(percent) == place


def test_a_run_without_numbers_has_none(invented: ModuleType) -> None:
    summary = summarise(replace(invented.small_run(), invocations=()))
    assert distributions(summary, anchors(summary)) is None


def test_a_process_is_drawn_with_few_bytes() -> None:
    """A page of 10,000 of them has to stay under 10 MB, with all that it has besides."""
    (strip,) = view(heated.heated_run(heated.CASES[:1], 5, 100)).devices[0].sections[0].strips
    bare = sum(len(data) for kind, data in strip.drawn.paths if kind != "point")
    assert bare < 5 * 60
    assert strip.drawn.points == 5 * 60
    assert sum(len(data) for kind, data in strip.drawn.paths if kind == "point") < 300 * 11


def test_the_page_shows_them_with_their_numbers(invented: ModuleType) -> None:
    found = view(invented.invented_run())
    shown = section("distributions", distributions=found).by_id("distributions")
    drawings = [one for one in shown.all("svg", "lanes") if "role" in one.attributes]
    assert len(drawings) == 20
    assert all(one.attributes["aria-label"] for one in drawings)
    tables = shown.all("table")
    assert [len(one.all("tr")) - 1 for one in tables] == [55, 45]
    first = [one.text for one in tables[0].all("tr")[1].all("td")]
    assert first[:2] == ["1", "400"]
    numbers = [float(one) for one in first[2:]]
    assert numbers == sorted(numbers)
    benchmark_model = [one for one in tables[0].all("tr") if "@benchmark_model" in one.text]
    assert "mean" in benchmark_model[0].text
    assert benchmark_model[0].all("td")[3].text == "\N{EN DASH}"
    legend = shown.all("div", "legend")[0].text
    assert "the middle half of them" in legend
    assert "stands beyond the scale" not in legend


def processes(run: Run) -> int:
    """Count the processes that are drawn."""
    (device,) = view(run).devices
    return sum(len(strip.spreads) for part in device.sections for strip in part.strips)


def test_inferences_shorter_than_the_clock_are_drawn(invented: ModuleType) -> None:
    run = changed(invented.small_run(), lambda one: replace(one, min_us=0.0, samples_us=()))
    assert processes(run) == processes(invented.small_run())


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), -1.0])
def test_a_process_that_told_no_time_is_not_drawn(invented: ModuleType, broken: float) -> None:
    def change(one: Latency) -> Latency:
        return replace(one, max_us=broken)

    run = invented.small_run()
    assert processes(changed(run, change)) == processes(run) - 1
    summary = summarise(changed(invented.small_run(), change, -1))
    assert distributions(summary, anchors(summary)) is None
