from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from benchhub.analysis.gate import decide_all, weigh, weigh_apart
from benchhub.analysis.judgement import exit_code
from benchhub.analysis.unpaired import FEWEST, compare_runs
from benchhub.analysis.verdicts import CaseVerdict
from benchhub.errors import NoCasesError, UsageError
from benchhub.records import (
    Case,
    Failure,
    GateSpec,
    Invocation,
    Refusal,
    Run,
    RunState,
    Status,
    Verdict,
)

from ..apart import quiet, two_runs, with_cases, with_facts, with_processes, without_facts
from ..comparisons import Part, comparison_run, duel, op_time, slower


def verdict_of(baseline: Run, candidate: Run, **how: object) -> CaseVerdict:
    (case,) = compare_runs(baseline, candidate, **how).cases  # type: ignore[arg-type]
    return case


def timed(run: Run, times: dict[int, float | None]) -> Run:
    """Replace what the processes of some rounds measured: mean and median alike."""

    def change(one: Invocation) -> Invocation:
        if one.round not in times:
            return one
        latency = one.reading.latency
        assert latency is not None
        value = times[one.round]
        mine = replace(latency, mean_us=value, median_us=value) if value is not None else None
        return replace(one, reading=replace(one.reading, latency=mine))

    return with_processes(run, change)


def test_welch_is_that_of_scipy() -> None:
    draw = random.Random(3)  # noqa: S311 - example numbers
    before = [draw.gauss(0.0, 0.01) for _ in range(5)]
    after = [draw.gauss(0.02, 0.04) for _ in range(9)]
    found = weigh_apart(before, after)
    for value in (-0.01, 0.0, 0.03):
        told = ttest_ind(
            [one - value for one in after], before, equal_var=False, alternative="greater"
        )
        assert found.p_above(value) == pytest.approx(told.pvalue)
        assert found.p_below(value) == pytest.approx(1 - told.pvalue)
    told = ttest_ind(after, before, equal_var=False)
    assert found.freedom == pytest.approx(told.df)
    low, high = told.confidence_interval(0.95)
    assert found.interval == pytest.approx((math.exp(low), math.exp(high)))
    assert (found.n, found.processes) == (5, (5, 9))


def test_nothing_and_one_process_say_little() -> None:
    assert weigh_apart([], [1.0]).mean is None
    alone = weigh_apart([1.0], [1.5, 1.6])
    assert (alone.n, alone.sd, alone.interval, alone.p_above(0.0)) == (1, None, None, 1.0)
    assert alone.mean == pytest.approx(0.55)


def test_processes_that_are_all_alike_have_no_scatter() -> None:
    found = weigh_apart([1.1] * 4, [1.2] * 6)
    assert (found.sd, found.p_above(0.0)) == (0.0, 0.5**4)
    same = weigh_apart([1.1] * 4, [1.1] * 6)
    assert (same.p_above(0.0), same.p_below(0.0)) == (1.0, 1.0)


def test_pairs_are_weighed_as_before() -> None:
    found = weigh([0.01, 0.02, 0.04, 0.01])
    assert (found.error, found.freedom, found.processes) == (None, None, None)
    assert found.p_above(0.0) == pytest.approx(
        ttest_1samp([0.01, 0.02, 0.04, 0.01], 0.0, alternative="greater").pvalue
    )


@pytest.mark.parametrize(
    ("factor", "verdict", "code"),
    [(1.1, Verdict.REGRESSED, 1), (1 / 1.1, Verdict.IMPROVED, 0), (1.0, Verdict.PASS, 0)],
)
def test_verdicts(factor: float, verdict: Verdict, code: int) -> None:
    before, after = two_runs(duel(quiet(6, 1), quiet(6, 2, 300.0 * factor)))
    comparison = compare_runs(before, after)
    (case,) = comparison.cases
    assert (case.verdict, case.latency_verdict, case.pairs) == (verdict, verdict, ())
    assert case.evidence.ratio == pytest.approx(factor, rel=0.02)
    assert case.evidence.processes == (6, 6)
    assert exit_code(comparison) == code
    assert comparison.interleaved is False
    assert "one in ten unchanged cases is called slower without pairs" in comparison.notes[0]
    assert comparison.run_ids == ("01BEFORE", "01AFTER0")
    assert comparison.forced == ()


