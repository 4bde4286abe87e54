"""Reads which node went to which delegate: the `ModelRuntimeDetails` protocol buffer.

Source: tflite/profiling/proto/model_runtime_info.proto. Its class in the wheel cannot be imported
without loading the LiteRT library, so the few fields are read from the wire.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.tools.benchmark_model.names import delegate_name
from benchhub.tools.benchmark_model.wire import Budget, WireError, fields, message

MOST_BYTES = 32 << 20

_SUBGRAPHS = 2
_SUBGRAPH_ID, _NODES = 1, 3
_NODE_DELEGATE, _NODE_DELEGATED_TO = 8, 9
_DELEGATE_NAME = 1


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of the main graph.

    Attributes:
        total: Nodes of the model.
        delegated: Those inside a delegate.
        partitions: Delegate nodes that replaced them.
        delegates: Names of the delegates, sorted, e.g. `xnnpack`.
    """

    total: int
    delegated: int
    partitions: int
    delegates: tuple[str, ...]


def read_runtime_info(data: bytes) -> Nodes:
    """Read the main graph of the file.

    Raises:
        WireError: It is not such a file, or has no graph.
    """
    if len(data) > MOST_BYTES:
        raise WireError(f"it has more than {MOST_BYTES} bytes")
    budget = Budget()
    for field, value in fields(data, budget):
        if field == _SUBGRAPHS:
            nodes = _subgraph(message(value), budget)
            if nodes is not None:
                return nodes
    raise WireError("it has no main graph")


def _subgraph(data: bytes, budget: Budget) -> Nodes | None:
    """Count the nodes of one subgraph; None if it is not the main one."""
    total = delegated = partitions = 0
    delegates: set[str] = set()
    for field, value in fields(data, budget):
        if field == _SUBGRAPH_ID and value != 0:
            return None
        if field != _NODES:
            continue
        delegate, inside = _node(message(value), budget)
        if delegate is None:
            total += 1
            delegated += inside
        else:
            partitions += 1
            delegates.add(delegate)
    if total == 0 or (delegated > 0) != (partitions > 0):
        raise WireError("its nodes contradict each other")
    return Nodes(total, delegated, partitions, tuple(sorted(delegates)))


def _node(data: bytes, budget: Budget) -> tuple[str | None, bool]:
    """Return the delegate that a node stands for, and whether it was given to one."""
    delegate: str | None = None
    inside = False
    for field, value in fields(data, budget):
        if field == _NODE_DELEGATE:
            delegate = _delegate(message(value), budget)
        inside = inside or field == _NODE_DELEGATED_TO
    return delegate, inside


def _delegate(data: bytes, budget: Budget) -> str:
    for field, value in fields(data, budget):
        if field == _DELEGATE_NAME:
            name = message(value)[:100].decode("utf-8", "replace")
            return delegate_name(name) or name
    raise WireError("a delegate has no name")
