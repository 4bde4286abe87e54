from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis.candidates import dominates, drop_error, pareto
from benchhub.analysis.choosing import Recommendation, Verdict, recommend
from benchhub.analysis.limits import told
from benchhub.analysis.summary import summarise
from benchhub.records import Accuracy, AccuracySpec, Budgets, DataSpec, Limits, Status, Verify

from .choices import FLOAT16, FLOAT32, INT8, INT8_IO, OFFERS, Offer, run_of

FIGURES = st.sampled_from([1.0, 2.0, 3.0, float("inf")])
GOALS = st.lists(st.tuples(FIGURES, FIGURES, FIGURES), max_size=12)


def choose(*offers: Offer, limits: Limits | None = None) -> Recommendation:
    (choice,) = recommend(summarise(run_of(*offers, limits=limits)))
    return choice


def names(choice: Recommendation) -> list[str]:
    return [one.variant for one in choice.efficient]


def slower(offer: Offer, times: float) -> Offer:
    return replace(offer, times_us=[time * times for time in offer.times_us])


@given(GOALS)
def test_nothing_dominates_a_member_and_a_member_dominates_everything_else(
    goals: list[tuple[float, float, float]],
) -> None:
    efficient = pareto(goals)
    members = [one for one, is_member in zip(goals, efficient, strict=True) if is_member]
    for one, is_member in zip(goals, efficient, strict=True):
        assert any(dominates(other, one) for other in members) is not is_member
    assert bool(members) is bool(goals)


@given(GOALS)
def test_the_order_of_the_candidates_does_not_matter(
    goals: list[tuple[float, float, float]],
) -> None:
    assert pareto(goals[::-1]) == pareto(goals)[::-1]


