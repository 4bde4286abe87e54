"""Several devices at once, and looks at a device while it measures: neither may cost time."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchhub.devices.digest import sha256_of
from benchhub.devices.facts import read_facts
from benchhub.devices.staging import stage
from benchhub.execution.invocation import Bench, invoke
from benchhub.records import (
    Case,
    Configuration,
    Measure,
    ModelVariant,
    PlannedInvocation,
    Purpose,
)
from benchhub.results.store import find_run
from benchhub.tools.benchmark_model import BenchmarkModelTool

from .conftest import SideBySide
from .extent import times, warm_up
from .ways import WAYS, Bay

pytestmark = [pytest.mark.rig("adb"), pytest.mark.rig("adbd"), pytest.mark.rig("sshd")]

PROGRAM = Path(sys.executable).parent / "benchhub"
MODEL = "suites/models/mobilenet_v2_035_96_float32.tflite"
DEVICES = tuple(way.replace(" ", "-") for way in WAYS)

# Three devices compute on processors of their own, these would share this machine's: the time of a
# measurement has to be sleep.
SLEEPER = """#!/bin/sh
here=${0%/*}
case "$*" in *--help*) cat "$here/help" >&2; exit 1 ;; esac
sleep 1
cat "$here/said"
"""
ROUNDS = times(3)
SUITE = """
name: sleeping
models:
  - name: m
    variants: {float32: models/mobilenet_v2_035_96_float32.tflite}
configurations: [{delegate: xnnpack, threads: [1, 2]}]
measure: {rounds: ROUNDS, profile_rounds: 0, telemetry_interval: 0}
"""


def call(root: Path, *words: str) -> None:
    done = subprocess.run(
        [PROGRAM, *words], cwd=root, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sleeping_workspace(devices: Bay, recorded: Path) -> Path:
    """A suite whose tool answers as the real one does, from recordings, after a second."""
    root = devices.workspace.root
    call(root, "init")
    folder = root / "sleeper"
    folder.mkdir()
    outputs = recorded / "benchmark_model" / "tensorflow-2.14.1"
    shutil.copyfile(outputs / "help.stderr", folder / "help")
    shutil.copyfile(outputs / "plain_f32.stdout", folder / "said")
    (folder / "benchmark_model").write_text(SLEEPER)
    (folder / "benchmark_model").chmod(0o755)
    for name in DEVICES:
        with (devices.workspace.devices / f"{name}.yaml").open("a") as file:
            file.write("benchmark_model: ../sleeper\n")
    (root / "suites" / "sleeping.yaml").write_text(SUITE.replace("ROUNDS", str(ROUNDS)))
    return root


def test_three_devices_against_the_slowest(
    benchmark: BenchmarkFixture, side_by_side: SideBySide, devices: Bay, recorded: Path
) -> None:
    root = sleeping_workspace(devices, recorded)
    together = ",".join(DEVICES)
    seconds: dict[str, list[float]] = {name: [] for name in (*DEVICES, together)}

    def each() -> None:
        for name, taken in seconds.items():
            call(root, "run", "suites/sleeping.yaml", "--devices", name)
            run = find_run(root / ".benchhub" / "runs", "latest").read()
            assert run.end is not None
            assert len(run.invocations) == 2 * ROUNDS * len(name.split(","))
            assert all(step.reading.failure is None for step in run.invocations)
            taken.append(run.end.seconds)

    cold = warm_up(times(3))
    benchmark.pedantic(each, rounds=times(3), warmup_rounds=cold)
    for taken in seconds.values():
        del taken[:cold]
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    slowest = max(DEVICES, key=medians.__getitem__)
    figures = f"{medians[together]:.2f} s for all; alone " + ", ".join(
        f"{name} {medians[name]:.2f} s" for name in DEVICES
    )
    figures += f"; {2 * ROUNDS} invocations a device, whose tool sleeps 1 s instead of computing"
    ratio = medians[together] / medians[slowest]
    side_by_side.report(ratio, "at most 1.1", figures, len(seconds[together]))


@pytest.mark.rig("benchmark_model")
@pytest.mark.parametrize("way", ["adb direct", "ssh"])
def test_telemetry_each_second(
    benchmark: BenchmarkFixture,
    side_by_side: SideBySide,
    devices: Bay,
    benchmark_model: Path,
    repository: Path,
    tmp_path: Path,
    way: str,
) -> None:
    """Device and controller share this machine, so that it costs more than on a real device."""
    transport = devices.transport(way)
    platform = read_facts(transport).platform or ""
    settings = {"path": str(benchmark_model.parent), "platform": platform}
    tool = BenchmarkModelTool(settings)
    measure = Measure(1, 0, 50, 2.2, 30.0, 1, 0.3, 0.0, 0.0, 60.0, telemetry_interval_s=0.0)
    second = devices.stack.enter_context(closing(transport.sibling()))
    plain = Bench(
        transport=transport,
        second=second,
        tool=tool,
        identity=tool.identify(transport),
        measure=measure,
        work_root="work",
    )
    watched = replace(plain, measure=replace(measure, telemetry_interval_s=1.0))
    local = repository / MODEL
    model = stage(transport, local, sha256_of(local))
    case = Case(
        ModelVariant("m", "float32", MODEL, "", 0),
        Configuration("xnnpack", "xnnpack", 1),
        "benchmark_model",
    )
    step = PlannedInvocation(1, way, case.id, 1, Purpose.LATENCY)
    latencies: dict[int, list[float]] = {0: [], 1: []}
    samples: list[int] = []

    def pair() -> None:
        order = (0, 1) if len(samples) % 2 else (1, 0)
        for which in order:
            invocation, _ = invoke((plain, watched)[which], case, step, model, tmp_path)
            assert invocation.reading.latency is not None, invocation.reading.failure
            latencies[which].append(invocation.reading.latency.value_us)
            if which:
                samples.append(len(invocation.during))

    benchmark.pedantic(pair, rounds=times(9))
    ratios = sorted(b / a for a, b in zip(latencies[0], latencies[1], strict=True))
    quarter = len(ratios) // 4
    figures = f"middle half of the pairs {ratios[quarter]:.3f} to {ratios[-quarter - 1]:.3f}, all "
    figures += f"{ratios[0]:.3f} to {ratios[-1]:.3f}; {min(samples)} to {max(samples)} samples each"
    side_by_side.report(statistics.median(ratios), "within 1 % of 1", figures, len(ratios))
