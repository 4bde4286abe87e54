"""Everything that a .tflite file says of itself, for a person to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from benchhub.models.tflite.archive import ArchivedFile
from benchhub.models.tflite.buffers import Buffer
from benchhub.models.tflite.extras import Extras, Labels, MetadataEntry
from benchhub.models.tflite.facts import called_by, facts_of, unnamed
from benchhub.models.tflite.graph import (
    ABSENT,
    Graph,
    Model,
    Quantisation,
    Shape,
    Tensor,
    elements,
    parse,
)
from benchhub.models.tflite.metadata import Conversion, ModelCard
from benchhub.models.tflite.opening import opened
from benchhub.models.tflite.shapes import resolve
from benchhub.records.models import GraphFacts, NodeCost


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """An input or an output.

    Attributes:
        name: As the signature calls it.
        tensor: Its name in the graph.
        dtype: `float32`, `int8`, ...
        shape: Dimensions, 1 for one that may change.
        signature: The same, -1 for one that may change.
        quantisation: None if it stands for itself.
    """

    name: str
    tensor: str
    dtype: str
    shape: Shape
    signature: Shape
    quantisation: Quantisation | None


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One way to call the model.

    Attributes:
        key: Its name; empty if the file has none.
        graph: Index of the graph that it runs.
        inputs: In the order of the file.
        outputs: Likewise.
    """

    key: str
    graph: int
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]


@dataclass(frozen=True, slots=True)
class OperatorCount:
    """All nodes of one operator in the graph that is looked at.

    Attributes:
        op: TFLite's name, or the custom name.
        count: How many nodes.
        macs: Sum; None if that of one is not known.
        bytes: Likewise.
    """

    op: str
    count: int
    macs: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class WeightKind:
    """The constants of one kind in all graphs; what graphs share counts once.

    Attributes:
        dtype: `float32`, `int8`, ...
        scheme: `per tensor`, `per channel`, ..., empty without quantisation.
        tensors: How many.
        elements: How many in all.
        bytes: As they are stored.
        sparse: Whether only what is not zero is stored.
    """

    dtype: str
    scheme: str
    tensors: int
    elements: int
    bytes: int
    sparse: bool


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node in full.

    Attributes:
        cost: Its work.
        output: Shape of its first output; None if that is not known, or there is none.
        output_dtype: Type of its first output.
    """

    cost: NodeCost
    output: Shape | None
    output_dtype: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that a .tflite file says of itself.

    Attributes:
        facts: The figures of the graph that is looked at.
        schema: Version of the schema.
        description: The converter's words.
        graphs: Name and number of nodes of each graph.
        main: Index of the graph that is looked at.
        signatures: All; a made-up one with an empty key if the file has none.
        operators: Those of that graph, most work first.
        weights: The constants of all graphs by kind, most elements first.
        nodes: In the order of execution.
        card: What the author wrote; None if nothing.
        conversion: How it was converted; None if that is not said.
        labels: Of the inputs and outputs.
        archived: Files that are appended.
        metadata: All metadata entries.
        troubles: What could not be read, in words.
    """

    facts: GraphFacts
    schema: int
    description: str
    graphs: tuple[tuple[str, int], ...]
    main: int
    signatures: tuple[SignatureFacts, ...]
    operators: tuple[OperatorCount, ...]
    weights: tuple[WeightKind, ...]
    nodes: tuple[NodeFacts, ...]
    card: ModelCard | None
    conversion: Conversion | None
    labels: tuple[Labels, ...]
    archived: tuple[ArchivedFile, ...]
    metadata: tuple[MetadataEntry, ...]
    troubles: tuple[str, ...]


