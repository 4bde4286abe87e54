from __future__ import annotations

import pytest

from benchhub.analysis.looks import Expected, is_blind, with_noise
from benchhub.records import GateSpec

GATE = GateSpec()


def looks(*sds: float | None, effect: float = 0.03, gate: GateSpec = GATE) -> tuple[int, ...]:
    fit = with_noise(gate, [Expected(sd, effect) for sd in sds])
    return fit.looks


@pytest.mark.parametrize(
    ("sd", "found"),
    [
        (0.0, (8, 12, 18, 24)),
        (0.01, (8, 12, 18, 24)),
        (0.031, (8, 12, 18, 24)),
        (0.05, (8, 12, 18, 24, 48)),  # needs 54 at this alpha
        (0.08, (12, 18, 24, 48)),  # at 8 less than a quarter would pass
        (0.15, (24, 48)),
        (5.0, (24, 48)),
    ],
)
def test_looks_of_one_case(sd: float, found: tuple[int, ...]) -> None:
    assert looks(sd) == found


def test_nothing_else_is_changed() -> None:
    gate = GateSpec(alpha=0.02, max_invalid=0.1)
    fit = with_noise(gate, [Expected(0.15, 0.03)])
    assert (fit.alpha, fit.max_invalid, fit.min_effect) == (0.02, 0.1, None)


def test_without_any_calibration_all_stays() -> None:
    assert with_noise(GATE, [Expected(None, 0.03)] * 3) is GATE
    assert with_noise(GATE, []) is GATE


def test_the_quietest_keeps_early_looks_and_the_noisiest_asks_for_late_ones() -> None:
    assert looks(0.01, 0.15) == (8, 12, 18, 24, 48)
    assert looks(None, 0.15) == (8, 12, 18, 24, 48)  # of the other device nothing is known


def test_a_larger_effect_needs_fewer_pairs() -> None:
    assert looks(0.05, effect=0.05) == (8, 12, 18, 24)


def test_an_added_look_is_not_close_to_the_last() -> None:
    added = looks(0.037)
    assert added == (8, 12, 18, 24, 32)


def test_one_look_that_is_not_enough() -> None:
    assert looks(0.05, gate=GateSpec(looks=(20,))) == (20, 40)
    assert looks(5.0, gate=GateSpec(looks=(1000,))) == (1000,)


def test_blind() -> None:
    assert not is_blind(GATE, Expected(0.02, 0.03), 1)
    assert not is_blind(GATE, Expected(None, 0.03), 1)
    assert is_blind(GATE, Expected(0.08, 0.03), 1)
    assert is_blind(GATE, Expected(5.0, 0.03), 1)
    # Among many cases the smallest p value has to be smaller.
    edge = Expected(0.028, 0.03)
    assert not is_blind(GATE, edge, 1)
    assert is_blind(GATE, edge, 400)
