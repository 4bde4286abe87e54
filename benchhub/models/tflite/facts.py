"""The figures of a .tflite file: work and traffic of each node, parameters, sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from mmap import mmap
from pathlib import Path

from benchhub.errors import ModelError
from benchhub.models.tflite.graph import Graph, Model, Shape, Signature, parse
from benchhub.models.tflite.names import FLEX
from benchhub.models.tflite.opening import opened
from benchhub.models.tflite.sizes import gzip_bytes, parameters
from benchhub.models.tflite.work import node_costs
from benchhub.records.models import GraphFacts, NodeCost

CONTROL_FLOW = frozenset({"IF", "WHILE", "STABLEHLO_WHILE", "STABLEHLO_CASE"})
_MOST_NAMED = 5


def graph_facts(
    path: Path,
    signature: str | None = None,
    shapes: Mapping[str, Sequence[int]] | None = None,
) -> GraphFacts:
    """Return what a .tflite file says of itself.

    Args:
        path: The file.
        signature: Name of the signature whose graph is looked at; None takes the first, in a file
            without any the first graph.
        shapes: Shapes that inputs are resized to, by their names in the signature. Any other input
            has the shape of the file, with 1 for each dimension that it leaves open, as the
            runtime takes it.

    Raises:
        ModelError: The file is missing, empty or damaged, or has no such signature or input.
    """
    with opened(path) as data:
        model = parse(data)
        called = called_by(model, signature, path)
        given = _given(called, shapes or {}, path)
        return facts_of(model, data, called, given)


def called_by(model: Model, key: str | None, path: Path) -> Signature:
    """Return the signature of that name, by default the first; a made-up one if there is none.

    Raises:
        ModelError: There is no signature of that name.
    """
    if key is None:
        return model.signatures[0] if model.signatures else unnamed(model.graphs[0])
    for signature in model.signatures:
        if signature.key == key:
            return signature
    keys = ", ".join(f"'{signature.key}'" for signature in model.signatures)
    raise ModelError(
        f"{path}: the model has no signature '{key}'.",
        f"It has {keys}." if keys else "It has none: leave the signature out.",
    )


def unnamed(graph: Graph) -> Signature:
    """Return how a graph is called in a file without signatures: by the names of its tensors."""
    inputs, outputs = (
        {graph.tensors[index].name: index for index in indices}
        for indices in (graph.inputs, graph.outputs)
    )
    return Signature("", 0, inputs, outputs)


def facts_of(
    model: Model, data: mmap, called: Signature, given: Mapping[int, Shape] | None = None
) -> GraphFacts:
    """Return the figures of a model that was read."""
    nodes = node_costs(model, called.graph, given)
    custom = dict.fromkeys(node.op for graph in model.graphs for node in graph.nodes if node.custom)
    return GraphFacts(
        size_bytes=len(data),
        gzip_bytes=gzip_bytes(data),
        parameters=parameters(model),
        macs=total_macs(nodes),
        nodes=nodes,
        custom=tuple(name for name in custom if not name.startswith(FLEX)),
        flex=tuple(name for name in custom if name.startswith(FLEX)),
        notes=tuple(_notes(model.graphs[called.graph], called, nodes, given or {})),
        name=model.graphs[called.graph].name or called.key,
    )


def total_macs(nodes: Sequence[NodeCost]) -> int | None:
    """Return the sum of what is known; None if nothing is known of the work that there is."""
    told = [node.macs for node in nodes if node.macs is not None]
    total = sum(told)
    return None if not total and len(told) < len(nodes) else total


def shape_text(shape: Sequence[int]) -> str:
    """Write a shape as `1×96×96×3`, a scalar as `scalar`, an open dimension as `?`."""
    return "×".join("?" if size < 0 else str(size) for size in shape) or "scalar"


def _given(called: Signature, shapes: Mapping[str, Sequence[int]], path: Path) -> dict[int, Shape]:
    for name in shapes:
        if name not in called.inputs:
            names = ", ".join(f"'{one}'" for one in called.inputs)
            raise ModelError(f"{path}: the model has no input '{name}'.", f"It has {names}.")
    return {called.inputs[name]: tuple(shape) for name, shape in shapes.items()}


def _notes(
    graph: Graph, called: Signature, nodes: Sequence[NodeCost], given: Mapping[int, Shape]
) -> Iterator[str]:
    for name, index in islice(called.inputs.items(), _MOST_NAMED):
        tensor = graph.tensors[index]
        if index not in given and tensor.dynamic:
            yield (
                f"input '{name}' leaves dimensions open ({shape_text(tensor.signature)}): the "
                f"figures are for {shape_text(tensor.shape)}."
            )
    flow = dict.fromkeys(node.op for node in nodes if node.op in CONTROL_FLOW)
    if flow:
        yield f"{_listed(flow)}: what it runs, and how often, depends on the data."
    untold = [node for node in nodes if node.macs is None]
    if untold:
        ops = dict.fromkeys(node.op for node in untold)
        known = total_macs(nodes) is not None
        yield (
            f"the work of {len(untold)} of {len(nodes)} nodes is not known ({_listed(ops)})"
            + ("; the sum is without it." if known else ".")
        )


def _listed(names: Mapping[str, None]) -> str:
    shown = list(names)[:_MOST_NAMED]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
