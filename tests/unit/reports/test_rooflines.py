from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Peak, Run
from benchhub.reports.names import anchors
from benchhub.reports.profiles import operators
from benchhub.reports.roofline_chart import roofline_chart
from benchhub.reports.rooflines import RooflinePanel, panels, point_tip, rooflines

CASE = "digits/float32/none/t1"
DASH = "\N{EN DASH}"


def drawn(run: Run) -> tuple[RooflinePanel, ...]:
    summary = summarise(run)
    return panels(summary, rooflines(summary), anchors(summary))


def with_peak(run: Run, **changes: Any) -> Run:
    """Return the run with a device that was calibrated with other results."""
    host, *others = run.devices
    assert host.peaks is not None
    (peak,) = host.peaks.peaks
    peaks = replace(host.peaks, peaks=(replace(peak, **changes),))
    return replace(run, devices=(replace(host, peaks=peaks), *others))


def test_a_panel_for_what_was_calibrated(varied: ModuleType) -> None:
    (panel,) = drawn(varied.varied_run())
    assert (panel.device, panel.case.case.id) == ("host", CASE)
    assert [one.cost.node for one in panel.points if one.cost] == [2, 0, 4, 5]
    assert panel.points[0].gmacs_per_s == pytest.approx(589_824 / 52 / 1e3)
    assert panel.points[0].intensity == pytest.approx(589_824 / 47_104)
    undrawn = (6 + 1 + 3) / sum(varied.OP_TIMES_US)
    assert panel.undrawn == pytest.approx(undrawn)
    assert "most head-room in #2 CONV_2D, #0 CONV_2D and #4 FULLY_CONNECTED" in panel.label


def test_without_calibration_or_graphs_there_is_no_panel(
    varied: ModuleType, invented: ModuleType
) -> None:
    run = varied.varied_run()
    plain = replace(run, devices=tuple(replace(one, peaks=None) for one in run.devices))
    assert drawn(plain) == ()
    assert rooflines(summarise(plain))
    assert rooflines(summarise(replace(run, variants=()))) == {}
    assert rooflines(summarise(invented.small_run())) == {}
    assert drawn(with_peak(run, gmacs_per_s=None)) == ()


def test_the_chart_has_the_roof_and_names_the_operators(varied: ModuleType) -> None:
    (panel,) = drawn(varied.varied_run())
    svg = roofline_chart(panel, "one")
    told = re.findall(r"<text[^>]*>([^<]+)<", svg)
    for text in (
        "#2",
        "#0",
        "#4",
        "#5",
        "memory 6.80 GB/s",
        "caches 38.0 GB/s",
        "float32 21.3",
        "MAC per byte",
    ):
        assert text in told
    assert svg.count("<title>") == len(panel.points)
    assert "style=" not in svg
    assert not re.search(r"#0\d0\d0\d", svg), "a placeholder colour is left"
    assert not re.search(r' id="(?!one-)', svg)
    assert svg == roofline_chart(panel, "one")
    assert point_tip(panel.points[0]).startswith("#2 CONV_2D digits_net/conv2d_1/Relu 0.0520 ms")


@pytest.mark.parametrize(
    ("changes", "has_caches"),
    [
        ({"copies": ()}, False),
        ({"gbytes_per_s": 38.0}, False),
        ({"gmacs_per_s": 0.1}, True),
        ({"gmacs_per_s": 5000.0}, True),
        ({"gbytes_per_s": 0.001, "copies": ()}, False),
    ],
)
def test_any_calibration_can_be_drawn(
    varied: ModuleType, changes: dict[str, Any], *, has_caches: bool
) -> None:
    (panel,) = drawn(with_peak(varied.varied_run(), **changes))
    svg = roofline_chart(panel, "x")
    assert "nan" not in svg.lower()
    assert ("caches" in svg) == has_caches


def test_other_types_have_roofs_of_their_own(varied: ModuleType) -> None:
    (panel,) = drawn(varied.varied_run())
    other = Peak("int8", 1, "none", 60.0, 6.9)
    svg = roofline_chart(replace(panel, others=(other,)), "x")
    assert "int8 60.0" in svg


def test_operators_have_what_they_reach_where_it_is_known(
    varied: ModuleType, read_page: Any
) -> None:
    run = varied.varied_run()
    page = read_page(run)
    profile = page.by_id("ops-case-host-digits-float32-none-t1")
    heads = [one.text for one in profile.all("table", "ops")[0].all("th")]
    assert heads.index("GMAC/s") < heads.index("MAC/byte") < heads.index("Of roofline")
    work = slice(heads.index("MACs, M") - 1, heads.index("Head-room, ms"))
    first = profile.all("table", "ops")[0].all("tr", "row")[0]
    cells = [cell.text for cell in first.all("td")][work]
    assert cells == ["0.590", "11.3", "47.1", "12.5", "53.3 %", "0.0243"]
    last = profile.all("table", "ops")[0].all("tr", "row")[-1]
    assert [cell.text for cell in last.all("td")][work][1:4:2] == [DASH, DASH]
    note = " ".join(one.text for one in profile.all("p", "note"))
    assert "Head-room: " in note
    assert "reached in calibration on 2026-11-19: float32 21.3 GMAC/s, 6.80 GB/s" in note
    uncalibrated = page.by_id("ops-case-pi4-digits-float32-none-t1")
    heads = [one.text for one in uncalibrated.all("table", "ops")[0].all("th")]
    assert "GMAC/s" in heads
    assert "Of roofline" not in heads
    notes = " ".join(one.text for one in uncalibrated.all("p", "note"))
    assert "benchhub calibrate-peak pi4" in notes
    (table,) = page.by_id("operators").all("table", "room")
    assert [row.text for row in table.all("tr")][1] == "#2CONV_2D53.3 %0.0243"
    assert page.by_id("roofline").text == "Roofline"


def test_operators_without_graphs_are_as_they_were(invented: ModuleType, page: Any) -> None:
    profile = page.by_id("ops-case-host-mobilenet-v2-float32-none-t1")
    assert "GMAC/s" not in [one.text for one in profile.all("th")]
    assert "roofline" not in page.ids()
    summary = summarise(invented.small_run())
    found = operators(summary, anchors(summary)).cases
    assert {one.about.found for one in found} == {None}
    assert not {"rate", "roof"} & {column.key for one in found for column in one.columns}
