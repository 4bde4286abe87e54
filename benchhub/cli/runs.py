"""benchhub runs: list the runs of this workspace."""

from __future__ import annotations

import json

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import StoreError
from benchhub.results.baselines import read_baselines
from benchhub.results.store import run_folders
from benchhub.workspace import Workspace


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
    names = _names(workspace)
    rows = [{**row, "names": names.get(row["run_id"], [])} for row in index.runs()]
    index.close()
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return 0
    if not rows:
        say("There are no runs yet: benchhub run suites/quickstart.yaml --devices host")
        return 0
    click.echo(f"{'run':8}  {'created':16}  {'suite':16}  {'devices':14}  {'done':>9}  state")
    for row in rows:
        done = f"{row['done']}/{row['planned']}"
        state = "imported" if row["imported"] else row["state"]
        pairs = ", comparison" if row["compares"] else ""
        failed = f", {row['failed']} failed" if row["failed"] else ""
        named = f", {' and '.join(row['names'])}" if row["names"] else ""
        click.echo(
            f"{row['run_id']:8}  {row['created'][:16].replace('T', ' ')}  {row['suite']:16.16}"
            f"  {row['devices']:14.14}  {done:>9}  {state}{pairs}{failed}{named}"
        )
    return 0


def _names(workspace: Workspace) -> dict[str, list[str]]:
    """Return the names of each run by its id; damaged ones are told and do not hide the runs."""
    names: dict[str, list[str]] = {}
    try:
        for name, run_id in read_baselines(workspace.runs).items():
            names.setdefault(run_id, []).append(name)
    except StoreError as error:
        say(str(error))
    return names
