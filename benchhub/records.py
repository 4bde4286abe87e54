"""The values that flow from plan to report, immutable, with the unit in each name.

Missing is `None`, never 0: a tool that does not tell a figure has none. Times of operators and
inferences are microseconds (`_us`), spans of processes seconds (`_s`), memory bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """What an invocation is for: profiling costs time, so headline latency never comes from it."""

    LATENCY = "latency"
    PROFILE = "profile"


class Status(StrEnum):
    """How far the figures of an invocation can be trusted."""

    OK = "OK"
    SUSPECT = "SUSPECT"  # measured, but the figures contradict each other
    FALLBACK = "FALLBACK"  # measured, but not on the delegate that was asked for
    FAILED = "FAILED"  # no figures


class Severity(StrEnum):
    """What a diagnosed line of output means for the result."""

    FATAL = "fatal"
    SILENT = "silent"  # the program went on and measured something else
    NOISE = "noise"
    INFO = "info"


# --------------------------------------------------------------------------- what was asked for


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How one model input is fed.

    Attributes:
        name: Name of the input in its signature.
        shape: Dimensions to resize to; None keeps the model's own.
        low: Smallest value of the uniform random data; None leaves it to the tool.
        high: Largest value, inclusive for integers.
    """

    name: str
    shape: tuple[int, ...] | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ModelVariant:
    """One .tflite file: a network in one numeric form.

    Attributes:
        model: Name of the network, e.g. `mobilenet_v2`.
        variant: Form of this file, e.g. `float32`, `int8`.
        path: The file as the suite names it, relative to the workspace where possible.
        sha256: Lower-case hex digest of the content; empty if the file could not be read.
        size_bytes: Size of the content.
        signature: Signature to run; None is the only or first one.
        inputs: Inputs that need a shape or a range of values.
    """

    model: str
    variant: str
    path: str
    sha256: str
    size_bytes: int
    signature: str | None = None
    inputs: tuple[InputSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """How a model is run: delegate and thread count.

    Attributes:
        name: Name in the suite; the delegate's own name unless given.
        delegate: `xnnpack`, or `none` for the built-in kernels.
        threads: Number of CPU threads.
    """

    name: str
    delegate: str
    threads: int


DEFAULT_TOOL = "litert"


@dataclass(frozen=True, slots=True)
class Case:
    """Model variant x configuration x tool: one row of every table."""

    variant: ModelVariant
    configuration: Configuration
    tool: str = DEFAULT_TOOL

    @property
    def id(self) -> str:
        """Stable name, e.g. `mobilenet_v2/int8/xnnpack/t4`; other tools append `@tool`."""
        base = f"{self.variant.model}/{self.way}"
        return base if self.tool == DEFAULT_TOOL else f"{base}@{self.tool}"

    @property
    def way(self) -> str:
        """How its model is run, e.g. `int8/xnnpack/t4`; what a suite's `reference` names."""
        configuration = self.configuration
        return f"{self.variant.variant}/{configuration.name}/t{configuration.threads}"


@dataclass(frozen=True, slots=True)
class Measure:
    """How often and how long to measure; names and meanings are benchmark_model's.

    Attributes:
        rounds: Latency invocations (fresh processes) per case.
        profile_rounds: Profile invocations per case.
        num_runs: Timed inferences: exactly that many if min_secs is 0, else at least.
        min_secs: Go on until that many seconds of inferences.
        max_secs: Stop after that many seconds, whatever num_runs says.
        warmup_runs: Untimed inferences before, with warmup_min_secs as above.
        warmup_min_secs: Warm up for at least that many seconds.
        run_delay_s: Pause between two inferences.
        cooldown_s: Pause before each invocation.
        timeout_s: An invocation that takes longer is ended with all its processes.
    """

    rounds: int
    profile_rounds: int
    num_runs: int
    min_secs: float
    max_secs: float
    warmup_runs: int
    warmup_min_secs: float
    run_delay_s: float
    cooldown_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class PlannedInvocation:
    """One step of the plan; `number` orders the steps of a device from 1."""

    number: int
    device: str
    case_id: str
    round: int
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no number.

    Attributes:
        kind: One word: `model`, `tool`, `refused`, `timeout`, `crash`, `exit`, `no_result`.
        message: What happened, one line.
        advice: What to do next; may be empty.
        exit_code: Code of the error tree (`benchhub.errors`).
    """

    kind: str
    message: str
    advice: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A case that is known to be impossible before it is tried; `device` is None for all."""

    case_id: str
    device: str | None
    failure: Failure


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run intends to do, written before the first measurement.

    Attributes:
        format: Version of the run folder's format (docs/format.md).
        run_id: Eight characters, sortable by time.
        suite: Name of the suite.
        suite_path: Its file, relative to the workspace where possible.
        suite_text: Its text, as read.
        created: Local time with offset, ISO 8601.
        seed: Seed of the order of the cases.
        benchhub_version: Version that made the plan.
        git_commit: Commit of the workspace, `+` appended if it had changes; None outside git.
        devices: Names, in the order given.
        tools: Settings of each tool by name, e.g. its `path`; a device may override them.
        cases: All cases of the matrix, also refused ones.
        measure: How to measure.
        reference: `variant/configuration/tN` that speed-ups refer to, within a model and tool;
            None is the first case of each.
        invocations: The order of the work, per device.
        refusals: Cases that will not be tried, with the reason.
    """

    format: int
    run_id: str
    suite: str
    suite_path: str
    suite_text: str
    created: str
    seed: int
    benchhub_version: str
    git_commit: str | None
    devices: tuple[str, ...]
    tools: Mapping[str, Mapping[str, str]]
    cases: tuple[Case, ...]
    measure: Measure
    reference: str | None
    invocations: tuple[PlannedInvocation, ...]
    refusals: tuple[Refusal, ...] = ()

    def case(self, case_id: str) -> Case:
        """Return the case of that id; KeyError if there is none."""
        for case in self.cases:
            if case.id == case_id:
                return case
        raise KeyError(case_id)


# ------------------------------------------------------------------------------- what was found


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
class Latency:
    """Timed inferences of one process.

    Attributes:
        n: Number of timed inferences.
        mean_us: Arithmetic mean.
        median_us: Median; None where the tool prints none.
        min_us: Smallest.
        max_us: Largest.
        std_us: Standard deviation as the tool defines it; None for a single inference.
        p5_us: 5th percentile; None where unknown.
        p95_us: 95th percentile; None where unknown.
        samples_us: Each inference in order; empty where the tool keeps none.
        source: Where the figures come from, e.g. `samples`, `stdout`, `result proto`.
    """

    n: int
    mean_us: float
    median_us: float | None
    min_us: float
    max_us: float
    std_us: float | None
    p5_us: float | None
    p95_us: float | None
    samples_us: tuple[float, ...]
    source: str

    @property
    def statistic(self) -> str:
        """`median`, or `mean` where the tool gives no median."""
        return "mean" if self.median_us is None else "median"

    @property
    def value_us(self) -> float:
        """The statistic of this process, the unit of all comparisons."""
        return self.mean_us if self.median_us is None else self.median_us


@dataclass(frozen=True, slots=True)
class Warmup:
    """Untimed inferences before the measurement."""

    n: int
    mean_us: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the measuring process, in bytes.

    Attributes:
        init_bytes: Growth from the start of the tool until the model was ready.
        overall_bytes: Growth from the start of the tool until the end.
        rss_init_bytes: Resident set when the model was ready; None if not told.
        rss_peak_bytes: Largest resident set; None if not told.
        source: Where the figures come from, e.g. `/proc/self/status`, `stdout`.
    """

    init_bytes: int | None
    overall_bytes: int | None
    rss_init_bytes: int | None
    rss_peak_bytes: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Which delegate executed how much of the graph.

    Attributes:
        requested: Delegate asked for.
        applied: Delegate that ran nodes; `none` for built-in kernels, None if it cannot be told.
        nodes_delegated: Nodes of the graph inside the delegate; None if it cannot be told.
        nodes_total: Nodes of the graph; None if it cannot be told.
        partitions: Pieces given to the delegate; None if it cannot be told.
        source: Evidence: which line, file or call said so.
    """

    requested: str
    applied: str | None
    nodes_delegated: int | None
    nodes_total: int | None
    partitions: int | None
    source: str


@dataclass(frozen=True, slots=True)
class OpTime:
    """Time of one operator per inference, averaged over the profiled inferences.

    Attributes:
        order: Position in the order of execution, from 0.
        op: Operator type: TFLite's (`CONV_2D`), or the delegate's (`Convolution`).
        kernel: Kernel as the runtime names it, e.g. `Convolution (NHWC, F32) IGEMM`.
        name: Output tensor of the node; empty inside a delegate.
        node: Index of the node in the graph; None inside a delegate.
        subgraph: Index of the subgraph.
        delegate: Delegate that ran it, e.g. `xnnpack`; None for built-in kernels.
        mean_us: Mean time of one inference.
        min_us: Smallest; None where the tool gives none.
        max_us: Largest; None where the tool gives none.
        std_us: Standard deviation; None where the tool gives none.
        calls: Calls per inference.
    """

    order: int
    op: str
    kernel: str
    name: str
    node: int | None
    subgraph: int
    delegate: str | None
    mean_us: float
    min_us: float | None
    max_us: float | None
    std_us: float | None
    calls: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Per-operator times of one profile invocation.

    Attributes:
        ops: In the order of execution.
        n: Inferences that were profiled; None if not told.
        total_us: Sum of the operators of the main graph per inference.
        resolution_us: Times are cut to a multiple of this.
        source: Where they come from, e.g. `litert events`, `csv`, `proto`.
    """

    ops: tuple[OpTime, ...]
    n: int | None
    total_us: float
    resolution_us: float
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnosed fact about an invocation.

    Attributes:
        id: Row of the diagnosis table or cross-check, e.g. `delegate.none`.
        severity: What it means for the result.
        meaning: One sentence.
        advice: What to do; may be empty.
        evidence: The line or the figures it rests on.
    """

    id: str
    severity: Severity
    meaning: str
    advice: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool's output says, the same for every tool.

    `failure` and `latency` exclude each other: a process that failed has no headline figures.
    """

    latency: Latency | None = None
    warmup: Warmup | None = None
    init_us: float | None = None
    first_inference_us: float | None = None
    memory: Memory | None = None
    placement: Placement | None = None
    profile: Profile | None = None
    findings: tuple[Finding, ...] = ()
    failure: Failure | None = None


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
