"""One invocation: the line that repeats it and where its raw files are."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from benchhub.records import Invocation, Plan
from benchhub.results.store import RunFolder
from benchhub.workspace import STATE


def folder_of(plan: Plan, one: Invocation) -> str:
    """Return the folder of an invocation's raw files, relative to the workspace."""
    return run_folder(plan).step_folder(one).as_posix()


def run_folder(plan: Plan) -> RunFolder:
    """Return the folder of a run, relative to the workspace."""
    return RunFolder(Path(STATE) / "runs" / plan.run_id)


def process(one: Invocation) -> tuple[str, ...]:
    """Return an invocation as quoted words, its folder for outputs and its variables in front."""
    variables = [f"{name}={value}" for name, value in sorted(one.env.items())]
    folder = ("mkdir", "-p", shlex.quote(one.work_dir), "&&") if one.work_dir else ()
    return (*folder, *quoted([*(["env", *variables] if variables else []), *one.argv]))


def quoted(argv: Sequence[str]) -> tuple[str, ...]:
    """Quote each word for a POSIX shell."""
    return tuple(shlex.quote(word) for word in argv)
