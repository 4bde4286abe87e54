"""Whatever LiteRT's program leaves is read without an exception, and no figure is invented."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchhub.records import CommandResult, Purpose
from benchhub.tools.benchmark_litert_model.reading import read
from benchhub.tools.benchmark_litert_model.wheel_json import read_wheel_json
from benchhub.tools.tool import Artifacts
from tests.unit.tools.litert_program import RECORDED, case, measure, names
from tests.unit.tools.mutations import check, mutated

STDOUT = [path.read_bytes() for path in sorted(RECORDED.glob("*.stdout"))]
STDERR = [path.read_bytes() for path in sorted(RECORDED.glob("*.stderr"))]
FILES = {
    "result.pb": (RECORDED / "result.pb").read_bytes(),
    "runtime_info.pb": (RECORDED / "runtime_info.pb").read_bytes(),
}
JSON = (
    b'{"model": "m.tflite", "model_size_mb": 0.7, "accelerators": ["NPU", "CPU"], '
    b'"signature": "serving_default", "fully_accelerated": true, "num_threads": 1, '
    b'"latency": {"init_ms": 2.41, "warmup_first_ms": 0.5, "warmup_avg_ms": 0.3, '
    b'"num_warmup_runs": 5, "avg_ms": 0.25, "min_ms": 0.24, "max_ms": 0.4, "median_ms": 0.25, '
    b'"std_ms": 0.02, "p5_ms": 0.24, "p95_ms": 0.3, "num_runs": 50}, "throughput_mb_s": 100.0}'
)


@st.composite
def artifacts(draw: st.DrawFn) -> Artifacts:
    """Everything of one invocation, each part mutated or missing."""
    found = {}
    for name, source in FILES.items():
        if draw(st.booleans()):
            found[name] = draw(mutated([source]) | st.binary(max_size=60))
    result = CommandResult(
        ("bm",),
        draw(st.sampled_from([0, 0, 0, 0, 1, 134, -6, -11, 255])),
        draw(mutated(STDOUT)).decode("utf-8", "replace"),
        draw(mutated(STDERR)).decode("utf-8", "replace"),
        1.0,
    )
    return Artifacts(result, found)


PURPOSES = st.sampled_from([Purpose.LATENCY, Purpose.PROFILE])
DELEGATES = st.sampled_from(["xnnpack", "gpu", "npu"])


def test_there_are_recordings() -> None:
    assert len(names()) == 10
    assert len(STDERR) == 9


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(artifacts(), PURPOSES, DELEGATES)
def test_mutated_outputs(artifacts: Artifacts, purpose: Purpose, delegate: str) -> None:
    check(read(case(delegate), measure(min_secs=0.0), purpose, artifacts), purpose)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(mutated([(RECORDED / "prof.stderr").read_bytes()]))
def test_mutated_tables(stderr: bytes) -> None:
    stdout = (RECORDED / "prof.stdout").read_text()
    result = CommandResult(("bm",), 0, stdout, stderr.decode("utf-8", "replace"), 1.0)

    check(read(case(), measure(), Purpose.PROFILE, Artifacts(result, {})), Purpose.PROFILE)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=500), st.text(max_size=500), st.integers(-64, 255))
def test_any_text(stdout: str, stderr: str, code: int) -> None:
    result = CommandResult(("bm",), code, stdout, stderr, 1.0)
    reading = read(case("gpu"), measure(), Purpose.LATENCY, Artifacts(result, {}))

    check(reading, Purpose.LATENCY)
    assert reading.failure is not None


@pytest.mark.parametrize("name", list(FILES))
def test_files_of_noise_end_in_time(name: str) -> None:
    stdout = (RECORDED / "plain.stdout").read_text()
    result = CommandResult(("bm",), 0, stdout, "", 1.0)
    started = time.perf_counter()
    reading = read(
        case(), measure(), Purpose.LATENCY, Artifacts(result, {name: os.urandom(1 << 20)})
    )

    assert time.perf_counter() - started < 5
    check(reading, Purpose.LATENCY)


@pytest.mark.parametrize(
    "flood",
    [
        "========== BENCHMARK RESULTS ==========\n" * 50_000,
        "INFO: [a.cc:1] RegisterAccelerator: ptr=0x1, name=CpuAccelerator\n" * 50_000,
        "Selected adapter: " * 100_000,
        "=== Run Order =\n[node type] [start] [avg ms] [%] [times called] [Name]\n" + "x " * 10**6,
    ],
    ids=["block", "registry", "adapter", "table"],
)
def test_floods_end_in_time(flood: str) -> None:
    stdout = (RECORDED / "plain.stdout").read_text()
    result = CommandResult(("bm",), 0, stdout, flood, 1.0)
    started = time.perf_counter()
    check(read(case("gpu"), measure(), Purpose.PROFILE, Artifacts(result, {})), Purpose.PROFILE)

    assert time.perf_counter() - started < 5


@settings(max_examples=300, deadline=None, derandomize=True)
@given(mutated([JSON]))
def test_mutated_json(data: bytes) -> None:
    check(read_wheel_json(data), Purpose.LATENCY)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"latency": {}, "accelerators": []}', b"\xff"],
)
def test_no_json_of_the_wheel(data: bytes) -> None:
    reading = read_wheel_json(data)

    check(reading, Purpose.LATENCY)
    assert reading.failure is not None
