"""Results on a host until their controller has them."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import StoreError, UsageError
from benchhub.execution.invocation import failed
from benchhub.lab.messages import Result
from benchhub.lab.outbox import KEPT_S, Outbox
from benchhub.records import Failure, Invocation, PlannedInvocation, Purpose
from benchhub.results.codec import decode

RUN = "01ABCDEF"
STEPS = [PlannedInvocation(n, "host", f"m/float32/none/t{n}", 1, Purpose.LATENCY) for n in (1, 2)]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "lab" / "results")


def put(outbox: Outbox, *steps: PlannedInvocation, run_id: str = RUN) -> None:
    for step in steps:
        found = failed(step, Failure("tool", "it did not run.", "", 3))
        text = {"stdout.txt": f"of step {step.number}".encode()}
        outbox.folder(run_id).write_invocation(replace(found, artifacts=("stdout.txt",)), text)


def numbers(results: tuple[Result, ...]) -> list[int]:
    return [decode(one.document, Invocation, "a result").number for one in results]


def test_a_result_is_read_as_often_as_it_is_asked_for(outbox: Outbox) -> None:
    assert outbox.read(RUN, STEPS) == ()
    put(outbox, *STEPS)
    first = outbox.read(RUN, STEPS)
    assert outbox.read(RUN, STEPS) == first
    assert numbers(first) == [1, 2]
    assert [one.artifacts for one in first] == [
        {"stdout.txt": b"of step 1"},
        {"stdout.txt": b"of step 2"},
    ]


def test_results_are_read_up_to_the_first_that_is_not_there(outbox: Outbox) -> None:
    put(outbox, STEPS[1])
    assert outbox.read(RUN, STEPS) == ()
    assert numbers(outbox.read(RUN, STEPS[1:])) == [2]
    put(outbox, STEPS[0])
    assert numbers(outbox.read(RUN, STEPS)) == [1, 2]


def test_what_is_dropped_is_gone_and_nothing_else(outbox: Outbox) -> None:
    put(outbox, *STEPS)
    put(outbox, *STEPS, run_id="01ABCDEG")
    outbox.drop(RUN, "host", [1, 7])
    outbox.drop(RUN, "other", [2])
    assert outbox.read(RUN, STEPS) == ()
    assert numbers(outbox.read(RUN, STEPS[1:])) == [2]
    assert numbers(outbox.read("01ABCDEG", STEPS)) == [1, 2]


@pytest.mark.parametrize("damage", ["document", "artifact", "folder"])
def test_a_damaged_result_counts_as_not_there(outbox: Outbox, damage: str) -> None:
    put(outbox, *STEPS)
    folder = outbox.folder(RUN).step_folder(STEPS[1])
    if damage == "document":
        path = folder / "invocation.json"
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "artifact":
        (folder / "stdout.txt").unlink()
    else:
        (folder / "stdout.txt").unlink()
        (folder / "stdout.txt").mkdir()
    assert numbers(outbox.read(RUN, STEPS)) == [1]


@pytest.mark.parametrize("run_id", ["", "..", "../../x", "01abcdef", "A" * 33, "01ABCDEF\n", "/x"])
def test_what_is_no_id_of_a_run(outbox: Outbox, run_id: str) -> None:
    with pytest.raises(UsageError, match="is no id of a run"):
        outbox.read(run_id, STEPS)
    with pytest.raises(UsageError, match="is no id of a run"):
        outbox.drop(run_id, "host", [1])


def test_a_device_that_leads_elsewhere(outbox: Outbox, tmp_path: Path) -> None:
    put(outbox, *STEPS)
    assert outbox.read(RUN, [replace(STEPS[0], device="../../x")]) == ()
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "0001-kept").mkdir()
    with pytest.raises(StoreError):
        outbox.drop(RUN, "../../../../x", [1])
    assert (tmp_path / "x" / "0001-kept").is_dir()


def test_a_sweep_takes_what_is_old_and_what_is_empty(outbox: Outbox) -> None:
    for run_id in ("01ABCDEF", "01ABCDEG", "01ABCDEH"):
        put(outbox, *STEPS, run_id=run_id)
    old = time.time() - KEPT_S - 60
    os.utime(outbox.folder("01ABCDEF").path, (old, old))
    outbox.drop("01ABCDEG", "host", [1, 2])
    outbox.sweep()
    kept = outbox.folder("01ABCDEH").path
    assert list(kept.parent.iterdir()) == [kept]
    assert numbers(outbox.read("01ABCDEH", STEPS)) == [1, 2]
