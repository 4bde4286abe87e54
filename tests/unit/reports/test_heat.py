from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Run, Side, Status
from benchhub.reports.heat import MOST_COLUMNS, Heat, Part, Row, heat
from benchhub.reports.heat_cells import Cell, step
from benchhub.reports.marks import Mark
from benchhub.reports.names import anchors

from . import compared, heated
from .invented import CRASH
from .sections import section


def view(run: Run) -> Heat:
    summary = summarise(run)
    found = heat(summary, anchors(summary))
    assert found
    return found


def columns(part: Part) -> list[tuple[str, str, str]]:
    return [(one.device, one.ran_on, one.label) for one in part.columns]


def cell(found: Heat, row: tuple[str, str], column: tuple[str, str, str]) -> Cell:
    """Return the cell of a model and variant below a device, a processor and a label."""
    (part,) = [part for part in found.parts if column in columns(part)]
    (mine,) = [one for one in part.rows if (one.model, one.variant) == row]
    return mine.cells[columns(part).index(column)]


def means(part: Part) -> Mapping[str, Row]:
    return {row.variant: row for row in part.rows if row.models}


@pytest.fixture(scope="module")
def found() -> Heat:
    return view(heated.heated_run())


@pytest.fixture(scope="module")
def of_lab(lab: ModuleType) -> Heat:
    return view(lab.lab_run())


def test_columns_are_by_device_then_by_what_did_the_work(found: Heat) -> None:
    (part,) = found.parts
    assert part.devices == (("host", 5), ("pi4", 5), ("pixel4", 6))
    assert list(part.processors[-4:]) == [
        ("built-in kernels", 2, True),
        ("XNNPACK", 2, False),
        ("GPU", 1, False),
        ("CPU, not GPU", 1, False),
    ]
    assert [i for i in range(16) if part.begins(i)] == [5, 10]
    assert [one.label for one in part.columns][:5] == ["t1", "t4", "t1", "t4", "t1"]


def test_a_cell_is_the_reference_time_over_its_own(found: Heat) -> None:
    summary = summarise(heated.heated_run())
    times = {one.case.id: one.latency for one in summary.devices[1].cases}
    one = cell(found, ("kws_dscnn", "int8"), ("pi4", "XNNPACK", "t1"))
    reference, own = times["kws_dscnn/float32/none/t1"], times["kws_dscnn/int8/xnnpack/t1"]
    assert reference
    assert own
    assert one.gain
    assert one.gain.ratio == pytest.approx(reference.value_us / own.value_us)
    assert one.us == own.value_us
    assert one.step == "h2"
    assert one.why.startswith("n = 5; 95 % interval 3.")
    assert one.mark is None
    here = cell(found, ("kws_dscnn", "float32"), ("pi4", "built-in kernels", "t1"))
    assert (here.kind, here.step, here.gain and here.gain.ratio) == ("reference", "", 1.0)


def test_a_fallback_stands_under_the_cpu_and_shows_an_arrow_where_it_was_asked_for(
    found: Heat,
) -> None:
    row = ("mobilenet_v2", "int8")
    asked = cell(found, row, ("pixel4", "GPU", "t1"))
    ran = cell(found, row, ("pixel4", "CPU, not GPU", "t1"))
    assert (asked.kind, asked.gain, asked.us, asked.mark) == ("pale", None, None, Mark.FALLBACK)
    assert asked.why == "asked for GPU, ran on XNNPACK"
    assert (ran.kind, ran.step, ran.mark) == ("number", "h1", Mark.FALLBACK)
    assert ran.why.endswith("asked for GPU, ran on XNNPACK")
    whole = cell(found, ("mobilenet_v2", "float32"), ("pixel4", "CPU, not GPU", "t1"))
    assert (whole.kind, whole.why) == ("blank", "")


def test_what_is_known_of_a_number_or_of_none_is_told(found: Heat) -> None:
    partial = cell(found, ("deeplab_v3", "float32"), ("pixel4", "GPU", "t1"))
    assert (partial.kind, partial.step, partial.mark) == ("number", "h4", Mark.PARTIAL)
    failed = cell(found, ("deeplab_v3", "int8"), ("host", "XNNPACK", "t4"))
    assert (failed.kind, failed.mark) == ("pale", Mark.FAILED)
    assert failed.why == f"failed: {CRASH.message}"
    refused = cell(found, ("kws_dscnn", "int8"), ("pi4", "GPU", "t1"))
    assert (refused.kind, refused.mark) == ("pale", Mark.REFUSED)
    assert found.marks == (Mark.FAILED, Mark.FALLBACK, Mark.REFUSED, Mark.PARTIAL)


