"""What the output of one process says, the same for every tool."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a diagnosed line of output means for the result."""

    FATAL = "fatal"
    SILENT = "silent"  # the program went on and measured something else
    NOISE = "noise"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no number.

    Attributes:
        kind: One word: `model`, `tool`, `refused`, `timeout`, `crash`, `exit`, `no_result`,
            `verify`.
        message: What happened, one line.
        advice: What to do next; may be empty.
        exit_code: Code of the error tree (`benchhub.errors`).
    """

    kind: str
    message: str
    advice: str
    exit_code: int


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
class Partition:
    """A piece of the graph that a delegate took.

    Attributes:
        delegate: Who runs it, e.g. `gpu`.
        nodes: Indices of its nodes in the model's graph.
    """

    delegate: str
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An operator that a delegate did not take.

    Attributes:
        op: TFLite's name of it, e.g. `REVERSE_SEQUENCE`.
        reason: The delegate's own words; empty if it gives none.
    """

    op: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Which delegate executed how much of the graph.

    Attributes:
        requested: Delegate asked for.
        applied: Delegate that ran nodes; `none` for built-in kernels, `cpu` where these cannot be
            told from XNNPACK's, None if it cannot be told. An accelerator that ran a part of the
            graph is named even if XNNPACK ran the rest.
        nodes_delegated: Nodes of the graph inside the delegate; None if it cannot be told.
        nodes_total: Nodes of the graph; None if it cannot be told.
        partitions: Pieces given to the delegate; None if it cannot be told.
        source: Evidence: which line, file or call said so.
        pieces: Which nodes ran in which delegate; empty where it cannot be told node by node.
        unsupported: Operators that the delegate did not take, as far as it says so.
        backend: What the delegate ran on as it says itself, e.g. `OpenCL`; empty if not told.
        precision: Precision it computed in, `fp16` or `fp32`; empty if not told.
    """

    requested: str
    applied: str | None
    nodes_delegated: int | None
    nodes_total: int | None
    partitions: int | None
    source: str
    pieces: tuple[Partition, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    backend: str = ""
    precision: str = ""


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
class Agreement:
    """How close the outputs of a device are to those of the host's CPU.

    Attributes:
        elements: Elements that were compared.
        outside: Elements beyond both limits, NaN where the other is none included.
        max_abs: Largest absolute difference; None if none is a number.
        max_rel: Largest difference in proportion to the host's value; None likewise.
        worst: Output and index of the element that is farthest off, for people.
    """

    elements: int
    outside: int
    max_abs: float | None
    max_rel: float | None
    worst: str


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
    agreement: Agreement | None = None
