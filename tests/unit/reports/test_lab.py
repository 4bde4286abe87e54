"""A run of several devices, of which one gets hot and one is lost, wherever it is read."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import RunSummary, summarise
from benchhub.cli.running import headline as plan_headline
from benchhub.records import Configuration
from benchhub.reports import names
from benchhub.reports.attention import issues
from benchhub.reports.cases import Command, details
from benchhub.reports.environment import environment
from benchhub.reports.facts import facts
from benchhub.reports.html import render_html
from benchhub.reports.marks import Mark
from benchhub.reports.overview import overview
from benchhub.reports.terminal import render_summary


@pytest.fixture(scope="module")
def summary(lab: ModuleType) -> RunSummary:
    return summarise(lab.lab_run())


def commands(summary: RunSummary, device: str, case_id: str) -> tuple[Command, ...]:
    found = details(summary, names.anchors(summary), lambda _: {})
    (case,) = [one for one in found if (one.device, one.case.case.id) == (device, case_id)]
    return case.commands


def test_a_lost_device_is_one_issue_with_what_to_do(summary: RunSummary) -> None:
    found = issues(summary, names.anchors(summary))
    first = found[0]
    assert first.mark is Mark.NOT_RUN
    assert first.finding == (
        "39 of 45 invocations were not run: pixel8: the device is not connected any more."
    )
    assert first.advice == (
        "Plug it in, then look at `adb devices`. Then go on: benchhub run --resume 01EXAMPL"
    )
    assert [place.device for place in first.places] == ["pixel8"] * 3
    assert [one.mark for one in found[1:]] == [Mark.INVALID, Mark.INVALID, Mark.NOTE]


def test_what_does_not_count_says_how_much_and_why(summary: RunSummary) -> None:
    throttled, cold, partly = (one.finding for one in issues(summary, names.anchors(summary))[1:])
    assert throttled == (
        "5 of 5 processes do not count: the device was throttled: frequency-capped."
    )
    # Each attempt met another temperature; that is one finding all the same.
    assert re.fullmatch(
        r"5 of 5 processes gave no number: pi4: not measured: cpu-thermal is [\d.]+ °C, has to be "
        r"below 60\.0 °C after 300 s\.( \(Figures .*)?",
        cold,
    )
    assert partly.startswith("2 of 5 processes do not count: ")


def test_the_first_screen(summary: RunSummary) -> None:
    view = overview(summary, names.anchors(summary))
    assert view.extent == (
        "8 cases on host, 9 on pi4, 9 on pixel4, 9 on pixel8, 5 processes each and 1 with the "
        "profiler: 144 of 183 planned invocations, in 8 min 55 s; pixel8 was lost."
    )
    assert view.not_run == "Not run: 3 cases (pixel8 was lost)."
    host, pi4, _, pixel8 = view.devices
    assert host.what.endswith("; measured with litert")
    assert host.lost == ""
    assert [one.mark for one in pi4.worries] == [Mark.INVALID, Mark.INVALID]
    assert pi4.worries[0].text == (
        "has no number that counts: the device was throttled: frequency-capped."
    )
    assert pixel8.lost.startswith("39 of 45 invocations were not run: pixel8: ")
    assert pixel8.worries == ()


def test_a_device_that_was_never_reached(lab: ModuleType, invented: ModuleType) -> None:
    run = lab.lab_run()
    run = replace(
        run,
        devices=run.devices[:3],
        invocations=tuple(one for one in run.invocations if one.device != "pixel8"),
    )
    summary = summarise(run)
    device = overview(summary, names.anchors(summary)).devices[3]
    assert device.what == "lost before it was asked what it is"
    assert device.answers == ()
    assert "pixel8 · benchmark_model · lost before it was asked" in render_summary(summary)
    assert "45 of 45 invocations were not run" in render_html(summary, invented.logs)


def test_the_terminal(summary: RunSummary) -> None:
    blocks = render_summary(summary).split("\n\n")
    assert [block.split(" ")[0] for block in blocks] == [
        "host", "pi4", "pixel4", "pixel8", "across",
    ]  # fmt: skip
    _, pi4, pixel4, pixel8, _ = blocks
    assert "INVALID: 5 of 5 processes do not count: the device was throttled" in pi4
    assert "  n = 3 of 5" in pi4
    assert "invocations were run" not in pi4
    assert "set for the run and put back: /sys/" in pixel4
    assert "int8 cpu t2 on big CPUs" in pixel4
    assert pixel8.endswith("look at `adb devices`.")
    assert pixel8.count("not connected any more") == 1


def test_commands_of_a_board_are_typed_there(summary: RunSummary) -> None:
    again, process = commands(summary, "pi4", "mobilenet_v2/int8/xnnpack/t1@benchmark_model")
    assert again.where == "Typed in the workspace folder."
    assert process.where == "Typed in a shell on pi4: ssh to the address in devices/pi4.yaml."
    words = shlex.split(" ".join(process.words))
    assert words[:3] == ["cd", ".cache/bench hub", "&&"]
    assert words[3:7] == ["mkdir", "-p", "scratch/01EXAMPL-pi4/0005", "&&"]
    assert words[-3:] == [
        "stage/cd/benchmark_model",
        "--graph=stage/ab/model file.tflite",
        "--use_xnnpack=true",
    ]


def test_commands_of_a_phone_are_typed_there(summary: RunSummary) -> None:
    _, process = commands(summary, "pixel4", "mobilenet_v2/int8/cpu/t2@benchmark_model")
    assert process.where == (
        "Typed in a shell on pixel4: adb -s SERIAL shell, with the serial or address in "
        "devices/pixel4.yaml."
    )
    assert process.words[:3] == ("cd", "/data/local/tmp/benchhub", "&&")
    assert process.words[-5:-2] == ("taskset", "f0", "stage/cd/benchmark_model")


def test_a_case_without_a_process_has_no_process_to_repeat(
    summary: RunSummary, lab: ModuleType
) -> None:
    assert [one.title for one in commands(summary, "pi4", lab.COLD_CASE)] == ["Measure again"]


def test_the_process_to_repeat_is_one_that_counts(summary: RunSummary, lab: ModuleType) -> None:
    _, process = commands(summary, "pi4", lab.WARM_CASE)
    third = next(
        one
        for one in summary.run.invocations
        if (one.device, one.case_id, one.round) == ("pi4", lab.WARM_CASE, 3)
    )
    assert third.work_dir in process.words


def test_the_environment_tells_what_was_seen_while_measuring(summary: RunSummary) -> None:
    told = environment(summary)
    rows = dict(told.devices.rows)
    assert re.fullmatch(r"7\d\.\d °C \(cpu-thermal\), n = 80", rows["Hottest while measuring"][1])
    assert rows["Frequencies while measuring"][0] == "3.40 GHz, n = 96"
    assert rows["Frequencies while measuring"][1] == "1.08 to 1.80 GHz, n = 80"
    assert rows["Set for the run, put back after"][2].endswith("performance (was schedutil)")
    assert rows["Folder of its commands"][1] == ".cache/bench hub"
    assert rows["Lost"][3] == "pixel8: the device is not connected any more."
    measure = dict(told.measure)
    assert measure["Looks at the device meanwhile"] == "every 5 s"
    assert measure["A process starts when"] == "hottest CPU zone below 60 °C, governor performance"


def test_a_page_of_several_devices(lab: ModuleType, read_page: Any) -> None:
    page = read_page(lab.lab_run())
    assert len(page.by_id("telemetry").all("figure")) == 4
    heads = [one.text for one in page.by_id("devices").all("th") if "scope" in one.attributes]
    assert heads[:7] == [
        "Configuration",
        "host, mslitert",
        "pi4, msbenchmark_model, mean",
        "pixel4, msbenchmark_model, mean",
        "vs pi4",
        "pixel8, msbenchmark_model, mean",
        "vs pi4",
    ]
    rows = page.by_id("comparison").all("tr", "INVALID-row")
    assert len(rows) == 2
    for row in rows:
        assert row.all("td")[1].text == "\N{EN DASH}"
        assert row.all("td")[3].text == "0 of 5"
    assert page.by_id("cases").all("tr", "void")


def test_names_of_devices_are_text(lab: ModuleType, invented: ModuleType) -> None:
    evil = "<script>alert(1)</script>\"'&"
    run = lab.lab_run()
    lost = {"pixel8": replace(lab.LOST, message=evil, advice=evil)}
    during = tuple(
        replace(state, temperature_c={evil: 50.0}) for state in run.invocations[0].during
    )
    run = replace(
        run,
        devices=tuple(replace(one, folder=evil, changed=(evil,)) for one in run.devices),
        end=run.end and replace(run.end, lost=lost),
        invocations=tuple(
            replace(one, during=during) if one.during else one for one in run.invocations
        ),
    )
    assert "<script>alert" not in render_html(summarise(run), invented.logs)


def test_the_same_facts_as_data(summary: RunSummary) -> None:
    data = json.loads(json.dumps(facts(summary)))
    host, pi4, pixel4, pixel8 = data["devices"]
    assert (host["transport"], pixel4["transport"]) == ("host", "adb")
    assert pixel4["from_shell"] is True
    assert (pixel8["done"], pixel8["not_run"]) == (6, 39)
    assert pixel8["lost"] == "pixel8: the device is not connected any more."
    assert {one["mark"] for one in pi4["cases"]} == {"OK", "INVALID"}
    invalid = next(one for one in pi4["cases"] if one["mark"] == "INVALID")
    assert (invalid["value_us"], invalid["processes_invalid"]) == (None, 5)
    (table,) = data["across"]
    cells = table["rows"][0]["cells"]
    assert [cell["tool"] for cell in cells] == ["litert", *["benchmark_model"] * 3]
    assert [cell["vs"] for cell in cells] == [None, "pi4", "pi4", "pi4"]
    assert cells[0]["speed_vs"] is None


def test_the_headline_of_the_plan(lab: ModuleType, invented: ModuleType) -> None:
    text = plan_headline(lab.lab_run().plan)
    assert text.startswith(
        "example: 8 cases on host, 9 on pi4, 9 on pixel4, 9 on pixel8, 5 rounds + 1 profile each "
    )
    one, two = (
        plan_headline(invented.make_run(invented.CASES[:8], devices).plan)
        for devices in (("host",), ("host", "pi4"))
    )
    assert one.startswith("example: 8 cases, 5 rounds + 1 profile each, on host (about ")
    assert two.startswith("example: 8 cases, 5 rounds + 1 profile each, on host, pi4 (about ")
    # Devices measure at the same time.
    assert one.partition("about")[2] == two.partition("about")[2]


@pytest.mark.parametrize(
    ("name", "affinity", "told"),
    [
        ("cpu", "", "int8 cpu t4"),
        ("cpu", "big", "int8 cpu t4 on big CPUs"),
        ("cpu", "4-7", "int8 cpu t4 on CPUs 4-7"),
        ("xnnpack-big", "big", "int8 xnnpack-big t4"),
        ("xnnpack-0+4-7", "0,4-7", "int8 xnnpack-0+4-7 t4"),
    ],
)
def test_the_cpus_of_a_configuration_are_named_once(
    invented: ModuleType, name: str, affinity: str, told: str
) -> None:
    case = invented.make_case("int8", "xnnpack", 4)
    chosen = Configuration(name, "xnnpack", 4, affinity)
    assert names.configuration(replace(case, configuration=chosen)) == told
