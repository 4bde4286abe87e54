"""Workspaces with runs, for the tests of the index."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchhub.records import RunEnd, RunState
from benchhub.results.codec import FORMAT
from benchhub.results.store import RunFolder, run_folders
from benchhub.workspace import Workspace

from .test_store import STEPS, begun, measured


def workspace_at(root: Path) -> Workspace:
    root.mkdir(parents=True, exist_ok=True)
    for name in ("devices", "suites"):
        (root / name).mkdir(exist_ok=True)
    return Workspace(root)


def finished(workspace: Workspace) -> RunFolder:
    """A run of which everything was measured."""
    folder = begun(workspace.runs)
    for step in STEPS:
        measured(folder, step)
    end(folder, RunState.FINISHED)
    return folder


def end(folder: RunFolder, state: RunState) -> None:
    done = len(folder.done())
    folder.write_end(RunEnd(FORMAT, folder.run_id, state, "then", 1.0, done, len(STEPS)))


def copied(folder: RunFolder, workspace: Workspace) -> RunFolder:
    """The same run as another workspace has it: begun in the same second."""
    workspace.runs.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder.path, workspace.runs / folder.run_id)
    (found,) = [one for one in run_folders(workspace.runs) if one.run_id == folder.run_id]
    return found
