"""The JSON of the wheel's own benchmark tool, made by the real one on this machine."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchhub.records import Reading
from benchhub.tools.benchmark_litert_model.wheel_json import (
    SOURCE,
    is_wheel_json,
    read_wheel_json,
)

MODEL = Path(__file__).parents[2] / "recorded" / "models" / "smallconv_f32.tflite"
RUNS, WARMUPS = 30, 3


def wheel_tool() -> Path:
    package = importlib.util.find_spec("ai_edge_litert")
    assert package is not None
    (folder,) = package.submodule_search_locations or ()
    return Path(folder) / "tools" / "benchmark_litert_model.py"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the tool writes for a run on the CPU."""
    pytest.importorskip("ml_dtypes", reason="the wheel's tool needs it")
    file = tmp_path_factory.mktemp("wheel") / "result.json"
    words = [f"--model={MODEL}", f"--num_runs={RUNS}", f"--warmup_runs={WARMUPS}"]
    ended = subprocess.run(
        [sys.executable, str(wheel_tool()), *words, f"--result_json={file}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return file.read_bytes()


@pytest.fixture
def document(written: bytes) -> dict[str, Any]:
    return dict(json.loads(written))


def read(document: dict[str, Any], requested: str | None = None) -> Reading:
    return read_wheel_json(json.dumps(document).encode(), requested)


def ids(reading: Reading) -> tuple[str, ...]:
    return tuple(finding.id for finding in reading.findings)


def test_a_real_run(written: bytes, document: dict[str, Any]) -> None:
    assert is_wheel_json(document)
    reading = read_wheel_json(written)

    assert reading.failure is None
    latency, told = reading.latency, document["latency"]
    assert latency is not None
    assert (latency.n, latency.source) == (RUNS, SOURCE)
    for name in ("median", "min", "max", "std", "p5", "p95"):
        assert getattr(latency, f"{name}_us") == pytest.approx(told[f"{name}_ms"] * 1000)
    assert latency.mean_us == pytest.approx(told["avg_ms"] * 1000)
    assert latency.samples_us == ()
    assert reading.warmup is not None
    assert reading.warmup.n == WARMUPS
    assert reading.init_us == pytest.approx(told["init_ms"] * 1000)
    assert reading.first_inference_us == pytest.approx(told["warmup_first_ms"] * 1000)
    assert set(ids(reading)) <= {"check.zero"}  # a model of less than 10 us


def test_fully_accelerated_says_nothing_of_the_cpu(
    written: bytes, document: dict[str, Any]
) -> None:
    assert document["fully_accelerated"] is True
    placement = read_wheel_json(written).placement

    assert placement is not None
    assert (placement.requested, placement.applied) == ("xnnpack", None)


@pytest.mark.parametrize(
    ("accelerators", "full", "applied", "findings"),
    [
        (["NPU", "CPU"], True, None, ("litert.silent",)),
        (["NPU", "CPU"], False, None, ("litert.silent",)),
        (["NPU"], True, "npu", ()),
        (["GPU"], True, "gpu", ("check.gpu_async",)),
        (["GPU", "CPU"], True, None, ("check.gpu_async", "litert.silent")),
    ],
)
def test_who_ran(
    accelerators: list[str],
    full: bool,  # noqa: FBT001 - a value of the document
    applied: str | None,
    findings: tuple[str, ...],
    document: dict[str, Any],
) -> None:
    document |= {"accelerators": accelerators, "fully_accelerated": full}
    document["latency"] |= {"median_ms": 0.25, "avg_ms": 0.25, "min_ms": 0.25, "max_ms": 0.25}
    reading = read(document)

    assert reading.placement is not None
    assert reading.placement.requested == accelerators[0].lower()
    assert reading.placement.applied == applied
    assert ids(reading) == findings


def test_a_case_that_asks_for_something_else_is_told(document: dict[str, Any]) -> None:
    assert "check.placement" in ids(read(document, "gpu"))
    assert "check.placement" not in ids(read(document, "xnnpack"))


def test_figures_that_contradict_each_other_are_told(document: dict[str, Any]) -> None:
    document["latency"] |= {"avg_ms": 9.0, "max_ms": 1.0, "median_ms": 0.5}

    assert "check.stat_line" in ids(read(document))


def test_one_run_has_no_spread(document: dict[str, Any]) -> None:
    document["latency"] |= {"num_runs": 1, "num_warmup_runs": 0}
    reading = read(document)

    assert reading.latency is not None
    assert reading.latency.std_us is None
    assert (reading.warmup, reading.first_inference_us) == (None, None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"avg_ms": -1}, "`avg_ms` is impossible"),
        ({"avg_ms": "0.2"}, "`avg_ms` is no number"),
        ({"avg_ms": True}, "`avg_ms` is no number"),
        ({"num_runs": 0}, "it tells no inference"),
        ({"num_runs": 1.5}, "`num_runs` is no count"),
        ({"min_ms": None}, "it tells no inference"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], why: str, document: dict[str, Any]) -> None:
    document["latency"] |= change
    failure = read(document).failure

    assert failure is not None
    assert why in failure.message
    assert failure.advice
