from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.judgement import exit_code, judge
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.errors import UsageError
from benchhub.records import (
    CpuCluster,
    Failure,
    GateSpec,
    Reading,
    Run,
    RunState,
    Side,
    Status,
    Verdict,
)

from ..comparisons import (
    Duel,
    changed,
    comparison_run,
    duel,
    faster,
    medians,
    noisy,
    op_time,
    slower,
    unchanged,
)
from ..reports.invented import small_run

LOST = Failure("lost", "the board does not answer.", "Look at its cable.", 3)


def only(run: Run) -> CaseVerdict:
    (case,) = judge(run).cases
    return case


def with_candidate(one: Duel, **fields: object) -> Duel:
    return replace(one, candidate=replace(one.candidate, **fields))  # type: ignore[arg-type]


def lose(run: Run, device: str) -> Run:
    assert run.end is not None
    end = replace(run.end, state=RunState.INTERRUPTED, lost={device: LOST})
    return replace(run, end=end)


def two_modes(clusters: int = 2, threads: int = 1, affinity: str = "") -> Run:
    slow = {1, 4, 5, 9, 13, 14, 20}
    calm = medians(24, 0.01, 5)
    times = [time * (1.15 if i in slow else 1.0) for i, time in enumerate(calm)]
    run = comparison_run(replace(duel(times, times[::-1]), threads=threads))
    kinds = tuple(CpuCluster((i,), 1_000_000 * i) for i in range(clusters))
    (record,) = run.devices
    cases = tuple(
        replace(case, configuration=replace(case.configuration, affinity=affinity))
        for case in run.plan.cases
    )
    return replace(
        run,
        plan=replace(run.plan, cases=cases),
        devices=(replace(record, facts=replace(record.facts, clusters=kinds)),),
    )


def test_cases_of_all_devices_are_judged_in_order() -> None:
    run = comparison_run(
        unchanged(), slower("float32"), faster("float16"), noisy("dynamic"), devices=("host", "pi4")
    )
    comparison = judge(run)
    verdicts = [Verdict.PASS, Verdict.REGRESSED, Verdict.IMPROVED, Verdict.INCONCLUSIVE]
    assert [case.verdict for case in comparison.cases] == verdicts * 2
    assert [case.device for case in comparison.cases] == ["host"] * 4 + ["pi4"] * 4
    assert comparison.cases[1].case_id == "digits/float32/xnnpack/t1"
    assert comparison.interleaved
    assert comparison.run_ids == (run.plan.run_id,) * 2
    assert comparison.baseline.text == "models of old"
    assert comparison.lost == comparison.notes == ()


def test_the_reasons_say_how_much_and_how_certain() -> None:
    reasons = {
        case.verdict: case.reason
        for case in judge(comparison_run(unchanged(), slower("a"), faster("b"), noisy("c"))).cases
    }
    assert reasons == {
        Verdict.PASS: "not slower: between \N{MINUS SIGN}0.7 % and +0.1 %",
        Verdict.REGRESSED: "slower by 10.6 % (p < 0.0001), beyond 3 %",
        Verdict.IMPROVED: "faster by 9.0 % (p < 0.0001), beyond 3 %",
        Verdict.INCONCLUSIVE: "the data cannot tell: between \N{MINUS SIGN}10.0 % and +20.7 % "
        "after 24 pairs",
    }
    a_little = only(comparison_run(slower(factor=1.01)))
    assert a_little.verdict is Verdict.PASS
    assert a_little.reason == "slower by at most 2.1 %, less than 3 %"


def test_phones_have_a_larger_minimum_effect() -> None:
    run = comparison_run(slower(factor=1.032), kind="android")
    assert (only(run).verdict, only(run).min_effect) == (Verdict.PASS, 0.05)
    assert only(comparison_run(slower(factor=1.032))).verdict is Verdict.REGRESSED
    wide = GateSpec(min_effect=0.2)
    assert only(comparison_run(slower(), gate=wide)).verdict is Verdict.PASS


def test_a_run_without_sides_is_refused() -> None:
    with pytest.raises(UsageError, match="compares nothing"):
        judge(small_run())


def test_many_pairs_that_do_not_count_are_the_labs_fault() -> None:
    run = comparison_run(slower(n=10))
    hot = changed(run, Side.CANDIDATE, [1, 2], status=Status.INVALID)
    case = only(changed(hot, Side.BASELINE, [5], session="2"))
    assert (case.verdict, case.infrastructure, case.invalid_pairs) == (Verdict.INVALID, True, 3)
    assert case.reason == (
        "3 of 10 pairs do not count: 2x candidate: the device was not fit; "
        "1x the connection was lost between the two"
    )
    assert len(case.pairs) == 10


def test_a_few_pairs_that_do_not_count_are_told() -> None:
    run = changed(comparison_run(slower(n=10)), Side.CANDIDATE, [1, 2], status=Status.INVALID)
    case = only(run)
    assert (case.verdict, case.infrastructure, case.evidence.n) == (Verdict.REGRESSED, False, 8)
    assert case.notes == ("2 of 10 pairs do not count: candidate: the device was not fit",)


