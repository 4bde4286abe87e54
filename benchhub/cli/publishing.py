"""benchhub runs push and pull: share runs with other machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import StoreError, UsageError

if TYPE_CHECKING:
    from benchhub.results.shared_runs import Moved
    from benchhub.results.shared_store import SharedStore
    from benchhub.workspace import Workspace


@click.command("push")
@click.argument("runs", nargs=-1, shell_complete=completions.runs)
@click.option("--to", "url", metavar="URL", help="A folder, or a URL such as s3://bucket/runs.")
@json_option
@verbose_option
@guarded
def push(runs: tuple[str, ...], url: str | None, *, as_json: bool, verbose: bool) -> int:
    """Bring RUNS to a shared place: ids, names or latest; all of them if none is named.

    What is there already is not sent again, so that a push that was cut short is just repeated. A
    run that has not ended is pushed as far as it is; a later push brings the rest.
    """
    del verbose
    from benchhub.results import shared_runs
    from benchhub.results.store import find_run, run_folders

    workspace = here()
    store = _store(workspace, url)
    found = [find_run(workspace.runs, word) for word in runs] or run_folders(workspace.runs)
    folders = {folder.run_id: folder for folder in found}
    return _each(
        folders, lambda run_id: shared_runs.push(folders[run_id], store), "pushed", as_json=as_json
    )


@click.command("pull")
@click.argument("runs", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All runs that are there.")
@click.option("--from", "url", metavar="URL", help="A folder, or a URL such as s3://bucket/runs.")
@json_option
@verbose_option
@guarded
def pull(
    runs: tuple[str, ...], url: str | None, *, everything: bool, as_json: bool, verbose: bool
) -> int:
    """Fetch RUNS from a shared place: ids, their beginnings or latest.

    Each file is checked against what was pushed. A run is in the workspace whole or not at all; one
    that is here already gets what it lacks.
    """
    del verbose
    from benchhub.results import shared_runs

    if everything == bool(runs):
        raise UsageError("which runs?", "Name some, or say --all.")
    workspace = here()
    store = _store(workspace, url)
    there = store.runs()
    if not there:
        raise UsageError(f"{store.url}: there are no runs.", "benchhub runs push brings some.")
    chosen = there if everything else [_of(word, there, store) for word in runs]
    return _each(
        dict.fromkeys(chosen),
        lambda run_id: shared_runs.pull(run_id, store, workspace.runs),
        "fetched",
        as_json=as_json,
    )


def _store(workspace: Workspace, url: str | None) -> SharedStore:
    from pathlib import Path

    from benchhub.results.settings import read_shared_runs
    from benchhub.results.shared_store import open_store

    if url:
        return open_store(url, Path.cwd())
    return open_store(read_shared_runs(workspace), workspace.root)


def _of(word: str, there: list[str], store: SharedStore) -> str:
    """Return the run that a word means. Raises UsageError."""
    if word == "latest":
        return there[-1]
    matching = [run_id for run_id in there if run_id.startswith(word.upper())]
    if len(matching) != 1:
        several = f"is ambiguous: {', '.join(matching[:5])}" if matching else "is not there"
        raise UsageError(f"{store.url}: run {word!r} {several}.", f"There are {len(there)} runs.")
    return matching[0]


def _each(run_ids: Iterable[str], move: Callable[[str], Moved], done: str, *, as_json: bool) -> int:
    """Move runs one after the other; one that cannot be moved is told and stops no other."""
    moved: list[Moved] = []
    failed: dict[str, StoreError] = {}
    for run_id in run_ids:
        try:
            one = move(run_id)
        except StoreError as error:
            failed[run_id] = error
            say(str(error))
            continue
        moved.append(one)
        if one.note:
            say(one.note)
        elif one.files and not as_json:
            click.echo(f"{run_id}  {one.files} file{'s' * (one.files != 1)}")
    if as_json:
        files = {one.run_id: one.files for one in moved}
        notes = [one.note for one in moved if one.note]
        troubles = {run_id: str(error) for run_id, error in failed.items()}
        click.echo(json.dumps({done: files, "notes": notes, "failed": troubles}, indent=1))
    else:
        brought = sum(bool(one.files) for one in moved)
        rest = f", {len(moved) - brought} unchanged" if len(moved) > brought else ""
        rest += f", {len(failed)} failed" if failed else ""
        click.echo(f"{brought} run{'s' * (brought != 1)} {done}{rest}")
    return StoreError.exit_code if failed else 0