def test_what_is_noisy_is_inconclusive() -> None:
    before, after = two_runs(duel([250.0, 380.0, 300.0, 420.0], [310.0, 260.0, 430.0, 400.0]))
    comparison = compare_runs(before, after)
    (case,) = comparison.cases
    assert case.verdict is Verdict.INCONCLUSIVE
    assert case.reason.endswith("after 4 processes of each side")
    assert exit_code(comparison) == 4


def test_too_few_processes_decide_nothing_and_tell_how_many() -> None:
    before, after = two_runs(duel([300.0, 301.0, 302.0], quiet(6, 2, 600.0)))
    case = verdict_of(before, after)
    assert case.verdict is Verdict.INCONCLUSIVE
    assert case.reason == (
        "too few processes: 3 of the baseline, 6 of the candidate; at least 4 of each are needed"
    )
    assert case.evidence.ratio == pytest.approx(2.0, rel=0.02)


def test_the_minimum_effect_is_that_of_the_kind_of_device_or_as_given() -> None:
    before, after = two_runs(duel(quiet(8, 1), quiet(8, 2, 312.0)))
    assert verdict_of(before, after).verdict is Verdict.REGRESSED
    phones = [with_facts(run, kind="android") for run in (before, after)]
    case = verdict_of(*phones)
    assert (case.min_effect, case.verdict) == (0.05, Verdict.PASS)
    assert verdict_of(before, after, spec=GateSpec(min_effect=0.1)).verdict is Verdict.PASS


def test_the_cases_are_decided_together() -> None:
    # p is 0.0053: below alpha alone, but not among twenty.
    slow = duel([300.0, 303.0, 299.0, 302.0], [316.0, 327.0, 311.0, 323.0], "odd")
    assert verdict_of(*two_runs(slow)).verdict is Verdict.REGRESSED
    others = [duel(quiet(4, i), quiet(4, 50 + i), f"v{i}") for i in range(19)]
    cases = compare_runs(*two_runs(slow, *others)).cases
    assert cases[0].case_id == "digits/odd/xnnpack/t1"
    assert cases[0].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("value", [math.nan, -1.0, 0.0, math.inf])
def test_what_is_no_time_is_told_and_not_compared(value: float) -> None:
    before, after = two_runs(duel(quiet(8, 1), quiet(8, 2)))
    case = verdict_of(before, timed(after, {2: value}))
    assert case.verdict is Verdict.PASS
    assert case.evidence.processes == (8, 7)
    assert case.notes == (f"1 process of the candidate does not count: {value} us is no time",)
    # The times that are shown are those that were compared.
    assert case.candidate is not None
    assert case.candidate.latency is not None
    assert case.candidate.latency.n == 7
    assert 290 < case.candidate.latency.value_us < 310


def test_many_processes_that_do_not_count_are_the_lab() -> None:
    before, after = two_runs(duel(quiet(8, 1), quiet(8, 2)))

    def hot(one: Invocation) -> Invocation:
        return replace(one, status=Status.INVALID) if one.round < 3 else one

    comparison = compare_runs(with_processes(before, hot), after)
    (case,) = comparison.cases
    assert (case.verdict, case.infrastructure) == (Verdict.INVALID, True)
    assert case.reason == "2 of 8 processes of the baseline do not count: the device was not fit"
    assert exit_code(comparison) == 3


def test_no_process_that_counts_is_invalid() -> None:
    before, after = two_runs(duel(quiet(5, 1), quiet(5, 2)))
    gone = timed(after, dict.fromkeys(range(1, 6)))
    comparison = compare_runs(before, gone)
    (case,) = comparison.cases
    assert (case.verdict, case.evidence.n) == (Verdict.INVALID, 0)
    assert case.reason == "no process of the candidate counts: no figure"
    assert exit_code(comparison) == 3


def test_a_case_that_never_works_on_either_side_is_not_the_lab() -> None:
    before, after = two_runs(duel([None] * 5, [None] * 5))
    comparison = compare_runs(before, after)
    (case,) = comparison.cases
    assert (case.verdict, case.infrastructure) == (Verdict.INVALID, False)
    assert "SIGSEGV" in case.reason
    assert exit_code(comparison) == 5


