"""Calibrations of this machine, which are asked for what it is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.devices.facts import read_facts
from benchhub.devices.host import HostTransport
from benchhub.devices.inventory import find_devices
from benchhub.execution.noise import fitted
from benchhub.records import CaseNoise, GateSpec, Noise, Plan
from benchhub.results.noise import build_of, noise_path, write_noise
from benchhub.results.peaks import cpu_of
from benchhub.workspace import Workspace

from ..comparisons import comparison_run, unchanged

GATE = GateSpec(min_effect=0.03)
INT8 = "digits/int8/xnnpack/t1"
ADVICE = "Calibrate again: benchhub calibrate host --suite SUITE"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "devices").mkdir()
    (tmp_path / "suites").mkdir()
    for name in ("host", "other"):
        text = f"name: {name}\ntransport: host\n"
        (tmp_path / "devices" / f"{name}.yaml").write_text(text)
    return Workspace(tmp_path)


def calibrate(
    workspace: Workspace, sds: dict[str, float], name: str = "host", **fields: object
) -> None:
    facts = read_facts(HostTransport("host", workspace.root))
    cases = tuple(CaseNoise(case, 20, sd, sd, 300.0) for case, sd in sds.items())
    noise = Noise(1, name, "01ABCDEF", "digits", "2026", cpu_of(facts), build_of(facts), cases)
    write_noise(workspace, replace(noise, **fields))  # type: ignore[arg-type]


def plan(*devices: str) -> Plan:
    run = comparison_run(unchanged(), unchanged("float32"), devices=devices or ("host",))
    return run.plan


def fit(workspace: Workspace, *devices: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    names = devices or ("host",)
    gate, told = fitted(plan(*names), GATE, find_devices(workspace, names), workspace)
    assert replace(gate, looks=GATE.looks) == GATE
    return gate.looks, tuple(line.replace("\N{NO-BREAK SPACE}", " ") for line in told)


def test_without_a_calibration_nothing_is_said(workspace: Workspace) -> None:
    assert fit(workspace) == (GATE.looks, ())


def test_a_quiet_device(workspace: Workspace) -> None:
    calibrate(workspace, {INT8: 0.01, "digits/float32/xnnpack/t1": 0.02})
    said = "host: calibrated noise 1.0 to 2.0 %: looks 8,12,18,24."
    assert fit(workspace) == (GATE.looks, (said,))


def test_a_case_that_was_not_calibrated_is_like_the_others(workspace: Workspace) -> None:
    calibrate(workspace, {"a": 0.01, "b": 0.02, "c": 0.5})
    assert fit(workspace)[1] == ("host: calibrated noise 2.0 %: looks 8,12,18,24.",)


def test_a_noisy_device_has_more_pairs_and_what_it_cannot_see_is_said(
    workspace: Workspace,
) -> None:
    calibrate(workspace, {INT8: 0.08, "digits/float32/xnnpack/t1": 0.01})
    looks, (said, blind) = fit(workspace)
    assert looks == (8, 12, 18, 24, 48)
    assert said == "host: calibrated noise 1.0 to 8.0 %: looks 8,12,18,24,48."
    assert blind.startswith("host: too noisy to see 3 % in 1 of 2 cases: 48 pairs see 5.")
    assert "Expect INCONCLUSIVE." in blind


def test_of_another_cpu_it_is_void(workspace: Workspace) -> None:
    calibrate(workspace, {INT8: 0.08}, cpu="Cortex-A53, 4 cores")
    looks, (said,) = fit(workspace)
    assert looks == GATE.looks
    assert said.startswith("host: its calibration is of another CPU (Cortex-A53, 4 cores) and is")
    assert said.endswith(f" not used. {ADVICE}")


def test_of_another_build_it_is_doubtful(workspace: Workspace) -> None:
    calibrate(workspace, {INT8: 0.01}, build="Debian 3.1")
    assert fit(workspace)[1] == (
        f"host: its calibration is of another build of the system. {ADVICE}",
        "host: calibrated noise 1.0 %: looks 8,12,18,24.",
    )


def test_a_damaged_one_keeps_nobody_from_measuring(workspace: Workspace) -> None:
    noise_path(workspace, "host").write_text("{")
    looks, (said,) = fit(workspace)
    assert looks == GATE.looks
    assert "host.noise.json: damaged" in said
    assert "It is not used. Make it again: benchhub calibrate host" in said


def test_a_device_that_does_not_answer(workspace: Workspace) -> None:
    text = "name: gone\ntransport: adb\naddress: 127.0.0.1:9\n"
    (workspace.devices / "gone.yaml").write_text(text)
    calibrate(workspace, {INT8: 0.08}, name="gone")
    assert fit(workspace, "gone") == (
        GATE.looks,
        ("gone: does not answer; its calibration is not used.",),
    )


def test_the_looks_are_for_all_devices(workspace: Workspace) -> None:
    calibrate(workspace, {INT8: 0.15})
    assert fit(workspace)[0] == (24, 48)
    # Of the other one nothing is known, so the early looks stay.
    looks, told = fit(workspace, "host", "other")
    assert looks == (8, 12, 18, 24, 48)
    assert [line.split(":")[0] for line in told] == ["host", "host"]
    calibrate(workspace, {INT8: 0.01}, name="other")
    looks, told = fit(workspace, "host", "other")
    assert looks == (8, 12, 18, 24, 48)
    assert "other: calibrated noise 1.0 %: looks 8,12,18,24,48." in told