def test_figures_that_are_no_times_are_told() -> None:
    run = comparison_run(slower())
    reading = run.invocations[0].reading
    assert reading.latency is not None
    nan = replace(reading, latency=replace(reading.latency, median_us=float("nan")))
    case = only(changed(run, Side.CANDIDATE, [2, 3], reading=nan))
    assert case.verdict is Verdict.INVALID
    assert case.reason == "2 of 8 pairs do not count: candidate: nan us is no time"


def test_both_sides_on_another_delegate_are_the_labs_fault() -> None:
    case = only(
        comparison_run(duel([300.0] * 8, [300.0] * 8, status=Status.FALLBACK, applied="none"))
    )
    assert (case.verdict, case.infrastructure) == (Verdict.INVALID, True)
    assert case.reason == "8 of 8 pairs do not count: baseline: another delegate ran"


def test_both_sides_that_crash_are_not_the_labs_fault() -> None:
    comparison = judge(comparison_run(duel([None, None], [None, None])))
    (case,) = comparison.cases
    assert (case.verdict, case.infrastructure) == (Verdict.INVALID, False)
    assert "SIGSEGV" in case.reason
    assert exit_code(comparison) == 5
    comparison = judge(comparison_run(duel([None, None], [None, None]), unchanged("float32")))
    assert exit_code(comparison) == 4
    assert exit_code(comparison, "pass") == 0


def test_a_candidate_that_crashes_is_a_regression() -> None:
    comparison = judge(comparison_run(with_candidate(unchanged(), times_us=[None, None])))
    (case,) = comparison.cases
    assert (case.verdict, case.latency_verdict) == (Verdict.REGRESSED, Verdict.INVALID)
    assert case.reason.startswith("the candidate gives no figure: The process was ended by signal")
    assert not case.infrastructure
    assert exit_code(comparison) == 1


def test_a_device_that_was_never_fit_is_the_labs_fault() -> None:
    failure = Failure("conditions", "host: not measured: 80 C.", "Let it rest.", 3)
    run = comparison_run(unchanged())
    for side in Side:
        run = changed(run, side, status=Status.INVALID, reading=Reading(failure=failure))
    case = only(run)
    assert (case.verdict, case.infrastructure) == (Verdict.INVALID, True)


def test_a_fallback_of_the_candidate_is_a_regression_and_its_latency_is_not_compared() -> None:
    fallen = with_candidate(
        unchanged(), applied="none", nodes_delegated=0, partitions=0, status=Status.FALLBACK
    )
    case = only(comparison_run(fallen))
    assert (case.verdict, case.latency_verdict) == (Verdict.REGRESSED, Verdict.INVALID)
    assert case.reason == ("delegate: XNNPACK -> built-in kernels; the latency was not compared")
    assert case.notes == ("8 of 8 pairs do not count: candidate: another delegate ran",)


def test_a_regression_by_size_says_that_it_is_not_by_latency() -> None:
    case = only(comparison_run(with_candidate(unchanged(), size_bytes=26_512)))
    assert (case.verdict, case.latency_verdict) == (Verdict.REGRESSED, Verdict.PASS)
    assert case.reason.startswith(
        "size 26.0 kB -> 26.5 kB (+512 bytes); not by its latency, which is PASS: "
    )
    assert case.blame is None


def test_a_regression_by_latency_and_size_tells_both() -> None:
    case = only(comparison_run(with_candidate(slower(), size_bytes=26_512)))
    assert case.verdict is Verdict.REGRESSED
    assert case.reason == (
        "slower by 10.6 % (p < 0.0001), beyond 3 %; size 26.0 kB -> 26.5 kB (+512 bytes)"
    )


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (unchanged(), Verdict.IMPROVED),
        (faster(), Verdict.IMPROVED),
        (slower(), Verdict.REGRESSED),
        (noisy(), Verdict.INCONCLUSIVE),
    ],
)
def test_a_smaller_file_improves_what_passes_only(one: Duel, verdict: Verdict) -> None:
    case = only(comparison_run(with_candidate(one, size_bytes=20_000)))
    assert case.verdict is verdict
    assert [figure.what for figure in case.exact] == ["size"]


def test_the_memory_tolerance_is_the_suites() -> None:
    grown = with_candidate(unchanged(), rss_peak_bytes=66_000_000)
    assert only(comparison_run(grown)).verdict is Verdict.REGRESSED
    spec = GateSpec(memory_tolerance=0.2)
    assert only(comparison_run(grown, gate=spec)).verdict is Verdict.PASS