OFFERED = st.lists(
    st.builds(
        Offer,
        variant=st.sampled_from(["float32", "float16", "int8", "qat", "pruned"]),
        times_us=st.lists(
            st.sampled_from([90.0, 100.0, 101.0, 110.0, 200.0]), min_size=1, max_size=4
        ),
        size=st.sampled_from([10_000, 20_000, 40_000]),
        top1=st.sampled_from([None, 0.9, 0.95, 0.96]),
        threads=st.sampled_from([1, 2]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.case.id,
)
ASKED = st.builds(
    Limits,
    max_latency_ms=st.sampled_from([None, 0.1, 0.15]),
    max_size_mb=st.sampled_from([None, 0.02]),
    max_accuracy_drop=st.sampled_from([None, 0.0, 0.01]),
)


@given(OFFERED, ASKED)
def test_a_pick_meets_the_limits_and_nothing_that_does_dominates_it(
    offers: list[Offer], limits: Limits
) -> None:
    choice = choose(*offers, limits=limits)
    within = [one for one in choice.candidates if one.within]
    assert (choice.pick is None) is not bool(within)
    assert choice.reasons
    if choice.pick:
        assert choice.pick in within
        assert not any(dominates(one.goals, choice.pick.goals) for one in within)
        fastest, own = within[0].latency, choice.pick.latency
        assert (own.low_us or own.value_us) <= (fastest.high_us or fastest.value_us)


def test_the_pareto_set_has_what_nothing_beats_in_all_figures() -> None:
    choice = choose(*OFFERS)
    assert names(choice) == ["int8_io", "int8", "float16"]
    assert [one.variant for one in choice.candidates][-1] == "float32"


def test_the_fastest_within_the_noise_and_the_most_accurate_of_those_is_picked() -> None:
    choice = choose(*OFFERS)
    assert choice.pick is not None
    assert choice.pick.name == "int8/xnnpack/t1"
    gain, noise, peer = choice.reasons
    assert gain == (
        "3.04× faster than float32/xnnpack/t1, 3.23× smaller, top-1 \N{MINUS SIGN}0.53 points "
        "(n = 360)."
    )
    assert noise == (
        "360 examples cannot tell the top-1 of int8 and float32 apart: their difference is known "
        "to ±2.52 points (binomial, 95 %)."
    )
    assert peer == (
        "int8_io/xnnpack/t1 is as fast within the noise and less accurate "
        "(top-1 \N{MINUS SIGN}0.56 points)."
    )


@pytest.mark.parametrize(("times", "speed"), [(1.0, "as fast within the noise"), (0.5, "faster")])
def test_why_a_faster_one_is_not_picked(times: float, speed: str) -> None:
    limits = Limits(max_accuracy_drop=0.01)
    choice = choose(FLOAT32, INT8, slower(INT8_IO, times), limits=limits)
    assert choice.pick is not None
    assert choice.pick.variant == "int8"
    assert choice.reasons[-1] == (
        f"int8_io/xnnpack/t1 is {speed}, but top-1 \N{MINUS SIGN}1.09 points against float32, "
        "the limit is 1 point."
    )


def test_what_is_really_slower_is_not_picked_for_its_accuracy() -> None:
    choice = choose(FLOAT32, slower(INT8, 1.2), INT8_IO)
    assert choice.pick is not None
    assert choice.pick.variant == "int8_io"


def test_of_the_same_speed_and_accuracy_the_smallest_is_picked() -> None:
    choice = choose(FLOAT32, FLOAT16)
    assert choice.pick is not None
    assert choice.pick.variant == "float16"
    assert choice.reasons == (
        "As fast as float32/xnnpack/t1 within the noise, 1.95× smaller, top-1 the same (n = 360).",
        "float32/xnnpack/t1 is as fast within the noise and 1.95× larger.",
    )


def test_a_wide_interval_is_no_merit() -> None:
    """It overlaps with the fastest, but something narrow is faster and as good in all else."""
    fastest = replace(INT8_IO, times_us=(97.0, 97.1, 97.2), top1=0.9)
    narrow = replace(INT8, times_us=(99.0, 99.1, 99.2))
    wide = replace(FLOAT16, times_us=(80.0, 100.0, 125.0), top1=0.9667, size=26_000)
    choice = choose(fastest, narrow, wide)
    assert choice.pick is not None
    assert choice.pick.variant == "int8_io"


def test_without_accuracy_the_smaller_then_the_closer_is_picked() -> None:
    blind = [replace(one, top1=None, agreement=0.98) for one in (INT8, INT8_IO)]
    choice = choose(replace(FLOAT32, top1=None), *blind)
    assert choice.pick is not None
    assert choice.pick.variant == "int8_io"
    assert choice.reasons[0].endswith("same top-1 on 98.0 % of 360 examples without labels.")
    assert choice.pick.drop is None


def test_what_has_no_accuracy_does_not_dominate_what_has() -> None:
    unknown = replace(INT8_IO, top1=None)
    assert names(choose(INT8, unknown)) == ["int8_io", "int8"]
    bigger = slower(replace(unknown, size=90_000), 1.1)
    assert names(choose(INT8, bigger)) == ["int8"]
    choice = choose(INT8, unknown)
    assert choice.pick is not None
    assert choice.pick.variant == "int8"
    assert "int8_io/xnnpack/t1 is as fast within the noise, but its accuracy is not known." in (
        choice.reasons
    )


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        ((90.0, 91.0, 92.0), Verdict.BLESSED),
        ((95.0, 100.0, 105.0), Verdict.UNTOLD),
        ((110.0, 111.0, 112.0), Verdict.REFUSED),
        ((10.0,), Verdict.UNTOLD),
        ((1000.0,), Verdict.UNTOLD),
    ],
)
def test_the_interval_decides_about_the_latency(times: tuple[float, ...], verdict: Verdict) -> None:
    choice = choose(replace(INT8, times_us=times), limits=Limits(max_latency_ms=0.1))
    assert choice.verdict is verdict
    (one,) = choice.candidates
    assert bool(one.unmet) is (verdict is Verdict.REFUSED)
    assert bool(one.untold) is (verdict is Verdict.UNTOLD)
    if verdict is Verdict.UNTOLD:
        assert "more rounds can tell" in one.untold[0]
        assert choice.reasons[0] == "It cannot be told whether anything meets the limits."


@pytest.mark.parametrize(
    ("size", "verdict"), [(26_000, Verdict.BLESSED), (26_001, Verdict.REFUSED)]
)
def test_the_size_is_exact(size: int, verdict: Verdict) -> None:
    choice = choose(replace(INT8, size=size), limits=Limits(max_size_mb=0.026))
    assert choice.verdict is verdict
    if choice.pick is None:
        assert choice.candidates[0].unmet == ("0.026001 MB, the limit is 0.026 MB",)


