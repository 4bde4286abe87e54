"""benchhub runs: list the runs of this workspace, or of all that share the index."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from benchhub.cli.frame import guarded, here, json_option, say, terminal_width, verbose_option
from benchhub.cli.run_names import names_of
from benchhub.results.store import run_folders
from benchhub.workspace import Workspace

_HEAD = ("run", "created", "suite", "devices", "done", "state")
_LEFT = frozenset({0, 1, 2, 3, 5})


@click.command("list")
@click.option("--all", "everywhere", is_flag=True, help="Also runs of others who share the index.")
@json_option
@verbose_option
@guarded
def command(*, everywhere: bool, as_json: bool, verbose: bool) -> int:
    """List the runs of this workspace, newest first.

    With an index that several workspaces share (docs/store.md) --all lists those of all of them.
    """
    del verbose
    rows = _rows(here(), everywhere=everywhere)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return 0
    if not rows:
        say("There are no runs yet: benchhub run suites/quickstart.yaml --devices host")
        return 0
    from benchhub.reports.tables import fitted

    width = terminal_width() or sys.maxsize
    head = (*_HEAD, "where") if everywhere else _HEAD
    cells = [(*_row(row), row["place"]) if everywhere else _row(row) for row in rows]
    left = {*_LEFT, len(_HEAD)}
    click.echo("\n".join(fitted(head, cells, left, width, names=3)))
    return 0


def _rows(workspace: Workspace, *, everywhere: bool) -> list[dict[str, Any]]:
    from benchhub.results.index import open_index

    with open_index(workspace) as index:
        for trouble in index.refresh(run_folders(workspace.runs)):
            say(trouble)
        rows = index.all_runs() if everywhere else index.runs()
        mine = index.home.id
    names = names_of(workspace)
    return [
        {**row, "names": names.get(row["run_id"], []) if row["home"] == mine else []}
        for row in rows
    ]


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