def test_a_mean_needs_every_model(found: Heat) -> None:
    (part,) = found.parts
    int8, float32 = means(part)["int8"], means(part)["float32"]
    assert (int8.models, int8.model) == (3, "")
    at = {column: i for i, column in enumerate(columns(part))}
    crashed = int8.cells[at["host", "XNNPACK", "t4"]]
    assert (crashed.kind, crashed.why) == ("blank", "only 2 of 3 models")
    i = at["host", "XNNPACK", "t1"]
    product = 1.0
    for row in part.rows:
        if row.variant == "int8" and not row.models:
            gain = row.cells[i].gain
            assert gain
            product *= gain.ratio
    mean = int8.cells[i]
    assert mean.kind == "mean"
    assert mean.gain
    assert mean.gain.ratio == pytest.approx(product ** (1 / 3))
    assert float32.cells[at["host", "built-in kernels", "t1"]].kind == "reference"
    assert float32.cells[at["pixel4", "CPU, not GPU", "t1"]].why == ""


def test_a_ratio_within_the_noise_is_weak(found: Heat) -> None:
    one = cell(found, ("kws_dscnn", "float32"), ("host", "built-in kernels", "t4"))
    assert one.weak
    assert one.step == "h0"
    assert one.why.endswith("not significant")
    assert found.weak
    assert not cell(found, ("kws_dscnn", "int8"), ("host", "XNNPACK", "t1")).weak


def test_one_process_alone_is_weak_and_says_why() -> None:
    found = view(heated.heated_run(heated.CASES[:5], rounds=1, inferences=40))
    one = cell(found, ("mobilenet_v2", "float32"), ("host", "XNNPACK", "t1"))
    assert one.weak
    assert one.why == "n = 1; no interval"


@pytest.mark.parametrize(
    ("ratio", "name"),
    [
        (1.0, "h0"),
        (1.09, "h0"),
        (0.92, "h0"),
        (1.1, "h1"),
        (0.9, "g1"),
        (2.0, "h2"),
        (0.5, "g2"),
        (4.0, "h3"),
        (0.25, "g3"),
        (10.0, "h4"),
        (0.1, "g4"),
    ],
)
def test_steps_mirror_each_other(ratio: float, name: str) -> None:
    assert step(ratio) == name


def test_invalid_wrong_and_unproven_cases_have_no_number(accelerated: ModuleType) -> None:
    found = view(accelerated.accelerated_run())
    wrong = cell(found, ("mobilenet_v2", "int8"), ("host", "GPU", "t1"))
    assert (wrong.kind, wrong.mark, wrong.us) == ("pale", Mark.WRONG, None)
    untold = cell(found, ("mobilenet_v2", "int8"), ("host", "external delegate", "t1"))
    assert (untold.kind, untold.mark) == ("pale", Mark.SUSPECT)
    fallen = cell(found, ("mobilenet_v2", "float32"), ("host", "CPU, not NNAPI", "t1"))
    assert (fallen.kind, fallen.mark) == ("number", Mark.FALLBACK)


def test_what_did_not_count_or_was_not_run_has_no_number(of_lab: Heat) -> None:
    found = of_lab
    hot = cell(found, ("mobilenet_v2", "float32"), ("pi4", "XNNPACK", "t2"))
    assert (hot.kind, hot.mark, hot.gain) == ("pale", Mark.INVALID, None)
    assert hot.why == "invalid: the device was throttled: frequency-capped"
    lost = cell(found, ("mobilenet_v2", "int8"), ("pixel8", "built-in kernels", "t1"))
    assert (lost.kind, lost.mark) == ("pale", Mark.NOT_RUN)


def test_wide_maps_are_several_tables(of_lab: Heat) -> None:
    first, second = of_lab.parts
    assert [name for name, _ in first.devices] == ["host", "pi4", "pixel4"]
    assert second.devices == (("pixel8", 5),)
    threads = tuple(heated.make_case("kws_dscnn", "int8", "none", n) for n in range(1, 25))
    run = heated.heated_run(threads, rounds=1, inferences=2)
    run = replace(run, plan=replace(run.plan, reference=None))
    widths = [len(part.columns) for part in view(run).parts]
    assert max(widths) <= MOST_COLUMNS
    assert sum(widths) == 72


