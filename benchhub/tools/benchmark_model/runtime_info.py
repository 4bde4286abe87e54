"""Reads which node went to which delegate: the `ModelRuntimeDetails` protocol buffer.

Source: tflite/profiling/proto/model_runtime_info.proto. Its class in the wheel cannot be imported
without loading the LiteRT library, so the few fields are read from the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from benchhub.records import Partition
from benchhub.tools.benchmark_model.names import delegate_name
from benchhub.tools.benchmark_model.wire import Budget, WireError, fields, message, number, numbers

MOST_BYTES = 32 << 20

_SUBGRAPHS = 2
_SUBGRAPH_ID, _NODES, _PLAN = 1, 3, 4
_NODE_ID, _NODE_DELEGATE, _NODE_DELEGATED_TO = 1, 8, 9
_DELEGATE_NAME, _REPLACED = 1, 2


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of the main graph.

    Attributes:
        total: Nodes of the model.
        delegated: Those inside a delegate.
        partitions: Delegate nodes that replaced them.
        delegates: Names of the delegates, sorted, e.g. `xnnpack`.
        pieces: The delegate nodes in the order of the file, with the nodes that each replaced.
        types: Node types of the delegates as the runtime calls them.
    """

    total: int
    delegated: int
    partitions: int
    delegates: tuple[str, ...]
    pieces: tuple[Partition, ...] = ()
    types: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Node:
    """One node: a delegate's if it has a type, else one of the model's."""

    index: int = 0
    type: str | None = None
    replaced: list[int] = field(default_factory=list)
    inside: bool = False


def read_runtime_info(data: bytes) -> Nodes:
    """Read the main graph of the file.

    Raises:
        WireError: It is not such a file, or has no graph.
    """
    if len(data) > MOST_BYTES:
        raise WireError(f"it has more than {MOST_BYTES} bytes")
    budget = Budget()
    for key, value in fields(data, budget):
        if key == _SUBGRAPHS:
            nodes = _subgraph(message(value), budget)
            if nodes is not None:
                return nodes
    raise WireError("it has no main graph")


def _subgraph(data: bytes, budget: Budget) -> Nodes | None:
    """Read the nodes of one subgraph; None if it is not the main one."""
    nodes: list[_Node] = []
    plan: set[int] = set()
    for key, value in fields(data, budget):
        if key == _SUBGRAPH_ID and value != 0:
            return None
        if key == _NODES:
            nodes.append(_node(message(value), budget))
        elif key == _PLAN:
            plan.update(numbers(value, budget))
    own = [node for node in nodes if node.type is None]
    # A delegate that was applied and undone leaves a node that nothing executes.
    delegates = [node for node in nodes if node.type and (not plan or node.index in plan)]
    inside = {node.index for node in own if node.inside}
    known = {node.index for node in own}
    pieces = [(node.type or "", sorted(known.intersection(node.replaced))) for node in delegates]
    if not own or inside != {index for _, taken in pieces for index in taken}:
        raise WireError("its nodes contradict each other")
    return Nodes(
        total=len(own),
        delegated=len(inside),
        partitions=len(pieces),
        delegates=tuple(sorted({_word(name) for name, _ in pieces})),
        pieces=tuple(Partition(_word(name), tuple(taken)) for name, taken in pieces),
        types=frozenset(name for name, _ in pieces),
    )


def _node(data: bytes, budget: Budget) -> _Node:
    node = _Node()
    for key, value in fields(data, budget):
        if key == _NODE_ID:
            node.index = int(number(value))
        elif key == _NODE_DELEGATE:
            _delegate(message(value), budget, node)
        elif key == _NODE_DELEGATED_TO:
            node.inside = True
    return node


def _delegate(data: bytes, budget: Budget, node: _Node) -> None:
    for key, value in fields(data, budget):
        if key == _DELEGATE_NAME:
            node.type = message(value)[:100].decode("utf-8", "replace")
        elif key == _REPLACED:
            node.replaced += numbers(value, budget)
    if not node.type:
        raise WireError("a delegate has no name")


def _word(name: str) -> str:
    return delegate_name(name) or name
