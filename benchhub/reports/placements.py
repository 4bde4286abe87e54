"""What ran where in one case, in full: pieces of the graph, operators left out, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary
from benchhub.records import NONE, Agreement, Placement, Unsupported
from benchhub.reports.agreement import difference
from benchhub.reports.names import kernels

# Pieces and ranges beyond that are counted, not listed.
MOST_PIECES = 40
MOST_RANGES = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """Nodes that ran together: who ran them, how many, and which, e.g. `0 to 39, 41`."""

    delegate: str
    nodes: int
    which: str


@dataclass(frozen=True, slots=True)
class PlacementDetail:
    """What ran where in one case.

    Attributes:
        facts: Name and text: what was asked for, what ran, and what that rests on.
        pieces: In the order of the graph, the CPU's own kernels last; empty if not known.
        more: How many further pieces there are.
        unsupported: Operators that the delegate did not take.
    """

    facts: tuple[tuple[str, str], ...]
    pieces: tuple[Piece, ...]
    more: int
    unsupported: tuple[Unsupported, ...]


def placement_detail(case: CaseSummary) -> PlacementDetail:
    """Return what is known of a case's placement."""
    what = case.placement
    pieces = tuple(_pieces(what)) if what else ()
    return PlacementDetail(
        facts=tuple(_facts(case, what)),
        pieces=pieces[:MOST_PIECES],
        more=max(0, len(pieces) - MOST_PIECES),
        unsupported=what.unsupported if what else (),
    )


def _facts(case: CaseSummary, what: Placement | None) -> Iterator[tuple[str, str]]:
    requested = what.requested if what else case.case.configuration.delegate
    yield "Asked for", kernels(requested)
    if what is None:
        yield "Ran on", "not known: no process told"
        return
    yield "Ran on", kernels(what.applied) if what.applied is not None else "not known"
    if what.nodes_delegated is not None and what.nodes_total is not None:
        yield "Nodes", f"{what.nodes_delegated} of {what.nodes_total}"
    elif what.nodes_total is not None:
        yield "Nodes", f"{what.nodes_total} in all"
    if what.partitions is not None and what.applied != NONE:
        yield "Partitions", str(what.partitions)
    if what.backend:
        yield "Through", what.backend
    if what.precision:
        yield "Precision", what.precision
    if case.agreement:
        yield "Outputs", _agreement(case.agreement)
    yield "Evidence", what.source


def _agreement(found: Agreement) -> str:
    parts = [f"{found.outside} of {found.elements} elements beyond the limits"]
    if found.max_abs is not None:
        parts.append(f"largest difference {difference(found.max_abs)}")
    if found.max_rel is not None:
        parts.append(f"in proportion {difference(found.max_rel)}")
    parts.append(f"farthest off: {found.worst}" if found.worst else "")
    return "; ".join(part for part in parts if part)


def _pieces(what: Placement) -> Iterator[Piece]:
    if not what.pieces:
        return
    taken: set[int] = set()
    for piece in sorted(what.pieces, key=lambda one: min(one.nodes, default=0)):
        taken.update(piece.nodes)
        yield Piece(kernels(piece.delegate), len(piece.nodes), ranges(piece.nodes))
    left = [] if what.nodes_total is None else sorted(set(range(what.nodes_total)) - taken)
    if left:
        yield Piece(kernels(NONE), len(left), ranges(left))


def ranges(nodes: Iterable[int]) -> str:
    """Write indices compactly: `0 to 39, 41, 44 to 66`."""
    found: list[list[int]] = []
    for node in sorted(nodes):
        if found and node == found[-1][1] + 1:
            found[-1][1] = node
        else:
            found.append([node, node])
    texts = [str(low) if low == high else f"{low} to {high}" for low, high in found]
    more = len(texts) - MOST_RANGES
    return ", ".join([*texts[:MOST_RANGES], f"and {more} more ranges"] if more > 0 else texts)
