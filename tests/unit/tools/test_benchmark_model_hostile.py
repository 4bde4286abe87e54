"""Whatever comes back from a device is read without an exception, and no figure is invented."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchhub.devices.host import HostTransport
from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
)
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.tool import Artifacts
from tests.unit.tools.mutations import check, mutated

RECORDED = Path(__file__).parents[2] / "recorded" / "benchmark_model"
TOOL = BenchmarkModelTool({"path": "bm"})
CASE = Case(
    ModelVariant("m", "v", "m", "0" * 64, 1, inputs=(InputSpec("ids", (1, 16), 0, 9),)),
    Configuration("xnnpack", "xnnpack", 1),
    "benchmark_model",
)
MEASURE = Measure(1, 1, 50, 0.0, 150.0, 1, 0.5, 0.0, 0.0, 60.0)

STDOUT = [
    (RECORDED / "tensorflow-2.14.1" / f"{name}.stdout").read_bytes()
    for name in ("xnn_f32", "num_runs_3", "slow_big_avg", "range_alias", "peak_mem", "op_prof_lstm")
] + [
    (RECORDED / "litert-2026-08" / f"{name}.stdout").read_bytes()
    for name in ("xnn_true", "num_runs1", "prof_while", "prof_mode_csv_nofile", "dry_run")
]
STDERR = [
    (RECORDED / "tensorflow-2.14.1" / f"{name}.stderr").read_bytes()
    for name in ("plain_dyn", "embed_out_of_range", "layer_bad_shape", "xnn_f32")
]
FILES = {
    "result.pb": ["result_file.pb", "result_file_peak.pb"],
    "op_profile.pb": ["prof_mode_proto_file.prof.pb"],
    "op_profile.csv": ["prof_mode_csv_file.prof.csv", "prof_mode_csv_file_xnn.prof.csv"],
    "runtime_info.pb": ["runtime_info.pb", "runtime_info_noxnn.pb"],
}


@st.composite
def artifacts(draw: st.DrawFn) -> Artifacts:
    """Everything of one invocation, each part mutated or missing."""
    found = {}
    for name, sources in FILES.items():
        if draw(st.booleans()):
            recorded = [(RECORDED / "litert-2026-08" / source).read_bytes() for source in sources]
            found[name] = draw(mutated(recorded) | st.binary(max_size=60))
    result = CommandResult(
        ("bm",),
        draw(st.sampled_from([0, 0, 0, 1, 124, 134, 139, -6, -11, -200, 255, 1000])),
        draw(mutated(STDOUT)).decode("utf-8", "replace"),
        draw(mutated(STDERR) | st.just(b"")).decode("utf-8", "replace"),
        1.0,
    )
    return Artifacts(result, found)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(artifacts(), st.sampled_from(list(Purpose)))
def test_mutated_outputs(artifacts: Artifacts, purpose: Purpose) -> None:
    check(TOOL.parse(CASE, MEASURE, purpose, artifacts), purpose)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=500), st.text(max_size=500), st.integers(-64, 255))
def test_any_text(stdout: str, stderr: str, code: int) -> None:
    result = CommandResult(("bm",), code, stdout, stderr, 1.0)
    reading = TOOL.parse(CASE, MEASURE, Purpose.LATENCY, Artifacts(result, {}))

    check(reading, Purpose.LATENCY)
    assert reading.failure is not None


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("kill -SEGV $$", "crash", "was ended by SIGSEGV; it printed nothing"),
        ("sh -c 'kill -SEGV $$'; exit 139", "crash", "was ended by SIGSEGV"),
        ("kill -KILL $$", "crash", "was ended by SIGKILL"),
        ("exit 3", "exit", "ended with exit code 3; it printed nothing"),
        ("exit 0", "no_result", "ended without a result line; it printed nothing"),
        ("echo some words; echo more", "no_result", "it said last `more`"),
        ("head -c 100000 /dev/urandom", "no_result", "without a result line"),
        (
            "yes 'ERROR: Node number 3 (GATHER) failed to invoke.' | head -c 5000000 >&2; exit 1",
            "exit",
            "An operator refused its input shape or its input values",
        ),
    ],
    ids=["segv", "shell", "kill", "exit", "silent", "other", "garbage", "flood"],
)
def test_bad_programs(script: str, kind: str, words: str, tmp_path: Path) -> None:
    program = tmp_path / "bm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    result = HostTransport("host", tmp_path).run(["./bm"], timeout_s=20)
    started = time.perf_counter()
    reading = TOOL.parse(CASE, MEASURE, Purpose.LATENCY, Artifacts(result, {}))

    assert time.perf_counter() - started < 5
    assert reading.failure is not None
    assert reading.failure.kind == kind
    assert words in reading.failure.message
    check(reading, Purpose.LATENCY)


@pytest.mark.parametrize("size", [1 << 16, 1 << 20])
@pytest.mark.parametrize("name", list(FILES))
def test_files_of_noise_end_in_time(name: str, size: int) -> None:
    result = CommandResult(("bm",), 0, STDOUT[0].decode(), "", 1.0)
    started = time.perf_counter()
    reading = TOOL.parse(
        CASE, MEASURE, Purpose.PROFILE, Artifacts(result, {name: os.urandom(size)})
    )

    assert time.perf_counter() - started < 5
    check(reading, Purpose.PROFILE)
