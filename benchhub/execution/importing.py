"""Makes a run of logs and files that were made elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import benchhub
from benchhub.errors import UsageError
from benchhub.execution.foreign_files import Source, sources_of
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
from benchhub.suites.configurations import AFFINITY_PATTERN
from benchhub.tools.foreign.assembly import (
    TFLITE_TOOL,
    TOOLS,
    problem_of,
    purpose_of,
    read_foreign,
    tools_of,
)
from benchhub.workspace import Workspace

IMPORT = "import"  # the name of the suite, and the transport of the device
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,79}"
_CASE = re.compile(
    rf"(?P<model>{_NAME})/(?P<variant>{_NAME})/(?P<configuration>{_NAME})/t(?P<threads>[1-9]\d{{0,2}})"
    rf"(?:@(?P<tool>{_NAME}))?",
    re.ASCII,
)
_FORM = "It reads MODEL/VARIANT/CONFIGURATION/tTHREADS, e.g. mobilenet_v2/int8/gpu/t1."
# What is not known of how it was measured; reports do not show it for an imported run.
_NOTHING = Measure(0, 0, 0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the files that they do not tell.

    Attributes:
        device: Name of the device that they are from.
        case_id: What they measured, e.g. `mobilenet_v2/int8/gpu/t1`.
        delegate: What was asked for, where the configuration's name does not tell it.
        exit_code: How the processes ended, if that is known.
    """

    device: str
    case_id: str
    delegate: str | None = None
    exit_code: int | None = None


def import_files(workspace: Workspace, paths: Sequence[Path], told: Told) -> RunFolder:
    """Write a run folder with the figures of those files.

    Args:
        workspace: Where runs are kept.
        paths: Files, or folders with the files of one process each. Files that are called alike
            up to the first dot belong together.
        told: What they do not tell.

    Raises:
        UsageError: A file is none of a measuring program, or the case cannot be understood.
        StoreError: The folder of runs is not writable.
    """
    began = time.monotonic()
    if not re.fullmatch(_NAME, told.device):
        raise UsageError(f"{told.device!r} cannot be the name of a device.", "One like pixel4 can.")
    draft = _case(told)
    sources = sources_of(workspace, paths)
    for source in sources:
        if problem := problem_of(source.files):
            raise UsageError(
                f"{problem}.",
                "Files of one folder, or alike up to the first dot, are of one process.",
            )
    case = replace(draft, tool=_tool(told.case_id, draft.tool, sources))
    steps = list(_steps(sources, told.device, case))
    folder = begin(_plan(sources, steps, told.device, case), workspace)
    folder.write_device(_device(told.device, case))
    for step, source in zip(steps, sources, strict=True):
        artifacts = source.artifacts
        invocation = _invocation(step, source, case, told.exit_code)
        folder.begin_step(step)
        folder.write_invocation(replace(invocation, artifacts=tuple(artifacts)), artifacts)
    folder.write_end(
        RunEnd(
            format=FORMAT,
            run_id=folder.run_id,
            state=RunState.FINISHED,
            ended=_now(),
            seconds=time.monotonic() - began,
            done=len(steps),
            planned=len(steps),
        )
    )
    return folder


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _case(told: Told) -> Case:
    """Return the case that is said to have been measured; its tool is empty if none is said."""
    found = _CASE.fullmatch(told.case_id)
    if found is None:
        raise UsageError(f"{told.case_id!r} is no id of a case.", _FORM)
    tool = found["tool"] or ""
    if tool and tool not in TOOLS:
        raise UsageError(
            f"files of '{tool}' cannot be imported.", f"Of these they can: {', '.join(TOOLS)}."
        )
    name = found["configuration"]
    # A suite calls a configuration after its delegate, with the CPUs behind it: `xnnpack-big`.
    word, _, cpus = name.partition("-")
    delegate = told.delegate or word
    if delegate not in DELEGATES:
        what = f"--delegate {delegate!r}" if told.delegate else f"the configuration '{name}'"
        raise UsageError(
            f"{what} does not say which delegate was asked for.",
            f"Say it with --delegate: {', '.join(DELEGATES)}.",
        )
    affinity = cpus if delegate == word and re.fullmatch(AFFINITY_PATTERN, cpus) else ""
    asked = Configuration(name, delegate, int(found["threads"]), affinity)
    return Case(ModelVariant(found["model"], found["variant"], "", "", 0), asked, tool)


