"""The figures that terminal, page and CI show: the same numbers everywhere, and consistent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.analysis.gate import weigh_apart
from benchhub.analysis.judgement import judge
from benchhub.analysis.verdict_figures import figures, worst_first
from benchhub.records import Status, Verdict

from ..comparisons import Side, changed, comparison_run, duel, faster, noisy, slower, unchanged


def test_the_change_is_the_ratio_of_the_two_times_beside_it() -> None:
    for one in figures(judge(comparison_run(slower(), noisy("float32"), faster("float16")))):
        assert one.baseline_us is not None
        assert one.candidate_us is not None
        assert one.change is not None
        assert one.low is not None
        assert one.high is not None
        assert one.candidate_us / one.baseline_us == pytest.approx(1 + one.change)
        assert one.low < one.change < one.high


def test_processes_of_pairs_that_do_not_count_are_in_no_figure() -> None:
    """The third baseline is far off, and its partner was measured on a hot device."""
    run = comparison_run(duel([300.0, 300.0, 900.0, 300.0] * 2, [330.0] * 8))
    run = changed(run, Side.CANDIDATE, [3, 7], status=Status.INVALID)
    (one,) = figures(judge(run))
    assert one.baseline_us == pytest.approx(300.0)
    assert one.candidate_us == pytest.approx(330.0)
    assert one.extent == "6 of 8 pairs"


def test_p_counts_the_looks_and_q_the_cases() -> None:
    comparison = judge(comparison_run(slower(), unchanged("float32"), unchanged("float16")))
    first = figures(comparison)[0]
    alone = comparison.cases[0].evidence.p_above(0.0)
    assert first.p == pytest.approx(len(comparison.spec.looks) * alone)
    assert first.q == pytest.approx(3 * first.p)


def test_an_improvement_has_the_p_of_not_faster() -> None:
    (one,) = figures(judge(comparison_run(faster())))
    assert one.change is not None
    assert one.change < 0
    assert one.p is not None
    assert one.p < 1e-6


def test_without_figures_nothing_is_made_up() -> None:
    (one,) = figures(judge(comparison_run(duel([300.0] * 8, [None] * 8))))
    assert (one.change, one.low, one.high, one.p, one.q) == (None,) * 5
    assert one.candidate_us is None
    assert one.extent == "0 of 8 pairs"


def test_without_pairs_it_rests_on_processes() -> None:
    comparison = judge(comparison_run(slower()))
    apart = replace(
        comparison.cases[0], pairs=(), evidence=weigh_apart([5.0, 5.1, 5.2], [5.3, 5.4])
    )
    (one,) = figures(replace(comparison, cases=(apart,)))
    assert one.extent == "3 and 2 processes"
    assert apart.baseline is not None
    assert apart.baseline.latency is not None
    assert one.baseline_us == apart.baseline.latency.value_us


def test_the_worst_is_first() -> None:
    comparison = judge(
        comparison_run(
            unchanged("a"), faster("b"), noisy("c"), slower("d"), slower("e", factor=1.5)
        )
    )
    ranked = [(one.case.verdict, one.case.case_id) for one in worst_first(figures(comparison))]
    assert [verdict for verdict, _ in ranked] == [
        Verdict.REGRESSED,
        Verdict.REGRESSED,
        Verdict.INCONCLUSIVE,
        Verdict.IMPROVED,
        Verdict.PASS,
    ]
    assert ranked[0][1] == "digits/e/xnnpack/t1"
