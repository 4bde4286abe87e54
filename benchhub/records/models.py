"""What is known of a model variant besides its latency: its making, its graph, its accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchhub.records.figures import Failure

RANDOM = "random"
TOP1 = "top1"
TOP5 = "top5"
# The variant that the others are compared with where a suite names none.
REFERENCE_VARIANT = "float32"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a .tflite file was made.

    Attributes:
        source: What it was made of, e.g. `keras digits_net:trained`.
        recipe: The way, e.g. `pruned+int8`.
        tool: What converted it, with its version, e.g. `tensorflow 2.21.0`; empty for a file that
            is used as it is.
        notes: What to beware of, e.g. that it was calibrated on random data.
        sparsity: Share of zeros in the weights that were pruned, 0 to 1; None if none were.
        clusters: Most distinct values of a weight that was clustered; None if none were.
        seconds: Time that making it took; 0 if it was there already.
        history: How it was trained, for people.
    """

    source: str
    recipe: str
    tool: str = ""
    notes: tuple[str, ...] = ()
    sparsity: float | None = None
    clusters: int | None = None
    seconds: float = 0.0
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Where examples come from: for calibration, fine-tuning, or accuracy.

    Attributes:
        where: A .npz or .npy file, relative to the workspace where possible; `module:function`; or
            `random`.
        folder: Folder that modules are imported from, likewise.
        samples: Examples to take at most; None takes all.
        seed: Of random data.
    """

    where: str
    folder: str = "."
    samples: int | None = None
    seed: int = 0

    @property
    def is_random(self) -> bool:
        """Whether the examples say nothing about real ones."""
        return self.where == RANDOM


@dataclass(frozen=True, slots=True)
class AccuracySpec:
    """How the variants of one model are judged.

    Attributes:
        data: The examples. With labels they give the metric, without only differences.
        metric: `top1`, `top5`, or `module:function` of outputs and labels; higher is better.
        against: Variant that differences and drops refer to.
        batch_size: Examples a time, where the model's inputs can be resized.
    """

    data: DataSpec
    metric: str = TOP1
    against: str = REFERENCE_VARIANT
    batch_size: int = 32


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model has to meet to be shipped; None demands nothing.

    Attributes:
        max_latency_ms: Of one inference; the upper end of its interval counts.
        max_size_mb: Of the file, in 10^6 bytes.
        max_accuracy_drop: Of the metric against the reference variant, absolute: 0.01 is one
            percentage point of top-1.
        devices: Names of devices; * is a wildcard. Each has to meet the limits.
    """

    max_latency_ms: float | None = None
    max_size_mb: float | None = None
    max_accuracy_drop: float | None = None
    devices: tuple[str, ...] = ("*",)

    @property
    def asked(self) -> bool:
        """Whether anything is demanded."""
        wishes = (self.max_latency_ms, self.max_size_mb, self.max_accuracy_drop)
        return any(wish is not None for wish in wishes)