def test_a_case_that_was_refused_says_why() -> None:
    before, after = two_runs(duel(quiet(5, 1), quiet(5, 2)))
    why = Failure("refused", "litert on host has no such delegate.", "", 3)
    refusals = (Refusal("digits/int8/xnnpack/t1", None, why),)
    after = replace(after, plan=replace(after.plan, refusals=refusals), invocations=())
    case = verdict_of(before, after)
    assert case.latency_verdict is Verdict.INVALID
    assert why.message.rstrip(".") in case.reason


def test_a_process_that_was_placed_otherwise_does_not_count() -> None:
    before, after = two_runs(duel(quiet(8, 1), quiet(8, 2)))

    def cut(one: Invocation) -> Invocation:
        placement = one.reading.placement
        assert placement is not None
        other = replace(placement, partitions=3)
        return (
            replace(one, reading=replace(one.reading, placement=other)) if one.round == 1 else one
        )

    case = verdict_of(with_processes(before, cut), after)
    assert case.evidence.processes == (7, 8)
    assert "placed otherwise than in the other rounds" in case.notes[0]


def test_a_fallback_of_the_candidate_is_a_regression_without_any_time() -> None:
    one = duel(quiet(6, 1), quiet(6, 2))
    fell = replace(
        one,
        candidate=Part(quiet(6, 2), applied="none", nodes_delegated=0, status=Status.FALLBACK),
    )
    case = verdict_of(*two_runs(fell))
    assert (case.verdict, case.latency_verdict) == (Verdict.REGRESSED, Verdict.INVALID)
    assert [found.what for found in case.exact if found.worse] == ["delegate"]


def test_exact_figures_and_blame_are_those_of_pairs() -> None:
    before = (op_time(0, "CONV_2D", 200.0), op_time(1, "SOFTMAX", 90.0))
    after = (op_time(0, "CONV_2D", 240.0), op_time(1, "SOFTMAX", 91.0))
    one = duel(quiet(6, 1), quiet(6, 2, 340.0))
    one = replace(
        one,
        baseline=replace(one.baseline, profiles=(before, before)),
        candidate=replace(one.candidate, profiles=(after, after), size_bytes=27_000),
    )
    case = verdict_of(*two_runs(one))
    assert case.blame is not None
    assert case.blame.ops[0].op == "CONV_2D"
    assert [found.what for found in case.exact] == ["size"]


def test_means_are_compared_with_means() -> None:
    before, after = two_runs(duel(quiet(6, 1), quiet(6, 2)))

    def mean_only(one: Invocation) -> Invocation:
        latency = one.reading.latency
        assert latency is not None
        other = replace(latency, median_us=None, mean_us=1.5 * latency.mean_us)
        return replace(one, reading=replace(one.reading, latency=other))

    after = with_processes(after, mean_only)
    with pytest.raises(UsageError, match="statistic of digits/int8/xnnpack/t1 on host: median"):
        compare_runs(before, after)
    comparison = compare_runs(before, after, force=True)
    (case,) = comparison.cases
    assert case.evidence.ratio == pytest.approx(1.5, rel=0.02)
    assert case.notes == ("means are compared, as a tool gave no median",)
    assert case.baseline is not None
    assert case.baseline.statistic == "mean"
    assert comparison.forced == (
        "statistic of digits/int8/xnnpack/t1 on host: median against mean",
    )


def test_runs_that_cannot_be_two_sides() -> None:
    before, after = two_runs(slower())
    with pytest.raises(UsageError, match="01BEFORE cannot be compared with itself"):
        compare_runs(before, before)
    both = comparison_run(slower())
    with pytest.raises(UsageError, match=f"run {both.plan.run_id} compares two sides itself"):
        compare_runs(both, after)
    with pytest.raises(UsageError, match="compares two sides itself"):
        compare_runs(before, both)


def test_different_model_sets_are_told() -> None:
    before, _ = two_runs(slower("int8"), slower("old"))
    _, after = two_runs(slower("new"), slower("int8"))
    comparison = compare_runs(before, after)
    assert [case.case_id for case in comparison.cases] == ["digits/int8/xnnpack/t1"]
    assert comparison.unmatched == (
        "digits/old/xnnpack/t1 on host is in the baseline only: it is not compared.",
        "digits/new/xnnpack/t1 on host is in the candidate only: it is not compared.",
    )


