"""What is claimed of the gate, simulated; and a glance at real processes: tox -e benchmarks."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchhub.analysis.judgement import judge
from benchhub.analysis.pairs import pairs_of
from benchhub.execution.pairing import sides_of
from benchhub.execution.referee import Referee
from benchhub.records import GateSpec, Purpose, Run, Verdict
from tests.unit.comparisons import SESSION, comparison_run, duel

from . import gate_evidence, real_evidence, simulated_evidence
from .escalation import Decided, escalate
from .extent import times
from .noise_models import BOARD, DEVICES, PHONE, TUNED, NoisyDevice, Times, interleaved
from .other_rules import OTHER_RULES

SPEC = GateSpec()


def followed(run: Run) -> Decided:
    """Go down the plan as the product does, and judge what it measured."""
    by_step = {(one.number, one.device): one for one in run.invocations}
    referee = Referee(run.plan, "host", "linux", ())
    kept = []
    for step in run.plan.invocations:
        if step.purpose is Purpose.LATENCY and referee.wants(step, SESSION):
            kept.append(by_step[step.number, step.device])
            referee.count(kept[-1])
    measured = type(run)(run.plan, run.devices, tuple(kept), run.end, run.variants)
    verdict = judge(measured).cases[0]
    return Decided(verdict.latency_verdict, verdict.evidence.n)


def as_run(logs: Times) -> Run:
    baseline = [300.0] * len(logs)
    candidate = [float(300.0 * np.exp(log)) for log in logs]
    return comparison_run(duel(baseline, candidate))


@pytest.mark.parametrize("change", [-0.04, 0.0, 0.02, 0.04])
def test_figures_are_followed_as_the_product_measures(change: float) -> None:
    random = np.random.default_rng(5)
    logs = interleaved(PHONE, random, 12, SPEC.looks[-1], change)
    for one in logs:
        assert escalate(one[None], [0.03], SPEC) == [followed(as_run(one))]


def test_all_verdicts_are_reached() -> None:
    """Else the comparison with the product above would show little."""
    random = np.random.default_rng(5)
    seen = set()
    for change in (-0.04, 0.0, 0.02, 0.04):
        for one in interleaved(PHONE, random, 12, SPEC.looks[-1], change):
            seen.add(escalate(one[None], [0.03], SPEC)[0].verdict)
    assert seen == set(Verdict) - {Verdict.INVALID}


@pytest.mark.parametrize("device", DEVICES, ids=lambda one: one.name)
def test_an_unchanged_case_is_seldom_called_slower(device: NoisyDevice) -> None:
    shares = simulated_evidence.gate_shares(device, SPEC, 0.0, 1000)
    assert shares.share(Verdict.REGRESSED) <= 0.01


@pytest.mark.parametrize("device", [TUNED, BOARD], ids=lambda one: one.name)
def test_a_board_that_is_slower_by_5_percent_is_found(device: NoisyDevice) -> None:
    shares = simulated_evidence.gate_shares(device, SPEC, 0.05, 300)
    assert shares.share(Verdict.REGRESSED) >= 0.95


def test_a_slower_case_is_hardly_ever_passed() -> None:
    shares = simulated_evidence.gate_shares(PHONE, SPEC, 0.08, 300)
    assert shares.share(Verdict.PASS) <= 0.05


def test_a_suite_that_did_not_change_raises_an_alarm_in_few_runs() -> None:
    shares = simulated_evidence.suite_shares(PHONE, SPEC, 0, 200)
    assert shares.alarmed <= 0.05


def test_rules_of_others_raise_alarms_without_a_change() -> None:
    alarms = {
        rule.name: simulated_evidence.other_alarms(PHONE, rule, 0.0, 500) for rule in OTHER_RULES
    }
    assert alarms["mean +5 %, one process each"] > 0.1
    assert alarms["Mann-Whitney .05 inside a process"] > 0.1
    assert alarms["flattened t .05, 10 then 10"] > 0.1


def test_too_few_processes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        gate_evidence.main(["--real", "--processes", "10"])
    assert ended.value.code == 2
    assert "at least 40" in capsys.readouterr().err


def test_the_evidence(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """A glance; `python -m tests.benchmarks.gate_evidence` is the whole of it."""
    count, pairs = max(10, times(200)), max(8, times(12))

    def tables() -> list[str]:
        found = real_evidence.measure(
            ("int8", "slower_10"), pairs, 0, 0.1, lambda text: print(text, file=sys.stderr)
        )
        return [
            *gate_evidence.simulated_part(count, lambda _text: None),
            *gate_evidence.real_part(found, count),
        ]

    shown = benchmark.pedantic(tables, rounds=1)
    with capsys.disabled():
        print("\n\n" + "\n\n".join(shown))


def test_pairs_of_the_example_all_count() -> None:
    """What `as_run` makes is what it was made of."""
    logs = interleaved(BOARD, np.random.default_rng(1), 1, 8)[0]
    run = as_run(logs)
    pairs = pairs_of(sides_of(run.plan)[0], run.invocations)
    assert [pair.log_ratio for pair in pairs] == pytest.approx(list(logs))
