from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import ttest_1samp

from benchhub.analysis.gate import Evidence, decide_all, weigh
from benchhub.records import GateSpec, Rule, Verdict

SPEC = GateSpec()
EFFECT = 0.03


def alone(logs: list[float], spec: GateSpec = SPEC, effect: float = EFFECT) -> Verdict:
    (verdict,) = decide_all([weigh(logs)], [effect], spec)
    return verdict


def around(mean: float, sd: float = 0.01, n: int = 8) -> list[float]:
    """Return values of exactly that mean and standard deviation."""
    shape = np.resize([1.0, -1.0], n)
    return list(mean + sd * shape * math.sqrt((n - 1) / n))


def test_evidence_is_that_of_a_t_test() -> None:
    logs = [0.031, 0.012, 0.055, 0.04, 0.022, 0.038, 0.017, 0.041]
    evidence = weigh(logs)
    theirs = ttest_1samp(logs, 0.0, alternative="greater")
    assert evidence.p_above(0.0) == pytest.approx(theirs.pvalue)
    assert evidence.p_below(0.0) == pytest.approx(1 - theirs.pvalue)
    assert evidence.bound(0.01) == pytest.approx(theirs.confidence_interval(0.99).low)
    both = ttest_1samp(logs, 0.0).confidence_interval(0.95)
    assert evidence.interval == pytest.approx((math.exp(both.low), math.exp(both.high)))
    assert evidence.ratio == pytest.approx(math.exp(np.mean(logs)))


@pytest.mark.parametrize(
    ("logs", "verdict"),
    [
        (around(0.0), Verdict.PASS),
        (around(math.log(1.1)), Verdict.REGRESSED),
        (around(-math.log(1.1)), Verdict.IMPROVED),
        (around(0.0, sd=0.2), Verdict.INCONCLUSIVE),
        (around(0.02, sd=0.001), Verdict.PASS),  # certainly slower, but by too little
        (around(0.031, sd=0.001), Verdict.REGRESSED),
        (around(0.06, sd=0.06), Verdict.INCONCLUSIVE),  # beyond the effect, but not certain
        (around(math.log(1.1), n=7), Verdict.INCONCLUSIVE),  # before the first look
        ([0.1], Verdict.INCONCLUSIVE),
        ([], Verdict.INVALID),
    ],
)
def test_verdicts(logs: list[float], verdict: Verdict) -> None:
    assert alone(logs) is verdict


@pytest.mark.parametrize("size", [0.0, 0.02, 0.04, 0.1])
@pytest.mark.parametrize("sd", [0.002, 0.02, 0.2])
def test_an_improvement_is_the_mirror_of_a_regression(size: float, sd: float) -> None:
    slower, faster = alone(around(size, sd)), alone(around(-size, sd))
    assert (slower is Verdict.REGRESSED) == (faster is Verdict.IMPROVED)
    assert faster is not Verdict.REGRESSED
    assert slower is not Verdict.IMPROVED


def test_pairs_that_are_all_alike_are_not_certain_at_once() -> None:
    # The sign test: eight pairs reach 2^-8, which is too much for one of four looks.
    assert alone([0.1] * 8) is Verdict.INCONCLUSIVE
    assert alone([0.1] * 12) is Verdict.REGRESSED
    assert alone([0.0] * 8) is Verdict.PASS
    assert weigh([0.1] * 8).p_above(0.0) == 0.5**8
    assert weigh([0.1] * 8).p_above(0.1) == 1.0


def test_the_bound_rule_wants_the_whole_interval_beyond_the_effect() -> None:
    strict = GateSpec(rule=Rule.BOUND)
    assert alone(around(0.035)) is Verdict.REGRESSED
    assert alone(around(0.035), strict) is Verdict.INCONCLUSIVE
    assert alone(around(0.06), strict) is Verdict.REGRESSED
    assert alone(around(-0.06), strict) is Verdict.IMPROVED


