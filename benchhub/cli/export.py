"""benchhub export: write runs in the format of another tool."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.files import write_file
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import StoreError, UsageError

if TYPE_CHECKING:
    from benchhub.results.store import RunFolder
    from benchhub.workspace import Workspace

_STDOUT = "-"


@click.command("export")
@click.argument("name", metavar="FORMAT", required=False, shell_complete=completions.formats)
@click.argument("runs", metavar="RUN...", nargs=-1, shell_complete=completions.runs)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write; for model-explorer a folder for all. Default: standard output.",
)
@click.option(
    "--suite",
    help="All runs of the suite of this name.",
    shell_complete=completions.suite_names,
)
@click.option("--list", "listing", is_flag=True, help="Show the formats and what reads them.")
@json_option
@verbose_option
@guarded
def command(
    name: str | None,
    runs: tuple[str, ...],
    out: Path | None,
    suite: str | None,
    *,
    listing: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Write RUN (an id, its beginning, a baseline's name, or latest) in the format of another tool.

    benchhub export csv latest -o run.csv

    FORMAT is one that --list shows; other packages may add more. Tables hold several runs.
    """
    del verbose
    from benchhub.exports.exporter import find_exporter

    if listing:
        if name or runs or suite or out:
            raise UsageError("--list shows the formats; leave the rest away.")
        _list(as_json=as_json)
        return 0
    if as_json:
        raise UsageError("--json goes with --list; the verdicts as JSON: benchhub export json RUN")
    if name is None:
        raise UsageError("which format?", "benchhub export --list")
    write = find_exporter(name)
    workspace = here()
    made = write(*(folder.read() for folder in _chosen(workspace, runs, suite)))
    for note in made.notes:
        say(note)
    if made.files and _write_all(made.files, out):
        return 0
    content = made.text.encode() if isinstance(made.text, str) else made.text
    if out is not None and str(out) != _STDOUT:
        write_file(out, content)
        return 0
    if isinstance(made.text, bytes) and sys.stdout.isatty():
        raise UsageError(f"{name} is no text for a terminal.", f"benchhub export {name} -o FILE")
    # Bytes, as in a file: whatever encoding the terminal is said to have.
    click.echo(content, nl=False)
    return 0


def _write_all(files: Mapping[str, str], out: Path | None) -> bool:
    """Write several documents, if the name is that of a folder: it has no ending."""
    if out is not None and str(out) != _STDOUT and (out.is_dir() or not out.suffix):
        for name, text in files.items():
            write_file(out / name, text.encode())
        return True
    if len(files) > 1:
        say(f"This is {next(iter(files))}, one of {len(files)} documents; -o FOLDER/ writes all.")
    return False


def _chosen(workspace: Workspace, words: tuple[str, ...], suite: str | None) -> list[RunFolder]:
    """Return the runs that are asked for, each once, oldest first. Raises UsageError."""
    from benchhub.results.store import find_run, run_folders

    if suite is None:
        found = {one.run_id: one for one in (find_run(workspace.runs, word) for word in words)}
        chosen = found or {"": find_run(workspace.runs, "latest")}
        return sorted(chosen.values(), key=lambda folder: folder.run_id)
    if words:
        raise UsageError("--suite is all runs of a suite.", "Leave the runs away.")
    suites: dict[RunFolder, str] = {}
    for folder in run_folders(workspace.runs):
        try:
            suites[folder] = folder.read_plan().suite
        except StoreError as error:
            say(f"left out: {error}")
    mine = [folder for folder, its_suite in suites.items() if its_suite == suite]
    if not mine:
        known = ", ".join(dict.fromkeys(suites.values())) or "none"
        raise UsageError(f"there is no run of suite '{suite}'.", f"There are of: {known}.")
    return mine


def _list(*, as_json: bool) -> None:
    from benchhub.exports.catalogue import CATALOGUE
    from benchhub.exports.exporter import format_names

    names = format_names()
    rows = [(name, CATALOGUE.get(name)) for name in names]
    if as_json:
        facts = [
            {
                "format": name,
                "file": known.file if known else None,
                "several_runs": known.several if known else None,
                "read_by": known.reader if known else None,
            }
            for name, known in rows
        ]
        click.echo(json.dumps(facts, indent=1))
        return
    width = max(map(len, names))
    for name, known in rows:
        click.echo(f"{name:{width}}  {known.reader if known else 'of another package'}")
    say("benchhub export FORMAT RUN -o FILE; docs/exports.md says how to open each.")
