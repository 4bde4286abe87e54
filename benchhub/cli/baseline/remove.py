"""benchhub baseline remove: forget a name."""

from __future__ import annotations

import click

from benchhub.cli.frame import guarded, here, verbose_option
from benchhub.results.baselines import remove_baseline


@click.command("remove")
@click.argument("name")
@verbose_option
@guarded
def command(name: str, *, verbose: bool) -> int:
    """Forget NAME; the run that had it stays."""
    del verbose
    run_id = remove_baseline(here().runs, name)
    click.echo(f"{name} is forgotten; run {run_id} stays")
    return 0
