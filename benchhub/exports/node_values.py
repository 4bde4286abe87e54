"""What is known of single nodes of a model's main graph: time, executor, slow-down.

A row of a profile that is no node of the graph, such as a delegate's whole partition or a step that
XNNPACK adds, has no node here: its time is not spread over others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.attribution import attribute
from benchhub.analysis.op_matching import Operator, match_operators
from benchhub.analysis.profiled import operators_of
from benchhub.analysis.summary import TRUSTED, CaseSummary, DeviceSummary
from benchhub.records import CPU, NONE, GraphFacts, OpTime, Side
from benchhub.records.trust import ACCELERATORS

# How a runtime calls the node that runs a compiled piece of the graph.
_PIECE = "DELEGATE"


@dataclass(frozen=True, slots=True)
class NodeTimes:
    """Operator times of one case, by node.

    Attributes:
        us: Time of each node that has a row of its own.
        total_us: Sum over the main graph, also of what has no node.
    """

    us: Mapping[int, float]
    total_us: float

    @property
    def covered(self) -> float:
        """Share of the time that nodes have, 0 to 1."""
        return sum(self.us.values()) / self.total_us if self.total_us else 0.0


def node_times(case: CaseSummary, graph: GraphFacts | None) -> NodeTimes:
    """Return the operator times of a case by node; nothing without a profile.

    Args:
        case: The case.
        graph: What its file says of its nodes; without it nodes inside XNNPACK cannot be told.
    """
    if case.operators is None:
        return NodeTimes({}, 0.0)
    rows = [row for row in case.operators.rows if row.op.subgraph == 0]
    found = _nodes([row.op for row in rows], case, graph)
    us: dict[int, float] = defaultdict(float)
    for row in rows:
        if (node := found.get(row.op.order)) is not None:
            us[node] += row.mean_us
    return NodeTimes(dict(sorted(us.items())), case.operators.total_us)


def _nodes(ops: Sequence[OpTime], case: CaseSummary, graph: GraphFacts | None) -> Mapping[int, int]:
    """Return the node of each operator by its order, as far as it can be told."""
    if graph is not None and graph.nodes:
        return {order: cost.node for order, cost in attribute(ops, graph.nodes).items()}
    # Runtimes append a node for each partition: those have numbers beyond the graph's own.
    total = case.placement.nodes_total if case.placement else None
    return {
        op.order: op.node
        for op in ops
        if op.node is not None and op.delegate is None and op.op != _PIECE
        if total is None or op.node < total
    }


def executors(case: CaseSummary, graph: GraphFacts | None) -> dict[int, str]:
    """Return who ran each node, as delegates are called; only nodes of which it is known.

    The list of pieces tells it of every node. Without one, a delegate that took all nodes or none
    does, and the rows of the profile do for the nodes that have one.
    """
    what = case.placement
    total = len(graph.nodes) if graph and graph.nodes else what.nodes_total if what else None
    if what is not None and what.pieces:
        ran = {node: piece.delegate for piece in what.pieces for node in piece.nodes}
        nodes = range(total) if total is not None else sorted(ran)
        return {node: ran.get(node, NONE) for node in nodes}
    if what is not None and what.applied is not None and total is not None:
        whole = what.nodes_delegated is not None and what.nodes_delegated == what.nodes_total
        if what.applied == NONE or whole:
            return dict.fromkeys(range(total), what.applied)
    return _by_rows(case, graph)


def _by_rows(case: CaseSummary, graph: GraphFacts | None) -> dict[int, str]:
    rows = case.operators.rows if case.operators else ()
    ops = [row.op for row in rows if row.op.subgraph == 0]
    found = _nodes(ops, case, graph)
    # Where built-in kernels cannot be told from XNNPACK's, a row without a delegate is either.
    unnamed = CPU if case.placement and case.placement.applied == CPU else NONE
    named = {
        found[op.order]: op.delegate or unnamed
        for op in sorted(ops, key=lambda op: op.order)
        if op.order in found
    }
    return dict(sorted(named.items()))


def is_fallback(case: CaseSummary, executor: str) -> bool:
    """Say whether the CPU ran what an accelerator was asked to run."""
    asked = case.case.configuration.delegate
    return asked in ACCELERATORS and executor not in ACCELERATORS


def base_of(case: CaseSummary, device: DeviceSummary) -> CaseSummary | None:
    """Return the case of the same device that this one is held against, if it has operator times.

    In a comparison that is the baseline of the pair, else the reference of the model and tool.
    """
    if not _has_times(case):
        return None
    return next((one for one in device.cases if _has_times(one) and _is_base(one, case)), None)


def _has_times(case: CaseSummary) -> bool:
    return case.operators is not None and (case.profile_status in TRUSTED or case.fell_back)


def _is_base(one: CaseSummary, case: CaseSummary) -> bool:
    mine, other = case.case, one.case
    if mine.side is not None:
        same_pair = other.pair_id == mine.pair_id and other.side is Side.BASELINE
        return same_pair and mine.side is not Side.BASELINE
    same = (mine.variant.model, mine.tool) == (other.variant.model, other.tool)
    return same and one.is_reference and other.id != mine.id


def slowdowns(
    case: CaseSummary, base: CaseSummary, graphs: Sequence[GraphFacts | None]
) -> dict[int, float]:
    """Return the time of each node divided by that of the same work in the base.

    Nodes are matched by output tensor and order. Several that were fused into one, or one that was
    split, are one piece of work and have one value. What has no time on one side has none.

    Args:
        case: The case whose nodes are told.
        base: What it is held against.
        graphs: What the files of both say of their nodes.
    """
    graph, other = graphs
    after, before = operators_of(case, graph), operators_of(base, other)
    known = dict.fromkeys(node_times(case, graph).us)
    found: dict[int, float] = {}
    for match in match_operators(before, after):
        was, now = (sum(one.mean_us for one in side) for side in (match.before, match.after))
        # What is too short for the clock is neither slower nor faster.
        if was > 0 and now > 0:
            found.update(dict.fromkeys(_own(match.after, known), now / was))
    return dict(sorted(found.items()))


def _own(operators: Sequence[Operator], known: Collection[int]) -> Iterator[int]:
    for one in operators:
        if one.node is not None and one.node in known and not one.partition:
            yield one.node
