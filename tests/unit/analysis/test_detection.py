from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import nct, t

from benchhub.analysis.detection import (
    EFFECTS,
    level_of,
    pairs_needed,
    pass_chance,
    power,
    smallest_visible,
)
from benchhub.analysis.gate import decide_all, weigh
from benchhub.records import GateSpec, Rule, Verdict


@pytest.mark.parametrize(
    ("sd", "pairs"),
    [
        (0.01, [5, 4, 4]),
        (0.02, [9, 6, 4]),
        (0.03, [17, 8, 5]),
        (0.05, [41, 17, 7]),
        (0.08, [99, 38, 13]),
    ],
)
def test_pairs_for_ninety_percent_power_at_alpha_one_percent(sd: float, pairs: list[int]) -> None:
    assert [pairs_needed(sd, effect) for effect in EFFECTS] == pairs


@pytest.mark.parametrize("pairs", [2, 4, 8, 24, 200])
@pytest.mark.parametrize("sd", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("level", [0.05, 0.01, 0.0025])
def test_the_power_is_that_of_the_noncentral_t(pairs: int, sd: float, level: float) -> None:
    shift = math.log1p(0.05) * math.sqrt(pairs) / sd
    told = nct.sf(t.isf(level, pairs - 1), pairs - 1, shift)
    assert power(pairs, sd, 0.05, level) == pytest.approx(told, abs=2e-4)
    # The least chance is that of no change.
    assert power(pairs, sd, 0.0, level) == pytest.approx(level, abs=2e-4)


def test_no_noise_needs_the_fewest_pairs_and_too_much_too_many() -> None:
    assert pairs_needed(0.0, 0.03) == 4
    assert pairs_needed(1.0, 0.03) is None


def test_alpha_is_split_over_looks_and_the_suite() -> None:
    assert level_of(GateSpec(looks=(20,)), 1) == 0.01
    assert level_of(GateSpec(), 5) == 0.0025
    assert level_of(GateSpec(), 50) == pytest.approx(0.05 / 50 / 4)


def share_called(
    change: float, sd: float, spec: GateSpec, verdict: Verdict, cases: int = 1, times: int = 2000
) -> float:
    """How often the real gate says so at its last look; the other cases are unchanged."""
    random = np.random.default_rng(20261121)
    pairs = spec.looks[-1]
    called = 0
    for _ in range(times):
        moved = weigh(random.normal(math.log1p(change), sd, pairs).tolist())
        others = [weigh(random.normal(0.0, sd, pairs).tolist()) for _ in range(cases - 1)]
        called += decide_all([moved, *others], [0.03] * cases, spec)[0] is verdict
    return called / times


@pytest.mark.parametrize("sd", [0.005, 0.03, 0.08])
@pytest.mark.parametrize("rule", list(Rule))
def test_the_smallest_visible_change_is_called_nine_times_of_ten(sd: float, rule: Rule) -> None:
    spec = GateSpec(rule=rule)
    sees = smallest_visible(sd, spec, 0.03)
    assert sees is not None
    assert sees > 0.03
    # The standard error of a share of 2000 is 0.007.
    assert share_called(sees, sd, spec, Verdict.REGRESSED) == pytest.approx(0.9, abs=0.025)


def test_more_cases_see_less() -> None:
    spec = GateSpec()
    alone, among = (smallest_visible(0.08, spec, 0.03, cases) for cases in (1, 30))
    assert alone is not None
    assert among is not None
    assert among > alone
    found = share_called(among, 0.08, spec, Verdict.REGRESSED, cases=30, times=500)
    assert found == pytest.approx(0.9, abs=0.05)


def test_no_change_is_visible_in_utter_noise() -> None:
    assert smallest_visible(10.0, GateSpec(), 0.03) is None


def test_the_chance_to_pass_is_that_of_the_gate() -> None:
    spec = GateSpec(looks=(12,))
    passed = share_called(0.0, 0.05, spec, Verdict.PASS)
    assert pass_chance(12, 0.05, 0.03, 0.05) == pytest.approx(passed, abs=0.035)
