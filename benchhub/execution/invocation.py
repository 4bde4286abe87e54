"""One invocation: a fresh process of a tool on a device, from the command to the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from benchhub.devices.telemetry import read_telemetry
from benchhub.devices.transport import Transport, run_check
from benchhub.errors import (
    AccessError,
    CommandTimeoutError,
    ConnectionLostError,
    TransportError,
)
from benchhub.execution.readiness import throttling
from benchhub.execution.sampler import Sampler
from benchhub.records import (
    Case,
    CommandResult,
    Failure,
    Finding,
    Invocation,
    Measure,
    PlannedInvocation,
    Reading,
    Severity,
    Status,
    Telemetry,
    ToolIdentity,
)
from benchhub.records.trust import judged
from benchhub.tools.tool import Artifacts, Command, Measurer, Staged

# A tool's files are read whole; a profile of thousands of operators has some MB.
MAX_OUTPUT_BYTES = 64 << 20

ADVICE_THROTTLED = "Let it cool down: `conditions: {start_temperature_below: ...}` in the suite."


@dataclass(frozen=True, slots=True)
class Bench:
    """What the invocations of one tool on one device have in common.

    Attributes:
        transport: The way to the device.
        second: Another way to it, for looks at it while the first one is busy.
        tool: The tool.
        identity: The tool's program there.
        measure: How to measure.
        work_root: Folder there for outputs.
        prefix: What stands before the tool's own argv: `taskset` for an affinity.
        files: Path there by each file or folder that a delegate's options name.
    """

    transport: Transport
    second: Transport
    tool: Measurer
    identity: ToolIdentity
    measure: Measure
    work_root: str
    prefix: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def invoke(
    bench: Bench, case: Case, step: PlannedInvocation, model: str, folder: Path
) -> tuple[Invocation, dict[str, bytes]]:
    """Measure once.

    Args:
        bench: Tool and device.
        case: The case.
        step: Its place in the plan.
        model: Path of the model on the device.
        folder: Local folder to pull files into.

    Returns:
        The record, and the raw artifacts by name.

    Raises:
        ConnectionLostError: The device was lost; an invocation that fails is no error.
    """
    transport = bench.transport
    work_dir = f"{bench.work_root}/{step.number:04d}"
    run_check(transport, ["mkdir", "-p", work_dir])
    staged = Staged(model, work_dir, bench.files)
    command = bench.tool.command(case, bench.measure, step.purpose, staged, bench.identity)
    command = replace(command, argv=(*bench.prefix, *command.argv))
    before = read_telemetry(transport)
    started = datetime.now().astimezone().isoformat(timespec="milliseconds")
    with Sampler(bench.second, bench.measure.telemetry_interval_s) as sampler:
        result, failure = _run(bench, command)
    after = read_telemetry(transport)
    files = _pull(transport, command, work_dir, folder)
    transport.run(["rm", "-rf", work_dir], timeout_s=30.0)
    reading = bench.tool.parse(case, bench.measure, step.purpose, Artifacts(result, files))
    if failure:
        reading = Reading(findings=reading.findings, failure=failure)
    slowed = throttling((before, *sampler.samples, after))
    if slowed:
        finding = Finding("device.throttled", Severity.SILENT, slowed, ADVICE_THROTTLED, slowed)
        reading = replace(reading, findings=(*reading.findings, finding))
    reading, status = judged(case.configuration, reading, throttled=bool(slowed))
    artifacts = {
        "stdout.txt": result.stdout.encode(),
        "stderr.txt": result.stderr.encode(),
        **files,
    }
    invocation = Invocation(
        number=step.number,
        device=step.device,
        case_id=case.id,
        round=step.round,
        purpose=step.purpose,
        status=status,
        started=started,
        seconds=result.seconds,
        argv=command.argv,
        env=dict(command.env),
        returncode=result.returncode,
        reading=reading,
        before=before,
        after=after,
        artifacts=tuple(artifacts),
        work_dir=work_dir,
        during=sampler.samples,
        session=transport.session,
    )
    return invocation, artifacts


def failed(step: PlannedInvocation, failure: Failure, status: Status = Status.FAILED) -> Invocation:
    """Return the record of a step that gave nothing, and why."""
    return Invocation(
        number=step.number,
        device=step.device,
        case_id=step.case_id,
        round=step.round,
        purpose=step.purpose,
        status=status,
        started=datetime.now().astimezone().isoformat(timespec="milliseconds"),
        seconds=0.0,
        argv=(),
        env={},
        returncode=None,
        reading=Reading(failure=failure),
        before=Telemetry(),
        after=Telemetry(),
        artifacts=(),
    )


def _run(bench: Bench, command: Command) -> tuple[CommandResult, Failure | None]:
    timeout_s = bench.measure.timeout_s
    try:
        result = bench.transport.run(command.argv, timeout_s=timeout_s, env=command.env)
    except CommandTimeoutError as error:
        advice = "Raise `timeout` in the suite's measure, or lower num_runs."
        return error.result, Failure("timeout", error.message, advice, error.exit_code)
    except (ConnectionLostError, AccessError):
        raise
    except TransportError as error:
        nothing = CommandResult(command.argv, -1, "", "", 0.0)
        return nothing, Failure("tool", error.message, error.advice, error.exit_code)
    return result, None


def _pull(transport: Transport, command: Command, work_dir: str, folder: Path) -> dict[str, bytes]:
    """Fetch what the tool wrote; the parser has to say what a missing file means."""
    files = {}
    for name in command.outputs:
        local = folder / name
        try:
            transport.pull(f"{work_dir}/{name}", local)
        except (ConnectionLostError, AccessError):
            raise
        except TransportError:
            continue
        if local.stat().st_size <= MAX_OUTPUT_BYTES:
            files[name] = local.read_bytes()
    return files