def inspect(path: Path, signature: str | None = None) -> Inspection:
    """Read a .tflite file.

    Args:
        path: The file.
        signature: Name of the signature whose graph is looked at; None takes the first, in a file
            without any the first graph.

    Raises:
        ModelError: The file is missing, empty or damaged, or has no such signature.
    """
    with opened(path) as data:
        model = parse(data)
        called = called_by(model, signature, path)
        facts = facts_of(model, data, called)
        graph = model.graphs[called.graph]
        extras = Extras(model, data)
        return Inspection(
            facts=facts,
            schema=model.version,
            description=model.description,
            graphs=tuple((one.name, len(one.nodes)) for one in model.graphs),
            main=called.graph,
            signatures=tuple(_signatures(model)),
            operators=tuple(_operators(facts.nodes)),
            weights=tuple(_weights(model)),
            nodes=tuple(_nodes(graph, facts.nodes)),
            card=extras.card,
            conversion=extras.conversion,
            labels=extras.labels,
            archived=extras.archived,
            metadata=extras.entries,
            troubles=tuple(extras.troubles),
        )


def _signatures(model: Model) -> Iterator[SignatureFacts]:
    for signature in model.signatures or (unnamed(model.graphs[0]),):
        tensors = model.graphs[signature.graph].tensors
        yield SignatureFacts(
            signature.key,
            signature.graph,
            _tensors(signature.inputs, tensors),
            _tensors(signature.outputs, tensors),
        )


def _tensors(named: dict[str, int], tensors: tuple[Tensor, ...]) -> tuple[TensorFacts, ...]:
    return tuple(
        TensorFacts(
            name,
            tensors[index].name,
            tensors[index].dtype,
            tensors[index].shape,
            tensors[index].signature,
            tensors[index].quantisation,
        )
        for name, index in named.items()
    )


def _operators(nodes: Iterable[NodeCost]) -> list[OperatorCount]:
    by_op: dict[str, list[NodeCost]] = {}
    for node in nodes:
        by_op.setdefault(node.op, []).append(node)
    counts = [
        OperatorCount(
            op, len(some), _sum(node.macs for node in some), _sum(node.bytes for node in some)
        )
        for op, some in by_op.items()
    ]
    # What is not known comes first: it may be most of the work.
    unknown = float("inf")
    return sorted(
        counts,
        key=lambda one: (
            unknown if one.macs is None else one.macs,
            unknown if one.bytes is None else one.bytes,
        ),
        reverse=True,
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def _weights(model: Model) -> list[WeightKind]:
    by_kind: dict[tuple[str, str, bool], list[Tensor]] = {}
    seen: set[Buffer] = set()
    for graph in model.graphs:
        constants = list(_constants(graph, seen))
        for tensor, buffer in constants:
            scheme = tensor.quantisation.scheme if tensor.quantisation else ""
            by_kind.setdefault((tensor.dtype, scheme, tensor.sparse), []).append(tensor)
            seen.add(buffer)
    kinds = [_kind(kind, tensors) for kind, tensors in by_kind.items()]
    return sorted(kinds, key=lambda kind: kind.elements, reverse=True)


def _constants(graph: Graph, seen: AbstractSet[Buffer]) -> Iterator[tuple[Tensor, Buffer]]:
    used = {index for node in graph.nodes for index in node.inputs} - {ABSENT}
    for index in sorted(used):
        tensor = graph.tensors[index]
        if tensor.buffer is not None and tensor.buffer not in seen:
            yield tensor, tensor.buffer


def _kind(kind: tuple[str, str, bool], tensors: list[Tensor]) -> WeightKind:
    dtype, scheme, sparse = kind
    stored = {tensor.buffer for tensor in tensors if tensor.buffer is not None}
    return WeightKind(
        dtype,
        scheme,
        len(tensors),
        sum(elements(tensor.shape) or 0 for tensor in tensors),
        sum(buffer.size for buffer in stored),
        sparse,
    )


def _nodes(graph: Graph, costs: tuple[NodeCost, ...]) -> Iterator[NodeFacts]:
    shapes = resolve(graph)
    for node, cost in zip(graph.nodes, costs, strict=True):
        index = node.outputs[0] if node.outputs else ABSENT
        if index == ABSENT:
            yield NodeFacts(cost, None, "")
        else:
            yield NodeFacts(cost, shapes[index], graph.tensors[index].dtype)


def intensity(cost: NodeCost) -> float | None:
    """Return MACs per byte of compulsory traffic; None where either is not known."""
    if cost.macs is None or not cost.bytes:
        return None
    return cost.macs / cost.bytes
