from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.pytest_plugin.answer import Answer, Outcome
from benchhub.pytest_plugin.answers import answers
from benchhub.records import Failure, RunState, Side, Status
from tests.unit.comparisons import Duel, changed, comparison_run, faster, noisy, slower, unchanged
from tests.unit.reports.invented import invented_run

CASE = ("host", "digits/int8/xnnpack/t1")


def compared(one: Duel) -> Answer:
    return answers(comparison_run(one))[CASE]


@pytest.mark.parametrize(
    ("one", "outcome", "verdict"),
    [
        (unchanged(), Outcome.PASSED, "PASS"),
        (faster(), Outcome.PASSED, "IMPROVED"),
        (slower(), Outcome.FAILED, "REGRESSED"),
        (noisy(), Outcome.UNDECIDED, "INCONCLUSIVE"),
    ],
    ids=["unchanged", "faster", "slower", "noisy"],
)
def test_a_verdict_becomes_an_outcome(one: Duel, outcome: Outcome, verdict: str) -> None:
    answer = compared(one)
    assert answer.outcome is outcome
    assert dict(answer.properties)["verdict"] == verdict
    assert bool(answer.reason) == (outcome is not Outcome.PASSED)


def test_a_regression_says_how_much() -> None:
    answer = compared(slower(factor=1.1))
    assert "REGRESSED: slower by" in answer.reason
    properties = dict(answer.properties)
    assert properties["ratio"] == pytest.approx(1.1, rel=0.02)
    assert properties["n"] == 8
    assert properties["median_us"] == pytest.approx(330.0, rel=0.02)


def test_pairs_that_do_not_count_are_the_labs() -> None:
    run = changed(comparison_run(unchanged()), Side.CANDIDATE, status=Status.INVALID)
    answer = answers(run)[CASE]
    assert answer.outcome is Outcome.BROKEN
    assert "INVALID" in answer.reason


def test_a_run_that_compares_nothing_passes_what_was_measured() -> None:
    found = answers(invented_run())
    answer = found["host", "mobilenet_v2/float32/xnnpack/t1"]
    assert answer.outcome is Outcome.PASSED
    assert answer.reason == ""
    assert set(dict(answer.properties)) == {"status", "n", "median_us"}


def test_a_mean_is_called_a_mean() -> None:
    names = {name for one in answers(invented_run()).values() for name, _value in one.properties}
    assert "mean_us" in names


def test_what_fell_back_fails_with_its_time() -> None:
    reasons = [one.reason for one in answers(invented_run()).values()]
    assert any("FALLBACK: it did not run on xnnpack, in 0.414 ms" in one for one in reasons)


def test_what_is_not_possible_fails_with_the_reason() -> None:
    run = invented_run()
    refused = next(iter(run.plan.refusals or run.refusals))
    found = answers(run)
    answer = found[refused.device or "host", refused.case_id]
    assert answer.outcome is Outcome.FAILED
    assert refused.failure.message in answer.reason


def test_a_lost_device_is_the_labs() -> None:
    lost = Failure("lost", "host: no answer for 60 s.", "Look at its cable.", 3)
    run = comparison_run(unchanged(n=0), state=RunState.INTERRUPTED)
    assert run.end is not None
    run = replace(run, end=replace(run.end, lost={"host": lost}))
    answer = answers(run)[CASE]
    assert answer.outcome is Outcome.BROKEN
    assert "no answer for 60 s" in answer.reason
