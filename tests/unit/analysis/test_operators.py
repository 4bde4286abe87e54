from __future__ import annotations

import pytest

from benchhub.analysis.operators import op_table
from benchhub.records import (
    Invocation,
    OpTime,
    Profile,
    Purpose,
    Reading,
    Status,
    Telemetry,
)


def op(order: int, name: str, mean_us: float, subgraph: int = 0) -> OpTime:
    return OpTime(order, name, name, "", order, subgraph, None, mean_us, None, None, None, 1.0)


def profiled(*ops: OpTime) -> Invocation:
    total = sum(one.mean_us for one in ops if one.subgraph == 0)
    reading = Reading(profile=Profile(ops, 10, total, 1.0, "test"))
    return Invocation(
        1, "d", "c", 1, Purpose.PROFILE, Status.OK, "", 1.0, (), {}, 0, reading,
        Telemetry(), Telemetry(), (),
    )  # fmt: skip


def test_nothing_to_show() -> None:
    assert op_table([]) is None
    assert op_table([profiled()]) is None


def test_slowest_first_with_shares_that_add_up() -> None:
    table = op_table([profiled(op(0, "CONV_2D", 30), op(1, "ADD", 10), op(2, "CONV_2D", 60))])
    assert table is not None
    assert [(row.op.node, row.share) for row in table.rows] == [(2, 0.6), (0, 0.3), (1, 0.1)]
    assert table.rows[-1].cumulative == pytest.approx(1.0)
    assert [(row.op, row.count, row.mean_us) for row in table.types] == [
        ("CONV_2D", 2, 90),
        ("ADD", 1, 10),
    ]
    assert table.total_us == 100


def test_profiles_are_averaged() -> None:
    table = op_table([profiled(op(0, "ADD", 10)), profiled(op(0, "ADD", 30))])
    assert table is not None
    assert (table.n, table.rows[0].mean_us, table.total_us) == (2, 20, 20)


def test_bodies_of_loops_are_listed_but_not_counted_twice() -> None:
    table = op_table([profiled(op(0, "WHILE", 100), op(0, "FULLY_CONNECTED", 80, subgraph=1))])
    assert table is not None
    assert table.total_us == 100
    assert [(row.op.op, row.share) for row in table.rows] == [
        ("WHILE", 1.0),
        ("FULLY_CONNECTED", 0.0),
    ]
    assert [row.op for row in table.types] == ["WHILE"]
