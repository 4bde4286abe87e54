from __future__ import annotations

import re
from dataclasses import replace

import pytest

from benchhub.analysis.verdicts import Change, OpDelta
from benchhub.reports import op_picture as module
from benchhub.reports.op_changes import BASELINE, REFERENCE, OpChange
from benchhub.reports.op_picture import op_picture
from benchhub.reports.op_rows import OpLine

from .op_lines_made import line

LINES = [line(i, "CONV_2D", us, f"n{i}") for i, us in enumerate((10.0, 40.0, 20.0))]


def spans(path: str) -> list[tuple[int, float, float]]:
    """Return the bars of a path: column, lower end, upper end, from the top."""
    found = re.findall(r"M(\d+)\.1 ([\d.]+)V([\d.]+)h\.8V[\d.]+z", path)
    return [(int(x), float(low), float(high)) for x, low, high in found]


def compared(one: OpLine, before: float, after: float) -> OpLine:
    delta = OpDelta(
        change=Change.SLOWER,
        op=one.op,
        name=one.name,
        node=None,
        before_us=before,
        after_us=after,
        before_on=None,
        after_on=None,
        delta_us=after - before,
        certain=False,
        text="",
    )
    return replace(one, change=OpChange(delta))


def test_bars_are_in_the_order_of_execution() -> None:
    found = op_picture([LINES[1], LINES[2], LINES[0]], "")
    assert found is not None
    (both,) = found.bars
    assert spans(both.path) == [(0, 100, 75), (1, 100, 0), (2, 100, 50)]
    assert (found.size, found.in_order) == (3, True)
    assert found.mark == "#1 CONV_2D n1, 0.0400 ms, 40.0\N{NO-BREAK SPACE}%"
    assert (found.mark_at, found.mark_anchor) == (50.0, "middle")
    assert found.label.endswith(f"the slowest is {found.mark}.")


def test_a_baseline_is_drawn_with_what_differs() -> None:
    lines = [compared(LINES[0], 10, 30), compared(LINES[1], 40, 40), compared(LINES[2], 40, 20)]
    found = op_picture(lines, BASELINE)
    assert found is not None
    drawn = {one.role: spans(one.path) for one in found.bars}
    assert drawn == {
        "both": [(0, 100, 75), (1, 100, 0), (2, 100, 50)],
        "added": [(0, 75, 25)],
        "saved": [(2, 50, 0)],
    }
    assert found.mark == "#0 CONV_2D n0, +0.0200 ms"
    assert found.mark_anchor == "start"
    assert found.note.endswith("Orange: slower than the baseline. Blue outline: saved.")
    other = op_picture(lines, REFERENCE)
    assert other is not None
    assert [one.role for one in other.bars] == ["both"]


def test_what_cannot_be_seen_is_not_drawn() -> None:
    found = op_picture([compared(LINES[0], 10.0, 10.1), compared(LINES[1], 40, 40)], BASELINE)
    assert found is not None
    assert [one.role for one in found.bars] == ["both"]


def test_places_are_not_those_of_the_order_where_some_are_missing() -> None:
    found = op_picture(LINES[1:], "")
    assert found is not None
    assert not found.in_order


def test_nothing_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    assert op_picture([], "") is None
    assert op_picture([line(0, "ADD", 0.0)], "") is None
    monkeypatch.setattr(module, "MOST_BARS", 2)
    assert op_picture(LINES, "") is None
