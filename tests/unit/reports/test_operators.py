from __future__ import annotations

import pytest

from benchhub.analysis.roofline import Roofline, roofline
from benchhub.records import NodeCost, Peaks
from benchhub.reports.operators import HEADROOM, TIME, render_operators
from benchhub.reports.peaks import render_peaks

from ..analysis.test_roofline import PEAKS, a_case, a_graph, row

CASE = a_case(row(0, "CONV_2D", 20.0), row(1, "ADD", 25.0), row(2, "CUSTOM", 9.0))
GRAPH = a_graph(
    NodeCost(0, "CONV_2D", "net/first/Relu;net/first/Conv2D", 1_000_000, 1000, "float32"),
    NodeCost(1, "ADD", "net/a_rather_long_name_of_an_addition/Add", 0, 1_000_000, "float32"),
    NodeCost(2, "CUSTOM", "net/c", None, None, "float32"),
)


def found(peaks: Peaks | None) -> Roofline | None:
    return roofline(CASE, GRAPH, peaks)


def rendered(
    peaks: Peaks | None = PEAKS, *, by: str | None = None, by_type: bool = False, graph: bool = True
) -> list[str]:
    what = found(peaks) if graph else None
    return render_operators("d", CASE, 10, by_type=by_type, found=what, by=by).splitlines()


def test_ranked_by_headroom_if_it_is_known() -> None:
    lines = rendered(PEAKS)
    assert lines[2].split()[-4:] == ["MAC/byte", "roofline", "head-room", "ms"]
    # The addition takes longer, but cannot be much faster.
    assert [line.split()[1] for line in lines[3:6]] == ["CONV_2D", "ADD", "CUSTOM"]
    assert lines[3].split()[2] == "first/Relu"
    assert "a_rather_long_name_of_an_…" in lines[4]
    assert lines[3].split()[-3:] == ["50.0", "%", "0.0100"]
    assert lines[5].split()[-2:] == ["–", "–"]
    assert "  head-room: 0.0150 of 0.0540 ms; rows are ranked by it" in lines
    assert any("on 2026-11-21 with litert 2.3.0" in line for line in lines)


def test_ranked_by_time_if_that_is_asked_for() -> None:
    lines = rendered(PEAKS, by=TIME)
    assert [line.split()[1] for line in lines[3:6]] == ["ADD", "CONV_2D", "CUSTOM"]
    assert "cum." in lines[2]
    assert any("rows are ranked by time" in line for line in lines)


@pytest.mark.parametrize("by", [None, HEADROOM])
def test_without_calibration_it_says_how_to_get_it(by: str | None) -> None:
    lines = rendered(None, by=by)
    assert [line.split()[1] for line in lines[3:6]] == ["ADD", "CONV_2D", "CUSTOM"]
    assert "GMAC/s" in lines[2]
    assert "roofline" not in lines[2]
    assert "  head-room is known after: benchhub calibrate-peak d" in lines


def test_without_a_graph_there_are_times_only() -> None:
    lines = rendered(graph=False)
    assert "GMAC/s" not in lines[2]
    assert len(lines) == 6


def test_headroom_by_type() -> None:
    lines = rendered(PEAKS, by_type=True)
    assert lines[2].split()[-2:] == ["head-room", "ms"]
    assert [line.split()[0] for line in lines[3:6]] == ["CONV_2D", "ADD", "CUSTOM"]
    assert lines[5].endswith("–")


def test_peaks_as_a_table() -> None:
    lines = render_peaks(PEAKS).splitlines()
    assert lines[0].endswith("litert 2.3.0 · 2026-11-21 10:00")
    cells = lines[2].split()
    assert cells[:4] == ["float32", "none", "1", "100"]
    assert cells[-4:] == ["10.0", "100", "50.0", "1.00"]
