from __future__ import annotations

import math
from dataclasses import replace

import pytest

from benchhub.analysis.changes import ChangePoint
from benchhub.analysis.events import EventKind
from benchhub.analysis.history import Series, large_enough, make_history
from benchhub.analysis.past_points import NO_CANARY
from benchhub.records import DeviceRecord, Plan, Purpose, Status
from benchhub.results.past import Past, PastProcess

from ..reports.invented import make_case
from .pasts import CANARY, CASES, FAST, OTHER, Night, make_past

NIGHTS = 30
SINCE = 20


def slower(share: float) -> list[Night]:
    """Nights of which the last ten have a slower case."""
    late = Night(scale=lambda case: 1 + share if case == FAST.id else 1.0)
    return [late if number >= SINCE else Night() for number in range(NIGHTS)]


def series(past: Past, case_id: str = FAST.id, device: str = "host") -> Series:
    (found,) = [
        one for one in make_history(past).series if (one.device, one.case_id) == (device, case_id)
    ]
    return found


def test_a_slower_case_is_told_with_its_run_and_commit() -> None:
    history = make_history(make_past(slower(0.06), drift=0.03))
    ((one, shift),) = history.shifts
    assert (one.case_id, one.canary) == (FAST.id, CANARY.id)
    assert shift.first.run_id == "01NIGH20"
    assert shift.first.commit == "14" * 20
    assert shift.last.run_id == "01NIGH19"
    assert (shift.runs_before, shift.runs_after) == (20, 10)
    assert shift.change == pytest.approx(0.06, abs=0.01)
    assert shift.p == 0.005


def test_without_a_canary_the_drift_of_the_device_hides_it() -> None:
    found = series(make_past(slower(0.06), drift=0.03, canary=None))
    assert found.canary is None
    with_canary = series(make_past(slower(0.06), drift=0.03))
    spread = [max(one.figures[:SINCE]) / min(one.figures[:SINCE]) for one in (found, with_canary)]
    assert spread[0] > 1.05 > spread[1]


def test_a_figure_is_the_median_of_the_processes_divided_by_that_of_the_canary() -> None:
    night = Night(values={CANARY.id: (2.0, 4.0, 90.0), FAST.id: (9.0, 1.0)}.get)
    (point,) = series(make_past([night])).points
    assert (point.value_us, point.processes, point.canary_us) == (5.0, 2, 4.0)
    assert point.figure == 1.25
    assert series(make_past([night])).scale_us == 4.0


def test_the_canary_itself_is_divided_by_nothing() -> None:
    found = series(make_past([Night()] * 3), CANARY.id)
    assert found.is_canary
    assert found.canary is None
    assert all(point.figure == point.value_us for point in found.points)


def test_a_run_without_a_figure_of_the_canary_does_not_count() -> None:
    nights = [Night()] * 9
    nights[4] = Night(status=lambda case: Status.INVALID if case == CANARY.id else Status.OK)
    found = series(make_past(nights))
    assert [one.problem for one in found.points if one.figure is None] == [NO_CANARY]
    assert len(found.figures) == 8


def test_a_device_that_never_measures_the_canary_has_a_history_all_the_same() -> None:
    never = Night(status=lambda case: Status.FAILED if case == CANARY.id else Status.OK)
    found = series(make_past([never] * 5))
    assert found.canary is None
    assert len(found.figures) == 5


def test_the_canary_of_another_tool_is_that_of_the_same_tool() -> None:
    cases = (*CASES, make_case("float32", "none", 1, "benchmark_model"))
    other = make_case("int8", "xnnpack", 1, "benchmark_model")
    past = make_past([Night()] * 3, cases=(*cases, other))
    assert series(past, other.id).canary == f"{CANARY.id}@benchmark_model"
    assert series(past, FAST.id).canary == CANARY.id


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (Status.FALLBACK, "another delegate ran"),
        (Status.WRONG, "outputs were wrong"),
        (Status.INVALID, "not in the state"),
        (Status.FAILED, "no process gave a figure"),
    ],
)
def test_figures_that_are_not_its_own_are_left_out(status: Status, why: str) -> None:
    nights = [Night()] * 4 + [Night(status=lambda case: status if case == FAST.id else Status.OK)]
    point = series(make_past(nights)).points[-1]
    assert why in point.problem
    assert point.figure is None


def test_what_another_process_of_the_case_shows_counts_too() -> None:
    past = make_past([Night()])
    (run,) = past.runs
    wrong = PastProcess("host", FAST.id, Purpose.VERIFY, Status.WRONG, None, None)
    run = replace(run, processes=(*run.processes, wrong))
    (point,) = series(replace(past, runs=(run,))).points
    assert "WRONG" in point.problem


@pytest.mark.parametrize("bad", [0.0, -3.0, math.nan, math.inf, None])
def test_what_is_no_time_is_dropped_and_told(bad: float | None) -> None:
    night = Night(values=lambda case: (100.0, bad, 102.0) if case == FAST.id else None)
    history = make_history(make_past([night]))
    assert history.dropped == 1
    (point,) = series(make_past([night])).points
    assert (point.value_us, point.processes) == (101.0, 2)
    none = Night(values=lambda case: (bad, bad) if case == FAST.id else None)
    (point,) = series(make_past([none])).points
    assert (point.figure, point.problem) == (None, "no process told a time above 0")


