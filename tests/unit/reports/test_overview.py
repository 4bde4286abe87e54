from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import RunSummary, summarise
from benchhub.records import Reading, Run, Status
from benchhub.reports.marks import Mark
from benchhub.reports.names import anchors
from benchhub.reports.overview import Overview, headline, overview


def view(run: Run) -> Overview:
    summary = summarise(run)
    return overview(summary, anchors(summary))


def test_one_device_is_answered_with_time_and_gain(invented: ModuleType) -> None:
    text = headline(summarise(invented.small_run()))
    assert text.startswith("int8 xnnpack t2 is fastest on host: 0.102\u00a0ms, 5.1")
    assert text.endswith(" times the speed of float32 none t1")


def test_the_headline_is_as_sure_as_the_intervals(invented: ModuleType) -> None:
    twins = (
        invented.make_case("float32", "xnnpack", 1),
        invented.make_case("float32", "xnnpack", 1, name="again"),
    )
    one = headline(summarise(invented.make_run(twins)))
    assert one.startswith("float32 ")
    assert " is fastest on host, not beyond doubt: 0.25" in one
    several = headline(summarise(invented.make_run(twins[:1], ("host", "pi4"))))
    assert several == "float32 xnnpack t1 is fastest everywhere"


def test_devices_that_disagree_are_named(invented: ModuleType) -> None:
    best = {("pi4", "mobilenet_v2/int8/xnnpack/t2"): Status.FAILED}
    run = invented.make_run(invented.CASES[:8], ("host", "pi4"), best)
    assert headline(summarise(run)) == (
        "No configuration is fastest everywhere: int8 xnnpack t2 on host, float32 xnnpack t2 on pi4"
    )


def test_without_a_number_that_stands_nothing_is_called_fastest(invented: ModuleType) -> None:
    (case,) = invented.CASES[:1]
    run = invented.make_run((case,), fates={("host", case.id): Status.SUSPECT})
    assert headline(summarise(run)) == "No case gave a number that stands"
    (answer,) = view(run).devices[0].answers
    assert (answer.name, answer.text) == ("", "No case gave a number that stands.")


def test_a_fallback_is_not_fastest_even_if_its_time_is_the_smallest(invented: ModuleType) -> None:
    fast = "mobilenet_v2/int8/xnnpack/t2"
    run = invented.make_run(invented.CASES[:8], fates={("host", fast): Status.FALLBACK})
    hurried = tuple(_hurry(one) if one.case_id == fast else one for one in run.invocations)
    summary = summarise(replace(run, invocations=hurried))
    assert (
        min(
            (case.latency.value_us, case.case.id)
            for case in summary.devices[0].cases
            if case.latency
        )[1]
        == fast
    )
    assert headline(summary).startswith("float32 xnnpack t2 is fastest")


def _hurry(one):  # noqa: ANN001, ANN202 - records in, records out
    latency = one.reading.latency
    quick = replace(latency, median_us=1.0, mean_us=1.0)
    return replace(one, reading=replace(one.reading, latency=quick))


def test_overlapping_intervals_are_said(invented: ModuleType) -> None:
    first, second = (
        invented.make_case("float32", "xnnpack", 1),
        invented.make_case("float32", "xnnpack", 1, name="xnnpack_again"),
    )
    (answer,) = view(invented.make_run((first, second))).devices[0].answers
    assert answer.doubt.startswith("Its 95 % interval overlaps with that of float32 xnnpack")
    (sure,) = view(invented.small_run()).devices[0].answers
    assert sure.doubt == ""


def test_one_process_has_no_interval(invented: ModuleType) -> None:
    (answer,) = view(invented.make_run(invented.CASES[:8], rounds=1)).devices[0].answers
    assert answer.doubt == "It rests on one process, so there is no interval."
    assert "\N{PLUS-MINUS SIGN}" not in answer.text


def test_worries_say_what_happened_worst_first(invented: ModuleType) -> None:
    host, pi4 = view(invented.invented_run()).devices
    assert [(one.mark, one.text) for one in host.worries] == [
        (Mark.FALLBACK, "asked for XNNPACK and ran on built-in kernels.")
    ]
    assert [one.mark for one in pi4.worries] == [
        Mark.FAILED,
        Mark.FALLBACK,
        Mark.SUSPECT,
        Mark.REFUSED,
    ]
    assert pi4.worries[0].text == "failed: The process was ended by signal 11 (SIGSEGV)."
    assert pi4.worries[3].text == (
        "was not tried: benchmark_model on pi4 has no flag --use_xnnpack."
    )


def test_counts_and_what_was_not_run(invented: ModuleType) -> None:
    seen = view(invented.invented_run())
    assert dict(seen.counts) == {
        Mark.FAILED: 1,
        Mark.FALLBACK: 2,
        Mark.SUSPECT: 1,
        Mark.REFUSED: 1,
        Mark.OK: 17,
    }
    assert seen.not_run == "Not run: 1 case (known to be impossible)."
    assert view(invented.small_run()).not_run == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("small_run", "all 48 planned invocations, in 7 min 54 s."),
        ("interrupted_run", "Interrupted after 13 of 48 invocations."),
    ],
)
def test_the_extent_says_whether_all_was_measured(
    invented: ModuleType, name: str, text: str
) -> None:
    assert view(getattr(invented, name)()).extent.endswith(text)


def test_ladders_place_the_fastest_at_the_end(invented: ModuleType) -> None:
    (answer,) = view(invented.small_run()).devices[0].answers
    rungs = {
        (ladder.label, rung.role): rung.x for ladder in answer.ladders for rung in ladder.rungs
    }
    assert rungs["int8", "best"] == 100
    assert rungs["float32", "reference"] == 0


def test_a_device_that_was_never_asked_is_said_to_be(invented: ModuleType) -> None:
    run = invented.small_run()
    summary = summarise(replace(run, devices=(), invocations=()))
    (device,) = overview(summary, anchors(summary)).devices
    assert device.what == "the run ended before this device was asked"
    assert {one.mark for one in device.worries} == {Mark.NOT_RUN}
    assert device.more_worries == 2


def test_an_invocation_without_any_reading_is_no_number(invented: ModuleType) -> None:
    run = invented.small_run()
    empty = tuple(replace(one, reading=Reading()) for one in run.invocations)
    summary: RunSummary = summarise(replace(run, invocations=empty))
    assert headline(summary) == "No case gave a number that stands"
