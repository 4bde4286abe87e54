"""Which nodes of a graph an external delegate took, from the public API's list of nodes.

A delegate's node stands behind the nodes that it replaced, which stay in the list. It tells the
tensors that it reads and writes, so what it replaced lies between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DELEGATE = "DELEGATE"


def pieces(nodes: Sequence[Mapping[str, Any]], total: int) -> list[list[int]]:
    """Return the nodes of each partition.

    Args:
        nodes: What `Interpreter._get_ops_details` returns: `index`, `op_name`, `inputs` and
            `outputs` of each node.
        total: Nodes of the model; those behind them are delegates.
    """
    producers = {
        int(tensor): int(node["index"])
        for node in nodes
        if int(node["index"]) < total
        for tensor in node["outputs"]
    }
    by_index = {int(node["index"]): node for node in nodes}
    return [
        _between(node, by_index, producers)
        for node in nodes
        if int(node["index"]) >= total and node["op_name"] == DELEGATE
    ]


def _between(
    piece: Mapping[str, Any],
    by_index: Mapping[int, Mapping[str, Any]],
    producers: Mapping[int, int],
) -> list[int]:
    known = {int(tensor) for tensor in piece["inputs"]}
    wanted = [int(tensor) for tensor in piece["outputs"]]
    found: set[int] = set()
    while wanted:
        tensor = wanted.pop()
        index = producers.get(tensor)
        if tensor in known or index is None or index in found:
            continue
        found.add(index)
        wanted += [int(tensor) for tensor in by_index[index]["inputs"]]
    return sorted(found)
