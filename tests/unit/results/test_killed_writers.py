"""Whoever writes, pushes or fetches a run may be killed at any time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.results.run_lock import LOCK
from benchhub.results.store import RunFolder, create_run_folder

from .small_runs import PLAN, STEPS, listing

ROOT = Path(__file__).parents[3]


@pytest.mark.fault("run folder: its writer is killed at any time", place="controller")
@pytest.mark.fault("run folder: its push and pull are killed at any time", place="controller")
def test_what_is_there_is_whole_after_each_kill(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "here")
    steps = tuple(replace(STEPS[0], number=number) for number in range(1, 51))
    folder.write_plan(replace(PLAN, run_id=folder.run_id, invocations=steps))
    elsewhere = tmp_path / "elsewhere"
    places = [str(folder.path), str(tmp_path / "shared"), str(elsewhere)]
    module = "tests.unit.results.killed_writer"
    subprocess.run([sys.executable, "-m", module, *places], cwd=ROOT, check=True, timeout=300)
    assert [one.number for one in folder.read().invocations] == [step.number for step in steps]
    for step in steps:
        files = {path.name: path.read_bytes() for path in folder.step_folder(step).iterdir()}
        assert files["stdout.txt"] == b"said\n" * step.number
        assert files["pulled.csv"] == f"{step.number}\n".encode() * 1000
    here, there = listing(folder), listing(RunFolder(elsewhere / folder.run_id))
    assert not {name.split("/")[0] for name in here} & {"attempts", "part"}
    for files in (here, there):
        files.pop(LOCK, None)
    assert here == there
