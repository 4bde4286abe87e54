"""Real measurements: the program of the rig, recorded models."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.records import (
    Case,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
)
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.tool import Artifacts, Staged
from tests.unit.tools.places import FACTS

MEASURE = Measure(1, 1, 20, 0.0, 30.0, 1, 0.0, 0.0, 0.0, 60.0)


@pytest.fixture
def host(tmp_path: Path) -> HostTransport:
    return HostTransport("host", tmp_path)


def case(model: Path, delegate: str, *inputs: InputSpec) -> Case:
    return Case(
        ModelVariant("m", "v", str(model), "0" * 64, 1, inputs=inputs),
        Configuration(delegate, delegate, 1),
        "benchmark_model",
    )


def measured(
    tool: BenchmarkModelTool,
    host: HostTransport,
    case: Case,
    purpose: Purpose = Purpose.LATENCY,
    measure: Measure = MEASURE,
) -> Reading:
    (host.cwd / "work").mkdir(exist_ok=True)
    identity = tool.identify(host)
    assert tool.refuse(case, identity, FACTS) is None
    command = tool.command(case, measure, purpose, Staged(case.variant.path, "work"), identity)
    result = host.run(command.argv, timeout_s=measure.timeout_s, env=command.env)
    found = {name: host.cwd / "work" / name for name in command.outputs}
    files = {name: path.read_bytes() for name, path in found.items() if path.exists()}
    return tool.parse(case, measure, purpose, Artifacts(result, files))


@pytest.fixture
def real(benchmark_model: Path) -> BenchmarkModelTool:
    return BenchmarkModelTool({"path": str(benchmark_model)})


@pytest.mark.rig("benchmark_model")
def test_the_real_program_is_identified(
    real: BenchmarkModelTool, benchmark_model: Path, host: HostTransport
) -> None:
    identity = real.identify(host)

    assert identity.family == "tflite"
    assert identity.version == "TFLite family, without protos (flags of TensorFlow 2.14)"
    assert identity.sha256 == hashlib.sha256(benchmark_model.read_bytes()).hexdigest()
    assert len(identity.flags) == 55


@pytest.mark.rig("benchmark_model")
@pytest.mark.parametrize(
    ("delegate", "partitions", "found"), [("xnnpack", 1, ["delegate.full"]), ("none", 0, [])]
)
def test_a_real_latency(
    delegate: str,
    partitions: int,
    found: list[str],
    real: BenchmarkModelTool,
    host: HostTransport,
    recorded: Path,
) -> None:
    model = recorded / "models" / "smallconv_f32.tflite"
    reading = measured(real, host, case(model, delegate))

    assert reading.failure is None
    assert reading.latency is not None
    assert (reading.latency.n, reading.latency.statistic) == (20, "mean")
    assert reading.latency.min_us <= reading.latency.mean_us <= reading.latency.max_us
    assert reading.warmup is not None
    assert reading.warmup.n == 1
    assert reading.init_us
    assert reading.init_us > 0
    assert reading.placement is not None
    assert (reading.placement.requested, reading.placement.applied) == (delegate, delegate)
    assert reading.placement.partitions == partitions
    assert [finding.id for finding in reading.findings] == found


@pytest.mark.rig("benchmark_model")
@pytest.mark.parametrize(
    ("delegate", "first", "node"), [("xnnpack", "Convolution", None), ("none", "CONV_2D", 0)]
)
def test_a_real_profile(
    delegate: str,
    first: str,
    node: int | None,
    real: BenchmarkModelTool,
    host: HostTransport,
    recorded: Path,
) -> None:
    model = recorded / "models" / "smallconv_f32.tflite"
    reading = measured(real, host, case(model, delegate), Purpose.PROFILE)

    profile = reading.profile
    assert profile is not None
    assert profile.n == 20
    assert (profile.ops[0].op, profile.ops[0].node) == (first, node)
    assert profile.source == "csv"
    assert profile.total_us > 0


@pytest.mark.rig("benchmark_model")
def test_real_memory(real: BenchmarkModelTool, host: HostTransport, recorded: Path) -> None:
    """The size of the process that measures has no part in it: this one is made large."""
    model = recorded / "models" / "smallconv_f32.tflite"
    ballast = bytearray(b"x") * (200 << 20)
    memory = measured(real, host, case(model, "xnnpack")).memory
    del ballast

    assert memory is not None
    assert memory.init_bytes is not None
    assert memory.overall_bytes is not None
    # A shell on the same machine gets 4.0 and 4.4 MB.
    assert 2 << 20 < memory.init_bytes <= memory.overall_bytes < 10 << 20


@pytest.mark.rig("benchmark_model")
def test_a_real_crash_of_the_program_is_one_behind_the_launcher_too(
    benchmark_model: Path, host: HostTransport, recorded: Path
) -> None:
    tool = BenchmarkModelTool({"path": "bm"})
    (host.cwd / "bm").write_text(
        f'#!/bin/sh\ncase "$*" in *--help*) exec "{benchmark_model}" --help;; esac\nkill -SEGV $$\n'
    )
    (host.cwd / "bm").chmod(0o755)
    reading = measured(tool, host, case(recorded / "models" / "two_in.tflite", "none"))

    assert reading.failure is not None
    assert reading.failure.kind == "crash"
    assert "was ended by SIGSEGV" in reading.failure.message


@pytest.mark.rig("benchmark_model")
def test_every_step_of_a_real_loop_is_profiled(
    real: BenchmarkModelTool, host: HostTransport, recorded: Path
) -> None:
    """With the program's own buffer of 1024 events, 43 of these 200 steps are left."""
    model = recorded / "models" / "lstm.tflite"
    steps = 200
    reading = measured(
        real, host, case(model, "none", InputSpec("x", (1, steps, 8))), Purpose.PROFILE
    )

    assert reading.profile is not None
    body = [op for op in reading.profile.ops if op.subgraph == 2 and op.node is not None]
    assert {op.calls for op in body} == {float(steps)}


