"""How the placement of a graph differs between two sides, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from benchhub.records import CPU, NONE, Placement, spelled


def executor(delegate: str | None) -> str:
    """Name what runs an operator in a sentence: `built-in kernels`, `XNNPACK`."""
    return spelled(delegate or NONE)


def moved(before: str | None, after: str | None) -> str:
    """Say where something runs now: `on built-in kernels instead of XNNPACK`."""
    return f"on {executor(after)} instead of {executor(before)}"


def placement_changes(before: Placement | None, after: Placement | None) -> tuple[str, ...]:
    """Say what runs elsewhere; empty if nothing does, or it cannot be told."""
    if before is None or after is None:
        return ()
    return tuple(_changes(before, after))


def _changes(before: Placement, after: Placement) -> Iterator[str]:
    known = before.applied is not None and after.applied is not None
    if known and before.applied != after.applied:
        yield f"{executor(after.applied)} ran it, before {executor(before.applied)}"
    elif known and before.applied not in (NONE, CPU):
        yield from _extent(before, after)
    lost = [one for one in after.unsupported if one not in before.unsupported]
    for one in lost:
        why = f": {one.reason}" if one.reason else ""
        yield f"{executor(after.requested)} did not take {one.op}{why}"
    for what, was, now in (
        ("backend", before.backend, after.backend),
        ("precision", before.precision, after.precision),
    ):
        if was and now and was != now:
            yield f"{what} {now}, before {was}"


def _extent(before: Placement, after: Placement) -> Iterator[str]:
    """Say what changed within one delegate."""
    name = executor(after.applied)
    if _left_out(before) != _left_out(after) and None not in (_left_out(before), _left_out(after)):
        yield (
            f"{name} ran {after.nodes_delegated} of {after.nodes_total} nodes, "
            f"before {before.nodes_delegated} of {before.nodes_total}"
        )
    pieces = before.partitions, after.partitions
    if None not in pieces and pieces[0] != pieces[1]:
        many = "" if after.partitions == 1 else "s"
        yield f"{name} ran in {after.partitions} partition{many}, before in {before.partitions}"


def _left_out(what: Placement) -> int | None:
    """Return how many nodes the delegate did not run."""
    if what.nodes_delegated is None or what.nodes_total is None:
        return None
    return what.nodes_total - what.nodes_delegated
