"""What was found: commands, invocations, devices, tools, and the run that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from benchhub.records.device import DeviceFacts, Telemetry
from benchhub.records.figures import Failure, Reading
from benchhub.records.gate import Side
from benchhub.records.models import Peaks, VariantFacts
from benchhub.records.plan import ModelVariant, Plan, Purpose, Refusal


class Status(StrEnum):
    """How far the figures of an invocation can be trusted."""

    OK = "OK"
    PARTIAL = "PARTIAL"  # measured; the delegate ran a part of the graph, the CPU the rest
    SUSPECT = "SUSPECT"  # measured, but the figures contradict each other
    FALLBACK = "FALLBACK"  # measured, but not on the delegate that was asked for
    WRONG = "WRONG"  # the outputs differ from those of the host's CPU by more than allowed
    INVALID = "INVALID"  # the device was not in the state that was asked for, or was throttled
    FAILED = "FAILED"  # no figures


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What one command on a device did.

    Attributes:
        argv: The command as run.
        returncode: Exit code; negative is the number of the signal that ended it.
        stdout: Standard output, decoded with replacement.
        stderr: Standard error, likewise.
        seconds: Wall time.
        truncated_bytes: Bytes of output that were over the cap and are not kept.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float
    truncated_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Invocation:
    """One fresh process of a tool for one case on one device.

    Attributes:
        number: Step of the plan.
        device: Name of the device.
        case_id: Id of the case.
        round: Round, from 1.
        purpose: Latency or profile.
        status: How far to trust it.
        started: Local time with offset, ISO 8601.
        seconds: Wall time of the process; None if it is not known.
        argv: The exact command, run in the workspace folder; empty if it is not known.
        env: Variables that were set for it.
        returncode: Exit code; negative is a signal; None if it never started or is not known.
        reading: The figures.
        before: Device before it.
        after: Device after it.
        artifacts: Files beside this document, e.g. `stdout.txt`.
        work_dir: Folder on the device that its outputs went to; removed afterwards.
        during: Device while it ran, each with the seconds since its start; a light sample has no
            battery and no thermal status.
        session: Connection that it was measured over; a pair that straddles two does not count.
    """

    number: int
    device: str
    case_id: str
    round: int
    purpose: Purpose
    status: Status
    started: str
    seconds: float | None
    argv: tuple[str, ...]
    env: Mapping[str, str]
    returncode: int | None
    reading: Reading
    before: Telemetry
    after: Telemetry
    artifacts: tuple[str, ...]
    work_dir: str = ""
    during: tuple[Telemetry, ...] = ()
    session: str = ""


@dataclass(frozen=True, slots=True)
class ToolIdentity:
    """A measuring program on one device.

    Attributes:
        name: Registered name, e.g. `benchmark_model`.
        family: `litert`, `tflite`; decided by evidence, never by a version string.
        version: Version as far as it is known, else empty.
        path: Program on the device, or the runtime library it drives.
        sha256: Digest of the program, or of the runtime library it drives.
        flags: Flags of its --help; empty for tools without flags.
        notes: What to know about it, e.g. why op times are unavailable.
        program: What is started if that is not `path`, e.g. the Python that drives a library.
        libraries: Folders on the device where libraries of delegates are looked for.
        script: File on the device that `program` runs; empty if it needs none.
        side: Side of a comparison whose program it is; None if both have the same.
    """

    name: str
    family: str
    version: str
    path: str
    sha256: str
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    program: str = ""
    libraries: tuple[str, ...] = ()
    script: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device and its tools as they were when a run began on it.

    Attributes:
        name: Name of the device.
        transport: How it was reached.
        facts: What it says of itself.
        tools: Programs that measure there.
        refusals: Cases that cannot be measured there.
        folder: Where its commands run; relative paths in argv refer to it.
        changed: What was set for the run and put back after it, for people.
        peaks: What the device reaches, as calibrated before; None if it was not.
    """

    name: str
    transport: str
    facts: DeviceFacts
    tools: tuple[ToolIdentity, ...]
    refusals: tuple[Refusal, ...] = ()
    folder: str = ""
    changed: tuple[str, ...] = ()
    peaks: Peaks | None = None


class RunState(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    UNFINISHED = "unfinished"  # no run.json: killed, or still going


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last document of a run folder.

    Attributes:
        format: Version of the run folder's format.
        run_id: Id of the run.
        state: How it ended.
        ended: Local time with offset, ISO 8601.
        seconds: Wall time of the last session of this run, cool-downs included.
        done: Invocations on disk.
        planned: Invocations of the plan.
        lost: Devices whose remaining invocations were not run, and why.
    """

    format: int
    run_id: str
    state: RunState
    ended: str
    seconds: float
    done: int
    planned: int
    lost: Mapping[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder, read."""

    plan: Plan
    devices: tuple[DeviceRecord, ...]
    invocations: tuple[Invocation, ...]
    end: RunEnd | None
    variants: tuple[VariantFacts, ...] = ()

    @property
    def state(self) -> RunState:
        """Finished, interrupted, or unfinished if it has no end."""
        return self.end.state if self.end else RunState.UNFINISHED

    @property
    def wanted(self) -> int:
        """How many invocations it is of: all planned ones, or what a comparison needed."""
        whole = self.plan.gate is not None and self.state is RunState.FINISHED
        return len(self.invocations if whole else self.plan.invocations)

    def facts_of(self, variant: ModelVariant) -> VariantFacts | None:
        """Return what is known of a variant besides its latency; None if nothing is."""
        wanted = variant.model, variant.variant, variant.sha256
        for facts in self.variants:
            if (facts.model, facts.variant, facts.sha256) == wanted:
                return facts
        return None

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Cases that were not tried: those of the plan, then those of each device."""
        return self.plan.refusals + tuple(r for device in self.devices for r in device.refusals)
