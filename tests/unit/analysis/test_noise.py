from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from benchhub.analysis.noise import alarms, facts_of, interval, noise_of, not_counted, sd_of
from benchhub.records import CaseNoise, GateSpec, Run, Side, Status

from ..comparisons import changed, comparison_run, duel, medians

SD = 0.04
PAIRS = 400
INT8 = "digits/int8/xnnpack/t1"
FLOAT32 = "digits/float32/xnnpack/t1"


def unchanged(sd: float, pairs: int, gate: GateSpec | None = None) -> Run:
    case = duel(medians(pairs, sd, 1), medians(pairs, sd, 2))
    return comparison_run(case, gate=gate or GateSpec(looks=(pairs,)))


def two_speeds(pairs: int, by: float, share: float, seed: int) -> list[float]:
    """Processes of which some run on slower CPUs."""
    draw = random.Random(seed)  # noqa: S311 - example numbers
    return [us * (by if draw.random() < share else 1.0) for us in medians(pairs, 0.01, seed)]


def test_the_spread_is_that_of_the_pairs() -> None:
    noise = noise_of(unchanged(SD, PAIRS), "host")
    assert (noise.device, noise.suite) == ("host", "digits")
    assert noise.cpu
    assert noise.build
    (case,) = noise.cases
    assert (case.case_id, case.pairs, case.modes) == (INT8, PAIRS, None)
    # Two independent processes differ by sqrt(2) times their own scatter.
    assert case.sd_pair == pytest.approx(math.sqrt(2) * SD, rel=0.1)
    assert case.sd_process == pytest.approx(SD, rel=0.1)
    assert case.median_us == pytest.approx(300.0, rel=0.02)
    low, high = interval(case)
    assert low < math.sqrt(2) * SD < high


def test_pairing_takes_out_what_both_sides_share() -> None:
    drift = [1 + 0.5 * turn / 40 for turn in range(40)]
    sides = [[us * by for us, by in zip(medians(40, 0.01, seed), drift, strict=True)]
             for seed in (1, 2)]  # fmt: skip
    (case,) = noise_of(comparison_run(duel(*sides), gate=GateSpec(looks=(40,))), "host").cases
    assert case.sd_pair < 0.03
    assert case.sd_process > 0.1


def test_two_modes() -> None:
    sides = (two_speeds(20, 1.15, 0.3, seed) for seed in (3, 4))
    (case,) = noise_of(comparison_run(duel(*sides), gate=GateSpec(looks=(20,))), "host").cases
    assert case.modes is not None
    ratio, share = case.modes
    assert ratio == pytest.approx(1.15, rel=0.03)
    assert 0.1 < share < 0.5


def test_the_interval_is_that_of_chi_squared() -> None:
    # Tables of chi-squared for 19 degrees of freedom: 8.907 and 32.852.
    low, high = interval(CaseNoise("a", 20, 0.03, 0.0, 1.0))
    assert low == pytest.approx(0.03 * math.sqrt(19 / 32.852), rel=1e-4)
    assert high == pytest.approx(0.03 * math.sqrt(19 / 8.907), rel=1e-4)


def test_pairs_that_do_not_count() -> None:
    run = changed(unchanged(SD, 20), Side.CANDIDATE, range(1, 4), status=Status.INVALID)
    assert noise_of(run, "host").cases[0].pairs == 17
    assert not_counted(run, "host") == (
        f"{INT8}: 3 of 20 pairs do not count: candidate: the device was not fit",
    )
    assert not_counted(unchanged(SD, 20), "host") == ()


def test_too_few_pairs_tell_nothing() -> None:
    assert noise_of(unchanged(SD, 3), "host").cases == ()
    assert len(noise_of(unchanged(SD, 4), "host").cases) == 1


def test_pairs_all_alike_have_no_spread() -> None:
    (case,) = noise_of(comparison_run(duel([300.0] * 8, [300.0] * 8)), "host").cases
    assert (case.sd_pair, case.sd_process) == (0.0, 0.0)


def test_each_device_has_its_own() -> None:
    run = comparison_run(
        duel(medians(20, SD, 1), medians(20, SD, 2)),
        duel(medians(20, 0.01, 3), medians(20, 0.01, 4), "float32"),
        devices=("host", "pi4"),
        gate=GateSpec(looks=(20,)),
    )
    louder = replace(run, invocations=tuple(one for one in run.invocations if one.device != "pi4"))
    assert noise_of(louder, "pi4").cases == ()
    assert [one.case_id for one in noise_of(louder, "host").cases] == [INT8, FLOAT32]


def test_a_device_that_was_never_reached() -> None:
    run = replace(unchanged(SD, 8), devices=())
    assert facts_of(run, "host") is None
    assert (noise_of(run, "host").cpu, noise_of(run, "host").build) == ("", "")


def test_a_case_that_was_not_measured_is_as_noisy_as_the_others() -> None:
    cases = tuple(CaseNoise(name, 20, sd, sd, 1.0) for name, sd in zip("abc", (0.1, 0.01, 0.03)))  # noqa: B905
    noise = replace(noise_of(unchanged(SD, 8), "host"), cases=cases)
    assert sd_of(noise, "b") == 0.01
    assert sd_of(noise, "z") == 0.03


def test_alarms() -> None:
    gate = GateSpec(looks=(20,))
    slow = duel(medians(20, 0.005, 5), medians(20, 0.005, 6, 330.0), "float32")
    quick = duel(medians(20, 0.005, 7), medians(20, 0.005, 8, 270.0), "float16")
    still = duel(medians(20, 0.005, 9), medians(20, 0.005, 10))
    run = comparison_run(slow, quick, still, gate=gate)
    assert alarms(run, "host") == (FLOAT32, "digits/float16/xnnpack/t1")
    assert alarms(unchanged(SD, 20), "host") == ()
