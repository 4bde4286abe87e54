"""Makes a run of logs and files that were made elsewhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import benchhub
from benchhub.errors import UsageError
from benchhub.execution.session import begin
from benchhub.records import (
    DELEGATES,
    Case,
    Configuration,
    DeviceFacts,
    DeviceRecord,
    Finding,
    Invocation,
    Measure,
    ModelVariant,
    Plan,
    PlannedInvocation,
    Purpose,
    RunEnd,
    RunState,
    Severity,
    Telemetry,
    ToolIdentity,
)
from benchhub.records.trust import judged
from benchhub.results.codec import FORMAT
from benchhub.results.store import RunFolder
from benchhub.tools.foreign.assembly import (
    ForeignFile,
    problem_of,
    purpose_of,
    read_foreign,
    tool_of,
)
from benchhub.tools.foreign.recognition import Kind, describe, recognise
from benchhub.tools.tool import tool_names
from benchhub.workspace import Workspace

SUITE = "import"
TRANSPORT = "import"
MOST_BYTES = 64 << 20
MOST_FILES = 2000
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,79}"
_CASE = re.compile(rf"({_NAME})/({_NAME})/({_NAME})/t([1-9][0-9]{{0,2}})(?:@({_NAME}))?")
_FORM = "It reads MODEL/VARIANT/CONFIGURATION/tN, with @TOOL behind it if you like."


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one process.

    Attributes:
        files: What they are.
        paths: Where they are, for people.
        written: When the newest of them was written, ISO 8601.
    """

    files: tuple[ForeignFile, ...]
    paths: tuple[Path, ...]
    written: str


def import_files(
    workspace: Workspace,
    paths: Sequence[Path],
    device: str,
    case_id: str,
    delegate: str | None = None,
    exit_code: int | None = None,
) -> RunFolder:
    """Write a run folder with the figures of those files.

    Args:
        workspace: Where runs are kept.
        paths: Files, or folders with the files of one process each. Files that are called alike
            up to the first dot belong together.
        device: Name of the device that they are from.
        case_id: What they measured, e.g. `mobilenet_v2/int8/gpu/t1`.
        delegate: What was asked for, where the configuration's name is no delegate.
        exit_code: How the processes ended, if that is known.

    Raises:
        UsageError: A file is none of a measuring program, or the case cannot be understood.
        StoreError: The folder of runs is not writable.
    """
    if not re.fullmatch(_NAME, device):
        raise UsageError(f"'{device}' cannot be the name of a device.", "Give one like pixel4.")
    sources = [_source(group) for group in _groups(paths)]
    tools = {tool_of(source.files) for source in sources}
    case = _case(case_id, delegate, tools)
    for source in sources:
        if problem := problem_of(source.files, case.tool):
            raise UsageError(f"{problem}.", "Give the files of one process a folder of their own.")
    steps = list(_steps(sources, device, case))
    folder = begin(_plan(sources, steps, device, case), workspace)
    folder.write_device(_device(device, case))
    for step, source in zip(steps, sources, strict=True):
        invocation = _invocation(step, source, case, exit_code)
        folder.begin_step(step)
        folder.write_invocation(invocation, {file.name: file.data for file in source.files})
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    count = len(steps)
    folder.write_end(RunEnd(FORMAT, folder.run_id, RunState.FINISHED, now, 0.0, count, count))
    return folder


def _groups(paths: Sequence[Path]) -> list[list[Path]]:
    """Return the files of each process, in the order of the command line."""
    groups: dict[Path, list[Path]] = {}
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if file.is_file())
            if not found:
                raise UsageError(f"{path}: the folder is empty.", "Give the files of one process.")
            groups.setdefault(path, []).extend(found)
        else:
            groups.setdefault(path.parent / path.name.split(".")[0], []).append(path)
    if sum(map(len, groups.values())) > MOST_FILES:
        raise UsageError(f"more than {MOST_FILES} files.", "Import them in several runs.")
    return list(groups.values())


def _source(paths: Sequence[Path]) -> Source:
    files = []
    names: set[str] = set()
    for path in paths:
        data = _content(path)
        kind = recognise(data)
        if kind is None:
            known = ", ".join(kind.value for kind in Kind)
            raise UsageError(f"{path} {describe(data)}.", f"What can be imported: {known}.")
        if path.name in names:
            raise UsageError(f"{path}: a second file of that name.", "Give each process a folder.")
        names.add(path.name)
        files.append(ForeignFile(path.name, kind, data))
    newest = max(path.stat().st_mtime for path in paths)
    written = datetime.fromtimestamp(newest).astimezone().isoformat(timespec="milliseconds")
    return Source(tuple(files), tuple(paths), written)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path}: larger than {MOST_BYTES >> 20} MB.", "Cut the log.")
    return data


