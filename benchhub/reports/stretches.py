"""Which nodes of a graph ran where, as far as the evidence of a run tells it. Pure.

What was asked for is not what ran. Nodes have an executor only where the runtime's list of nodes,
the operator profile, or counts that leave no choice tell it. Everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import CPU, CPU_DELEGATES, NONE, GraphFacts, Placement

# No graph has more nodes; a file that says so is broken.
MOST_NODES = 100_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Nodes that follow each other and ran in the same place.

    Attributes:
        executor: The delegate's word, `none` for built-in kernels, `cpu` where it may be either
            kind of the CPU's kernels; None if it is not told.
        first: Index of the first node.
        nodes: How many; None if the length of the graph is not known.
        piece: Number of its partition, from 1; None outside a partition, or if it is not told.
    """

    executor: str | None
    first: int
    nodes: int | None
    piece: int | None = None


def kind_of(executor: str | None) -> str:
    """Return the CSS class of an executor."""
    return {None: "unknown", NONE: "builtin", "xnnpack": "xnnpack", CPU: "cpu"}.get(
        executor, "accelerator"
    )


def graph_of(summary: RunSummary, case: CaseSummary) -> GraphFacts | None:
    """Return what the file of a case says of its nodes; None if it was not read."""
    facts = summary.run.facts_of(case.case.variant)
    return facts.graph if facts else None


def ran(case: CaseSummary, graph: GraphFacts | None) -> tuple[Stretch, ...]:
    """Return where the nodes of a case ran, in the order of the graph; never empty.

    Args:
        case: The case.
        graph: What its file says of its nodes; None if it was not read.
    """
    what = case.placement
    total = what.nodes_total if what else None
    if total is None and graph is not None and graph.nodes:
        total = len(graph.nodes)
    if total is not None and not 0 < total <= MOST_NODES:
        return (Stretch(None, 0, None),)
    if what is None or what.applied is None:
        return (Stretch(None, 0, total),)
    if what.pieces:
        return _by_pieces(what, total)
    alone = _alone(what, total)
    if alone is not None:
        return (Stretch(alone, 0, total),)
    return _by_profile(case, what, total) or (Stretch(None, 0, total),)


def _by_pieces(what: Placement, total: int | None) -> tuple[Stretch, ...]:
    """Nodes of no piece ran on the built-in kernels: all delegates are in the list."""
    inside: dict[int, tuple[str, int]] = {}
    ordered = sorted(what.pieces, key=lambda one: min(one.nodes, default=0))
    for number, piece in enumerate(ordered, 1):
        inside |= dict.fromkeys(piece.nodes, (piece.delegate, number))
    end = min(max(inside, default=0) + 1, MOST_NODES) if total is None else total
    return _stretches([inside.get(node, (NONE, None)) for node in range(end)])


def _alone(what: Placement, total: int | None) -> str | None:
    """Return what ran all nodes, where counts leave no choice; None if they do."""
    applied = what.applied
    if applied in (NONE, CPU):
        return applied
    if applied == what.requested:
        whole = total is not None and what.nodes_delegated == total
        return applied if whole else None
    # After a fallback to XNNPACK the rest runs on the CPU as well, in kernels of which kind is
    # not told.
    return CPU if applied in CPU_DELEGATES else None


def _by_profile(
    case: CaseSummary, what: Placement, total: int | None
) -> tuple[Stretch, ...] | None:
    """Tell the nodes that were left from the rows of the profile, if their number is the same."""
    if what.applied != what.requested or what.nodes_delegated is None:
        return None
    if case.operators is None or total is None:
        return None
    rows = [row.op for row in case.operators.rows if row.op.subgraph == 0]
    left = {op.node for op in rows if op.delegate is None and op.node is not None}
    if len(left) != total - what.nodes_delegated or any(node >= total for node in left):
        return None
    return _stretches([(NONE if i in left else what.applied, None) for i in range(total)])


def _stretches(owners: Sequence[tuple[str | None, int | None]]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    start = 0
    for i in range(1, len(owners) + 1):
        if i == len(owners) or owners[i] != owners[start]:
            found.append(Stretch(owners[start][0], start, i - start, owners[start][1]))
            start = i
    return tuple(found)
