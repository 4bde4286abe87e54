from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Profile, Purpose, Run
from benchhub.reports import profiles
from benchhub.reports.names import anchors
from benchhub.reports.profiles import Operators, operators


def view(run: Run) -> Operators:
    summary = summarise(run)
    return operators(summary, anchors(summary))


def with_profile(run: Run, profile: Profile) -> Run:
    return replace(
        run,
        invocations=tuple(
            replace(one, reading=replace(one.reading, profile=profile))
            if one.purpose is Purpose.PROFILE
            else one
            for one in run.invocations
        ),
    )


def test_fastest_case_first_slowest_operator_first(invented: ModuleType) -> None:
    found = view(invented.small_run()).cases
    assert found[0].case.case.id == "mobilenet_v2/int8/xnnpack/t2"
    times = [row.mean_us for row in found[0].rows]
    assert times == sorted(times, reverse=True)
    assert found[0].rows[-1].cumulative == pytest.approx(1)


def test_bars_follow_the_order_of_execution(invented: ModuleType) -> None:
    (one, *_) = view(invented.small_run()).cases
    assert len(one.bars) == invented.NODES
    assert max(bar.height for bar in one.bars) == 100
    first = next(row for row in one.rows if row.op.order == 0)
    assert one.bars[0].height == pytest.approx(100 * first.mean_us / one.rows[0].mean_us, abs=0.05)


def test_cases_without_a_profile_say_why(invented: ModuleType) -> None:
    found = view(invented.invented_run())
    assert {one.reason for one in found.without} == {"no profile was made"}
    assert "mobilenet_v2/float32/none/t1@benchmark_model" in {
        one.case.case.id for one in found.without
    }
    run = invented.make_run(invented.CASES[:1])
    empty = with_profile(run, Profile((), 380, 0.0, 1.0, "csv"))
    assert [one.reason for one in view(empty).without] == ["its profile has no operators"]


def test_a_failed_case_is_not_listed_as_lacking_a_profile(invented: ModuleType) -> None:
    listed = {(one.device, one.case.case.id) for one in view(invented.invented_run()).without}
    assert ("pi4", invented.FAILED_CASE) not in listed


def test_inner_subgraphs_and_repeated_calls_are_told(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    profile = run.invocations[-1].reading.profile
    inner = replace(profile.ops[0], subgraph=1, calls=12.0)
    (one,) = view(with_profile(run, replace(profile, ops=(*profile.ops[1:], inner)))).cases
    assert one.has_inner
    assert one.has_repeats
    assert len(one.bars) == invented.NODES - 1


def test_a_tool_without_smallest_and_largest_times(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    profile = run.invocations[-1].reading.profile
    bare = tuple(replace(op, min_us=None, max_us=None, std_us=None) for op in profile.ops)
    (one,) = view(with_profile(run, replace(profile, ops=bare))).cases
    assert not one.has_spread
    assert view(run).cases[0].has_spread


def test_a_large_run_keeps_the_slowest_operators_of_each_case(
    invented: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "PAGE_ROWS", 8 * 30)
    found = view(invented.small_run()).cases
    assert [len(one.rows) for one in found] == [30] * 8
    assert all(len(one.table.rows) == invented.NODES for one in found)


def test_a_long_graph_is_not_drawn(invented: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MOST_BARS", 10)
    assert {one.bars for one in view(invented.small_run()).cases} == {()}
