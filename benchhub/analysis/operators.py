"""Which operators cost the time: tables over the profile invocations of a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchhub.records import Invocation, OpTime


@dataclass(frozen=True, slots=True)
class OpRow:
    """One operator, averaged over profile invocations.

    Attributes:
        op: What ran, its times those of the first profile; see `OpTime`.
        mean_us: Mean time per inference, over all profiles.
        share: Part of the sum over the main graph, 0 to 1.
        cumulative: Share of this and all slower operators.
        n: Profile processes that have it.
    """

    op: OpTime
    mean_us: float
    share: float
    cumulative: float
    n: int


@dataclass(frozen=True, slots=True)
class OpTypeRow:
    """All operators of one type."""

    op: str
    count: int
    mean_us: float
    share: float


@dataclass(frozen=True, slots=True)
class OpTable:
    """Operators of one case on one device.

    Attributes:
        rows: Slowest first.
        types: Most expensive first.
        total_us: Sum over the main graph per inference.
        n: Number of profile invocations.
        resolution_us: Single times are cut to a multiple of this.
        source: Where the times come from.
    """

    rows: tuple[OpRow, ...]
    types: tuple[OpTypeRow, ...]
    total_us: float
    n: int
    resolution_us: float
    source: str


def op_table(invocations: Iterable[Invocation]) -> OpTable | None:
    """Average the profiles of one case; None if there is none with operators.

    Operators of further subgraphs (bodies of WHILE and IF) are listed, but their time is part of
    the node that calls them, so they have no share of their own.
    """
    profiles = [profile for one in invocations if (profile := one.reading.profile) and profile.ops]
    if not profiles:
        return None
    times: dict[tuple[int, int, str], list[float]] = defaultdict(list)
    first: dict[tuple[int, int, str], OpTime] = {}
    for profile in profiles:
        for op in profile.ops:
            key = (op.subgraph, op.order, op.kernel)
            times[key].append(op.mean_us)
            first.setdefault(key, op)
    means = [(first[key], sum(values) / len(values), len(values)) for key, values in times.items()]
    total = sum(mean for op, mean, _ in means if op.subgraph == 0)
    return OpTable(
        rows=_rows(means, total),
        types=_types(means, total),
        total_us=total,
        n=len(profiles),
        resolution_us=profiles[0].resolution_us,
        source=profiles[0].source,
    )


def _rows(means: Sequence[tuple[OpTime, float, int]], total: float) -> tuple[OpRow, ...]:
    rows = []
    cumulative = 0.0
    for op, mean, n in sorted(means, key=lambda one: -one[1]):
        share = mean / total if total and op.subgraph == 0 else 0.0
        cumulative += share
        rows.append(OpRow(op, mean, share, cumulative, n))
    return tuple(rows)


def _types(means: Sequence[tuple[OpTime, float, int]], total: float) -> tuple[OpTypeRow, ...]:
    grouped: dict[str, list[float]] = defaultdict(list)
    for op, mean, _ in means:
        if op.subgraph == 0:
            grouped[op.op].append(mean)
    rows = [
        OpTypeRow(name, len(times), sum(times), sum(times) / total if total else 0.0)
        for name, times in grouped.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.mean_us))