def _tool(case_id: str, said: str, sources: Sequence[Source]) -> str:
    """Return the tool that wrote the files: by their content, else as the case says."""
    found = tools_of(file for source in sources for file in source.files)
    if len(found) > 1:
        raise UsageError(
            f"these files are of several programs: {', '.join(sorted(found))}.",
            "Import those of one program at a time.",
        )
    tool = next(iter(found), said)
    if not tool:
        raise UsageError(
            "nothing in these files tells which program wrote them.",
            f"Say it: --case {' or '.join(f'{case_id}@{one}' for one in TOOLS)}.",
        )
    if said and said != tool:
        raise UsageError(f"these files are of {tool}, not of {said}.", "Leave the @ away.")
    return tool


def _steps(sources: Sequence[Source], device: str, case: Case) -> Iterator[PlannedInvocation]:
    rounds = dict.fromkeys(Purpose, 0)
    for number, source in enumerate(sources, 1):
        purpose = purpose_of(source.files)
        rounds[purpose] += 1
        yield PlannedInvocation(number, device, case.id, rounds[purpose], purpose)


def _plan(
    sources: Sequence[Source], steps: Sequence[PlannedInvocation], device: str, case: Case
) -> Plan:
    purposes = [step.purpose for step in steps]
    return Plan(
        format=FORMAT,
        run_id="",
        suite=IMPORT,
        suite_path="",
        suite_text="".join(_listing(sources)),
        created=_now(),
        seed=0,
        benchhub_version=benchhub.__version__,
        git_commit=None,
        devices=(device,),
        tools={case.tool: {}},
        cases=(case,),
        measure=replace(
            _NOTHING,
            rounds=purposes.count(Purpose.LATENCY),
            profile_rounds=purposes.count(Purpose.PROFILE),
        ),
        reference=None,
        invocations=tuple(steps),
        imported=tuple(path for source in sources for path in source.paths),
    )


def _listing(sources: Sequence[Source]) -> Iterator[str]:
    """Yield the lines of a YAML document that names every file."""
    yield "# Imported: benchhub did not measure this. Times are those of the files.\n"
    yield "imported:\n"
    for number, source in enumerate(sources, 1):
        for path, file in zip(source.paths, source.files, strict=True):
            yield f"  - file: {json.dumps(path, ensure_ascii=False)}\n"
            yield f"    invocation: {number}\n"
            yield f"    is: {json.dumps(file.kind.value)}\n"
            yield f"    sha256: {hashlib.sha256(file.data).hexdigest()}\n"


def _device(device: str, case: Case) -> DeviceRecord:
    family = "tflite" if case.tool == TFLITE_TOOL else "litert"
    notes = ("Imported: neither the program nor the device was seen.",)
    return DeviceRecord(
        name=device,
        transport=IMPORT,
        facts=DeviceFacts(None, None, None, None, None, None),
        tools=(ToolIdentity(case.tool, family, "", "", "", notes=notes),),
    )


def _invocation(
    step: PlannedInvocation, source: Source, case: Case, exit_code: int | None
) -> Invocation:
    reading = read_foreign(case, step.purpose, source.files, exit_code)
    said = Finding(
        "import.files",
        Severity.INFO,
        "Imported: the time of its start is that of the newest file.",
        "",
        ", ".join(f"{file.name}: {file.kind}" for file in source.files)
        .encode("utf-8", "replace")
        .decode(),
    )
    reading = replace(reading, findings=(*reading.findings, said))
    reading, status = judged(case.configuration, reading)
    return Invocation(
        number=step.number,
        device=step.device,
        case_id=step.case_id,
        round=step.round,
        purpose=step.purpose,
        status=status,
        started=source.written,
        seconds=None,
        argv=(),
        env={},
        returncode=exit_code,
        reading=reading,
        before=Telemetry(),
        after=Telemetry(),
        artifacts=(),
    )
