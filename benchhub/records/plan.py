"""What was asked for: cases, how to measure them, in which order, and what is impossible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from benchhub.records.delegates import DelegateOptions
from benchhub.records.figures import Failure
from benchhub.records.gate import GateSpec, Side, SideSpec
from benchhub.records.models import AccuracySpec, Limits, Origin


class Purpose(StrEnum):
    """What an invocation is for: headline latency comes from those that do nothing else."""

    LATENCY = "latency"
    PROFILE = "profile"
    VERIFY = "verify"  # known inputs, and what the model makes of them
    TRACE = "trace"  # the system's tracer runs beside it


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
        origin: How the file was made; None for one that the suite names.
    """

    model: str
    variant: str
    path: str
    sha256: str
    size_bytes: int
    signature: str | None = None
    inputs: tuple[InputSpec, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a suite demands of the placement; None demands nothing.

    Attributes:
        min_delegated: Least share of the graph's nodes that the delegate runs, 0 to 1.
        max_partitions: Most pieces that the graph may be cut into.
        allow_fallback: Whether a fallback to the CPU is a result like others for the exit code.
    """

    min_delegated: float | None = None
    max_partitions: int | None = None
    allow_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Verify:
    """How far the outputs on a device may be from those of the host's CPU.

    An element is within them if its absolute difference is at most `max_abs` or its relative
    difference is at most `max_rel`.

    Attributes:
        against: What they are compared with: `cpu`, the host's.
        max_abs: Largest absolute difference.
        max_rel: Largest difference in proportion to the value of the host.
        seed: Seed of the random inputs.
    """

    against: str = "cpu"
    max_abs: float = 0.0
    max_rel: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """How a model is run: delegate, thread count and the CPUs it may use.

    Attributes:
        name: Name in the suite; made of delegate and affinity unless given.
        delegate: One of `DELEGATES`; `none` for the built-in kernels.
        threads: Number of CPU threads.
        affinity: `little`, `big`, `prime`, `all`, or CPUs such as `4-7`; empty leaves it alone.
        options: Those of the delegate; None are its defaults.
        extra_flags: Further flags for the tool as it knows them, names and values.
        budgets: What is demanded of the placement.
    """

    name: str
    delegate: str
    threads: int
    affinity: str = ""
    options: DelegateOptions | None = None
    extra_flags: tuple[tuple[str, str], ...] = ()
    budgets: Budgets = Budgets()


DEFAULT_TOOL = "litert"
# In place of a tool's name: whatever can measure there. Never the tool of a case.
AUTO_TOOL = "auto"


@dataclass(frozen=True, slots=True)
class Case:
    """Model variant x configuration x tool: one row of every table.

    Attributes:
        variant: The file.
        configuration: How it is run.
        tool: What measures it.
        side: Which side of a comparison it is; None outside of comparisons.
    """

    variant: ModelVariant
    configuration: Configuration
    tool: str = DEFAULT_TOOL
    side: Side | None = None

    @property
    def id(self) -> str:
        """Stable name, e.g. `mobilenet_v2/int8/xnnpack/t4`; other tools append `@tool`.

        A side of a comparison comes last: `mobilenet_v2/int8/xnnpack/t4~baseline`.
        """
        return f"{self.pair_id}~{self.side}" if self.side else self.pair_id

    @property
    def pair_id(self) -> str:
        """The same without the side: what both sides are called."""
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
        telemetry_interval_s: Time between two looks at the device while it measures; 0 is none.
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
    telemetry_interval_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What has to hold on a device before an invocation starts; None asks for nothing.

    Attributes:
        start_temperature_below_c: Temperature of the CPU, in degrees Celsius.
        battery_above_percent: Charge of the battery; met where there is no battery.
        governor: cpufreq governor of every CPU.
        cooldown_timeout_s: How long to wait for them at most.
    """

    start_temperature_below_c: float | None = None
    battery_above_percent: float | None = None
    governor: str | None = None
    cooldown_timeout_s: float = 300.0

    @property
    def asked(self) -> bool:
        """Whether anything is asked for."""
        wishes = (self.start_temperature_below_c, self.battery_above_percent, self.governor)
        return any(wish is not None for wish in wishes)


@dataclass(frozen=True, slots=True)
class PlannedInvocation:
    """One step of the plan; `number` orders the steps of a device from 1."""

    number: int
    device: str
    case_id: str
    round: int
    purpose: Purpose


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
        conditions: What has to hold before an invocation starts.
        device_tools: Tools by device where the suite names none; empty: all tools everywhere.
        verify: How outputs are compared with those of the host; None compares nothing.
        trace: Whether each case is traced once.
        imported: Files that the figures are from; nothing was measured then.
        accuracy: How the variants of a model are judged, by model; a model without is not.
        limits: What has to be met before a model is shipped, by model.
        sides: Where both sides of a comparison are from; empty for a run that compares nothing.
        gate: When the sides differ; None for a run that compares nothing.
        unmatched: Cases that one side of a comparison has alone, a sentence each.
        canary: Id of the case that the history is divided by; None without one.
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
    conditions: Conditions = Conditions()
    device_tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verify: Verify | None = None
    trace: bool = False
    imported: tuple[str, ...] = ()
    accuracy: Mapping[str, AccuracySpec] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    sides: Mapping[Side, SideSpec] = field(default_factory=dict)
    gate: GateSpec | None = None
    unmatched: tuple[str, ...] = ()
    canary: str | None = None

    def measures(self, device: str, case: Case) -> bool:
        """Say whether a case is for that device: its tool may be another device's."""
        return case.tool in self.device_tools.get(device, (case.tool,))

    def case(self, case_id: str) -> Case:
        """Return the case of that id; KeyError if there is none."""
        for case in self.cases:
            if case.id == case_id:
                return case
        raise KeyError(case_id)
