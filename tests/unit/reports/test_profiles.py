from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Profile, Purpose, Run
from benchhub.reports import op_cases
from benchhub.reports.names import anchors
from benchhub.reports.profiles import CaseOperators, Operators, compared_operators, operators

from . import compared


def view(run: Run) -> Operators:
    summary = summarise(run)
    return operators(summary, anchors(summary))


def heads(one: CaseOperators) -> list[str]:
    return [column.head for column in one.columns]


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
    times = [row.line.row.mean_us for row in found[0].rows]
    assert times == sorted(times, reverse=True)
    assert found[0].rows[-1].line.cumulative == pytest.approx(1)


def test_a_case_has_its_picture_and_the_picker_its_name(invented: ModuleType) -> None:
    found = view(invented.invented_run()).cases
    assert {one.picture.size for one in found} == {invented.NODES}
    names = [one.option for one in found]
    assert names[0].startswith("mobilenet_v2 int8 xnnpack t2: 0.1")
    assert [name for name in names if name.endswith("SUSPECT")]
    assert len({(one.device, one.id) for one in found}) == len(found) == 15


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
    assert "Calls" in heads(one)
    assert one.picture.size == invented.NODES - 1
    assert not one.picture.in_order


def test_a_tool_without_smallest_and_largest_times(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    profile = run.invocations[-1].reading.profile
    bare = tuple(replace(op, min_us=None, max_us=None, std_us=None) for op in profile.ops)
    (one,) = view(with_profile(run, replace(profile, ops=bare))).cases
    spread = {"Min, ms", "Max, ms", "Std, ms"}
    assert spread.isdisjoint(heads(one))
    assert spread <= set(heads(view(run).cases[0]))


def test_a_large_run_keeps_the_slowest_operators_of_each_case(
    invented: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(op_cases, "PAGE_ROWS", 200)
    found = view(invented.small_run())
    assert [len(one.rows) for one in found.cases] == [32, *[24] * 7]
    assert [one.left_out for one in found.cases] == [34, *[42] * 7]
    assert all(one.picture.size == invented.NODES for one in found.cases)
    assert all(one.types.groups[0].count == invented.NODES for one in found.cases[:2])
    assert found.cases[0].command == (
        "benchhub ops 01EXAMPL --case mobilenet_v2/int8/xnnpack/t2 --device host --top 66"
    )
    assert not found.left


def test_of_a_very_large_run_the_first_cases_have_tables(
    invented: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(op_cases, "PAGE_ROWS", 50)
    found = view(invented.small_run())
    kept = [one.case.case.id for one in found.cases]
    assert kept == ["mobilenet_v2/int8/xnnpack/t2", "mobilenet_v2/float32/none/t1"]
    assert len(found.left) == 6
    assert f"--case {found.left[0].about.case.case.id} " in found.left_command
    ids = [one.id for one in found.cases] + [name for one in found.left for name in one.ids]
    assert len(set(ids)) == 8


def test_operators_are_told_against_the_reference(invented: ModuleType) -> None:
    found = {one.case.case.id: one for one in view(invented.small_run()).cases}
    two = found["mobilenet_v2/float32/none/t2"]
    assert two.notes[1] == (
        "Delta: against the same work in the reference, float32 none t1; 66 of 66 operators can be "
        "matched."
    )
    reference = found["mobilenet_v2/float32/none/t1"]
    times = {row.line.node: row.line.row.mean_us for row in reference.rows}
    for row in two.rows:
        delta = row.line.row.mean_us - times[row.line.node]
        assert row.line.change.delta_us == pytest.approx(delta)
        assert row.weight == ""
    assert "Delta, ms" in heads(two)
    assert "Delta, ms" not in heads(reference)
    assert len(reference.notes) == 1


def test_a_comparison_tells_operators_against_the_baseline() -> None:
    run, comparison = compared.everything()
    summary = summarise(run)
    found = operators(summary, anchors(summary), None, comparison)
    assert [one.device for one in found.cases] == ["host", "pi4"]
    one = found.cases[0]
    (other,) = one.aliases
    assert other.removesuffix("baseline") == one.id.removesuffix("candidate")
    assert found.link("host", "mobilenet_v2/float32/xnnpack/t1") == one.id
    assert found.link("host", "mobilenet_v2/int8/xnnpack/t1") == ""
    weights = {row.line.name: row.weight for row in one.rows}
    assert weights["block_4"] == weights["extra_1"] == "slower"
    assert "certain" in weights.values()
    assert one.notes[1].startswith("Delta: what an operator adds to the baseline's time, together ")
    total = sum(row.line.change.delta_us for row in one.rows)
    assert f"together +{total / 1000:.4f} ms; from 2 and 2 profile processes" in one.notes[1]


def test_two_runs_that_are_compared_have_operators_too() -> None:
    runs, comparison = compared.apart()
    places = {(one.device, one.case_id): f"verdict-{i}" for i, one in enumerate(comparison.cases)}
    found = compared_operators(comparison, runs, places)
    profiled = [one for one in comparison.cases if one.candidate and one.candidate.operators]
    assert len(found.cases) == len(profiled)
    assert {one.id for one in found.cases} == {
        f"ops-{places[one.device, one.case_id]}" for one in profiled
    }
