from __future__ import annotations

from pathlib import Path

from benchhub.devices.fake import Answer, FakeTransport
from benchhub.execution.invocation import Bench, invoke
from benchhub.records import (
    Case,
    Configuration,
    Measure,
    ModelVariant,
    PlannedInvocation,
    Purpose,
    Status,
    ToolIdentity,
)
from benchhub.tools.benchmark_model import BenchmarkModelTool


def test_one_invocation_on_a_fake_device_from_command_to_record(
    tmp_path: Path, recorded: Path
) -> None:
    """The fake transport that users get: a script of commands and recorded output."""
    runs = recorded / "benchmark_model" / "tensorflow-2.14.1"
    transport = FakeTransport(
        "fake",
        [
            Answer("loadavg", stdout="load=0.25\n"),
            Answer("^(mkdir|rm) "),
            Answer("bm --graph=m.tflite", stdout=(runs / "noxnn_f32.stdout").read_text()),
        ],
    )
    case = Case(
        ModelVariant("m", "float32", "m.tflite", "", 1),
        Configuration("none", "none", 1),
        "benchmark_model",
    )
    measure = Measure(1, 0, 50, 1.0, 150.0, 1, 0.5, 0.0, 0.0, 9.0)
    bench = Bench(
        transport,
        transport,
        BenchmarkModelTool({"path": "bm"}),
        ToolIdentity("benchmark_model", "tflite", "", "bm", "", ("num_threads", "use_xnnpack")),
        measure,
        "work",
    )
    step = PlannedInvocation(1, "fake", case.id, 1, Purpose.LATENCY)
    invocation, artifacts = invoke(bench, case, step, "m.tflite", tmp_path)
    assert invocation.status is Status.OK
    assert invocation.reading.latency is not None
    assert f"count={invocation.reading.latency.n} " in artifacts["stdout.txt"].decode()
    assert invocation.before.load_1m == 0.25
    assert "--use_xnnpack=false" in invocation.argv
    assert transport.commands[-1] == ("rm", "-rf", "work/0001")
