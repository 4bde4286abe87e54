"""The trace of a run: where everything was in time, what was measured meanwhile, operators drawn.

tests/browser/test_traces.py has the real program read it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

import pytest

from benchhub.errors import UsageError
from benchhub.exports.chrome_trace import export
from benchhub.exports.trace_events import LABEL
from benchhub.records import Run, Telemetry

from ..reports.invented import invented_run, small_run
from ..reports.lab import lab_run
from .hostile import NASTY
from .odd_runs import badly_named, without_profiles


def events(run: Run, kind: str = "") -> list[dict[str, Any]]:
    document = json.loads(cast("str", export(run).text))
    return [one for one in document["traceEvents"] if kind in ("", one["ph"])]


def steps(run: Run, process: int = 1) -> list[dict[str, Any]]:
    found = [one for one in events(run, "X") if one["cat"] not in ("op", "inference")]
    return [one for one in found if one["pid"] == process]


def nested(found: list[dict[str, Any]]) -> bool:
    """Say whether slices of a thread are inside or beside each other, as viewers rely on."""

    def thread(one: dict[str, Any]) -> tuple[int, int]:
        return one["pid"], one["tid"]

    for _, mine in groupby(sorted(found, key=thread), key=thread):
        # Nanoseconds, as whole numbers: sums of decimals are not exact.
        edges = [(round(1000 * one["ts"]), round(1000 * (one["ts"] + one["dur"]))) for one in mine]
        open_until: list[int] = []
        for start, end in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
            while open_until and open_until[-1] <= start:
                open_until.pop()
            if end < start or (open_until and end > open_until[-1]):
                return False
            open_until.append(end)
    return True


@pytest.mark.parametrize("make", [invented_run, small_run, lab_run])
def test_slices_nest_and_each_invocation_is_there(make: Any) -> None:
    run = make()
    assert nested(events(run, "X"))
    told = [one for process in range(1, 5) for one in steps(run, process)]
    told += events(run, "i")
    assert sorted(one["name"] for one in told) == sorted(one.case_id for one in run.invocations)
    names = {one["args"]["name"] for one in events(run, "M") if one["name"] == "process_name"}
    assert names == {one.device for one in run.invocations}


def test_invocations_are_where_they_were_in_time() -> None:
    run = small_run()
    found = steps(run)
    assert found[0]["ts"] == 0.0
    assert found[1]["ts"] == 1_000_000.0  # a second later
    assert {one["dur"] for one in found} == {910_000.0}
    first = found[0]["args"]
    latency = run.invocations[0].reading.latency
    assert latency
    assert first["status"] == "OK"
    assert first["median_us"] == latency.median_us
    assert first["inferences"] == latency.n


def test_a_step_ends_before_the_next_begins() -> None:
    """Starts are told in milliseconds, how long something took exactly."""
    run = small_run()
    run = replace(run, invocations=tuple(replace(one, seconds=1.0004) for one in run.invocations))
    found = steps(run)
    assert nested(found)
    assert {one["dur"] for one in found[:-1]} == {1_000_000.0}
    assert found[-1]["dur"] == 1_000_400.0


def test_what_was_seen_of_the_device_is_counted() -> None:
    run = small_run()
    temperatures = [one for one in events(run, "C") if one["name"].startswith("temperature")]
    assert [(one["ts"], one["args"]) for one in temperatures[:2]] == [
        (0.0, {"x86_pkg_temp": 45.0}),
        (910_000.0, {"x86_pkg_temp": 51.5}),
    ]
    frequencies = [one for one in events(run, "C") if one["name"].startswith("CPU frequency")]
    assert frequencies[0]["args"] == {"cpu0": 2400.0}
    between = Telemetry(temperature_c={"x86_pkg_temp": 48.0, "dead": float("nan")}, at_s=0.5)
    first = replace(run.invocations[0], during=(between,))
    run = replace(run, invocations=(first, *run.invocations[1:]))
    found = [one for one in events(run, "C") if one["name"].startswith("temperature")]
    assert (found[1]["ts"], found[1]["args"]) == (500_000.0, {"x86_pkg_temp": 48.0})


def test_operators_are_drawn_where_their_profile_was_measured() -> None:
    run = small_run()
    whole = [one for one in events(run, "X") if one["cat"] == "inference"]
    assert [one["name"].removesuffix(" on host") for one in whole] == [
        case.id for case in run.plan.cases
    ]
    starts = {one["name"]: one["ts"] for one in steps(run) if one["cat"] == "profile"}
    for one in whole:
        assert one["ts"] == starts[one["name"].removesuffix(" on host")]
        assert one["args"]["timeline"] == LABEL
    ops = [one for one in events(run, "X") if one["cat"] == "op"]
    assert all(one["args"]["timeline"] == LABEL for one in ops)
    case = run.plan.cases[0].id
    (profile,) = (
        one.reading.profile
        for one in run.invocations
        if one.case_id == case and one.reading.profile
    )
    assert whole[0]["dur"] == pytest.approx(profile.total_us, abs=0.1)
    threads = [one["args"]["name"] for one in events(run, "M") if one["name"] == "thread_name"]
    assert sum("synthetic" in name for name in threads) == 1


def test_an_invocation_of_unknown_length_is_a_moment() -> None:
    run = small_run()
    first = replace(run.invocations[0], seconds=None)
    run = replace(run, invocations=(first, *run.invocations[1:]))
    (moment,) = events(run, "i")
    assert moment["name"] == first.case_id
    assert "seconds" not in moment["args"]


def test_figures_without_times_have_their_operators() -> None:
    run = small_run()
    run = replace(run, invocations=tuple(replace(one, started="") for one in run.invocations))
    assert steps(run) == []
    assert events(run, "C") == []
    found = events(run, "X")
    assert nested(found)
    assert sum(one["cat"] == "inference" for one in found) == len(run.plan.cases)
    with pytest.raises(UsageError, match="nothing to draw"):
        export(without_profiles(run))


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_hostile_names_are_text(text: str) -> None:
    made = cast("str", export(badly_named(text)).text)
    made.encode()  # whole characters only
    assert made.count("\n") == 1
    assert "\\u" not in made  # Perfetto shows escapes as they are
    json.loads(made)