@pytest.mark.parametrize(
    ("top1", "verdict"),
    [
        (0.97, Verdict.BLESSED),
        (0.96, Verdict.BLESSED),  # 0.97 - 0.96 is more than 0.01 in floating point
        (0.959, Verdict.REFUSED),
        (None, Verdict.UNTOLD),
    ],
)
def test_the_drop_is_of_the_reference_variant(top1: float | None, verdict: Verdict) -> None:
    limits = Limits(max_latency_ms=0.2, max_accuracy_drop=0.01)
    choice = choose(replace(FLOAT32, top1=0.97), replace(INT8, top1=top1), limits=limits)
    # The reference itself is too slow.
    assert {one.variant: bool(one.unmet) for one in choice.candidates}["float32"]
    assert choice.verdict is verdict


def test_a_drop_without_the_reference_cannot_be_told() -> None:
    choice = choose(INT8, INT8_IO, limits=Limits(max_accuracy_drop=0.01))
    assert choice.verdict is Verdict.UNTOLD
    assert choice.candidates[0].untold == (
        "the accuracy of float32 is not known: give the suite labelled data",
    )


def test_the_reference_has_no_drop_also_where_nothing_is_known_of_it() -> None:
    blind = [replace(one, top1=None) for one in OFFERS]
    choice = choose(*blind, limits=Limits(max_accuracy_drop=0.0))
    assert choice.pick is not None
    assert (choice.pick.variant, choice.pick.drop, choice.pick.accuracy) == ("float32", 0.0, None)


def test_what_cannot_be_told_is_told_once() -> None:
    # Without float32 the first variant would be the reference.
    run = run_of(*(replace(one, top1=None) for one in (INT8, INT8_IO, FLOAT16)))
    accuracy = {"digits": AccuracySpec(DataSpec("digits.npz"))}
    limits = {"digits": Limits(max_accuracy_drop=0.0)}
    run = replace(run, plan=replace(run.plan, accuracy=accuracy))
    (choice,) = recommend(summarise(run), limits)
    assert choice.reasons[1:] == (
        (
            "int8_io/xnnpack/t1: its accuracy is not known: give the suite labelled data "
            "(2 more likewise)."
        ),
    )


def test_nothing_meets_the_limits_and_the_nearest_is_told() -> None:
    choice = choose(*OFFERS, limits=Limits(0.099, 0.0255, 0.006))
    assert choice.pick is None
    assert choice.verdict is Verdict.REFUSED
    assert choice.reasons[0] == "Nothing meets the limits."
    assert choice.reasons[1].startswith("The nearest is int8_io/xnnpack/t1: top-1 ")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (Status.FALLBACK, "FALLBACK: it ran on built-in kernels, not on XNNPACK"),
        (Status.WRONG, "WRONG: its outputs differ from those of the host's CPU"),
        (Status.INVALID, "INVALID: the device was not in the state asked for, or was throttled"),
        (Status.SUSPECT, "SUSPECT: its figures contradict each other, or a setting was not taken"),
        (Status.FAILED, "FAILED: The process was ended by SIGSEGV"),
    ],
)
def test_what_cannot_be_trusted_is_no_candidate(status: Status, why: str) -> None:
    choice = choose(FLOAT32, replace(INT8, status=status))
    assert [one.variant for one in choice.candidates] == ["float32"]
    assert [(one.case.case.variant.variant, one.why) for one in choice.left_out] == [("int8", why)]


def test_a_partial_case_is_a_candidate() -> None:
    choice = choose(FLOAT32, replace(INT8, status=Status.PARTIAL))
    assert choice.pick is not None
    assert choice.pick.variant == "int8"


def test_without_any_trusted_number_nothing_can_be_told() -> None:
    choice = choose(replace(INT8, status=Status.FAILED), limits=Limits(max_size_mb=1.0))
    assert (choice.pick, choice.verdict) == (None, Verdict.UNTOLD)
    assert choice.reasons == ("No case has a number that can be trusted.",)


def test_figures_of_two_programs_are_not_ranked_together() -> None:
    other = replace(INT8, tool="benchmark_model", times_us=(1.0, 1.0, 1.0))
    choice = choose(FLOAT32, INT8, other)
    assert choice.tool == "litert"
    assert [one.case.case.tool for one in choice.left_out] == ["benchmark_model"]


