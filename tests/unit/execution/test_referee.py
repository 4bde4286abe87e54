"""The referee with the real gate: which steps of a comparison are measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from benchhub.analysis.judgement import judge
from benchhub.execution.pairing import most_pairs
from benchhub.execution.referee import Referee
from benchhub.records import (
    Failure,
    GateSpec,
    Invocation,
    PlannedInvocation,
    Purpose,
    Reading,
    Run,
    Side,
    Status,
    Verdict,
)

from ..comparisons import (
    Duel,
    changed,
    comparison_run,
    duel,
    medians,
    noisy,
    op_time,
    slower,
    unchanged,
)
from ..reports.invented import small_run

PAIRS = most_pairs(GateSpec())
FAILED = Reading(failure=Failure("crash", "It crashed.", "", 3))


@dataclass
class Lab:
    """A device that measures what the referee wants; each step gives what the whole run has."""

    whole: Run
    session: str = "1"
    done: list[Invocation] = field(default_factory=list)
    device: str = "host"

    def __post_init__(self) -> None:
        mine = [one for one in self.whole.invocations if one.device == self.device]
        self._by_number = {one.number: one for one in mine}

    @property
    def left(self) -> list[PlannedInvocation]:
        last = self.done[-1].number if self.done else 0
        mine = [step for step in self.whole.plan.invocations if step.device == self.device]
        return [step for step in mine if step.number > last]

    def work(self, most: int = 1 << 30) -> Lab:
        """Go on with a new referee, for that many processes at most."""
        referee = Referee(self.whole.plan, self.device, "linux", self.done)
        for step in self.left:
            if most == 0:
                break
            if referee.wants(step, self.session):
                given = self._by_number[step.number]
                lost = given.session != "1"  # what is said in the run stays
                one = given if lost else replace(given, session=self.session)
                self.done.append(one)
                referee.count(one)
                most -= 1
        return self

    def processes(self, purpose: Purpose = Purpose.LATENCY, end: str = "") -> int:
        mine = [one for one in self.done if one.purpose is purpose and one.case_id.endswith(end)]
        return len(mine)

    def of(self, variant: str) -> int:
        return sum(f"/{variant}/" in one.case_id for one in self.done)

    def verdicts(self) -> list[Verdict]:
        run = replace(self.whole, invocations=tuple(self.done))
        return [case.verdict for case in judge(run).cases]


def lab(*duels: Duel, gate: GateSpec | None = None, devices: Sequence[str] = ("host",)) -> Lab:
    return Lab(comparison_run(*duels, gate=gate, devices=devices))


def drawn(seed: int, factor: float = 1.0, sd: float = 0.01) -> Duel:
    return duel(medians(PAIRS, sd, seed), medians(PAIRS, sd, seed + 1000, 300.0 * factor))


def test_a_run_that_compares_nothing_has_no_referee() -> None:
    with pytest.raises(ValueError, match="compares nothing"):
        Referee(small_run().plan, "host", "linux", [])


def test_an_unchanged_case_passes_at_the_first_look() -> None:
    found = lab(unchanged(n=PAIRS)).work()
    assert found.processes() == 2 * 8
    assert found.verdicts() == [Verdict.PASS]


def test_most_unchanged_cases_pass_and_none_is_called_slower() -> None:
    verdicts = [lab(drawn(seed)).work().verdicts()[0] for seed in range(40)]
    assert verdicts.count(Verdict.REGRESSED) == 0
    assert verdicts.count(Verdict.PASS) >= 38


def test_ten_percent_are_found() -> None:
    for seed in range(40):
        found = lab(drawn(seed, factor=1.1)).work()
        assert found.verdicts() == [Verdict.REGRESSED]
        assert found.processes() == 2 * 8


def test_more_noise_takes_more_pairs() -> None:
    sizes = {lab(drawn(seed, factor=1.1, sd=0.06)).work().processes() // 2 for seed in range(40)}
    assert sizes <= {8, 12, 18, 24}
    assert len(sizes) > 1


def test_an_undecided_case_ends_with_the_last_look() -> None:
    found = lab(noisy(n=PAIRS)).work()
    assert found.processes() == 2 * 24
    assert found.verdicts() == [Verdict.INCONCLUSIVE]


def test_each_case_ends_by_itself() -> None:
    found = lab(unchanged(n=PAIRS), noisy("float32", n=PAIRS)).work()
    assert (found.of("int8"), found.of("float32")) == (2 * 8, 2 * 24)


def test_the_looks_are_the_suites() -> None:
    spec = GateSpec(looks=(4, 6))
    assert lab(unchanged(n=PAIRS), gate=spec).work().processes() == 2 * 4
    assert lab(noisy(n=PAIRS), gate=spec).work().processes() == 2 * 6


def test_other_devices_count_as_unchanged() -> None:
    # Eight pairs are certain enough among ten cases, not among a hundred.
    pattern = [0.06 + 0.034 * (-1) ** i for i in range(PAIRS)]
    doubtful = duel([300.0] * PAIRS, [300.0 * math.exp(log) for log in pattern])
    cases = [doubtful, *[unchanged(f"v{i}", n=PAIRS) for i in range(9)]]
    alone = lab(*cases).work()
    among = lab(*cases, devices=("host", *(f"pi{i}" for i in range(9)))).work()
    assert (alone.of("int8"), among.of("int8")) == (2 * 8, 2 * 12)
    assert among.of("v0") == alone.of("v0") == 2 * 8


def test_what_was_found_with_the_help_of_others_is_open_again_without_it() -> None:
    def like(sd: float, later: float, name: str) -> Duel:
        logs = [0.06 + (sd if i < 8 else later) * (-1) ** i for i in range(PAIRS)]
        return duel([300.0] * PAIRS, [300.0 * math.exp(log) for log in logs], name)

    doubtful = like(0.038, 0.038, "doubtful")
    helpers = [like(0.041, 1.0, "one"), like(0.041, 1.0, "two")]
    others = [unchanged(f"v{i}", n=PAIRS) for i in range(7)]
    found = lab(doubtful, *helpers, *others)
    found.work(most=2 * 10 * 8)
    assert found.verdicts()[0] is Verdict.REGRESSED
    found.work()
    # After nine pairs the helpers are no longer slower, so eight of its own are too few.
    assert found.of("doubtful") == 2 * 12
    assert found.of("one") == 2 * 24


def with_profiles(one: Duel) -> Duel:
    ops = [[op_time(0, "CONV_2D", 200.0)]] * 3
    return replace(
        one,
        baseline=replace(one.baseline, profiles=ops),
        candidate=replace(one.candidate, profiles=ops),
    )


def test_profiles_are_for_what_did_not_pass() -> None:
    passed = lab(with_profiles(unchanged(n=PAIRS))).work()
    moved = lab(with_profiles(slower(n=PAIRS))).work()
    assert passed.processes(Purpose.PROFILE) == 2 * 1
    assert moved.processes(Purpose.PROFILE) == 2 * 3


def spoilt(run: Run, rounds: Iterable[int]) -> Run:
    return changed(run, Side.CANDIDATE, rounds, status=Status.INVALID)


@pytest.mark.parametrize(
    ("rounds", "pairs"),
    [
        ([1], 8 + 1),
        ([1, 2], 8 + 2),
        ([1, 2, 3], 12 + 3),  # eight of eleven would be too few for a verdict
        ([1, 2, 3, 4, 5, 6], 24 + 6),
    ],
)
def test_pairs_that_do_not_count_are_repeated(rounds: list[int], pairs: int) -> None:
    found = Lab(spoilt(comparison_run(unchanged(n=PAIRS)), rounds)).work()
    assert found.processes() == 2 * pairs
    assert found.verdicts() == [Verdict.PASS]


@pytest.mark.parametrize(
    ("rounds", "pairs"), [(range(1, PAIRS + 1), 7), (range(2, PAIRS + 1, 2), 14)]
)
def test_a_hopeless_lab_is_given_up(rounds: Iterable[int], pairs: int) -> None:
    found = Lab(spoilt(comparison_run(unchanged(n=PAIRS)), rounds)).work()
    assert found.processes() == 2 * pairs
    assert found.verdicts() == [Verdict.INVALID]


def test_a_pair_that_straddles_connections_does_not_count() -> None:
    run = comparison_run(unchanged(n=PAIRS))
    found = Lab(run).work(most=7)
    assert found.processes() == 7
    found.session = "2"
    found.work()
    # The fourth pair stays half: its partner is not measured over another connection.
    assert found.processes() == 7 + 2 * 5
    fourth = [one for one in found.done if one.round == 4]
    assert len(fourth) == 1
    assert found.verdicts() == [Verdict.PASS]


@pytest.mark.parametrize("make", [unchanged, noisy, slower])
@pytest.mark.parametrize("most", [2, 10, 16, 22, 40])
def test_going_on_decides_as_without_a_break(make: Callable[..., Duel], most: int) -> None:
    run = comparison_run(*(with_profiles(make(name, n=PAIRS)) for name in ("int8", "float32")))
    whole = Lab(run).work()
    parts = Lab(run).work(most).work(most).work()
    assert parts.done == whole.done
    assert parts.verdicts() == whole.verdicts()


def crashing(side: Side) -> Run:
    run = comparison_run(unchanged(n=PAIRS))
    return changed(run, side, status=Status.FAILED, reading=FAILED)


@pytest.mark.parametrize("side", list(Side))
def test_the_other_side_of_one_that_fails_is_measured_once(side: Side) -> None:
    run = crashing(side)
    found = Lab(run).work()
    (other,) = set(Side) - {side}
    assert 1 <= found.processes(end=f"~{other}") <= 1 + 6
    assert found.processes(end=f"~{side}") == 7
    verdict = Verdict.REGRESSED if side is Side.CANDIDATE else Verdict.IMPROVED
    assert found.verdicts() == [verdict]


@pytest.mark.parametrize("side", list(Side))
def test_what_is_left_of_a_case_is_whether_the_other_side_works(side: Side) -> None:
    run = crashing(side)
    steps = run.plan.invocations
    mine = next(step for step in steps if step.case_id.endswith(f"~{side}"))
    others = [step for step in steps if not step.case_id.endswith(f"~{side}")]
    by_number = {one.number: one for one in run.invocations}
    referee = Referee(run.plan, "host", "linux", [by_number[mine.number]])
    # The side has been given up after one process.
    assert all(referee.wants(step, "1", alone=True) for step in others)
    referee.count(by_number[others[0].number])
    assert not any(referee.wants(step, "1", alone=True) for step in others[1:])