def test_different_devices_are_told() -> None:
    before, _ = two_runs(slower(), devices=("host", "pi4"))
    _, after = two_runs(slower(), devices=("pi5", "host"))
    comparison = compare_runs(before, after)
    assert {case.device for case in comparison.cases} == {"host"}
    assert comparison.unmatched == (
        "device pi4 is in the baseline only: it is not compared.",
        "device pi5 is in the candidate only: it is not compared.",
    )


def test_nothing_in_common() -> None:
    before, _ = two_runs(slower("int8"))
    _, after = two_runs(slower("float16"))
    with pytest.raises(NoCasesError) as raised:
        compare_runs(before, after)
    assert raised.value.exit_code == 5
    assert str(raised.value).startswith(
        "the runs have no case on a device in common: 01BEFORE has digits/int8/xnnpack/t1 on host,"
        " 01AFTER0 has digits/float16/xnnpack/t1 on host."
    )


def test_gaps_are_told() -> None:
    before, after = two_runs(slower())
    assert after.end is not None
    lost = {"host": Failure("lost", "host: the cable was pulled.", "", 3)}
    end = replace(after.end, state=RunState.INTERRUPTED, lost=lost)
    cut = replace(after, invocations=after.invocations[:5], end=end)
    comparison = compare_runs(before, cut)
    assert comparison.notes[-2:] == (
        "Run 01AFTER0 is not complete (interrupted): 3 processes of 8 are missing.",
        "Run 01AFTER0 lost host: host: the cable was pulled.",
    )
    assert comparison.cases[0].evidence.processes == (8, 5)
    never_ended = replace(cut, end=None)
    assert "(unfinished)" in compare_runs(before, never_ended).notes[-1]


def test_who_is_who() -> None:
    before, after = two_runs(slower())
    comparison = compare_runs(before, after, names=("nightly", ""))
    assert comparison.baseline.text == "run 01BEFORE (nightly), digits at 3f9c1b2a+"
    assert comparison.candidate.text == "run 01AFTER0, digits at 3f9c1b2a+"
    assert comparison.spec.looks == (FEWEST,)


def test_the_same_of_everything_is_told() -> None:
    before, after = two_runs(slower())

    def same(case: Case) -> Case:
        return replace(case, variant=replace(case.variant, sha256="ab" * 32))

    told = "Models, tools and configurations are the same: only the time of the runs differs."
    assert told in compare_runs(with_cases(before, same), with_cases(after, same)).notes
    notes = compare_runs(before, after).notes
    assert told not in notes
    assert any(note.startswith("Model of digits/int8: ") for note in notes)


def unnamed(case: Case) -> Case:
    return replace(case, variant=replace(case.variant, sha256=""))


def test_imported_runs_are_compared_and_what_is_not_known_is_told() -> None:
    before, after = (without_facts(run) for run in two_runs(slower()))
    comparison = compare_runs(before, after)
    assert comparison.cases[0].verdict is Verdict.REGRESSED
    assert (
        "Not checked, as not both runs tell it: device, cpu, cpus, build, governor, frequency, "
        "conditions, measure, tool, configuration, affinity, inputs."
    ) in comparison.notes
    one, other = (with_cases(run, unnamed) for run in two_runs(slower()))
    notes = compare_runs(one, other).notes
    assert not any("only the time of the runs differs" in note for note in notes)
    assert notes[-1].endswith("device, cpus, governor, frequency, model.")
    half = compare_runs(two_runs(slower())[0], after)
    assert half.forced == ()
    assert "Figures: measured against imported from 1 file." in half.notes


def test_no_pairs_means_alarms() -> None:
    """The share of alarms that docs/compare.md tells of unchanged boards as they come."""
    draw = np.random.default_rng(1)
    spec = GateSpec(looks=(FEWEST,))
    alarms = 0
    for _ in range(600):
        before, after = (draw.normal(draw.normal(0, 0.015), 0.02, 10).tolist() for _ in range(2))
        (verdict,) = decide_all([weigh_apart(before, after)], [0.03], spec)
        alarms += verdict is Verdict.REGRESSED
    assert 0.06 < alarms / 600 < 0.15