def test_what_the_suite_demands_of_the_placement_is_a_limit() -> None:
    run = run_of(FLOAT32, INT8)
    asked = replace(INT8.case.configuration, budgets=Budgets(max_partitions=0))
    cases = (FLOAT32.case, replace(INT8.case, configuration=asked))
    (choice,) = recommend(summarise(replace(run, plan=replace(run.plan, cases=cases))))
    assert choice.pick is not None
    assert choice.pick.variant == "float32"
    assert any("is faster, but The graph was cut" in one for one in choice.reasons)


def test_what_was_not_verified_as_asked_is_not_shown_to_meet_limits() -> None:
    run = run_of(INT8, limits=Limits(max_size_mb=1.0))
    run = replace(run, plan=replace(run.plan, verify=Verify(max_abs=0.1)))
    (choice,) = recommend(summarise(run))
    assert choice.candidates[0].untold == (
        "its outputs were not verified, which the suite asks for",
    )
    (free,) = recommend(summarise(run), {})
    assert free.pick is not None


def test_facts_of_another_file_are_not_used() -> None:
    run = run_of(FLOAT32, INT8)
    facts = tuple(replace(one, sha256="0" * 64) for one in run.variants)
    (choice,) = recommend(summarise(replace(run, variants=facts)))
    assert [one.accuracy for one in choice.candidates] == [None, None]
    assert [one.gzip_bytes for one in choice.candidates] == [None, None]


def test_limits_are_for_the_devices_that_they_name() -> None:
    run = run_of(
        *OFFERS, limits=Limits(max_size_mb=0.001, devices=("pi*",)), devices=("host", "pi4")
    )
    host, board = recommend(summarise(run))
    assert (host.verdict, host.limits.asked) == (Verdict.BLESSED, False)
    assert (board.verdict, board.limits.asked) == (Verdict.REFUSED, True)


def test_limits_that_are_given_replace_those_of_the_suite() -> None:
    summary = summarise(run_of(*OFFERS, limits=Limits(max_size_mb=0.001)))
    assert recommend(summary)[0].pick is None
    assert recommend(summary, {"digits": Limits(max_latency_ms=1.0)})[0].pick is not None


def test_two_models_are_two_recommendations() -> None:
    other = replace(INT8, model="other")
    found = recommend(summarise(run_of(FLOAT32, INT8, other)))
    assert [(one.model, len(one.candidates), one.reference) for one in found] == [
        ("digits", 2, "float32"),
        ("other", 1, "float32"),
    ]


def test_one_process_is_said_to_be_one() -> None:
    choice = choose(*(replace(one, times_us=one.times_us[:1]) for one in OFFERS))
    assert choice.pick is not None
    assert choice.pick.variant == "int8_io"  # the fastest: nothing is known of the noise
    assert "The latency rests on 1 process, so there is no interval." in choice.reasons


def test_the_standard_error_of_a_drop() -> None:
    """Two shares of 0.5 with n = 200: sqrt(2 x 0.25 / 200)."""
    half = Accuracy("top1", {"top1": 0.5}, 200, "x.npz")
    assert drop_error(half, half) == pytest.approx(0.05)
    own = Accuracy("f1", {"f1": 0.5}, 200, "x.npz")
    assert drop_error(own, own) is None


def test_a_drop_that_the_examples_can_tell_is_not_called_noise() -> None:
    choice = choose(FLOAT32, replace(INT8, top1=0.8))
    assert choice.pick is not None
    assert not choice.pick.drop_is_noise
    assert not any("apart" in one for one in choice.reasons)


def test_a_figure_that_is_no_number_is_not_known() -> None:
    choice = choose(FLOAT32, replace(INT8, top1=float("nan")))
    assert choice.pick is not None
    assert (choice.pick.accuracy, choice.pick.drop) == (None, None)


def test_limits_in_words() -> None:
    assert told(Limits(0.5, 0.1, 0.01)) == "0.5 ms, 0.1 MB, a drop of 1 point"
    assert told(Limits()) == ""
    assert told(Limits(max_accuracy_drop=0.02), "f1") == "a drop of 0.02"
