"""benchhub runs: list the runs of this workspace."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from benchhub.cli.frame import guarded, here, json_option, say, terminal_width, verbose_option
from benchhub.errors import StoreError
from benchhub.results.baselines import read_baselines
from benchhub.results.store import run_folders
from benchhub.workspace import Workspace

_HEAD = ("run", "created", "suite", "devices", "done", "state")
_LEFT = frozenset({0, 1, 2, 3, 5})


@click.command("runs")
@json_option
@verbose_option
@guarded
def command(*, as_json: bool, verbose: bool) -> int:
    """List the runs of this workspace, newest first."""
    del verbose
    from benchhub.results.index import Index

    workspace = here()
    index = Index(workspace.index)
    for trouble in index.refresh(run_folders(workspace.runs)):
        say(trouble)
    names = names_of(workspace)
    rows = [{**row, "names": names.get(row["run_id"], [])} for row in index.runs()]
    index.close()
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return 0
    if not rows:
        say("There are no runs yet: benchhub run suites/quickstart.yaml --devices host")
        return 0
    from benchhub.reports.tables import fitted

    width = terminal_width() or sys.maxsize
    click.echo("\n".join(fitted(_HEAD, [_row(row) for row in rows], _LEFT, width, names=3)))
    return 0


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    told = [
        "imported" if row["imported"] else row["state"],
        "comparison" if row["compares"] else "",
        f"{row['failed']} failed" if row["failed"] else "",
        " and ".join(row["names"]),
    ]
    return (
        row["run_id"],
        row["created"][:16].replace("T", " "),
        row["suite"],
        row["devices"],
        f"{row['done']}/{row['planned']}",
        ", ".join(part for part in told if part),
    )


def names_of(workspace: Workspace) -> dict[str, list[str]]:
    """Return the names of each run by its id; damaged ones are told and do not hide the runs."""
    names: dict[str, list[str]] = {}
    try:
        for name, run_id in read_baselines(workspace.runs).items():
            names.setdefault(run_id, []).append(name)
    except StoreError as error:
        say(str(error))
    return names
