"""What a log is said to mean, for recorded logs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchhub.records import Severity
from benchhub.tools.diagnosis_table import ROWS
from benchhub.tools.explanation import LITERT, TFLITE, explain

RECORDED = Path(__file__).parents[2] / "recorded"
LOGS = sorted(
    path
    for folder in ("benchmark_model", "benchmark_litert_model")
    for path in (RECORDED / folder).rglob("*.std*")
)


def log(name: str) -> str:
    found = [path for path in LOGS if str(path.relative_to(RECORDED)) == name]
    return found[0].read_text(errors="replace")


def test_a_cpu_run_of_a_gpu_request_is_not_taken_for_one() -> None:
    told = explain(log("benchmark_model/tensorflow-2.14.1/gpu.stdout"), 0)

    assert "something else than it was asked for" in told.verdict
    assert told.program == TFLITE
    first = told.found[0]
    assert first.finding.id == "gpu.platform"
    text = log("benchmark_model/tensorflow-2.14.1/gpu.stdout").splitlines()
    assert first.finding.evidence in text[first.line - 1]
    assert told.latency
    assert told.latency.source == "stdout"


def test_a_good_run_of_litert() -> None:
    told = explain(log("benchmark_litert_model/plain.stderr"), 0)

    assert told.program == LITERT
    assert told.latency
    assert told.latency.n > 0
    assert "nothing in it speaks against" in told.verdict


def test_nothing_known() -> None:
    told = explain("hello\nworld\n")

    assert told.verdict == "Nothing in this log is known."
    assert told.lines == 2
    assert explain("").lines == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (139, "SIGSEGV"),
        (-11, "SIGSEGV"),
        (134, "SIGABRT"),
        (132, "SIGILL"),
        (137, "SIGKILL"),
        (124, "time limit"),
        (1, "it failed"),
        (0, ""),
        (None, ""),
    ],
)
def test_exit_codes(code: int | None, words: str) -> None:
    assert words in explain("", code).ending
    assert bool(explain("", code).ending) is bool(words)


@pytest.mark.parametrize("prefix", ["", "INFO: ", "I tflite  : ", "I tflite: "])
def test_lines_of_logcat_are_known(prefix: str) -> None:
    line = "Encountered unresolved custom op: edgetpu-custom-op."
    told = explain(f"--------- beginning of main\n{prefix}{line}\n")

    (one,) = told.found
    assert (one.line, one.finding.id) == (2, "op.custom")
    assert one.finding.severity is Severity.FATAL


def test_every_recorded_log_is_explained() -> None:
    assert len(LOGS) > 200
    known = {row.id for row in ROWS}
    for path in LOGS:
        told = explain(path.read_text(errors="replace"))
        lines = path.read_text(errors="replace").count("\n") + 1
        assert all(one.finding.id in known and 1 <= one.line <= lines for one in told.found)
        figures = [told.init_us, told.latency.value_us if told.latency else None]
        assert all(figure is None or (figure >= 0 and math.isfinite(figure)) for figure in figures)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LOGS), st.integers(0, 4000), st.integers(0, 400), st.binary(max_size=40))
def test_damaged_logs_are_explained(path: Path, start: int, length: int, put: bytes) -> None:
    raw = path.read_bytes()
    damaged = raw[:start] + put + raw[start + length :]
    told = explain(damaged.decode("utf-8", "replace"), 1)

    assert told.verdict
    if told.latency:
        assert told.latency.n > 0
        assert math.isfinite(told.latency.value_us)
