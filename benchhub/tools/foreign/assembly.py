"""Reads the files of one foreign process as the tools read those of their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.records import Case, CommandResult, Measure, Purpose, Reading
from benchhub.tools.benchmark_litert_model import reading as litert
from benchhub.tools.benchmark_litert_model.op_table import TITLE as LITERT_TABLE
from benchhub.tools.benchmark_litert_model.wheel_json import read_wheel_json
from benchhub.tools.benchmark_model import reading as tflite
from benchhub.tools.benchmark_model.op_csv import REGULAR
from benchhub.tools.foreign.recognition import LOGS, Kind
from benchhub.tools.tool import Artifacts

TFLITE_TOOL, LITERT_TOOL, WHEEL_TOOL = "benchmark_model", litert.TOOL, "litert"
_FILES = {
    TFLITE_TOOL: {
        Kind.RESULT_PROTO: tflite.RESULT_FILE,
        Kind.OP_PROTO: tflite.PROFILE_PROTO_FILE,
        Kind.OP_CSV: tflite.PROFILE_CSV_FILE,
        Kind.RUNTIME_INFO: tflite.RUNTIME_INFO_FILE,
    },
    LITERT_TOOL: {
        Kind.RESULT_PROTO: litert.RESULT_FILE,
        Kind.RUNTIME_INFO: litert.RUNTIME_INFO_FILE,
    },
}
# How it was measured is not known: nothing may be held against it.
_UNKNOWN = Measure(0, 0, 0, 1.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A file of a process.

    Attributes:
        name: Its name.
        kind: What it is.
        data: Its content.
    """

    name: str
    kind: Kind
    data: bytes


def tool_of(files: Sequence[ForeignFile]) -> str:
    """Return the tool that wrote them; TFLite's program where nothing says otherwise."""
    kinds = {file.kind for file in files}
    if Kind.WHEEL_JSON in kinds:
        return WHEEL_TOOL
    return LITERT_TOOL if Kind.LITERT_LOG in kinds else TFLITE_TOOL


def purpose_of(files: Sequence[ForeignFile]) -> Purpose:
    """Return what the process was for: profiling if there are operator times."""
    if any(file.kind in (Kind.OP_CSV, Kind.OP_PROTO) for file in files):
        return Purpose.PROFILE
    tables = (REGULAR.encode(), LITERT_TABLE.encode())
    logs = (file.data for file in files if file.kind in LOGS)
    profiled = any(table in log for log in logs for table in tables)
    return Purpose.PROFILE if profiled else Purpose.LATENCY


def problem_of(files: Sequence[ForeignFile], tool: str) -> str:
    """Say why these cannot be the files of one process of that tool, or nothing."""
    known = _FILES.get(tool, {})
    seen: dict[Kind, str] = {}
    for file in files:
        if file.kind in LOGS:
            continue
        if file.kind in seen:
            return f"{seen[file.kind]} and {file.name} are both {file.kind}"
        seen[file.kind] = file.name
        if file.kind is not Kind.WHEEL_JSON and file.kind not in known:
            return f"{file.name} is {file.kind}, which {tool} does not write"
    return ""


def read_foreign(
    case: Case, purpose: Purpose, files: Sequence[ForeignFile], exit_code: int
) -> Reading:
    """Return what the files of one process say.

    Args:
        case: What they are said to have measured.
        purpose: What the process was for.
        files: Its logs, in the order of the command line, and what it wrote.
        exit_code: How it ended; 0 if that is not known.
    """
    if case.tool == WHEEL_TOOL:
        (json,) = (file.data for file in files if file.kind is Kind.WHEEL_JSON)
        return read_wheel_json(json, case.configuration.delegate)
    text = "\n".join(file.data.decode("utf-8", "replace") for file in files if file.kind in LOGS)
    named = _named(files, case.tool)
    if case.tool == LITERT_TOOL:  # it tells its figures on standard error, the other does not
        result = CommandResult((), exit_code, "", text, 0.0)
        return litert.read(case, _UNKNOWN, purpose, Artifacts(result, named))
    result = CommandResult((), exit_code, text, "", 0.0)
    return tflite.read(case, _UNKNOWN, purpose, Artifacts(result, named))


def _named(files: Sequence[ForeignFile], tool: str) -> Mapping[str, bytes]:
    names = _FILES[tool]
    return {names[file.kind]: file.data for file in files if file.kind in names}
