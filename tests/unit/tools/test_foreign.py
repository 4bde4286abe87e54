"""What a file of a measuring program is taken for, by its content alone, and what is read of it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchhub.records import Case, Configuration, ModelVariant, Purpose, Reading, Status
from benchhub.records.trust import judged
from benchhub.tools.foreign.assembly import (
    LITERT_TOOL,
    TFLITE_TOOL,
    ForeignFile,
    problem_of,
    purpose_of,
    read_foreign,
    tools_of,
)
from benchhub.tools.foreign.recognition import LOGS, Kind, describe, recognise
from benchhub.tools.foreign.text import as_text, plain
from tests.unit.tools.mutations import check, mutated

RECORDED = Path(__file__).parents[2] / "recorded"
OLD, NEW, LITERT = (
    "benchmark_model/tensorflow-2.14.1",
    "benchmark_model/litert-2026-08",
    "benchmark_litert_model",
)
BY_NAME = {
    str(path.relative_to(RECORDED)): path
    for folder in ("benchmark_model", "benchmark_litert_model")
    for path in sorted((RECORDED / folder).rglob("*.*"))
    if path.suffix in (".stdout", ".stderr", ".csv", ".pb")
}
# As the wheel's tool writes it (tests/unit/tools/test_wheel_json.py runs the real one).
WHEEL = {
    "model": "m.tflite",
    "accelerators": ["CPU"],
    "fully_accelerated": True,
    "num_threads": 1,
    "latency": {"init_ms": 4.0, "avg_ms": 0.25, "min_ms": 0.24, "max_ms": 0.31, "num_runs": 50},
}


def foreign(*names: str) -> list[ForeignFile]:
    return [made(name, BY_NAME[name].read_bytes()) for name in names]


def made(name: str, data: bytes) -> ForeignFile:
    found = recognise(data)
    assert found is not None, name
    return ForeignFile(name, found, data)


def case(tool: str, delegate: str = "xnnpack") -> Case:
    return Case(ModelVariant("m", "v", "", "", 0), Configuration(delegate, delegate, 1), tool)


def read(files: list[ForeignFile], delegate: str = "xnnpack") -> tuple[Reading, Purpose]:
    tool = next(iter(tools_of(files)), TFLITE_TOOL)
    assert not problem_of(files)
    purpose = purpose_of(files)
    return read_foreign(case(tool, delegate), purpose, files), purpose


def logcat(text: str, prefix: str = "11-21 07:30:00.123  1234  1235 I tflite  : ") -> bytes:
    """A log as `adb logcat` prints it."""
    lines = [f"{prefix}{line}" for line in text.splitlines()]
    return "\n".join(["--------- beginning of main", *lines, ""]).encode()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (f"{OLD}/plain_f32.stdout", Kind.TFLITE_LOG),
        (f"{OLD}/missing_model.stdout", Kind.TFLITE_LOG),
        (f"{OLD}/missing_model.stderr", Kind.LOG),
        (f"{OLD}/noargs.stdout", Kind.LOG),
        (f"{OLD}/ext_test_crash.stderr", Kind.TEXT),
        (f"{OLD}/op_prof_default.stdout", Kind.TFLITE_LOG),
        (f"{OLD}/csv_unwritable.stdout", Kind.TFLITE_LOG),
        (f"{NEW}/prof_mode_csv_file.prof.csv", Kind.OP_CSV),
        (f"{NEW}/prof_mode_proto_file.prof.pb", Kind.OP_PROTO),
        (f"{NEW}/result_file.pb", Kind.RESULT_PROTO),
        (f"{NEW}/runtime_info.pb", Kind.RUNTIME_INFO),
        # Both programs print these lines.
        (f"{LITERT}/plain.stdout", Kind.LOG),
        (f"{LITERT}/plain.stderr", Kind.LITERT_LOG),
        (f"{LITERT}/corrupt.stderr", Kind.LITERT_LOG),
        (f"{LITERT}/result.pb", Kind.RESULT_PROTO),
        (f"{LITERT}/runtime_info.pb", Kind.RUNTIME_INFO),
    ],
)
def test_recorded_files(name: str, wanted: Kind) -> None:
    assert recognise(BY_NAME[name].read_bytes()) is wanted


def test_no_recorded_file_is_taken_for_one_of_another_program_or_kind() -> None:
    for name, path in BY_NAME.items():
        found = recognise(path.read_bytes())
        if name.endswith(".pb"):
            wanted = {Kind.OP_PROTO, Kind.RESULT_PROTO, Kind.RUNTIME_INFO}
        elif name.endswith(".csv"):
            wanted = {Kind.OP_CSV}
        else:
            wanted = {*LOGS, Kind.TEXT, Kind.EMPTY}
            litert = name.startswith((LITERT, "benchmark_model/litert-family"))
            wanted -= {Kind.TFLITE_LOG if litert else Kind.LITERT_LOG}
        assert found in wanted, name


def test_every_recorded_log_is_of_one_process() -> None:
    for name, path in BY_NAME.items():
        if path.suffix in (".stdout", ".stderr"):
            assert not problem_of([made(name, path.read_bytes())]), name


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", Kind.EMPTY, "is empty"),
        (b" \r\n", Kind.EMPTY, "is empty"),
        (b"\x7fELF\0\0", None, "is a program"),
        (b"\x1c\0\0\0TFL3\0\0", None, "is a model"),
        (b"PK\x03\x04\0\0", None, "unpack it"),
        (b"\xff\xfd\xfc" * 9, None, "is binary"),
        (b"hello\n", Kind.TEXT, "begins with 'hello'"),
        (b'{"a": 1}', Kind.TEXT, "begins with"),
        (b"{" * 100_000, Kind.TEXT, "begins with"),
    ],
)
def test_other_files_are_described(data: bytes, kind: Kind | None, words: str) -> None:
    assert recognise(data) is kind
    assert words in describe(data)


def test_what_cannot_be_of_one_process() -> None:
    log = (RECORDED / OLD / "plain_f32.stdout").read_bytes()
    twice, again = made("twice.txt", log + log), made("again.txt", log)
    protos = foreign(f"{NEW}/result_file.pb", f"{LITERT}/result.pb")
    wheel = made("w.json", json.dumps(WHEEL).encode())

    assert "twice.txt tells of 2 processes" in problem_of([twice])
    assert "both tell a result" in problem_of([made("one.txt", log), again])
    assert "are both a result proto" in problem_of(protos)
    assert "does not write" in problem_of([wheel, protos[0]])
    assert not problem_of([again, protos[0], made("e", b""), made("t", b"cannot link\n")])


def test_who_wrote_them() -> None:
    assert tools_of(foreign(f"{OLD}/gpu.stdout")) == {TFLITE_TOOL}
    assert tools_of(foreign(f"{LITERT}/gpu.stdout", f"{LITERT}/gpu.stderr")) == {LITERT_TOOL}
    assert tools_of([made("w.json", json.dumps(WHEEL).encode())]) == {LITERT_TOOL}
    # Both write these.
    assert not tools_of(foreign(f"{LITERT}/result.pb", f"{NEW}/runtime_info.pb"))


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("folder", [f"{OLD}", LITERT])
def test_a_gpu_that_fell_back(folder: str, *, joined: bool) -> None:
    files = foreign(f"{folder}/gpu.stdout", f"{folder}/gpu.stderr")
    if joined:
        files = [made("both.txt", files[0].data + files[1].data)]
    reading, _ = read(files, "gpu")

    assert judged(case("x", "gpu").configuration, reading)[1] is Status.FALLBACK


@pytest.mark.parametrize("joined", [False, True])
def test_operators_of_litert(*, joined: bool) -> None:
    files = foreign(f"{LITERT}/prof.stdout", f"{LITERT}/prof.stderr")
    if joined:
        files = [made("both.txt", files[1].data + files[0].data)]
    reading, purpose = read(files)

    check(reading, purpose)
    assert reading.profile
    assert len(reading.profile.ops) == 66


@pytest.mark.parametrize(
    ("names", "ops"),
    [
        (("prof_mode_csv_file_xnn.stdout", "prof_mode_csv_file_xnn.prof.csv"), 66),
        (("prof_mode_proto_file.stdout", "prof_mode_proto_file.prof.pb"), 66),
        (("prof_mode_csv_nofile.stdout", "prof_mode_csv_nofile.stderr"), 66),
    ],
)
def test_operators_of_tflite(names: tuple[str, ...], ops: int) -> None:
    reading, purpose = read(foreign(*(f"{NEW}/{name}" for name in names)))

    check(reading, purpose)
    assert reading.profile
    assert len(reading.profile.ops) == ops


def test_nothing_is_held_against_an_unknown_number_of_inferences() -> None:
    reading, _ = read(foreign(f"{NEW}/num_runs1.stdout", f"{NEW}/num_runs1.stderr"))

    assert reading.latency
    assert not any(one.id == "check.num_runs" for one in reading.findings)


def test_a_profile_alone_tells_operators_and_no_latency() -> None:
    reading, purpose = read(foreign(f"{NEW}/prof_mode_csv_file.prof.csv"))

    assert purpose is Purpose.PROFILE
    assert reading.profile
    assert reading.latency is None
    assert reading.failure
    assert "nothing tells a latency" in reading.failure.message


@pytest.mark.parametrize(
    "prefix",
    [
        "11-21 07:30:00.123  1234  1235 I tflite  : ",
        "2026-11-21 07:30:00.123 u0_a1  1234  1235 I tflite  : ",
        "11-21 07:30:00.123 I/tflite  ( 1234): ",
        "I/tflite  ( 1234): ",
        "I tflite  : ",
    ],
)
def test_logcat(prefix: str) -> None:
    for name in ("op_prof_default", "plain_f32"):
        text = (RECORDED / OLD / f"{name}.stdout").read_text()
        same, purpose = read([made("plain.txt", text.encode())])
        assert read([made("cat.txt", logcat(text, prefix))]) == (same, purpose)
        assert same.latency


def test_encodings_of_shells() -> None:
    text = (RECORDED / OLD / "plain_f32.stdout").read_text()
    wanted = read([made("plain.txt", text.encode())])
    for data in (
        b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
        b"\xfe\xff" + text.encode("utf-16-be"),
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("INFO", "\x1b[32mINFO\x1b[0m").encode(),
    ):
        assert read([made("other.txt", data)]) == wanted
    assert as_text(b"\xff\xfe" + b"\x01\0" * 99) is None
    assert plain("no log\n") == "no log\n"


SOURCES = [path.read_bytes() for path in BY_NAME.values()] + [json.dumps(WHEEL).encode()]


@settings(max_examples=300, deadline=None)
@given(st.lists(mutated(SOURCES), min_size=1, max_size=3), st.sampled_from(["gpu", "none", "npu"]))
def test_damaged_files_never_raise(contents: list[bytes], delegate: str) -> None:
    files = []
    for data in contents:
        found = recognise(data)
        assert "\n" not in describe(data)
        if found is not None:
            files.append(ForeignFile("f", found, data))
    if not files or problem_of(files):
        return
    purpose = purpose_of(files)
    for tool in tools_of(files) or (TFLITE_TOOL, LITERT_TOOL):
        reading = read_foreign(case(tool, delegate), purpose, files, None)
        assert (reading.failure is None) == (reading.latency is not None)
        _, status = judged(case(tool, delegate).configuration, reading)
        assert (status is Status.FAILED) == (reading.failure is not None)


def test_a_flood_is_read_in_time() -> None:
    flood = b"11-21 07:30:00.123  1234  1235 I tflite  : count=1 curr=1\n" * 60_000
    began = time.monotonic()
    recognise(flood)
    recognise(b"\x1b[" * 1_000_000)
    assert time.monotonic() - began < 10
