from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.devices.inventory import Device, find_devices
from benchhub.errors import MeasurementError, NoCasesError, UsageError
from benchhub.execution.planning import Choices, nobody
from benchhub.execution.self_comparison import (
    check_self_comparison,
    plan_self_comparison,
    read_calibration,
)
from benchhub.records import CpuCluster, GateSpec, Plan, Purpose, Run, Side
from benchhub.workspace import Workspace

from ...mixed_model import scalar_model
from ..comparisons import Duel, comparison_run, duel, medians

SUITE = """\
name: mine
models:
  - name: scalar
    variants: {float32: scalar.tflite}
configurations: [{delegate: none, threads: [1, 2]}]
measure: {profile_rounds: 1, num_runs: 3, timeout: 60}
"""
SAID = """\
name: digits
models: [{name: digits, variants: {int8: a.tflite}}]
configurations: [{delegate: xnnpack}]
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for folder in ("devices", "suites"):
        (tmp_path / folder).mkdir()
    for name in ("host", "other"):
        text = f"name: {name}\ntransport: host\n"
        (tmp_path / "devices" / f"{name}.yaml").write_text(text)
    (tmp_path / "suites" / "mine.yaml").write_text(SUITE)
    scalar_model(tmp_path / "suites" / "scalar.tflite")
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)


def host(workspace: Workspace, name: str = "host") -> Device:
    (device,) = find_devices(workspace, (name,))
    return device


def planned(workspace: Workspace, pairs: int = 10, *cases: str) -> Plan:
    choices = Choices(cases=cases, seed=1)
    suite = workspace.suites / "mine.yaml"
    return plan_self_comparison(workspace, suite, host(workspace), choices, pairs, nobody)


def test_both_sides_are_the_suite_and_there_is_one_look(workspace: Workspace) -> None:
    plan = planned(workspace)
    assert plan.gate == GateSpec(looks=(10,))
    assert plan.sides[Side.BASELINE] == plan.sides[Side.CANDIDATE]
    assert {step.purpose for step in plan.invocations} == {Purpose.LATENCY}
    assert plan.measure.profile_rounds == 0
    # A quarter more than asked for, in case some do not count.
    assert set(Counter(step.case_id for step in plan.invocations).values()) == {13}
    assert [step.number for step in plan.invocations] == list(range(1, 4 * 13 + 1))


def test_only_some_cases(workspace: Workspace) -> None:
    plan = planned(workspace, 10, "*/t2")
    assert {case.pair_id for case in plan.cases} == {"scalar/float32/none/t2"}
    with pytest.raises(NoCasesError):
        planned(workspace, 10, "*/t9")


def test_looks_of_the_suite_and_earlier_calibrations_count_for_nothing(
    workspace: Workspace,
) -> None:
    (workspace.suites / "mine.yaml").write_text(f"{SUITE}gate: {{looks: [6, 9], alpha: 2%}}\n")
    (workspace.devices / "host.noise.json").write_text("{")
    assert planned(workspace).gate == GateSpec(looks=(10,), alpha=0.02)


def test_another_run_is_no_calibration(workspace: Workspace) -> None:
    plan = planned(workspace)
    check_self_comparison(plan, host(workspace))
    against_others = comparison_run(duel([300.0] * 8, [330.0] * 8)).plan
    for wrong, device in (
        (plan, "other"),
        (replace(plan, sides={}, gate=None), "host"),
        (against_others, "host"),
    ):
        with pytest.raises(UsageError, match=f"is no calibration of {device}"):
            check_self_comparison(wrong, host(workspace, device))


def measured(*cases: Duel, suite: str = SAID) -> Run:
    pairs = cases[0].rounds
    run = comparison_run(*cases, gate=GateSpec(looks=(pairs,)))
    return replace(run, plan=replace(run.plan, suite_text=suite))


def calm(variant: str = "int8", sd: float = 0.01, pairs: int = 20) -> Duel:
    return duel(medians(pairs, sd, 1), medians(pairs, sd, 2), variant)


def test_a_calm_device() -> None:
    found = read_calibration(measured(calm(), calm("float32")), "host")
    assert [one.case_id for one in found.noise.cases] == [
        "digits/int8/xnnpack/t1",
        "digits/float32/xnnpack/t1",
    ]
    assert found.gate == GateSpec()
    assert (found.min_effect, found.alarms, found.advice, found.untold) == (0.03, (), (), ())


def test_a_noisy_device_gets_more_pairs_and_advice() -> None:
    found = read_calibration(measured(calm(sd=0.08)), "host")
    assert found.gate.looks[-1] == 48
    (advice,) = found.advice
    assert advice.startswith("host: too noisy to see 3 %: 48 pairs see ")
    assert "Pin its CPUs" in advice


def test_looks_that_the_suite_says_stay() -> None:
    suite = f"{SAID}gate: {{looks: [6, 9]}}\n"
    found = read_calibration(measured(calm(sd=0.08), suite=suite), "host")
    assert found.gate == GateSpec(looks=(6, 9))
    assert "9 pairs see" in found.advice[0]


def test_big_and_little_cpus() -> None:
    half = [300.0, 345.0, 301.0, 302.0, 344.0, 299.0, 346.0, 300.5] * 3
    run = measured(duel(half, half[::-1]))
    (record,) = run.devices
    clusters = (CpuCluster((0, 1, 2, 3), 1_800_000), CpuCluster((4, 5), 2_400_000))
    facts = replace(record.facts, clusters=clusters, allowed_cpus=tuple(range(6)))
    run = replace(run, devices=(replace(record, facts=facts),))
    advice = read_calibration(run, "host").advice
    assert "has two modes: 38 % of its processes take 1.15 times as long" in " ".join(advice)
    assert "`affinity: big` in the configuration keeps its thread on CPUs 4-5." in advice[-1]


def test_cases_without_enough_pairs_are_told() -> None:
    crash = duel([None] * 20, [None] * 20, "float32")
    found = read_calibration(measured(calm(), crash), "host")
    assert len(found.noise.cases) == 1
    broken, unknown = found.untold
    assert broken.startswith("digits/float32/xnnpack/t1: 20 of 20 pairs do not count: ")
    assert unknown.startswith("digits/float32/xnnpack/t1: fewer than 4 pairs count")
    with pytest.raises(MeasurementError, match="host: no case has 4 pairs that count"):
        read_calibration(measured(crash), "host")
    with pytest.raises(MeasurementError, match="nowhere: no case has 4 pairs that count"):
        read_calibration(measured(calm()), "nowhere")
