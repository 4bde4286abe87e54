"""The operators of a case as they are compared: rows of its profiles and the nodes behind them."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

from benchhub.analysis.attribution import attribute, may_be
from benchhub.analysis.op_matching import Operator
from benchhub.analysis.operators import OpRow
from benchhub.analysis.summary import CaseSummary
from benchhub.records import GraphFacts, NodeCost, OpTime

# How a runtime calls the node that runs a compiled piece of the graph.
_PIECE = "DELEGATE"

_Key = tuple[int, int, str]


def operators_of(case: CaseSummary, graph: GraphFacts | None) -> tuple[Operator, ...]:
    """Return the operators of the main graph in the order of execution; empty without a profile.

    Of several profile processes the median counts: load that disturbs one of them makes its means
    too large. The time of a further graph is part of the WHILE or IF that runs it.

    Args:
        case: The case.
        graph: What its file says of its nodes; without it nodes inside XNNPACK cannot be told.
    """
    if case.operators is None:
        return ()
    rows = [row for row in case.operators.rows if row.op.subgraph == 0]
    nodes = attribute([row.op for row in rows], graph.nodes) if graph else {}
    times = _times(case)
    return tuple(
        _operator(row, nodes.get(row.op.order), [one.get(_key(row.op)) for one in times])
        for row in sorted(rows, key=lambda one: one.op.order)
    )


def _operator(row: OpRow, node: NodeCost | None, times_us: Sequence[float | None]) -> Operator:
    op = row.op
    there = [time for time in times_us if time is not None]
    return Operator(
        order=op.order,
        op=node.op if node else op.op,
        kinds=frozenset({node.op}) if node else may_be(op),
        kernel=op.kernel,
        name=op.name or (node.name if node else ""),
        node=node.node if node else op.node,
        executor=op.delegate,
        mean_us=statistics.median(there) if there else row.mean_us,
        times_us=tuple(time or 0.0 for time in times_us),
        cost=node,
        partition=op.delegate is not None and (bool(op.name) or op.op == _PIECE),
    )


def _times(case: CaseSummary) -> list[Mapping[_Key, float]]:
    """Return the time of each operator in each profile process."""
    profiles = [one.reading.profile for one in case.profile_invocations]
    found: list[Mapping[_Key, float]] = []
    for profile in profiles:
        if profile is None or not profile.ops:
            continue
        times: dict[_Key, float] = defaultdict(float)
        for op in profile.ops:
            times[_key(op)] += op.mean_us
        found.append(times)
    return found


def _key(op: OpTime) -> _Key:
    return op.subgraph, op.order, op.kernel