@pytest.mark.rig("benchmark_model")
def test_real_inputs(real: BenchmarkModelTool, host: HostTransport, recorded: Path) -> None:
    model = recorded / "models" / "embed.tflite"
    good = measured(real, host, case(model, "xnnpack", InputSpec("ids", (1, 16), 0, 99)))
    bad = measured(real, host, case(model, "xnnpack", InputSpec("ids", (1, 16), 1000, 2000)))

    assert good.failure is None
    assert bad.failure is not None
    assert (bad.failure.kind, bad.failure.exit_code) == ("exit", 2)
    assert "GATHER" in bad.failure.message


@pytest.mark.rig("benchmark_model")
def test_real_inputs_in_the_wrong_order_are_noticed(
    real: BenchmarkModelTool, host: HostTransport, recorded: Path
) -> None:
    model = recorded / "models" / "two_in.tflite"
    inputs = (InputSpec("a", (1, 8), 0, 1), InputSpec("b", (1, 8), 5, 6))
    reading = measured(real, host, case(model, "xnnpack", *inputs))

    assert "check.input_order" in {finding.id for finding in reading.findings}


@pytest.mark.rig("benchmark_model")
@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("no_such.tflite", "model.path"),
        ("corrupt_random.bin", "model.corrupt"),
        ("empty.bin", "model.corrupt"),
        ("text.bin", "model.corrupt"),
    ],
)
def test_real_models_that_cannot_run(
    name: str, finding: str, real: BenchmarkModelTool, host: HostTransport, recorded: Path
) -> None:
    reading = measured(real, host, case(recorded / "models" / name, "xnnpack"))

    assert reading.failure is not None
    assert reading.failure.exit_code == 2
    assert reading.failure.advice
    assert reading.latency is None
    assert reading.findings[0].id == finding


@pytest.mark.rig("benchmark_model")
def test_a_fixed_number_of_real_runs_means_that_number(
    real: BenchmarkModelTool, host: HostTransport, recorded: Path
) -> None:
    model = recorded / "models" / "smallconv_f32.tflite"
    cut = replace(MEASURE, num_runs=10_000_000, max_secs=0.2)
    fixed = replace(MEASURE, num_runs=7)

    exact = measured(real, host, case(model, "none"), measure=fixed)
    assert exact.latency is not None
    assert exact.latency.n == 7
    early = measured(real, host, case(model, "none"), measure=cut)
    assert "check.num_runs" in {finding.id for finding in early.findings}


@pytest.mark.rig("benchmark_model")
def test_a_real_profile_that_cannot_be_written_is_read_from_stdout(
    real: BenchmarkModelTool, host: HostTransport, recorded: Path
) -> None:
    """The program says nothing of a file that it cannot write, and ends with 0."""
    (host.cwd / "work" / "op_profile.csv").mkdir(parents=True)
    tool, model = real, recorded / "models" / "smallconv_f32.tflite"
    wanted = case(model, "none")
    identity = tool.identify(host)
    command = tool.command(wanted, MEASURE, Purpose.PROFILE, Staged(str(model), "work"), identity)
    result = host.run(command.argv, timeout_s=60)
    reading = tool.parse(wanted, MEASURE, Purpose.PROFILE, Artifacts(result, {}))

    assert result.returncode == 0
    assert reading.profile is not None
    assert reading.profile.source == "stdout table"
    assert reading.profile.n == 20