def test_means_and_medians_are_not_mixed() -> None:
    nights = [Night(statistic="mean")] * 3 + [Night()] * 5
    found = series(make_past(nights))
    assert len(found.figures) == 5
    assert found.points[0].problem == "it tells means, the newest run medians"


def test_another_cpu_under_the_same_name_is_left_out() -> None:
    def other(record: DeviceRecord) -> DeviceRecord:
        return replace(record, facts=replace(record.facts, cpu="Another CPU"))

    found = series(make_past([Night(device=other)] * 2 + [Night()] * 3))
    assert [bool(one.problem) for one in found.points] == [True, True, False, False, False]
    assert found.points[0].problem == "measured on another CPU (Another CPU, 2 cores)"


def with_model(digest: str, case_id: str) -> Night:
    def plan(given: Plan) -> Plan:
        cases = [
            replace(case, variant=replace(case.variant, sha256=digest))
            if case.id == case_id
            else case
            for case in given.cases
        ]
        return replace(given, cases=tuple(cases))

    return Night(plan=plan, scale=lambda case: 1.2 if case == case_id else 1.0)


def test_another_model_file_stands_beside_the_change() -> None:
    nights = [Night()] * 15 + [with_model("ff" * 32, FAST.id)] * 10
    found = series(make_past(nights))
    (shift,) = found.shifts
    (event,) = shift.events
    assert (event.kind, event.run_id) == (EventKind.MODEL, "01NIGH15")
    assert event.text.endswith("-> ffffffff")
    assert found.events == (event,)
    assert series(make_past(nights), OTHER.id).events == ()


def test_another_canary_file_is_told_on_every_series() -> None:
    nights = [Night()] * 4 + [with_model("ff" * 32, CANARY.id)] * 4
    kinds = {
        one.case_id: [e.kind for e in one.events] for one in make_history(make_past(nights)).series
    }
    assert kinds == {
        CANARY.id: [EventKind.MODEL],
        FAST.id: [EventKind.CANARY],
        OTHER.id: [EventKind.CANARY],
    }


def test_tool_system_and_protocol_are_events() -> None:
    def device(record: DeviceRecord) -> DeviceRecord:
        tools = tuple(replace(tool, version="9.9") for tool in record.tools)
        return replace(record, tools=tools, facts=replace(record.facts, kernel="7.0"))

    def plan(given: Plan) -> Plan:
        return replace(given, measure=replace(given.measure, num_runs=7))

    found = series(make_past([Night()] * 2 + [Night(device=device, plan=plan)] * 2))
    assert [one.kind for one in found.events] == [
        EventKind.TOOL,
        EventKind.DEVICE,
        EventKind.PROTOCOL,
    ]
    assert [one.text for one in found.events[:2]] == [
        "litert 2.3.0 -> 9.9",
        "kernel: 6.12.4 -> 7.0",
    ]

    def build(record: DeviceRecord) -> DeviceRecord:
        return replace(record, tools=tuple(replace(t, sha256="ee" * 32) for t in record.tools))

    found = series(make_past([Night(), Night(device=build)]))
    assert [one.text for one in found.events] == ["another build of litert: abababab -> eeeeeeee"]


def test_small_changes_are_no_alert() -> None:
    assert make_history(make_past(slower(0.012), noise=0.001)).shifts == []
    assert make_history(make_past(slower(-0.05), noise=0.001)).shifts[0][1].change < 0


def test_levels_between_which_too_little_changed_become_one() -> None:
    logs = [0.0] * 5 + [0.005] * 5 + [0.1] * 5
    found = (ChangePoint(5, 0.005), ChangePoint(10, 0.005))
    assert large_enough(logs, found) == found[1:]
    assert large_enough(logs, found, least=0.001) == found
    assert large_enough(logs, found, least=0.5) == ()
    assert large_enough([], ()) == ()


def test_the_worst_comes_first() -> None:
    def late(case: str) -> float:
        return {FAST.id: 1.05, OTHER.id: 1.2}.get(case, 1.0)

    def early(case: str) -> float:
        return 1.5 if case == FAST.id else 1.0

    nights = [Night(scale=early)] * 12 + [Night()] * 12 + [Night(scale=late)] * 12
    found = make_history(make_past(nights)).shifts
    assert [one.case_id for one, _ in found] == [OTHER.id, FAST.id, FAST.id]
    changes = [shift.change for _, shift in found]
    assert changes == pytest.approx([0.2, 0.05, -1 / 3], abs=0.01)


def test_devices_are_apart_and_the_newest_run_decides_the_order() -> None:
    past = make_past([Night()] * 3, devices=("host", "pi4"))
    found = [(one.device, one.case_id) for one in make_history(past).series]
    assert found == [(device, case.id) for device in ("host", "pi4") for case in CASES]


def test_neighbours_that_are_alike_are_told() -> None:
    def wave(number: int) -> Night:
        return Night(scale=lambda case: 1 + 0.02 * math.sin(number) if case == FAST.id else 1.0)

    found = series(make_past([wave(number) for number in range(NIGHTS)], noise=0.0001))
    assert found.is_slow_noise
    assert not series(make_past([Night()] * NIGHTS)).is_slow_noise
    assert series(make_past([Night()] * 5)).autocorrelation is None


def test_nothing_to_tell() -> None:
    history = make_history(Past("example", ()))
    assert (history.series, history.shifts) == ((), [])
