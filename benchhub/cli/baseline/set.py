"""benchhub baseline set: give a run a name."""

from __future__ import annotations

import json

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.records import RunState
from benchhub.results.baselines import set_baseline
from benchhub.results.store import find_run


@click.command("set")
@click.argument("name", shell_complete=completions.baselines)
@click.argument("run", default="latest", shell_complete=completions.runs)
@json_option
@verbose_option
@guarded
def command(name: str, run: str, *, as_json: bool, verbose: bool) -> int:
    """Give RUN (an id, its beginning, another name; default: latest) a name.

    A run that had the name before loses it, and is told.
    """
    del verbose
    runs = here().runs
    folder = find_run(runs, run)
    before = set_baseline(runs, name, folder.run_id)
    if as_json:
        facts = {"name": name, "run_id": folder.run_id, "before": before}
        click.echo(json.dumps(facts, indent=1))
    else:
        was = f" (was {before})" if before not in (None, folder.run_id) else ""
        click.echo(f"{name} is run {folder.run_id}{was}")
    state = folder.read().state
    if state is not RunState.FINISHED:
        say(f"Run {folder.run_id} is {state}: only what it has measured can be compared.")
    return 0