@dataclass(frozen=True, slots=True)
class NodeCost:
    """One node of the main graph and the work that it is.

    Attributes:
        node: Index in the graph; `OpTime.node` where no delegate ran it.
        op: TFLite's name, e.g. `CONV_2D`; the custom name of a custom operator.
        name: Name of its first output tensor.
        macs: Multiply-accumulates of one inference; None if they cannot be told.
        bytes: Compulsory traffic: inputs, weights and outputs, each once; None likewise.
        dtype: Type it computes in, that of its first input: `float32`, `int8`, ...
    """

    node: int
    op: str
    name: str
    macs: int | None
    bytes: int | None
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What a .tflite file says of itself, as far as figures need it.

    Attributes:
        size_bytes: Of the file.
        gzip_bytes: Of the file compressed by gzip at level 9: pruning and clustering pay there.
        parameters: Elements of all constant tensors that operators compute with.
        macs: Sum over the nodes of the main graph; None if none can be told.
        nodes: In the order of execution.
        custom: Names of custom operators.
        flex: Names of TensorFlow operators that need the Flex delegate.
        notes: Why figures are not complete, e.g. control flow or dynamic shapes.
        name: What the main graph is called: its own name, else the signature's that runs it; empty
            where the file has neither.
    """

    size_bytes: int
    gzip_bytes: int
    parameters: int
    macs: int | None
    nodes: tuple[NodeCost, ...] = ()
    custom: tuple[str, ...] = ()
    flex: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How good the outputs of a variant are.

    Attributes:
        metric: Name of the figure that drops refer to, a key of `values`.
        values: Each figure, e.g. `top1` and `top5`, 0 to 1; of a user's function what it returns.
        n: Examples.
        source: Where the examples come from.
    """

    metric: str
    values: Mapping[str, float]
    n: int
    source: str

    @property
    def value(self) -> float:
        """The figure that drops refer to."""
        return self.values[self.metric]


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the outputs of a variant are from those of the reference variant.

    Attributes:
        against: The reference variant.
        n: Examples.
        max_abs: Largest absolute difference of an element.
        mean_abs: Mean absolute difference.
        cosine: Mean cosine similarity of the outputs of one example; None where one is all zeros.
        top1_agreement: Share of examples whose largest output is the same; None for outputs that
            are no vector of classes.
        source: Where the examples come from.
    """

    against: str
    n: int
    max_abs: float
    mean_abs: float
    cosine: float | None
    top1_agreement: float | None
    source: str


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """Everything about one variant that no device is needed for; a document of the run folder.

    Attributes:
        model: Name of the network.
        variant: Name of the variant.
        sha256: Of the file.
        graph: None if the file cannot be read.
        accuracy: None without labels, or if it could not be computed.
        difference: None for the reference variant itself, and where it could not be computed.
        failures: Why something is missing.
        notes: What to know of how it was judged, e.g. that examples were run one at a time.
    """

    model: str
    variant: str
    sha256: str
    graph: GraphFacts | None = None
    accuracy: Accuracy | None = None
    difference: Difference | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopyRate:
    """How fast data of a certain amount is moved, over and over again.

    Attributes:
        bytes: Read and written in one inference; a small amount stays in a cache.
        gbytes_per_s: 10^9 bytes a second, reads and writes together.
        by: Model that reached it.
    """

    bytes: int
    gbytes_per_s: float
    by: str = ""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that a device reaches with one thread count and one type.

    Attributes:
        dtype: `float32`, `int8`, ...; `copy` figures are of that type as well.
        threads: CPU threads.
        configuration: Name of the delegate that it was measured with.
        gmacs_per_s: 10^9 multiply-accumulates a second; None if not measured.
        gbytes_per_s: 10^9 bytes a second to and from memory, of the largest copy; None likewise.
        compute_by: Model that reached it.
        copy_by: Likewise.
        copies: The best of each amount of data, the smallest first.
    """

    dtype: str
    threads: int
    configuration: str
    gmacs_per_s: float | None
    gbytes_per_s: float | None
    compute_by: str = ""
    copy_by: str = ""
    copies: tuple[CopyRate, ...] = ()

    def bandwidth(self, moved: float) -> float | None:
        """Return the most 10^9 bytes a second for an operator that moves that many bytes.

        It is the best of all copies of at least that amount: what fits into a cache may come from
        there, and more data never move faster. Beyond the largest copy it is that of memory.
        """
        rates = [one.gbytes_per_s for one in self.copies if one.bytes >= moved]
        return max(rates, default=self.gbytes_per_s)


@dataclass(frozen=True, slots=True)
class Peaks:
    """What a device reaches, kept with it as devices/NAME.peaks.json.

    Attributes:
        format: Version of the document.
        device: Name of the device.
        measured: Local time with offset, ISO 8601.
        run_id: Run that it is from.
        tool: Tool and version that measured.
        peaks: One for each type, thread count and configuration.
        cpu: CPU and cores that the device told then; of another one nothing is known.
    """

    format: int
    device: str
    measured: str
    run_id: str
    tool: str
    peaks: tuple[Peak, ...] = field(default_factory=tuple)
    cpu: str = ""

    def of(self, dtype: str, threads: int, configuration: str) -> Peak | None:
        """Return what bounds an operator of that type; None if it was not measured."""
        for peak in self.peaks:
            if (peak.dtype, peak.threads, peak.configuration) == (dtype, threads, configuration):
                return peak
        return None
