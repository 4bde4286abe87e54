"""benchhub baseline remove: forget a name."""

from __future__ import annotations

import json

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.results.baselines import remove_baseline


@click.command("remove")
@click.argument("name", shell_complete=completions.baselines)
@json_option
@verbose_option
@guarded
def command(name: str, *, as_json: bool, verbose: bool) -> int:
    """Forget NAME; the run that had it stays."""
    del verbose
    run_id = remove_baseline(here().runs, name)
    if as_json:
        click.echo(json.dumps({"name": name, "run_id": run_id}, indent=1))
    else:
        click.echo(f"{name} is forgotten; run {run_id} stays")
    return 0
