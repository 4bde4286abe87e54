"""Latency and operators of a result document."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from benchhub.records import Latency, OpTime
from benchhub.tools.litert.document import Document, MalformedError

XNNPACK = "xnnpack"
# A compiled piece of the graph, as the profiler calls the node that runs it.
PIECE = "DELEGATE"


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


def ops_of(profile: Document, main: int, compiled_by: str | None = None) -> tuple[OpTime, ...]:
    """Return the operators in the order of execution.

    The graph that the signature runs becomes subgraph 0, and changes places with that.

    Args:
        profile: The profile of a document.
        main: Index of the graph that the signature runs.
        compiled_by: Delegate that changed the model before it ran. Nodes then have other indices
            than in the file, and its pieces are nodes of their own.

    Raises:
        MalformedError: The rows are not what they should be, or there are none.
    """
    swapped = {main: 0, 0: main}
    ops = tuple(_op(row, order, swapped) for order, row in enumerate(profile.parts("ops")))
    if compiled_by:
        ops = tuple(_of_changed_model(op, compiled_by) for op in ops)
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


def _of_changed_model(op: OpTime, compiled_by: str) -> OpTime:
    if op.delegate is None and op.op == PIECE:
        return replace(op, delegate=compiled_by, node=None, name="")
    return replace(op, node=None, name="")
