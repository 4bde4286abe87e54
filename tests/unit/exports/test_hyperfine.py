"""hyperfine's JSON: the fields that version 1 writes, and what its scripts make of them."""

from __future__ import annotations

import json
import statistics
from typing import Any, cast

import pytest

from benchhub.analysis.summary import summarise
from benchhub.exports.hyperfine import export
from benchhub.records import Run

from ..comparisons import comparison_run, duel, slower
from ..reports.invented import invented_run, small_run
from .hostile import NASTY
from .odd_runs import badly_named

# Of `hyperfine 1.15.0 --export-json -L n 1,2 'echo {n}'`, in its order.
FIELDS = [
    "command",
    "mean",
    "stddev",
    "median",
    "user",
    "system",
    "min",
    "max",
    "times",
    "exit_codes",
    "parameters",
]


def results(run: Run) -> list[dict[str, Any]]:
    document = json.loads(cast("str", export(run).text))
    assert list(document) == ["results"]
    found: list[dict[str, Any]] = document["results"]
    return found


def test_it_has_hyperfines_fields_in_seconds() -> None:
    run = small_run()
    (device,) = summarise(run).devices
    for one, case in zip(results(run), device.cases, strict=True):
        assert list(one) == FIELDS
        assert one["command"] == f"{case.case.id} on host"
        seconds = [
            found.reading.latency.value_us / 1e6 for found in case.counted if found.reading.latency
        ]
        assert one["times"] == pytest.approx(seconds)
        assert one["mean"] == pytest.approx(statistics.mean(seconds))
        assert one["stddev"] == pytest.approx(statistics.stdev(seconds))
        assert one["median"] == pytest.approx(statistics.median(seconds))
        assert (one["min"], one["max"]) == (min(one["times"]), max(one["times"]))
        assert one["exit_codes"] == [0] * len(seconds)
        assert all(isinstance(value, str) for value in one["parameters"].values())
        assert one["parameters"]["threads"] == str(case.case.configuration.threads)


def test_what_is_not_known_is_null() -> None:
    one, _ = results(comparison_run(duel([300.0], [310.0])))
    assert one["stddev"] is None  # of one process
    assert one["user"] is None
    assert one["system"] is None
    assert one["parameters"]["side"] == "baseline"


def test_two_sides_are_two_commands() -> None:
    run = comparison_run(slower())
    commands = [one["command"] for one in results(run)]
    assert commands == [f"{case.id} on host" for case in run.plan.cases]


def test_what_is_not_trusted_is_left_out_and_told() -> None:
    made = export(invented_run())
    commands = [one["command"] for one in results(invented_run())]
    left_out = [note.split(": ")[1] for note in made.notes]
    assert commands
    assert left_out
    assert not set(commands) & set(left_out)
    assert len(commands) + len(left_out) == 2 * len(invented_run().plan.cases)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_hostile_names_are_text(text: str) -> None:
    made = cast("str", export(badly_named(text)).text)
    assert made.isascii()
    json.dumps(json.loads(made), ensure_ascii=False).encode()  # whole characters only
