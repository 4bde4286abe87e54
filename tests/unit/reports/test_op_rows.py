from __future__ import annotations

from dataclasses import replace

from benchhub.analysis.roofline import OpWork
from benchhub.analysis.verdicts import Change, OpDelta
from benchhub.records import NodeCost
from benchhub.reports.numbers import MISSING, NO_BREAK_SPACE
from benchhub.reports.op_changes import BASELINE, OpChange, OpChanges
from benchhub.reports.op_rows import NAME_WIDTH, OpLine, columns, op_lines

from .op_lines_made import line, row

REMOVED = OpDelta(
    Change.REMOVED, "ADD", "sum", 7, 5.0, None, "gpu", None, -5.0, certain=True, text=""
)


def cells(one: OpLine, against: str = "") -> dict[str, str]:
    return {column.key: column.cell(one) for column in columns([one], against)}


def test_a_kernel_of_a_delegate_is_called_by_its_node() -> None:
    made = row(0, "Convolution", 30.0)
    made = replace(made, op=replace(made.op, node=None, delegate="xnnpack", kernel="IGEMM"))
    cost = NodeCost(17, "CONV_2D", f"net/{'x' * 200};net/b", 3_000_000, 1500)
    work = OpWork(made, cost, 100.0, 0.05, 2000.0, 0.8, "compute", 6.0)
    (found,) = op_lines([made], {made: work}, None)
    assert found.op == "Convolution"
    assert found.name.startswith("CONV_2D xxx")
    assert len(found.name) == len("CONV_2D ") + NAME_WIDTH
    assert cells(found) == {
        "time": "0.0300",
        "share": f"30.0{NO_BREAK_SPACE}%",
        "cum": f"50.0{NO_BREAK_SPACE}%",
        "node": "17",
        "on": "XNNPACK",
        "macs": "3.00",
        "rate": "100",
        "traffic": "1.50",
        "intensity": "2000",
        "roof": f"80.0{NO_BREAK_SPACE}%",
        "room": "0.00600",
        "order": "0",
        "n": "1",
        "kernel": "IGEMM",
    }


def test_columns_that_say_nothing_are_left_out() -> None:
    assert list(cells(line(0, "ADD", 1.0))) == ["time", "share", "cum", "node", "on", "order", "n"]
    several = line(0, "ADD", 1.0)
    assert several.row is not None
    op = replace(several.row.op, calls=3.0, min_us=0.5, max_us=2.0, std_us=0.1)
    several = replace(several, row=replace(several.row, op=op))
    assert cells(several)["calls"] == "3.00"
    assert (cells(several)["min"], cells(several)["max"]) == ("0.00050", "0.00200")


def test_a_removed_operator_has_no_time_but_what_it_saved() -> None:
    kept = row(0, "CONV_2D", 10.0)
    changes = OpChanges({}, (OpChange(REMOVED, what="removed"),), (1, 1))
    first, gone = op_lines([kept], {}, changes)
    assert (first.op, first.change) == ("CONV_2D", None)
    shown = cells(gone, BASELINE)
    assert (gone.tag, gone.node, shown["time"], shown["on"]) == ("removed", None, MISSING, "GPU")
    assert (shown["delta"], shown["other"]) == ("\N{MINUS SIGN}0.00500", "0.00500")


def test_what_moved_says_where_from() -> None:
    made = row(0, "ADD", 10.0)
    moved = OpChange(replace(REMOVED, change=Change.MOVED), moved=True)
    (found,) = op_lines([made], {}, OpChanges({0: moved}, (), (1, 1)))
    assert found.ran_on == "GPU → built-in"


def test_operators_inside_others_have_no_share() -> None:
    (found,) = op_lines([row(0, "ADD", 10.0, subgraph=2)], {}, OpChanges({}, (), (1, 1)))
    assert found.tag == "subgraph 2"
    assert (cells(found)["share"], cells(found)["cum"]) == (MISSING, MISSING)
