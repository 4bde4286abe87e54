"""Latency, placement and operators of a result document."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from benchhub.records import Latency, OpTime, Placement
from benchhub.tools.litert.document import Document, MalformedError

XNNPACK = "xnnpack"
NONE = "none"


def latency_of(samples_us: Sequence[float], source: str) -> Latency:
    """Return the statistics of samples.

    Percentiles are interpolated linearly between the closest ranks (Hyndman and Fan 1996, type 7),
    the standard deviation is that of a sample (n - 1).

    Args:
        samples_us: At least one inference.
        source: What to say about where they are from.
    """
    n = len(samples_us)
    ordered = sorted(samples_us)
    mean = math.fsum(samples_us) / n
    squares = math.fsum((sample - mean) ** 2 for sample in samples_us)
    twentieths = statistics.quantiles(ordered, n=20, method="inclusive") if n > 1 else ordered * 19
    return Latency(
        n=n,
        mean_us=min(max(mean, ordered[0]), ordered[-1]),
        median_us=statistics.median(ordered),
        min_us=ordered[0],
        max_us=ordered[-1],
        std_us=math.sqrt(squares / (n - 1)) if n > 1 else None,
        p5_us=twentieths[0],
        p95_us=twentieths[-1],
        samples_us=tuple(samples_us),
        source=source,
    )


def placement_of(document: Document, requested: str) -> Placement:
    """Return what ran where in the main graph.

    Evidence, best first: events of a profiled inference, one for each node outside the delegate;
    the runtime's word that there is no such node; that no delegate was asked for.
    """
    total = document.count("nodes")
    seen = document.part("placement") if document.has("placement") else None
    if seen is None:
        applied, delegated = (NONE, 0) if requested == NONE else (None, None)
        return Placement(
            requested, applied, delegated, total, delegated, "the Interpreter API does not tell"
        )
    full = seen.flag("fully_accelerated")
    if seen.has("delegate_ops"):
        return _from_events(seen, requested, total, full=full)
    if requested == NONE:
        return Placement(requested, NONE, 0, total, 0, "kernel_mode builtin")
    if full:
        source = "LiteRtCompiledModelIsFullyAccelerated: true"
        return Placement(requested, requested, total, total, 1, source)
    source = "LiteRtCompiledModelIsFullyAccelerated: false; too slow for a second look"
    return Placement(requested, None, None, total, None, source)


def _from_events(seen: Document, requested: str, total: int, *, full: bool) -> Placement:
    operators, outside = seen.count("delegate_ops"), seen.count("nodes_outside")
    return Placement(
        requested=requested,
        applied=XNNPACK if operators else NONE,
        nodes_delegated=_delegated(total, outside, operators, full=full),
        nodes_total=total,
        partitions=seen.count("partitions"),
        source=f"profiler events: {outside} nodes of the main graph outside the delegate",
    )


def _delegated(total: int, outside: int, operators: int, *, full: bool) -> int:
    """Nodes without an event are in the delegate, if one ran; the runtime's word comes first."""
    if not operators:
        return 0
    return total if full else max(0, total - outside)


def ops_of(profile: Document, main: int) -> tuple[OpTime, ...]:
    """Return the operators in the order of execution.

    The graph that the signature runs becomes subgraph 0, and changes places with that.

    Args:
        profile: The profile of a document.
        main: Index of the graph that the signature runs.

    Raises:
        MalformedError: The rows are not what they should be, or there are none.
    """
    swapped = {main: 0, 0: main}
    ops = tuple(_op(row, order, swapped) for order, row in enumerate(profile.parts("ops")))
    if not ops:
        raise MalformedError("no operator has a time")
    return ops


def _op(row: Document, order: int, swapped: dict[int, int]) -> OpTime:
    graph = row.count("subgraph")
    delegated = row.flag("delegated")
    return OpTime(
        order=order,
        op=row.text("op"),
        kernel=row.text("kernel"),
        name=row.text("name"),
        node=None if delegated else row.count("node"),
        subgraph=swapped.get(graph, graph),
        delegate=XNNPACK if delegated else None,
        mean_us=row.positive("mean_us"),
        min_us=row.positive_or_none("min_us"),
        max_us=row.positive_or_none("max_us"),
        std_us=row.positive_or_none("std_us"),
        calls=row.positive("calls"),
    )
