"""benchhub baseline list: the names of runs."""

from __future__ import annotations

import json

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.results.baselines import known, read_baselines
from benchhub.results.store import run_folders


@click.command("list")
@json_option
@verbose_option
@guarded
def command(*, as_json: bool, verbose: bool) -> int:
    """List the names of runs."""
    del verbose
    runs = here().runs
    names = read_baselines(runs)
    if as_json:
        click.echo(json.dumps(names, indent=1))
        return 0
    there = {folder.run_id for folder in run_folders(runs)}
    width = max(map(len, names), default=0)
    for name, run_id in names.items():
        gone = "" if run_id in there else "  not there any more"
        click.echo(f"{name:{width}}  {run_id}{gone}")
    if not names:
        say(known(names))
    return 0
