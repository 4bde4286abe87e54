from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchhub.analysis.pairs import pairs_of
from benchhub.analysis.verdicts import Pair
from benchhub.records import (
    Failure,
    Invocation,
    Latency,
    Placement,
    Purpose,
    Reading,
    Run,
    Side,
    Status,
    Telemetry,
)

from ..comparisons import changed, comparison_run, duel, op_time, slower, unchanged

TIMES = ([300.0, 303.0, 299.0, 301.0], [330.0, 331.0, 329.0, 333.0])


def pairs(run: Run, device: str = "host") -> tuple[Pair, ...]:
    mine = [one for one in run.invocations if one.device == device]
    return pairs_of((run.plan.cases[0], run.plan.cases[1]), mine)


def small() -> Run:
    return comparison_run(duel(*TIMES))


def timed(time_us: float, median_us: float | None) -> Reading:
    return Reading(
        latency=Latency(9, time_us, median_us, 1.0, 9.0, 0.0, None, None, (), "stdout"),
    )


def placed(
    nodes: int | None, applied: str | None = "xnnpack", partitions: int | None = 1
) -> Reading:
    return replace(
        timed(330.0, 330.0),
        placement=Placement("xnnpack", applied, nodes, 10, partitions, "node list"),
    )


def test_processes_of_a_round_are_a_pair() -> None:
    found = pairs(small())
    assert [one.round for one in found] == [1, 2, 3, 4]
    assert [one.problem for one in found] == [""] * 4
    wanted = [math.log(after / before) for before, after in zip(*TIMES, strict=True)]
    assert [one.log_ratio for one in found] == pytest.approx(wanted)


def test_the_order_of_the_invocations_does_not_matter() -> None:
    run = small()
    assert pairs(replace(run, invocations=run.invocations[::-1])) == pairs(run)


def test_profiles_and_other_cases_are_in_no_pair() -> None:
    profiled = duel(*TIMES, profiles=[[op_time(0, "CONV_2D", 100.0)]])
    run = comparison_run(profiled, slower("float32"))
    assert any(one.purpose is Purpose.PROFILE for one in run.invocations)
    assert [one.log_ratio for one in pairs(run)] == [one.log_ratio for one in pairs(small())]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status": Status.INVALID}, "candidate: the device was not fit"),
        ({"status": Status.FALLBACK}, "candidate: another delegate ran"),
        ({"status": Status.WRONG}, "candidate: the outputs are wrong"),
        ({"reading": Reading()}, "candidate: no figure"),
        (
            {"reading": Reading(failure=Failure("crash", "It crashed.", "", 3))},
            "candidate: It crashed.",
        ),
        ({"reading": timed(math.nan, math.nan)}, "candidate: nan us is no time"),
        ({"reading": timed(-3.0, -3.0)}, "candidate: -3.0 us is no time"),
        ({"reading": timed(0.0, 0.0)}, "candidate: 0.0 us is no time"),
        ({"reading": timed(math.inf, math.inf)}, "candidate: inf us is no time"),
        ({"reading": timed(330.0, None)}, "a median cannot be compared with a mean"),
        ({"session": "2"}, "the connection was lost between the two"),
        (
            {"before": Telemetry(governors={"policy0": "powersave"})},
            "the governor changed: unknown against powersave",
        ),
    ],
)
def test_a_pair_that_does_not_count_says_why(fields: dict[str, object], problem: str) -> None:
    found = pairs(changed(small(), Side.CANDIDATE, [2], **fields))
    assert [one.problem for one in found] == ["", problem, "", ""]
    assert found[1].log_ratio is None
    assert found[1].baseline is not None
    assert found[1].candidate is not None  # nothing is dropped


@pytest.mark.parametrize(
    "reading", [placed(7), placed(10, partitions=2), placed(0, "none")], ids=str
)
def test_a_process_that_was_placed_otherwise_is_told(reading: Reading) -> None:
    found = pairs(changed(small(), Side.CANDIDATE, [3], reading=reading))
    problem = "candidate: placed otherwise than in the other rounds"
    assert [one.problem for one in found] == ["", "", problem, ""]


def test_sides_may_be_placed_differently_from_each_other() -> None:
    assert not any(
        one.problem for one in pairs(changed(small(), Side.CANDIDATE, reading=placed(7)))
    )


def test_a_process_that_does_not_tell_its_placement_counts() -> None:
    run = changed(small(), Side.CANDIDATE, [2], reading=placed(None, applied=None))
    assert not any(one.problem for one in pairs(run))


@pytest.mark.parametrize("side", list(Side))
def test_half_a_pair_is_told(side: Side) -> None:
    run = small()

    def is_gone(one: Invocation) -> bool:
        return one.round == 4 and one.case_id.endswith(f"~{side}")

    kept = tuple(one for one in run.invocations if not is_gone(one))
    assert pairs(replace(run, invocations=kept))[3].problem == f"{side}: not measured"


Damage = Callable[[Run], Run]


@pytest.mark.parametrize(
    "damage",
    [
        lambda run: changed(run, Side.BASELINE, [1], session="2"),
        lambda run: changed(run, Side.CANDIDATE, [1], session="2"),
    ],
)
def test_a_pair_never_straddles_two_connections(damage: Damage) -> None:
    found = pairs(damage(comparison_run(unchanged())))
    assert [one.round for one in found if one.problem] == [1]
