"""LiteRT's GPU accelerator, for real, on a GPU made of software."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy as np
import pytest

from benchhub.devices.host import HostTransport
from benchhub.records import GpuOptions, Partition, Purpose, Reading, Status, Unsupported
from benchhub.records.trust import status_of
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.tool import Command

from .litert_bench import MEASURE, Bench, altered, ids, reversed_in_the_middle

pytestmark = pytest.mark.rig("gpu")
RIG = Path(__file__).parents[2] / "rigs" / "unpacked" / "gpu"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK_ICD_FILENAMES", str(RIG / "vk_swiftshader_icd.json"))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(RIG))


def median_us(reading: Reading) -> float:
    assert reading.latency is not None, reading.failure
    return reading.latency.value_us


@pytest.mark.usefixtures("gpu")
def test_a_gpu_row(bench: Bench) -> None:
    reading = bench("smallconv_f32", delegate="gpu")
    assert reading.failure is None
    assert reading.latency is not None
    assert reading.latency.n == MEASURE.num_runs
    placement = reading.placement
    assert placement is not None
    assert (placement.requested, placement.applied) == ("gpu", "gpu")
    assert (placement.nodes_delegated, placement.nodes_total, placement.partitions) == (8, 8, 1)
    assert placement.pieces == (Partition("gpu", tuple(range(8))),)
    assert placement.source == "LiteRtCompiledModelIsNonCpuFullyAccelerated: true"
    assert placement.backend.startswith("WebGPU Vulkan: SwiftShader Device")
    assert placement.backend.endswith(", software")
    assert placement.precision == ""
    assert status_of(reading) is Status.OK


@pytest.mark.usefixtures("gpu")
def test_a_run_is_timed_until_the_gpu_is_done(tmp_path: Path, bench: Bench) -> None:
    """Without waiting, a run is the time of queuing it: on this GPU orders of magnitude less."""
    waiting = median_us(bench("smallconv_f32", delegate="gpu"))
    command = gpu_command(bench)
    result = HostTransport("host", tmp_path).run((*command.argv, "--gpu_wait=false"), timeout_s=60)
    assert result.returncode == 0
    document = json.loads((tmp_path / "result.json").read_text())
    queuing_us = statistics.median(document["timed"]["samples_ns"]) / 1000
    assert waiting > 10 * queuing_us
    # All that was queued was done before the process could read the output and end: the whole
    # process took no less than what waiting says these inferences take.
    inferences = MEASURE.num_runs + MEASURE.warmup_runs
    assert result.seconds * 1e6 > 0.4 * inferences * waiting


def gpu_command(bench: Bench) -> Command:
    assert bench.result is not None
    return Command(bench.result.argv)


@pytest.mark.usefixtures("gpu")
def test_precision_is_what_was_asked_for(bench: Bench, tmp_path: Path) -> None:
    outputs = {}
    for precision in ("fp32", "fp16"):
        reading = bench("smallconv_f32", delegate="gpu", options=GpuOptions(precision=precision))
        assert reading.placement is not None
        assert reading.placement.precision == precision
        command = (*gpu_command(bench).argv, f"--output_file={tmp_path}/{precision}.bin")
        assert HostTransport("host", tmp_path).run(command, timeout_s=60).returncode == 0
        outputs[precision] = np.fromfile(tmp_path / f"{precision}.bin", np.float32)
    bench("smallconv_f32")
    command = (*gpu_command(bench).argv, f"--output_file={tmp_path}/cpu.bin")
    assert HostTransport("host", tmp_path).run(command, timeout_s=60).returncode == 0
    cpu = np.fromfile(tmp_path / "cpu.bin", np.float32)
    exact, half = (np.abs(outputs[name] - cpu).max() for name in ("fp32", "fp16"))
    assert 0 <= exact < 1e-4
    assert half > 5 * exact


@pytest.mark.usefixtures("gpu")
def test_a_part_of_the_graph(bench: Bench) -> None:
    path = altered(bench.folder, "smallconv_f32", reversed_in_the_middle)
    reading = bench(path, delegate="gpu")
    placement = reading.placement
    assert placement is not None
    assert (placement.applied, placement.nodes_delegated, placement.nodes_total) == ("gpu", 4, 9)
    assert placement.partitions is None
    assert placement.pieces == ()
    assert placement.unsupported == (
        Unsupported("REVERSE_SEQUENCE", "Operation is not supported."),
    )
    assert placement.source == (
        "4 operations will run on the GPU, and the remaining 5 operations will run on the CPU."
    )
    assert status_of(reading) is Status.PARTIAL


@pytest.mark.usefixtures("gpu")
def test_a_profile_has_no_op_times_and_says_so(bench: Bench) -> None:
    reading = bench("smallconv_f32", delegate="gpu", purpose=Purpose.PROFILE)
    assert reading.failure is None
    assert reading.profile is None
    assert reading.latency is not None
    assert reading.latency.n == 1
    assert "litert.no_profile" in ids(reading)
    assert reading.placement is not None
    assert reading.placement.applied == "gpu"
    assert status_of(reading) is Status.OK


def test_without_a_driver(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nonexistent")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(RIG))
    reading = bench("smallconv_f32", delegate="gpu")
    assert reading.latency is None
    failure = reading.failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("delegate", 3)
    assert failure.message == (
        "LiteRT's GPU accelerator found no GPU: No adapters found (vkCreateInstance: Found no "
        "drivers!)."
    )
    assert "Vulkan driver" in failure.advice
    assert status_of(reading) is Status.FAILED


@pytest.mark.usefixtures("gpu")
def test_the_wheel_has_the_accelerator(tmp_path: Path) -> None:
    identity = LiteRtTool({}).identify(HostTransport("host", tmp_path))
    names = [Path(path).name for path in identity.libraries]
    assert "libLiteRtWebGpuAccelerator.so" in names
