"""One case, traced once: with Android's tracer, else drawn from the case's operator profile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from benchhub.devices.lease import HeldLease
from benchhub.devices.perfetto import Tracer, around, look_for_tracer
from benchhub.devices.settings import apply
from benchhub.devices.transport import Transport
from benchhub.errors import AccessError, BenchhubError, ConnectionLostError, TransportError
from benchhub.execution.invocation import Bench, failed, invoke
from benchhub.exports.trace_events import LABEL, op_timeline
from benchhub.records import (
    Case,
    DeviceFacts,
    Failure,
    Finding,
    Invocation,
    Measure,
    Placement,
    PlannedInvocation,
    Purpose,
    Reading,
    Severity,
    Status,
    Telemetry,
    ToolIdentity,
    spelled,
)
from benchhub.tools.tool import Artifacts, Command, Measurer, Staged

TRACE_FILE = "trace.perfetto-trace"
TIMELINE_FILE = "trace.json"
LOG_FILE = "perfetto.log"

# A trace shows what happens in an inference; more of them only push the first ones out of it.
TRACED_RUNS = 50
# The trace goes on for that much longer than the command may take.
SPARE_S = 30.0

Traced = tuple[Invocation, dict[str, bytes]]


def is_drawn(step: PlannedInvocation, facts: DeviceFacts) -> bool:
    """Say whether a step starts nothing on the device, as there is no tracer of its system."""
    return step.purpose is Purpose.TRACE and facts.kind != "android"


def trace(
    bench: Bench,
    lease: HeldLease,
    facts: DeviceFacts,
    case: Case,
    step: PlannedInvocation,
    model: str,
    folder: Path,
    profiled: Reading | None,
) -> tuple[Traced, str]:
    """Trace a case with the tracer of its device, or draw its trace.

    Args:
        bench: Tool and device.
        lease: Remembers what is set there meanwhile.
        facts: What the device is.
        case: The case.
        step: Its place in the plan.
        model: Path of the model on the device.
        folder: Local folder to pull files into.
        profiled: What there is of the case with operator times; None if there is nothing.

    Returns:
        The record with its raw artifacts; and why the tracer of an Android device gave nothing.

    Raises:
        ConnectionLostError: The device was lost.
    """
    tracer = look_for_tracer(bench.second, facts)
    if tracer.problem:
        why = "" if is_drawn(step, facts) else tracer.problem
        return _drawn(case, step, profiled, tracer.problem), why
    invocation, artifacts = _record(bench, lease, tracer, case, step, model, folder)
    if artifacts.get(TRACE_FILE) or invocation.reading.failure:
        return (invocation, artifacts), ""
    artifacts.pop(TRACE_FILE, None)
    why = f"{bench.transport.name}: perfetto recorded nothing: {_last(artifacts.get(LOG_FILE))}"
    drawn = _drawn(case, step, profiled, why)
    return _both((invocation, artifacts), drawn), f"{why} {tracer.advice}".rstrip()


def _both(run: Traced, drawn: Traced) -> Traced:
    """Return what a process gave that was not recorded, with the drawing or why there is none."""
    invocation, artifacts = run
    instead, timeline = drawn
    failure = instead.reading.failure
    reading = replace(
        invocation.reading,
        findings=(*invocation.reading.findings, *instead.reading.findings),
        failure=failure,
        latency=None if failure else invocation.reading.latency,
    )
    files = {**artifacts, **timeline}
    status = instead.status if failure else invocation.status
    return replace(invocation, reading=reading, status=status, artifacts=tuple(files)), files


def _drawn(case: Case, step: PlannedInvocation, profiled: Reading | None, why: str) -> Traced:
    """Return the record of a step that started nothing: the timeline of the operators' times."""
    if profiled is None or profiled.profile is None:
        failure = Failure(
            "trace",
            f"{why} A trace is drawn from operator times then, and there are none.",
            "Ask for a profile (`profile_rounds: 1`); where a delegate tells no operators there is "
            "no trace.",
            BenchhubError.exit_code,
        )
        return failed(step, failure), {}
    document = op_timeline(profiled.profile, _title(case, profiled.placement), step.device)
    finding = Finding(
        "trace.synthetic",
        Severity.INFO,
        f"The trace is no recording: {LABEL.partition(': ')[2]}.",
        "",
        why,
    )
    invocation = Invocation(
        number=step.number,
        device=step.device,
        case_id=step.case_id,
        round=step.round,
        purpose=step.purpose,
        status=Status.OK,
        started=datetime.now().astimezone().isoformat(timespec="milliseconds"),
        seconds=0.0,
        argv=(),
        env={},
        returncode=None,
        reading=Reading(findings=(finding,)),
        before=Telemetry(),
        after=Telemetry(),
        artifacts=(TIMELINE_FILE,),
    )
    return invocation, {TIMELINE_FILE: json.dumps(document, allow_nan=False).encode()}


def _title(case: Case, placement: Placement | None) -> str:
    """Name a case, and what ran where that is not what it is called after."""
    if placement is None or placement.applied == placement.requested:
        return case.id
    ran = "not known what ran" if placement.applied is None else spelled(placement.applied)
    return f"{case.id}: {ran}"


def _record(
    bench: Bench,
    lease: HeldLease,
    tracer: Tracer,
    case: Case,
    step: PlannedInvocation,
    model: str,
    folder: Path,
) -> Traced:
    """Run the case beside the tracer; TFLite tells its operators meanwhile."""
    measure = replace(
        bench.measure, num_runs=min(bench.measure.num_runs, TRACED_RUNS), min_secs=0.0
    )
    tool = _BesideTracer(bench.tool, bench.prefix, bench.measure.timeout_s + SPARE_S)
    # The command's CPUs are not the tracer's.
    beside = replace(bench, tool=tool, measure=measure, prefix=())
    with _operators_told(bench.second, lease, tracer):
        return invoke(beside, case, step, model, folder)


@contextmanager
def _operators_told(transport: Transport, lease: HeldLease, tracer: Tracer) -> Iterator[None]:
    """Set TFLite's property; it is in the lease, so that whoever finds that puts it back."""
    changes = (tracer.change,) if tracer.change else ()
    lease.note(changes)
    apply(transport, changes)  # a device that refuses is traced without operators
    yield
    try:
        lease.undo(changes)
    except (ConnectionLostError, AccessError):
        raise
    except TransportError:
        return  # tried again, and told, when the device is given back


class _BesideTracer:
    """A tool whose commands run beside the tracer; everything else is the tool's."""

    def __init__(self, tool: Measurer, prefix: tuple[str, ...], timeout_s: float) -> None:
        self.name = tool.name
        self._tool = tool
        self._prefix = prefix
        self._timeout_s = timeout_s

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        own = self._tool.command(case, measure, purpose, staged, identity)
        kept, log = (f"{staged.work_dir}/{name}" for name in (TRACE_FILE, LOG_FILE))
        words = around(self._timeout_s, kept, log)
        return replace(
            own,
            argv=(*words, *self._prefix, *own.argv),
            outputs=(*own.outputs, TRACE_FILE, LOG_FILE),
        )

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        return self._tool.parse(case, measure, purpose, artifacts)


def _last(log: bytes | None) -> str:
    lines = (log or b"").decode("utf-8", "replace").split("\n")
    told = [line.strip() for line in lines if line.strip()]
    return f"{told[-1][:200]}." if told else "it printed nothing."
