"""The work of each node of a graph, with that of the graphs that it calls once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchhub.models.tflite.graph import ABSENT, MAX_ELEMENTS, Graph, Model, Node, Shape
from benchhub.models.tflite.macs import macs_of
from benchhub.models.tflite.shapes import resolve
from benchhub.models.tflite.traffic import bytes_of
from benchhub.records.models import NodeCost

# They run another graph exactly once. IF, WHILE and their like run one as the data says.
CALLS = frozenset({"STABLEHLO_COMPOSITE", "CALL"})
# Calls inside calls, and nodes and tensors in all of them, before the rest is left untold: in a
# forged file each call may lead to two more.
MOST_DEPTH = 32
MOST_PARTS = 200_000
# Where the data is not the first input.
_DATA = {
    "TRANSPOSE_CONV": 2,
    "CONV_3D_TRANSPOSE": 2,
    "SPLIT": 1,
    "EMBEDDING_LOOKUP": 1,
    "FILL": 1,
    "SELECT": 1,
    "SELECT_V2": 1,
}


def node_costs(
    model: Model, index: int, given: Mapping[int, Shape] | None = None
) -> tuple[NodeCost, ...]:
    """Return the work of each node of one graph.

    Args:
        model: The model.
        index: Of the graph.
        given: Shapes of inputs, by tensor index, where they are not those of the file.
    """
    graph = model.graphs[index]
    shapes = resolve(graph, given)
    calls = _Calls(model, index)
    return tuple(
        NodeCost(
            node=place,
            op=node.op,
            name=_name(node, graph),
            macs=calls.macs(node, shapes) if node.op in CALLS else macs_of(node, shapes),
            bytes=bytes_of(node, graph.tensors, shapes),
            dtype=_dtype(node, graph),
        )
        for place, node in enumerate(graph.nodes)
    )


class _Calls:
    """MACs of graphs that are called, each counted once for the same shapes."""

    def __init__(self, model: Model, index: int) -> None:
        self._graphs = model.graphs
        self._active = {index}
        self._known: dict[tuple[int, tuple[Shape | None, ...]], int | None] = {}
        self._left = MOST_PARTS

    def macs(self, node: Node, shapes: Sequence[Shape | None]) -> int | None:
        """Return the MACs of a node that calls a graph; None if they cannot be told."""
        callee = node.options.calls[0] if node.options.calls else -1
        if not 0 <= callee < len(self._graphs) or callee in self._active:
            return None
        if len(self._active) > MOST_DEPTH:
            return None
        inputs = tuple(None if index == ABSENT else shapes[index] for index in node.inputs)
        if (callee, inputs) not in self._known:
            graph = self._graphs[callee]
            self._left -= len(graph.nodes) + len(graph.tensors)
            told = self._left >= 0 and len(inputs) == len(graph.inputs) and None not in inputs
            self._known[callee, inputs] = self._sum(callee, inputs) if told else None
        return self._known[callee, inputs]

    def _sum(self, callee: int, inputs: tuple[Shape | None, ...]) -> int | None:
        graph = self._graphs[callee]
        given = zip(graph.inputs, inputs, strict=True)
        shapes = resolve(graph, {index: shape for index, shape in given if shape is not None})
        self._active.add(callee)
        total: int | None = 0
        for node in graph.nodes:
            macs = self.macs(node, shapes) if node.op in CALLS else macs_of(node, shapes)
            if macs is None or total is None or total + macs > MAX_ELEMENTS:
                total = None
                break
            total += macs
        self._active.discard(callee)
        return total


def _name(node: Node, graph: Graph) -> str:
    output = node.outputs[0] if node.outputs else ABSENT
    return "" if output == ABSENT else graph.tensors[output].name


def _dtype(node: Node, graph: Graph) -> str:
    place = _DATA.get(node.op, 0)
    for index in (*node.inputs[place : place + 1], *node.inputs, *node.outputs):
        if index != ABSENT:
            return graph.tensors[index].dtype
    return ""
