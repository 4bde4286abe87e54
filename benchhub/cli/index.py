"""benchhub index: look after the index of the runs."""

from __future__ import annotations

import json

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import StoreError
from benchhub.results.store import run_folders


@click.group("index")
def command() -> None:
    """Look after the index of the runs. It is a cache: the run folders are the truth."""


@command.command("rebuild")
@json_option
@verbose_option
@guarded
def rebuild(*, as_json: bool, verbose: bool) -> int:
    """Make the index again from the run folders."""
    del verbose
    from benchhub.results import index

    workspace = here()
    folders = run_folders(workspace.runs)
    troubles = index.rebuild(workspace.index, folders)
    for trouble in troubles:
        say(trouble)
    path, count = workspace.relative(workspace.index), len(folders) - len(troubles)
    if as_json:
        facts = {"index": path, "runs": count, "troubles": troubles}
        click.echo(json.dumps(facts, indent=1))
    else:
        click.echo(f"{path}: {count} runs")
    return StoreError.exit_code if troubles else 0
