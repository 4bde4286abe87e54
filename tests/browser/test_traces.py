"""Traces in Perfetto's trace processor, which its viewer asks for all that it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from selenium import webdriver

from benchhub.exports.chrome_trace import export
from benchhub.exports.trace_events import op_timeline
from benchhub.records import Purpose, Run

from ..unit.exports.hostile import NASTY
from ..unit.exports.odd_runs import badly_named
from ..unit.reports.lab import lab_run
from ..unit.tools.litert_bench import Bench
from .trace_processor import TraceProcessor, engine

pytestmark = pytest.mark.rig("chromium")


@pytest.fixture(scope="module")
def reader(started: webdriver.Chrome) -> Iterator[partial[TraceProcessor]]:
    with engine(started):
        yield partial(TraceProcessor, started)


def events(run: Run, kind: str = "") -> list[dict[str, Any]]:
    document = json.loads(cast("str", export(run).text))
    return [one for one in document["traceEvents"] if kind in ("", one["ph"])]


def lossless(trace: TraceProcessor) -> bool:
    errors = "select name from stats where severity in ('error', 'data_loss') and value > 0"
    return trace.query(errors) == []


def test_the_program_reads_all_of_a_run(reader: partial[TraceProcessor]) -> None:
    run = lab_run()
    trace = reader(cast("str", export(run).text))
    assert lossless(trace)
    (slices,) = trace.query("select count(*) as n, min(dur) as shortest from slice")
    assert slices["n"] == len(events(run, "X")) + len(events(run, "i"))
    assert slices["shortest"] >= 0
    (counters,) = trace.query("select count(*) as n from counter")
    assert counters["n"] == sum(len(one["args"]) for one in events(run, "C"))
    names = trace.query("select name from process where name is not null")
    assert {row["name"] for row in names} == {one.device for one in run.invocations}
    # An operator is inside the one slice of its inference, and has the time that was measured.
    ops = trace.query(
        "select s.name, s.dur, s.depth, parent.category as inside,"
        " extract_arg(s.arg_set_id, 'args.mean_us') as mean_us"
        " from slice s join slice parent on s.parent_id = parent.id where s.category = 'op'"
    )
    assert len(ops) == sum(one["cat"] == "op" for one in events(run, "X"))
    for one in ops:
        assert (one["depth"], one["inside"]) == (1, "inference")
        assert one["dur"] == pytest.approx(1000 * float(one["mean_us"]), abs=2)


def test_hostile_names_are_names(reader: partial[TraceProcessor]) -> None:
    found = [
        {**one, "pid": process}  # or they would be over each other
        for process, text in enumerate(NASTY, 1)
        for one in events(badly_named(text))
    ]
    trace = reader(json.dumps({"traceEvents": found}, ensure_ascii=False))
    assert lossless(trace)
    (slices,) = trace.query("select count(*) as n from slice")
    assert slices["n"] == sum(one["ph"] == "X" for one in found)
    names = {row["name"] for row in trace.query("select distinct name from slice")}
    ops = [one for one in found if one.get("cat") == "op"]
    wanted = {one["name"] for one in found if one.get("cat") == "op"}
    # This version shows what JSON has to escape as the escape.
    wanted = {json.dumps(one["name"], ensure_ascii=False)[1:-1] or "[No name]" for one in ops}
    assert wanted <= names
    assert "é🦆" * 600 in names


def test_a_drawn_timeline_is_read(reader: partial[TraceProcessor], tmp_path: Path) -> None:
    """What a case has as its trace where nothing can be recorded."""
    reading = Bench(tmp_path)("lstm", purpose=Purpose.PROFILE, delegate="none")
    assert reading.profile
    trace = reader(json.dumps(op_timeline(reading.profile, "lstm/float32/none/t1", "host")))
    assert lossless(trace)
    (found,) = trace.query("select count(*) as n, max(depth) as deepest from slice")
    assert found["n"] == len(reading.profile.ops) + 1
    assert found["deepest"] == 2  # inference, loop, what the loop runs
