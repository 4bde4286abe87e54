"""Tells what a file of a measuring program is, by its content alone. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum

from benchhub.tools.benchmark_litert_model import result_block
from benchhub.tools.benchmark_litert_model.wheel_json import is_wheel_json
from benchhub.tools.benchmark_model import stdout
from benchhub.tools.benchmark_model.delegate_lines import read_delegate_lines
from benchhub.tools.benchmark_model.op_csv import REGULAR
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError
from benchhub.tools.benchmark_model.result_proto import read_result
from benchhub.tools.benchmark_model.runtime_info import read_runtime_info
from benchhub.tools.benchmark_model.wire import WireError
from benchhub.tools.diagnosis import diagnose

# What begins the operators in a CSV file; in a log they stand between tabs.
_CSV_HEAD = "node type, first, avg_ms,"
_LITERT_WORDS = ("benchmark_litert_model", "BenchmarkLiteRtModel")
_LARGEST_JSON = 1 << 20


class Kind(StrEnum):
    """What a file is; the value is for people."""

    TFLITE_LOG = "a log of TFLite's benchmark_model"
    LITERT_LOG = "a log of LiteRT's benchmark_model"
    LOG = "a log with known lines"
    OP_CSV = "an operator profile as CSV"
    OP_PROTO = "an operator profile as proto"
    RESULT_PROTO = "a result proto"
    RUNTIME_INFO = "a runtime info proto"
    WHEEL_JSON = "a result of the ai-edge-litert wheel's tool"


LOGS = frozenset({Kind.TFLITE_LOG, Kind.LITERT_LOG, Kind.LOG})


def recognise(data: bytes) -> Kind | None:
    """Return what a file is, or None if it is nothing that is known. Never raises."""
    if b"\0" in data or not _is_text(data):
        return _proto(data)
    text = data.decode("utf-8", "replace")
    if text.lstrip()[:1] == "{":
        return Kind.WHEEL_JSON if _is_wheel_json(text) else None
    return _text(text) or _proto(data)  # a small proto may have no zero in it


def _text(text: str) -> Kind | None:
    output = stdout.read_output(text, "")
    # A profile that could not be written stands in the log, as CSV too.
    if _CSV_HEAD in text and not output.headers:
        return Kind.OP_CSV
    if result_block.read_block(text) or any(word in text for word in _LITERT_WORDS):
        return Kind.LITERT_LOG
    if output.headers or REGULAR in text or read_delegate_lines(text, "").loaded:
        return Kind.TFLITE_LOG
    return Kind.LOG if diagnose(text, "") else None


def describe(data: bytes) -> str:
    """Say what a file looks like that is not recognised."""
    if not data:
        return "is empty"
    if b"\0" in data or not _is_text(data):
        return "is binary, and none of the protos"
    first = next(
        (line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()), ""
    )
    return f"is a text that begins with '{first[:60]}'"


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        # A log that is cut in the middle of a letter, or of a phone with another encoding.
        return sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data) > 0.9 * len(data)
    return all(letter.isprintable() or letter in "\t\r\n" for letter in text[:4096])


def _is_wheel_json(text: str) -> bool:
    try:
        return len(text) <= _LARGEST_JSON and is_wheel_json(json.loads(text))
    except (ValueError, RecursionError):
        return False


def _proto(data: bytes) -> Kind | None:
    readers: tuple[tuple[Kind, Callable[[bytes], object]], ...] = (
        (Kind.RESULT_PROTO, read_result),
        (Kind.OP_PROTO, read_op_proto),
        (Kind.RUNTIME_INFO, read_runtime_info),
    )
    for kind, read in readers:
        try:
            read(data)
        except (WireError, ProfileError):
            continue
        return kind
    return None