def test_each_tool_has_its_reference(invented: ModuleType) -> None:
    found = view(invented.invented_run())
    assert found.has_tools
    row = ("mobilenet_v2", "float32")
    for tool in ("litert", "benchmark_model"):
        one = cell(found, row, ("host", f"built-in kernels ({tool})", "t1"))
        assert (one.kind, one.gain and one.gain.ratio) == ("reference", 1.0)
    fallen = cell(
        found,
        ("mobilenet_v2", "int8"),
        ("host", "built-in kernels, not XNNPACK (benchmark_model)", "t1"),
    )
    assert fallen.mark is Mark.FALLBACK


def test_of_a_comparison_the_candidate_is_shown_against_its_own_reference() -> None:
    run, _ = compared.everything()
    found = view(run)
    assert found.side is Side.CANDIDATE
    cases = [one.case for part in found.parts for row in part.rows for one in row.cells]
    assert {one.case.side for one in cases if one} == {Side.CANDIDATE}
    kinds = [one.kind for part in found.parts for row in part.rows for one in row.cells]
    assert kinds.count("reference") == 2, "one a device"


def test_without_a_second_configuration_there_is_no_map(invented: ModuleType) -> None:
    summary = summarise(invented.make_run(invented.CASES[:1]))
    assert heat(summary, anchors(summary)) is None
    nothing = summarise(replace(invented.small_run(), invocations=()))
    assert heat(nothing, anchors(nothing)) is None


def test_without_a_reference_there_are_times_and_no_ratios(invented: ModuleType) -> None:
    reference = "mobilenet_v2/float32/none/t1"
    run = invented.make_run(invented.CASES[:8], fates={("host", reference): Status.FAILED})
    summary = summarise(run)
    assert heat(summary, anchors(summary)) is None
    both = invented.make_run(
        invented.CASES[:8], ("host", "pi4"), fates={("host", reference): Status.FAILED}
    )
    one = cell(view(both), ("mobilenet_v2", "int8"), ("host", "XNNPACK", "t1"))
    assert (one.kind, one.gain, one.weak) == ("number", None, False)
    assert one.us
    assert one.why == "n = 5"


def test_the_table_has_every_ratio_with_its_interval_the_largest_first(found: Heat) -> None:
    ratios = [one.gain.ratio for one in found.entries]
    assert ratios == sorted(ratios, reverse=True)
    assert len(ratios) == found.compared
    assert all(one.gain.low and one.gain.low < one.gain.ratio for one in found.entries)
    assert found.finding.startswith(f"{found.compared} ratios, from 1.0")


def test_the_page_says_it_in_words_too(found: Heat) -> None:
    shown = section("heat", heat=found).by_id("heat")
    table = shown.all("table", "heat")[0]
    rows = {row.all("th")[0].text: row for row in table.all("tr")}
    cells = [one.text for one in rows["mobilenet_v2 int8"].all("td")]
    assert cells[-2] == "asked for GPU, ran on XNNPACK"
    assert cells[-1].endswith("16.5")
    assert "fallback" in cells[-1]
    weak = rows["kws_dscnn float32"].all("td", "weak")
    assert weak
    assert all("not significant" in one.text for one in weak)
    assert all(one.attributes["title"] for one in weak)
    assert rows["geometric mean int8, 3 models"].all("td")[3].text == (
        "\N{EN DASH} only 2 of 3 models"
    )
    legend = shown.all("div", "legend")[0].text
    assert "not significant" in legend
    assert "fallback" in legend
    assert shown.all("table", "ratios")[0].all("tr", "row")


def test_names_that_want_to_be_markup_are_text() -> None:
    evil = '"><img onerror=alert(1)></style><script>alert(1)</script>'
    cases = tuple(
        replace(
            one,
            variant=replace(one.variant, model=evil),
            configuration=replace(one.configuration, name=evil),
        )
        for one in (heated.make_case("kws_dscnn", "float32", *way) for way in heated.WAYS[:2])
    )
    run = heated.heated_run(heated.CASES[:2], rounds=2, inferences=20)
    renamed = dict(zip((one.id for one in heated.CASES[:2]), cases, strict=True))
    invocations = tuple(replace(one, case_id=renamed[one.case_id].id) for one in run.invocations)
    run = replace(run, plan=replace(run.plan, cases=cases, reference=None), invocations=invocations)
    shown = section("heat", heat=view(run))
    assert [one.tag for one in shown.elements if one.tag in ("script", "img", "style")] == []
    assert shown.root.all("table", "heat")[0].all("tr")[3].all("th")[0].text.startswith(evil)
