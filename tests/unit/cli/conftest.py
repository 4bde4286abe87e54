"""Runs that are on disk, and a workspace around them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchhub.records import Run
from benchhub.results.store import RunFolder


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], Path]:
    """A function that writes a run into a workspace of its own, where commands then run."""

    def write(run: Run) -> Path:
        for name in ("devices", "suites"):
            (tmp_path / name).mkdir(exist_ok=True)
        folder = RunFolder(tmp_path / ".benchhub" / "runs" / run.plan.run_id)
        folder.path.mkdir(parents=True)
        folder.write_plan(run.plan)
        for facts in run.variants:
            folder.write_variant(facts)
        for record in run.devices:
            folder.write_device(record)
        for one in run.invocations:
            folder.step_folder(one).mkdir(parents=True)
            folder.write_invocation(one, {})
        if run.end:
            folder.write_end(run.end)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write
