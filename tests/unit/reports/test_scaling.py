from __future__ import annotations

import re
from types import ModuleType

import pytest

from benchhub.analysis.statistics import Estimate
from benchhub.analysis.summary import summarise
from benchhub.records import Status
from benchhub.reports.charts import describe, scaling_chart
from benchhub.reports.scaling import Panel, Point, Series, scaling


def make_panel(
    *times_us: float,
    threads: tuple[int, ...] = (1, 2, 4),
    label: str = "a",
    relative: float = 0.02,
) -> Panel:
    points = tuple(
        Point(count, Estimate(time, time * (1 - relative), time * (1 + relative), 5))
        for count, time in zip(threads, times_us, strict=True)
    )
    return Panel("host", "host", (Series(label, points),))


def test_a_line_for_each_variant_and_configuration(invented: ModuleType) -> None:
    (panel,) = scaling(summarise(invented.small_run())).panels
    assert {one.label for one in panel.series} == {
        "float32 xnnpack",
        "float32 none",
        "int8 xnnpack",
        "int8 none",
    }
    assert panel.threads == (1, 2)
    for one in panel.series:
        assert one.gain == pytest.approx(1.62, abs=0.05)
        assert one.ideal == 2
        assert one.best.threads == 2


def test_one_thread_count_gives_no_chart(invented: ModuleType) -> None:
    one_thread = tuple(case for case in invented.CASES if case.configuration.threads == 1)
    assert scaling(summarise(invented.make_run(one_thread))).panels == ()


def test_a_fallback_is_in_no_line_and_is_named(invented: ModuleType) -> None:
    fates = {("host", "mobilenet_v2/int8/xnnpack/t1"): Status.FALLBACK}
    found = scaling(summarise(invented.make_run(invented.CASES[:8], fates=fates)))
    assert "int8 xnnpack" not in {one.label for one in found.panels[0].series}
    assert found.left_out == ("mobilenet_v2 int8 xnnpack t1 on host",)


def test_many_lines_get_a_panel_a_variant(invented: ModuleType) -> None:
    cases = tuple(
        invented.make_case(variant, "xnnpack", threads, name=f"c{i}")
        for variant in ("float32", "int8")
        for i in range(4)
        for threads in (1, 2)
    )
    panels = scaling(summarise(invented.make_run(cases))).panels
    assert [panel.title for panel in panels] == ["host, int8", "host, float32"]
    assert [len(panel.series) for panel in panels] == [4, 4]


def test_a_chart_has_classes_instead_of_colours_and_styles() -> None:
    svg = scaling_chart(make_panel(400, 210, 120), "one")
    assert "style=" not in svg
    assert "#0" not in svg.replace('"#one-', ""), "a placeholder colour is left"
    assert 'class="s-ink"' in svg
    assert not re.search(r' id="(?!one-)', svg)
    assert ">threads<" in svg
    assert 'role="img"' in svg


def test_a_line_that_gets_slower_is_marked() -> None:
    assert "s-worse" not in scaling_chart(make_panel(400, 210, 120), "x")
    assert "s-worse" in scaling_chart(make_panel(400, 210, 260), "x")
    unsure = make_panel(400, 210, 260, relative=0.3)
    assert "s-worse" not in scaling_chart(unsure, "x"), "the intervals overlap"


def test_ticks_carry_the_times() -> None:
    svg = scaling_chart(make_panel(400_000, 21_000, 1_200), "x")
    assert {"1", "10", "100"} <= set(re.findall(r'text-anchor="end"[^>]*>([\d.]+)<', svg))


def test_names_in_charts_are_text() -> None:
    svg = scaling_chart(make_panel(4, 3, 2, label="<b>$x^2$</b>"), "x")
    assert "<b>" not in svg
    assert "&lt;b&gt;$x^2$&lt;/b&gt;" in svg


def test_letters_that_the_font_lacks_stay_letters() -> None:
    assert "\u9ebb\u96c0" in scaling_chart(make_panel(4, 3, 2, label="\u9ebb\u96c0"), "x")


def test_long_names_are_shortened_in_the_chart_and_whole_in_its_description() -> None:
    panel = make_panel(4, 3, 2, label="y" * 60)
    svg = scaling_chart(panel, "x")
    assert "y" * 18 + "\N{HORIZONTAL ELLIPSIS}" in svg
    assert "y" * 60 in describe(panel)


def test_equal_lines_get_labels_apart() -> None:
    one = make_panel(400, 210, 120, label="first").series[0]
    two = make_panel(401, 210, 120.1, label="second").series[0]
    svg = scaling_chart(Panel("host", "host", (one, two)), "x")
    heights = {
        label: float(y)
        for y, label in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*> (first|second)<', svg)
    }
    assert abs(heights["first"] - heights["second"]) > 9


def test_the_description_says_the_finding() -> None:
    assert describe(make_panel(400, 210, 100)) == (
        "Time against threads, host: a gains 4.00 times from 1 to 4 threads."
    )


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only this test looks

    before = dict(mpl.rcParams)
    scaling_chart(make_panel(4, 3, 2), "x")
    assert dict(mpl.rcParams) == before
