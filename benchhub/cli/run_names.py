"""The names that runs have, for lists of runs."""

from __future__ import annotations

from benchhub.cli.frame import say
from benchhub.errors import StoreError
from benchhub.results.baselines import read_baselines
from benchhub.workspace import Workspace


def names_of(workspace: Workspace) -> dict[str, list[str]]:
    """Return the names of each run by its id; damaged ones are told and do not hide the runs."""
    names: dict[str, list[str]] = {}
    try:
        for name, run_id in read_baselines(workspace.runs).items():
            names.setdefault(run_id, []).append(name)
    except StoreError as error:
        say(str(error))
    return names