def test_operators_are_blamed_where_something_moved() -> None:
    def profiled(one: Duel, conv_us: float) -> Duel:
        before = [op_time(0, "CONV_2D", 200.0), op_time(1, "ADD", 100.0)]
        after = [op_time(0, "CONV_2D", conv_us), op_time(1, "ADD", 100.0)]
        return replace(
            one,
            baseline=replace(one.baseline, profiles=[before] * 2),
            candidate=replace(one.candidate, profiles=[after] * 2),
        )

    moved = only(comparison_run(profiled(slower(), 230.0)))
    assert moved.blame is not None
    assert moved.blame.ops[0].op == "CONV_2D"
    assert only(comparison_run(profiled(unchanged(), 200.0))).blame is None


def test_two_modes_are_told_where_the_data_cannot_tell() -> None:
    case = only(two_modes())
    assert case.verdict is Verdict.INCONCLUSIVE
    assert case.notes == ("two modes 0.300 / 0.347 ms; pin it with `affinity: big`",)
    assert only(two_modes(clusters=1)).notes == ("two modes 0.300 / 0.347 ms",)
    assert only(two_modes(threads=2)).notes == ("two modes 0.300 / 0.347 ms",)
    assert only(two_modes(threads=2, clusters=3)).notes[0].endswith("`affinity: big`")
    pinned = only(two_modes(affinity="big")).notes
    assert pinned == ("two modes 0.300 / 0.347 ms, although it runs on big CPUs",)


def test_an_interrupted_comparison_is_judged_by_what_it_has() -> None:
    run = comparison_run(slower(n=5), state=RunState.INTERRUPTED)
    comparison = judge(run)
    (case,) = comparison.cases
    assert (case.verdict, case.infrastructure) == (Verdict.INCONCLUSIVE, False)
    assert case.reason == "too few pairs: 5 of at least 8"
    (note,) = comparison.notes
    assert note.startswith("The comparison is interrupted: it is judged by what was measured.")
    assert f"benchhub ab --resume {run.plan.run_id}" in note
    assert exit_code(comparison) == 4


def test_a_comparison_without_a_single_process_has_nothing_to_say() -> None:
    run = comparison_run(unchanged(), state=RunState.INTERRUPTED)
    comparison = judge(replace(run, invocations=()))
    assert [case.reason for case in comparison.cases] == ["nothing was measured"]
    assert exit_code(comparison) == 5


def test_a_lost_device_is_the_labs_fault_as_far_as_it_was_not_decided() -> None:
    run = lose(comparison_run(unchanged(), slower("float32", n=5)), "host")
    comparison = judge(run)
    assert [case.verdict for case in comparison.cases] == [Verdict.PASS, Verdict.INCONCLUSIVE]
    assert [case.infrastructure for case in comparison.cases] == [False, True]
    assert comparison.cases[1].reason == (
        "too few pairs: 5 of at least 8; the device was lost: the board does not answer"
    )
    assert comparison.lost == (("host", LOST),)
    assert exit_code(comparison, "pass") == 3


def test_a_device_that_never_came_is_the_labs_fault() -> None:
    run = lose(comparison_run(unchanged(), devices=("host", "pi4")), "pi4")
    kept = tuple(one for one in run.invocations if one.device == "host")
    comparison = judge(replace(run, invocations=kept, devices=run.devices[:1]))
    reasons = [(case.device, case.infrastructure) for case in comparison.cases]
    assert reasons == [("host", False), ("pi4", True)]
    assert "the board does not answer" in comparison.cases[1].reason


def of(*duels: Duel, damage: bool = False) -> Comparison:
    run = comparison_run(*duels)
    if damage:
        run = changed(run, Side.CANDIDATE, status=Status.INVALID)
    return judge(run)


CODES = [
    ((unchanged(), faster("a")), 0, 0, 0),
    ((unchanged(), slower("a")), 1, 1, 1),
    ((noisy(), slower("a")), 1, 1, 1),
    ((unchanged(), noisy("a")), 4, 0, 1),
]


@pytest.mark.parametrize(("duels", "code", "passing", "failing"), CODES)
def test_exit_codes(duels: tuple[Duel, ...], code: int, passing: int, failing: int) -> None:
    comparison = of(*duels)
    assert exit_code(comparison) == code
    assert exit_code(comparison, "pass") == passing
    assert exit_code(comparison, "fail") == failing


def test_a_regression_wins_over_the_lab_and_the_lab_over_doubt() -> None:
    lab = of(unchanged(), damage=True)
    doubt = of(noisy())
    slow = of(slower())
    assert exit_code(lab) == exit_code(lab, "pass") == exit_code(lab, "fail") == 3
    mixed = replace(lab, cases=lab.cases + doubt.cases)
    assert exit_code(mixed, "pass") == 3
    assert exit_code(replace(mixed, cases=mixed.cases + slow.cases)) == 1
    assert exit_code(replace(slow, lost=(("pi4", LOST),))) == 1


def test_nothing_compared_has_a_code_of_its_own() -> None:
    assert exit_code(replace(of(unchanged()), cases=())) == 5