def _case(case_id: str, delegate: str | None, tools: set[str]) -> Case:
    found = _CASE.fullmatch(case_id)
    if found is None:
        raise UsageError(f"'{case_id}' is no id of a case.", _FORM)
    model, variant, configuration, threads, said = found.groups()
    if len(tools) > 1:
        raise UsageError(
            f"these files are of several tools: {', '.join(sorted(tools))}.",
            "Import those of one tool at a time.",
        )
    (tool,) = tools
    if said is not None and said != tool:
        if said not in tool_names():
            raise UsageError(f"no tool is called '{said}'.", f"These files are of {tool}.")
        raise UsageError(f"these files are of {tool}, not of {said}.", "Leave the @ away.")
    word = delegate or configuration
    if word not in DELEGATES:
        raise UsageError(
            f"'{configuration}' does not say which delegate was asked for.",
            f"Say it with --delegate: {', '.join(DELEGATES)}.",
        )
    asked = Configuration(configuration, word, int(threads))
    return Case(ModelVariant(model, variant, "", "", 0), asked, tool)


def _steps(sources: Sequence[Source], device: str, case: Case) -> Iterator[PlannedInvocation]:
    rounds = dict.fromkeys(Purpose, 0)
    for number, source in enumerate(sources, 1):
        purpose = purpose_of(source.files)
        rounds[purpose] += 1
        yield PlannedInvocation(number, device, case.id, rounds[purpose], purpose)


def _plan(
    sources: Sequence[Source], steps: Sequence[PlannedInvocation], device: str, case: Case
) -> Plan:
    listed = tuple(str(path) for source in sources for path in source.paths)
    digests = [
        f"# {hashlib.sha256(file.data).hexdigest()}  {path}\n"
        for source in sources
        for path, file in zip(source.paths, source.files, strict=True)
    ]
    purposes = [step.purpose for step in steps]
    measure = Measure(
        rounds=purposes.count(Purpose.LATENCY),
        profile_rounds=purposes.count(Purpose.PROFILE),
        num_runs=0,
        min_secs=0.0,
        max_secs=0.0,
        warmup_runs=0,
        warmup_min_secs=0.0,
        run_delay_s=0.0,
        cooldown_s=0.0,
        timeout_s=0.0,
    )
    return Plan(
        format=FORMAT,
        run_id="",
        suite=SUITE,
        suite_path="",
        suite_text="# Imported; nothing was measured.\n" + "".join(digests),
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        seed=0,
        benchhub_version=benchhub.__version__,
        git_commit=None,
        devices=(device,),
        tools={case.tool: {}},
        cases=(case,),
        measure=measure,
        reference=None,
        invocations=tuple(steps),
        imported=listed,
    )


def _device(device: str, case: Case) -> DeviceRecord:
    family = "tflite" if case.tool == "benchmark_model" else "litert"
    return DeviceRecord(
        name=device,
        transport=TRANSPORT,
        facts=DeviceFacts(None, None, None, None, None, None),
        tools=(ToolIdentity(case.tool, family, "", "", ""),),
    )


def _invocation(
    step: PlannedInvocation, source: Source, case: Case, exit_code: int | None
) -> Invocation:
    reading = read_foreign(case, step.purpose, source.files, exit_code or 0)
    told = Finding(
        "import.files",
        Severity.INFO,
        "Imported from files; its time is that of the newest of them.",
        "",
        ", ".join(f"{file.name}: {file.kind}" for file in source.files),
    )
    reading = replace(reading, findings=(*reading.findings, told))
    reading, status = judged(case.configuration, reading)
    return Invocation(
        number=step.number,
        device=step.device,
        case_id=step.case_id,
        round=step.round,
        purpose=step.purpose,
        status=status,
        started=source.written,
        seconds=0.0,
        argv=(),
        env={},
        returncode=exit_code,
        reading=reading,
        before=Telemetry(),
        after=Telemetry(),
        artifacts=tuple(file.name for file in source.files),
    )
