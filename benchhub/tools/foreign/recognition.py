"""Tells what a file of a measuring program is, by its content alone. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum

from benchhub.tools.benchmark_litert_model import result_block
from benchhub.tools.benchmark_litert_model.wheel_json import is_wheel_json
from benchhub.tools.benchmark_model.op_csv import REGULAR
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError
from benchhub.tools.benchmark_model.result_proto import read_result
from benchhub.tools.benchmark_model.runtime_info import read_runtime_info
from benchhub.tools.benchmark_model.wire import WireError
from benchhub.tools.diagnosis import diagnose
from benchhub.tools.foreign.text import as_text, plain

# What begins the operators in a CSV file; in a log they stand between tabs.
_CSV_HEAD = "node type, first, avg_ms,"
_STARTING = "STARTING!"
_HEADER = "Running benchmark for at least "
# What only one of the programs prints; the lines of both have much in common.
_TFLITE_WORDS = ("Graph: [", "Loaded model ", "Inference timings in us: ")
_LITERT_WORDS = (
    result_block.TITLE,
    "[benchmark_litert_model.",
    "BenchmarkLiteRtModel",
    "Creating LiteRT environment",
    "[accelerator_registry.cc:",
)
_LARGEST_JSON = 1 << 20
_BINARIES = (
    (b"\x7fELF", 0, "is a program or a library (ELF)"),
    (b"TFL3", 4, "is a model (.tflite)"),
    (b"PK\x03\x04", 0, "is a zip archive: unpack it"),
    (b"\x1f\x8b", 0, "is compressed (gzip): unpack it"),
)


class Kind(StrEnum):
    """What a file is; the value is for people."""

    TFLITE_LOG = "a log of TFLite's benchmark_model"
    LITERT_LOG = "a log of LiteRT's benchmark_model"
    LOG = "a log with known lines"
    OP_CSV = "an operator profile as CSV"
    OP_PROTO = "an operator profile as proto"
    RESULT_PROTO = "a result proto"
    RUNTIME_INFO = "a runtime info proto"
    WHEEL_JSON = "the JSON of the ai-edge-litert wheel's tool"
    TEXT = "a text without a known line"
    EMPTY = "an empty file"


LOGS = frozenset({Kind.TFLITE_LOG, Kind.LITERT_LOG, Kind.LOG})
# These say nothing alone; beside a log they are its other stream.
BESIDE = frozenset({Kind.TEXT, Kind.EMPTY})
ACCEPTED = tuple(kind for kind in Kind if kind not in BESIDE)


def recognise(data: bytes) -> Kind | None:
    """Return what a file is, or None if it is binary and nothing that is known. Never raises."""
    if not data.strip():
        return Kind.EMPTY
    text = as_text(data)
    if text is None:
        return _proto(data)
    if text.lstrip().startswith("{"):
        return Kind.WHEEL_JSON if _is_wheel_json(text) else Kind.TEXT
    # A small proto may have no byte that is not of a text.
    return _log(plain(text)) or _proto(data) or Kind.TEXT


def _log(text: str) -> Kind | None:
    running = _STARTING in text or _HEADER in text
    # A profile that could not be written stands in the log, as CSV too.
    if _CSV_HEAD in text and not running:
        return Kind.OP_CSV
    if any(words in text for words in _LITERT_WORDS):
        return Kind.LITERT_LOG
    if REGULAR in text or any(words in text for words in _TFLITE_WORDS):
        return Kind.TFLITE_LOG
    return Kind.LOG if running or diagnose(text, "") else None


def processes_in(text: str) -> int:
    """Return how many processes a log tells of, at least 1: a warm-up and a run are of one."""
    headers = (text.count(_HEADER) + 1) // 2
    return max(1, headers, text.count(_STARTING), text.count(result_block.TITLE))


def tells_result(text: str) -> tuple[bool, bool]:
    """Say whether a log has the line of timed inferences, and LiteRT's block of results."""
    return text.count(_HEADER) > 1, result_block.TITLE in text


def describe(data: bytes) -> str:
    """Say what a file looks like that is not recognised, or says nothing alone."""
    if not data.strip():
        return "is empty"
    for magic, at, said in _BINARIES:
        if data[at : at + len(magic)] == magic:
            return said
    text = as_text(data)
    if text is None:
        return "is binary, and none of the protos"
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    shown = "".join(one if one.isprintable() else "?" for one in first[:60])
    return f"is a text that begins with '{shown}'"


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
