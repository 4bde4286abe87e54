"""What a file of a measuring program is taken for, by its content alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchhub.records import Case, Configuration, ModelVariant, Purpose
from benchhub.tools.foreign.assembly import (
    LITERT_TOOL,
    TFLITE_TOOL,
    ForeignFile,
    problem_of,
    purpose_of,
    read_foreign,
    tool_of,
)
from benchhub.tools.foreign.recognition import LOGS, Kind, describe, recognise

RECORDED = Path(__file__).parents[2] / "recorded"
FILES = sorted(
    path
    for folder in ("benchmark_model", "benchmark_litert_model")
    for path in (RECORDED / folder).rglob("*.*")
    if path.suffix in (".stdout", ".stderr", ".csv", ".pb")
)
BY_NAME = {str(path.relative_to(RECORDED)): path for path in FILES}


def kind(name: str) -> Kind | None:
    return recognise(BY_NAME[name].read_bytes())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("benchmark_model/tensorflow-2.14.1/plain_f32.stdout", Kind.TFLITE_LOG),
        ("benchmark_model/tensorflow-2.14.1/missing_model.stderr", Kind.LOG),
        ("benchmark_model/tensorflow-2.14.1/op_prof_default.stdout", Kind.TFLITE_LOG),
        ("benchmark_model/tensorflow-2.14.1/csv_unwritable.stdout", Kind.TFLITE_LOG),
        ("benchmark_model/litert-2026-08/prof_mode_csv_file.prof.csv", Kind.OP_CSV),
        ("benchmark_model/litert-2026-08/prof_mode_proto_file.prof.pb", Kind.OP_PROTO),
        ("benchmark_model/litert-2026-08/result_file.pb", Kind.RESULT_PROTO),
        ("benchmark_model/litert-2026-08/runtime_info.pb", Kind.RUNTIME_INFO),
        ("benchmark_litert_model/plain.stderr", Kind.LITERT_LOG),
        ("benchmark_litert_model/result.pb", Kind.RESULT_PROTO),
        ("benchmark_litert_model/runtime_info.pb", Kind.RUNTIME_INFO),
    ],
)
def test_recorded_files(name: str, wanted: Kind) -> None:
    assert kind(name) is wanted


def test_every_recorded_file_is_of_one_kind() -> None:
    kinds = {name: recognise(path.read_bytes()) for name, path in BY_NAME.items()}
    for name, found in kinds.items():
        data = BY_NAME[name].read_bytes()
        if name.endswith(".pb"):
            wanted = {Kind.OP_PROTO, Kind.RESULT_PROTO, Kind.RUNTIME_INFO}
        elif name.endswith(".csv"):
            wanted = {Kind.OP_CSV}
        elif "help" in name or not data.strip():
            continue  # nothing was measured
        else:
            wanted = {*LOGS, None}
        assert found in wanted, name
    assert {Kind.TFLITE_LOG, Kind.LITERT_LOG, Kind.LOG} <= set(kinds.values())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\x7fELF\0\0", "is binary"),
        (b"\xff\xfe\xfd" * 9, "is binary"),
        (b"hello\n", "begins with 'hello'"),
        (b'{"a": 1}', "begins with"),
    ],
)
def test_other_files_are_described(data: bytes, words: str) -> None:
    assert recognise(data) is None
    assert words in describe(data)


def test_what_belongs_together() -> None:
    log = ForeignFile("a.txt", Kind.TFLITE_LOG, b"")
    litert = ForeignFile("b.txt", Kind.LITERT_LOG, b"")
    one, two = (ForeignFile(name, Kind.RESULT_PROTO, b"") for name in ("1.pb", "2.pb"))
    csv = ForeignFile("p.csv", Kind.OP_CSV, b"")

    assert tool_of([log, one]) == TFLITE_TOOL
    assert tool_of([litert, one]) == LITERT_TOOL
    assert purpose_of([log, csv]) is Purpose.PROFILE
    assert purpose_of([log]) is Purpose.LATENCY
    assert not problem_of([log, log, one], TFLITE_TOOL)
    assert "1.pb and 2.pb are both a result proto" in problem_of([one, two], TFLITE_TOOL)
    assert "does not write" in problem_of([litert, csv], LITERT_TOOL)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), st.integers(0, 3000), st.integers(0, 200), st.binary(max_size=30))
def test_damaged_files_never_raise(path: Path, start: int, length: int, put: bytes) -> None:
    raw = path.read_bytes()
    data = raw[:start] + put + raw[start + length :]
    found = recognise(data)
    if found is None or found is Kind.WHEEL_JSON:
        assert describe(data)
        return
    file = ForeignFile("f", found, data)
    tool = tool_of([file])
    case = Case(ModelVariant("m", "v", "", "", 0), Configuration("gpu", "gpu", 1), tool)
    if not problem_of([file], tool):
        reading = read_foreign(case, purpose_of([file]), [file], 0)
        assert reading.failure or reading.latency or reading.profile
