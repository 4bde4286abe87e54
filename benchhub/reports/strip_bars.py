"""A strip as it is drawn: a bar for each stretch of nodes that ran in the same place."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchhub.records import CPU, NONE, GraphFacts, NodeCost
from benchhub.reports.names import kernels
from benchhub.reports.stretches import Stretch, kind_of

# A strip of more stretches is drawn in as many columns.
MOST_STRETCHES = 160
# Types of operators that a bar names.
MOST_TYPES = 3

UNKNOWN = "not told"
# One sign for each executor, written into its stretches.
SIGNS = {
    NONE: "B",
    "xnnpack": "X",
    CPU: "C",
    "gpu": "G",
    "nnapi": "N",
    "hexagon": "H",
    "external": "E",
    "coreml": "M",
    "npu": "P",
}
_OTHER_SIGN = "D"
_UNKNOWN_SIGN = "?"
# Percent of the width from which a stretch has room for its sign.
_ROOM = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch as it is drawn.

    Attributes:
        kind: CSS class: `accelerator`, `xnnpack`, `builtin`, `cpu` or `unknown`.
        sign: A letter for the executor; empty where there is no room.
        x: Left edge, in percent of the width.
        width: In percent of the width.
        title: What it is, in words.
        border: Whether a partition begins or ends at its left edge.
    """

    kind: str
    sign: str
    x: float
    width: float
    title: str
    border: bool


def bars_of(
    stretches: Sequence[Stretch], graph: GraphFacts | None, known: str = ""
) -> tuple[tuple[Bar, ...], bool]:
    """Return what is drawn, and whether bars stand for several stretches.

    Args:
        stretches: Where the nodes ran.
        graph: The nodes; None if they are not known.
        known: What stands in place of the sign of a strip that is not told node by node.
    """
    bars, coarse = _drawn(stretches, graph)
    if known and stretches[0].executor is None:
        bars = tuple(replace(bar, sign=known) for bar in bars)
    return bars, coarse


def _drawn(stretches: Sequence[Stretch], graph: GraphFacts | None) -> tuple[tuple[Bar, ...], bool]:
    if stretches[-1].nodes is None:
        return (_bar(stretches[0], 1, None, graph),), False
    total = sum(one.nodes or 0 for one in stretches)
    coarse = len(stretches) > MOST_STRETCHES
    shown = _columns(stretches, total) if coarse else stretches
    before: list[Stretch | None] = [None, *shown[:-1]]
    return tuple(
        _bar(one, total, last, graph) for last, one in zip(before, shown, strict=True)
    ), coarse


def _bar(one: Stretch, total: int, before: Stretch | None, graph: GraphFacts | None) -> Bar:
    width = 100 * (total if one.nodes is None else one.nodes) / total
    inside = before is not None and (before.piece is not None or one.piece is not None)
    border = before is not None and (inside or before.executor != one.executor)
    return Bar(
        kind=kind_of(one.executor),
        sign=sign_of(one.executor) if width >= _ROOM else "",
        x=round(100 * one.first / total, 3),
        width=round(width, 3),
        title=_title(one, graph),
        border=border,
    )


def _title(one: Stretch, graph: GraphFacts | None) -> str:
    name = UNKNOWN if one.executor is None else kernels(one.executor)
    if one.nodes is None:
        return f"all nodes: {name}"
    last = one.first + one.nodes - 1
    which = f"node {one.first}" if one.nodes == 1 else f"nodes {one.first} to {last}"
    piece = f", partition {one.piece}" if one.piece is not None else ""
    types = _types(graph.nodes[one.first : last + 1]) if graph else ""
    return f"{which}: {name}{piece}{types}"


def _types(nodes: Sequence[NodeCost]) -> str:
    found = Counter(node.op for node in nodes).most_common()
    named = ", ".join(f"{count} {op}" for op, count in found[:MOST_TYPES])
    return f" ({named}{', and others' if len(found) > MOST_TYPES else ''})" if named else ""


def _columns(stretches: Sequence[Stretch], total: int) -> list[Stretch]:
    """Return columns of about the same number of nodes, each by what ran the most of them."""
    owners = [one.executor for one in stretches for _ in range(one.nodes or 0)]
    edges = [round(i * total / MOST_STRETCHES) for i in range(MOST_STRETCHES + 1)]
    return [
        Stretch(Counter(owners[low:high]).most_common(1)[0][0], low, high - low)
        for low, high in itertools.pairwise(edges)
        if high > low
    ]


def sign_of(executor: str | None) -> str:
    """Return the letter of an executor."""
    return _UNKNOWN_SIGN if executor is None else SIGNS.get(executor, _OTHER_SIGN)
