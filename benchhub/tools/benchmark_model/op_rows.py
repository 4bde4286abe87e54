"""Turns one row of an operator profile into a record, whatever file it came from.

Two kinds of rows, told by the name:
- a node of the graph: type `CONV_2D`, name `[conv1/Relu;conv1/Conv2D]:2`; the number after the
  last colon is the index of the node, the rest its output tensors;
- an operator inside XNNPACK: type `Convolution (NHWC, F32) GEMM`, name
  `Delegate/Convolution (NHWC, F32) GEMM:2`; the number is XNNPACK's own, no node of the graph.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from benchhub.records import CPU_DELEGATES, OpTime, Profile
from benchhub.tools.benchmark_model.names import delegate_name, word_of

# Each call is timed in whole microseconds before anything is averaged: XNNPACK cuts off the rest.
RESOLUTION_US = 1.0
# Delegates tell their own operators under this prefix: XNNPACK on a CPU, OpenCL's GPU delegate.
_INSIDE = "Delegate/"
# XNNPACK's name their layout: `Convolution (NHWC, F32) IGEMM`, `Binary Elementwise (ND)`.
_XNNPACK_KERNEL = re.compile(r" \(N[CDHW]{0,3}[,)]")
_MOST_INDEX_DIGITS = 9


class ProfileError(ValueError):
    """An operator profile cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the program writes it.

    Attributes:
        type: Node type.
        name: Name with the index.
        subgraph: Index of the subgraph.
        mean_us: Mean time of one inference, all calls together.
        calls: Calls per inference.
        min_us: Smallest time of a call; None where not told.
        max_us: Largest; likewise.
        std_us: Standard deviation over the calls; likewise.
    """

    type: str
    name: str
    subgraph: int
    mean_us: float
    calls: float
    min_us: float | None = None
    max_us: float | None = None
    std_us: float | None = None


def op_time(row: Row, order: int) -> OpTime:
    """Return a row as a record.

    Raises:
        ProfileError: A figure is not finite or negative.
    """
    if not (math.isfinite(row.mean_us) and row.mean_us >= 0 and 0 <= row.calls < math.inf):
        raise ProfileError(f"row {order} ({row.type[:60]}) has an impossible time")
    inside = row.name.startswith(_INSIDE)
    node, name = (None, "") if inside else _node(row.name)
    delegate = "xnnpack" if inside else delegate_name(row.type)
    return OpTime(
        order=order,
        op=row.type.split(" (", 1)[0] if inside else row.type,
        kernel=row.type,
        name=name,
        node=None if delegate else node,
        subgraph=row.subgraph,
        delegate=delegate,
        mean_us=row.mean_us,
        min_us=row.min_us,
        max_us=row.max_us,
        std_us=row.std_us,
        calls=row.calls,
    )


def attributed(profile: Profile, requested: str, types: frozenset[str]) -> Profile:
    """Name the delegate of each row by what was asked for.

    Args:
        profile: As read; operators inside a delegate are taken for XNNPACK's.
        requested: Word of the delegate that was asked for.
        types: Node types that the runtime told to be delegates.
    """
    return replace(profile, ops=tuple(_attributed(op, requested, types) for op in profile.ops))


def _attributed(op: OpTime, requested: str, types: frozenset[str]) -> OpTime:
    if op.delegate is None:
        return replace(op, delegate=word_of(op.op, requested), node=None) if op.op in types else op
    inner = op.delegate == "xnnpack" and delegate_name(op.kernel) is None
    if inner and requested not in CPU_DELEGATES and not _XNNPACK_KERNEL.search(op.kernel):
        return replace(op, delegate=requested)
    return replace(op, delegate=word_of(op.delegate, requested))


def profile_of(ops: tuple[OpTime, ...], n: int | None, source: str) -> Profile:
    """Return the rows as a profile; its total is that of the main graph.

    The time of a WHILE or IF holds that of its body, which has rows of a higher subgraph.

    Raises:
        ProfileError: There is no row.
    """
    if not ops:
        raise ProfileError("it has no operators")
    main = min(op.subgraph for op in ops)
    total = math.fsum(op.mean_us for op in ops if op.subgraph == main)
    if not math.isfinite(total):
        raise ProfileError("its times add up to no number")
    return Profile(ops, n, total, RESOLUTION_US, source)


def _node(name: str) -> tuple[int | None, str]:
    """Split `[a, b]:3` into node 3 and `a, b`; a row of the runtime itself has neither."""
    head, _, tail = name.rpartition(":")
    if tail.isascii() and tail.isdecimal() and len(tail) <= _MOST_INDEX_DIGITS:
        return int(tail), _without_brackets(head)
    return None, _without_brackets(name) if name.startswith("[") else ""


def _without_brackets(name: str) -> str:
    return name[1:-1] if name.startswith("[") and name.endswith("]") else name
