"""Lines of a table of operators made of INVENTED EXAMPLE NUMBERS."""

from __future__ import annotations

from benchhub.analysis.operators import OpRow
from benchhub.analysis.roofline import OpWork
from benchhub.records import NodeCost, OpTime
from benchhub.reports.op_rows import OpLine


def row(order: int, op: str, us: float, *, total: float = 100.0, subgraph: int = 0) -> OpRow:
    time = OpTime(order, op, op, "", order, subgraph, None, us, None, None, None, 1.0)
    return OpRow(time, us, 0.0 if subgraph else us / total, 0.5, 1)


def line(
    order: int,
    op: str,
    us: float,
    path: str = "",
    *,
    macs: int | None = None,
    room: float | None = None,
    subgraph: int = 0,
) -> OpLine:
    made = row(order, op, us, subgraph=subgraph)
    cost = NodeCost(order, op, path, macs, 1000) if macs is not None else None
    work = OpWork(made, cost, headroom_us=room) if cost else None
    return OpLine(op, path, path, "", order, made, work)
