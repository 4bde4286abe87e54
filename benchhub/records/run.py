"""What was found: commands, invocations, devices, tools, and the run that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from benchhub.records.figures import Reading
from benchhub.records.plan import Plan, Purpose, Refusal


class Status(StrEnum):
    """How far the figures of an invocation can be trusted."""

    OK = "OK"
    SUSPECT = "SUSPECT"  # measured, but the figures contradict each other
    FALLBACK = "FALLBACK"  # measured, but not on the delegate that was asked for
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
class Telemetry:
    """State of the device around an invocation.

    Attributes:
        load_1m: Load average over one minute.
        cpu_khz: Frequency of each CPU that tells one, by name (`cpu0`).
        temperature_c: Temperature of each thermal zone, by its type.
    """

    load_1m: float | None = None
    cpu_khz: Mapping[str, int] = field(default_factory=dict)
    temperature_c: Mapping[str, float] = field(default_factory=dict)


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
        seconds: Wall time of the process.
        argv: The exact command, run in the workspace folder.
        env: Variables that were set for it.
        returncode: Exit code; negative is a signal; None if it never started.
        reading: The figures.
        before: Device before it.
        after: Device after it.
        artifacts: Files beside this document, e.g. `stdout.txt`.
        work_dir: Folder on the device that its outputs went to; removed afterwards.
    """

    number: int
    device: str
    case_id: str
    round: int
    purpose: Purpose
    status: Status
    started: str
    seconds: float
    argv: tuple[str, ...]
    env: Mapping[str, str]
    returncode: int | None
    reading: Reading
    before: Telemetry
    after: Telemetry
    artifacts: tuple[str, ...]
    work_dir: str = ""


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
    """

    name: str
    family: str
    version: str
    path: str
    sha256: str
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    program: str = ""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What a device says of itself at the start of a run; None where it does not tell.

    Attributes:
        os: Operating system and version.
        kernel: Kernel release.
        arch: Machine architecture.
        cpu: Model of the CPU.
        cores: Logical CPUs that may be used.
        memory_bytes: Installed memory.
        governors: cpufreq governors in use.
        min_khz: Lowest of the frequency limits.
        max_khz: Highest of the frequency limits.
    """

    os: str | None
    kernel: str | None
    arch: str | None
    cpu: str | None
    cores: int | None
    memory_bytes: int | None
    governors: tuple[str, ...] = ()
    min_khz: int | None = None
    max_khz: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device and its tools as they were when a run began on it."""

    name: str
    transport: str
    facts: DeviceFacts
    tools: tuple[ToolIdentity, ...]
    refusals: tuple[Refusal, ...] = ()


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
    """

    format: int
    run_id: str
    state: RunState
    ended: str
    seconds: float
    done: int
    planned: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder, read."""

    plan: Plan
    devices: tuple[DeviceRecord, ...]
    invocations: tuple[Invocation, ...]
    end: RunEnd | None

    @property
    def state(self) -> RunState:
        """Finished, interrupted, or unfinished if it has no end."""
        return self.end.state if self.end else RunState.UNFINISHED

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Cases that were not tried: those of the plan, then those of each device."""
        return self.plan.refusals + tuple(r for device in self.devices for r in device.refusals)
