from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Invocation, Run, Status
from benchhub.reports import case_logs
from benchhub.reports.cases import CaseDetail, details
from benchhub.reports.invocations import process
from benchhub.reports.names import anchors


def view(run: Run) -> tuple[CaseDetail, ...]:
    summary = summarise(run)
    return details(summary, anchors(summary), lambda _: {"stdout.txt": "text"})


def test_all_invocations_are_there(invented: ModuleType) -> None:
    one = view(invented.small_run())[0]
    assert [(row.one.purpose, row.one.round) for row in one.invocations] == [
        *(("latency", n) for n in range(1, 6)),
        ("profile", 1),
    ]
    assert one.invocations[0].time == "14:32:01"
    assert one.invocations[0].warmest_c == 51.5
    assert one.invocations[0].folder == (
        ".benchhub/runs/01EXAMPL/invocations/host/0001-latency-r1-mobilenet_v2.float32.xnnpack.t1"
    )


def test_a_line_for_the_shell_gives_back_the_process(invented: ModuleType) -> None:
    one = invented.small_run().invocations[0]
    words = shlex.split(" ".join(process(one)))
    assert words[:2] == ["env", "TF_CPP_MIN_LOG_LEVEL=0"]
    assert tuple(words[2:]) == one.argv
    assert shlex.split(" ".join(process(replace(one, env={})))) == list(one.argv)


def test_the_case_can_be_measured_again(invented: ModuleType) -> None:
    again = view(invented.invented_run())[-1].commands[0]
    assert shlex.split(" ".join(again.words)) == [
        *("benchhub", "run", "suites/example.yaml", "--devices", "pi4"),
        *("--cases", "mobilenet_v2/int8/xnnpack/t1@benchmark_model"),
        *("--tools", "benchmark_model", "--rounds", "5"),
    ]


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (80, ["p90 0.", "p95 0.", "p99 n too small (459 needed)"]),
        (10, ["p90 0.", "p95 n too small (90 needed)", "p99 n too small (459 needed)"]),
        (2, ["p90 n too small (44 needed)", "p95 n too", "p99 n too"]),
    ],
)
def test_percentiles_need_enough_inferences(
    invented: ModuleType, kept: int, told: list[str]
) -> None:
    run = invented.make_run(invented.CASES[:1])
    few = tuple(_keep(one, kept) for one in run.invocations)
    (one,) = view(replace(run, invocations=few))
    assert one.inferences == 5 * kept
    for (percent, text), expected in zip(one.percentiles, told, strict=True):
        assert f"p{percent} {text}".startswith(expected)


def _keep(one: Invocation, n: int) -> Invocation:
    latency = one.reading.latency
    assert latency
    fewer = replace(latency, n=n, samples_us=latency.samples_us[:n])
    return replace(one, reading=replace(one.reading, latency=fewer))


def test_a_tool_without_single_inferences_has_no_percentiles(invented: ModuleType) -> None:
    (one,) = [
        one
        for one in view(invented.invented_run())
        if one.device == "host" and one.case.case.id.endswith("none/t1@benchmark_model")
    ]
    assert (one.percentiles, one.inferences) == ((), 0)


def titles(one: CaseDetail) -> list[str]:
    return [log.title for log in one.logs]


def test_a_small_run_shows_command_and_log_of_every_process(invented: ModuleType) -> None:
    run = invented.small_run()
    for one in view(run):
        assert len(one.logs) == one.printed == len(one.invocations)
        for log, row in zip(one.logs, one.invocations, strict=True):
            assert (log.folder, log.command) == (row.folder, process(row.one))
            assert log.title.startswith(f"step {row.one.number}, ")


def test_of_a_large_run_bad_processes_come_first_then_one_of_each_purpose(
    invented: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_logs, "PROCESSES_OF_A_PAGE", 5)
    case = invented.CASES[0]
    run = invented.make_run((case,), fates={("host", case.id): Status.FAILED})
    (one,) = view(run)
    assert titles(one) == [
        "step 1, latency process of round 1, FAILED",
        "step 2, latency process of round 2, FAILED",
        "step 6, profile process of round 1, FAILED",
    ]
    assert one.printed == 6
    quiet = view(invented.small_run())[0]
    assert [title.split(", ", 1)[1] for title in titles(quiet)] == [
        "latency process of round 1, OK",
        "profile process of round 1, OK",
    ]


def test_only_the_logs_that_are_shown_are_read(
    invented: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_logs, "PROCESSES_OF_A_PAGE", 5)
    asked: list[Invocation] = []

    def logs(one: Invocation) -> Mapping[str, str]:
        asked.append(one)
        return {}

    summary = summarise(invented.small_run())
    details(summary, anchors(summary), logs)
    assert len(asked) == 16


def test_a_refused_case_has_only_the_command_to_try_again(invented: ModuleType) -> None:
    (one,) = [one for one in view(invented.invented_run()) if one.mark == "REFUSED"]
    assert (one.invocations, one.logs) == ((), ())
    assert [command.title for command in one.commands] == ["Measure again"]
