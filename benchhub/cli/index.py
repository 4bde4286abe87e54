"""benchhub index: look after the index of the runs."""

from __future__ import annotations

import json

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import StoreError, UsageError
from benchhub.results.store import run_folders


@click.group("index")
def command() -> None:
    """Look after the index of the runs. It is a cache: the run folders are the truth."""


@command.command("forget")
@click.argument("home")
@json_option
@verbose_option
@guarded
def forget(home: str, *, as_json: bool, verbose: bool) -> int:
    """Drop what the workspace HOME brought into a shared index, once it is gone for good.

    HOME is its id or HOST:FOLDER, as benchhub runs --all --json has them. Run folders stay; a
    workspace that is still there brings its runs in again.
    """
    del verbose
    from benchhub.results import index

    with index.open_index(here()) as opened:
        homes = opened.homes()
        found = [one for one, place in homes.items() if home in (one, place)]
        if not found:
            known = ", ".join(f"{one} ({place})" for one, place in homes.items()) or "none"
            raise UsageError(f"there is no workspace {home!r} in the index.", f"There are {known}.")
        for one in found:
            opened.forget(one)
    if as_json:
        click.echo(json.dumps({"forgotten": found}, indent=1))
    else:
        click.echo("\n".join(f"forgotten: {one} ({homes[one]})" for one in found))
    return 0


@command.command("rebuild")
@json_option
@verbose_option
@guarded
def rebuild(*, as_json: bool, verbose: bool) -> int:
    """Make the index again from the run folders.

    In a store that is shared, only what this workspace has brought in: docs/store.md.
    """
    del verbose
    from benchhub.results import index

    workspace = here()
    folders = run_folders(workspace.runs)
    troubles = index.rebuild(workspace, folders)
    for trouble in troubles:
        say(trouble)
    path, count = index.where(workspace), len(folders) - len(troubles)
    if as_json:
        facts = {"index": path, "runs": count, "troubles": troubles}
        click.echo(json.dumps(facts, indent=1))
    else:
        click.echo(f"{path}: {count} runs")
    return StoreError.exit_code if troubles else 0
