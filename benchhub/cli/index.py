"""benchhub index: look after the index of the runs."""

from __future__ import annotations

import click

from benchhub.cli.frame import guarded, here, say, verbose_option
from benchhub.errors import StoreError
from benchhub.results.store import run_folders


@click.group("index")
def command() -> None:
    """Look after the index of the runs. It is a cache: the run folders are the truth."""


@command.command("rebuild")
@verbose_option
@guarded
def rebuild(*, verbose: bool) -> int:
    """Make the index again from the run folders."""
    del verbose
    from benchhub.results import index

    workspace = here()
    folders = run_folders(workspace.runs)
    troubles = index.rebuild(workspace.index, folders)
    for trouble in troubles:
        say(trouble)
    click.echo(f"{workspace.relative(workspace.index)}: {len(folders) - len(troubles)} runs")
    return StoreError.exit_code if troubles else 0