def test_each_case_has_its_own_effect() -> None:
    evidence = [weigh(around(0.04))] * 2
    assert decide_all(evidence, [0.03, 0.05], SPEC) == [Verdict.REGRESSED, Verdict.PASS]


def test_alpha_is_split_over_the_looks() -> None:
    logs = around(0.06, sd=0.044)
    p = weigh(logs).p_above(0.0)
    assert 0.01 / 4 < p < 0.01
    assert alone(logs) is Verdict.INCONCLUSIVE
    assert alone(logs, GateSpec(looks=(8,))) is Verdict.REGRESSED


def test_one_doubtful_case_among_many_is_no_regression() -> None:
    evidence = [weigh(around(0.06, sd=0.0365)), *[weigh(around(0.0))] * 99]
    effects = [EFFECT] * 100
    assert decide_all(evidence[:1], effects[:1], SPEC) == [Verdict.REGRESSED]
    verdicts = decide_all(evidence, effects, SPEC)
    assert verdicts[0] is Verdict.INCONCLUSIVE
    assert set(verdicts[1:]) == {Verdict.PASS}
    # Cases without evidence count in the same way.
    assert decide_all(evidence[:1], effects[:1], SPEC, unseen=99) == [Verdict.INCONCLUSIVE]


def test_more_evidence_elsewhere_takes_no_regression_back() -> None:
    mine = weigh(around(0.08, sd=0.02))
    assert decide_all([mine], [EFFECT], SPEC, unseen=9) == [Verdict.REGRESSED]
    for others in (around(0.0), around(0.5), around(-0.5), around(0.0, sd=0.5)):
        evidence = [mine, *[weigh(others)] * 9]
        assert decide_all(evidence, [EFFECT] * 10, SPEC)[0] is Verdict.REGRESSED


def test_nothing_to_decide() -> None:
    assert decide_all([], [], SPEC) == []
    assert Evidence(0, None, None).interval is None
    assert Evidence(1, 0.1, None).p_above(0.0) == 1.0


Logs = npt.NDArray[np.float64]


def escalated(draw: Callable[[int], Logs]) -> Verdict:
    """Decide one case as it is measured: at each look with all pairs up to it."""
    logs = draw(SPEC.looks[-1])
    for look in SPEC.looks:
        verdict = alone(list(logs[:look]))
        if verdict is not Verdict.INCONCLUSIVE:
            return verdict
    return Verdict.INCONCLUSIVE


def shares(true: float, sd: float, seed: int, n: int = 1000) -> dict[Verdict, float]:
    draw = np.random.default_rng(seed)
    found = [escalated(lambda k: draw.normal(math.log1p(true), sd, k)) for _ in range(n)]
    return {verdict: found.count(verdict) / n for verdict in Verdict}


@pytest.mark.parametrize("sd", [0.01, 0.02, 0.05])
def test_unchanged_cases_are_rarely_called_slower(sd: float) -> None:
    found = shares(0.0, sd, seed=1)
    assert found[Verdict.REGRESSED] <= 0.01
    assert found[Verdict.IMPROVED] <= 0.01


@pytest.mark.parametrize(("sd", "least"), [(0.01, 0.99), (0.02, 0.99), (0.05, 0.95)])
def test_ten_percent_are_found(sd: float, least: float) -> None:
    assert shares(0.1, sd, seed=2)[Verdict.REGRESSED] >= least


def test_a_slow_down_by_the_minimum_effect_rarely_passes() -> None:
    found = shares(EFFECT, 0.02, seed=3)
    assert found[Verdict.PASS] <= 4 * SPEC.pass_alpha


def test_a_suite_of_unchanged_cases_raises_hardly_any_alarm() -> None:
    draw = np.random.default_rng(4)
    alarms = 0
    suites = 300
    for _ in range(suites):
        evidence = [weigh(list(draw.normal(0.0, 0.04, 24))) for _ in range(100)]
        alarms += Verdict.REGRESSED in decide_all(evidence, [EFFECT] * 100, SPEC)
    assert alarms <= 0.05 * suites
