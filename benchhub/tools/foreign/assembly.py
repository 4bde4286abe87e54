"""Puts the files of one foreign process together and reads them as the tools do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchhub.errors import ToolError
from benchhub.records import Case, CommandResult, Failure, Measure, Profile, Purpose, Reading
from benchhub.tools.benchmark_litert_model import reading as litert
from benchhub.tools.benchmark_litert_model.op_table import TITLE as LITERT_TABLE
from benchhub.tools.benchmark_litert_model.wheel_json import read_wheel_json
from benchhub.tools.benchmark_model import failure as tflite_failure
from benchhub.tools.benchmark_model import reading as tflite
from benchhub.tools.benchmark_model.op_csv import REGULAR, read_op_table
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError, attributed
from benchhub.tools.foreign.recognition import (
    BESIDE,
    LOGS,
    Kind,
    processes_in,
    tells_result,
)
from benchhub.tools.foreign.text import as_text, plain
from benchhub.tools.tool import Artifacts

TFLITE_TOOL, LITERT_TOOL = tflite_failure.TOOL, litert.TOOL
TOOLS = (TFLITE_TOOL, LITERT_TOOL)
_PROFILES = (Kind.OP_PROTO, Kind.OP_CSV)
# What only one of the tools writes. The wheel's tool measures as LiteRT's program does, through
# the same library.
_WRITTEN_BY = {
    Kind.TFLITE_LOG: TFLITE_TOOL,
    Kind.OP_CSV: TFLITE_TOOL,
    Kind.OP_PROTO: TFLITE_TOOL,
    Kind.LITERT_LOG: LITERT_TOOL,
    Kind.WHEEL_JSON: LITERT_TOOL,
}
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
# How often it was to measure is not known: no number of inferences is held against it, which
# `min_secs` of 0 would do.
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

    @property
    def text(self) -> str:
        """A log as its program wrote it; empty for other files."""
        return plain(as_text(self.data) or "") if self.kind in LOGS | BESIDE else ""


def tools_of(files: Iterable[ForeignFile]) -> frozenset[str]:
    """Return the tools whose files these are; none where both could have written them."""
    return frozenset(_WRITTEN_BY[file.kind] for file in files if file.kind in _WRITTEN_BY)


def purpose_of(files: Sequence[ForeignFile]) -> Purpose:
    """Return what the process was for: profiling if there are operator times."""
    if any(file.kind in _PROFILES for file in files):
        return Purpose.PROFILE
    profiled = any(REGULAR in text or LITERT_TABLE in text for text in _logs(files))
    return Purpose.PROFILE if profiled else Purpose.LATENCY


def problem_of(files: Sequence[ForeignFile]) -> str:
    """Say why these cannot be the files of one process, or nothing."""
    logs = [(file.name, file.text) for file in files if file.kind in LOGS]
    for name, text in logs:
        if (n := processes_in(text)) > 1:
            return f"{name} tells of {n} processes: cut it, a file for each"
    told = [(name, tells_result(text)) for name, text in logs]
    for which in (0, 1):
        both = [name for name, result in told if result[which]]
        if len(both) > 1:
            return f"{both[0]} and {both[1]} both tell a result"
    seen: dict[Kind, str] = {}
    for file in files:
        if file.kind in LOGS | BESIDE:
            continue
        if file.kind in seen:
            return f"{seen[file.kind]} and {file.name} are both {file.kind}"
        seen[file.kind] = file.name
    others = [name for kind, name in seen.items() if kind is not Kind.WHEEL_JSON]
    if Kind.WHEEL_JSON in seen and others:
        return f"{seen[Kind.WHEEL_JSON]} is {Kind.WHEEL_JSON}, which does not write {others[0]}"
    return ""


def read_foreign(
    case: Case, purpose: Purpose, files: Sequence[ForeignFile], exit_code: int | None = None
) -> Reading:
    """Return what the files of one process say. Never raises on any content.

    Args:
        case: What they are said to have measured.
        purpose: What the process was for.
        files: Those of one process, without a `problem_of` them.
        exit_code: How it ended; None if that is not known.
    """
    for file in files:
        if file.kind is Kind.WHEEL_JSON:
            return read_wheel_json(file.data, case.configuration.delegate)
    kinds = {file.kind for file in files}
    if not kinds & (LOGS | {Kind.RESULT_PROTO}):
        return _without_result(case, files)
    text = "\n".join(_logs(files))
    litert_program = case.tool == LITERT_TOOL
    # Each program has its table and its block on one of the streams; one text holds both.
    streams = ("", text) if litert_program else (text, "")
    result = CommandResult((), exit_code or 0, *streams, 0.0)
    read = litert.read if litert_program else tflite.read
    names = _FILES[case.tool]
    named = {names[file.kind]: _content(file) for file in files if file.kind in names}
    return read(case, _UNKNOWN, purpose, Artifacts(result, named))


def _content(file: ForeignFile) -> bytes:
    """Return what a tool reads: text in the encoding that it writes."""
    return (as_text(file.data) or "").encode() if file.kind is Kind.OP_CSV else file.data


def _logs(files: Iterable[ForeignFile]) -> list[str]:
    return [file.text for file in files if file.kind in LOGS | BESIDE]


def _without_result(case: Case, files: Sequence[ForeignFile]) -> Reading:
    """Read a profile that came without a latency; other files alone have no figure."""
    failure = Failure(
        "no_result",
        "neither a log nor a result file was imported: nothing tells a latency.",
        "Import them together with these files.",
        ToolError.exit_code,
    )
    profile, reason = _profile({file.kind: file.data for file in files})
    if profile is None:
        message = f"{failure.message[:-1]}, and the profile cannot be used: {reason}."
        return Reading(failure=replace(failure, message=message) if reason else failure)
    return Reading(
        profile=attributed(profile, case.configuration.delegate, frozenset()), failure=failure
    )


def _profile(files: Mapping[Kind, bytes]) -> tuple[Profile | None, str]:
    try:
        if Kind.OP_PROTO in files:
            return read_op_proto(files[Kind.OP_PROTO]), ""
        if Kind.OP_CSV in files:
            return read_op_table(as_text(files[Kind.OP_CSV]) or "", "csv"), ""
    except ProfileError as error:
        return None, str(error)
    return None, ""
