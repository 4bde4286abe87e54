"""benchhub lineage: which tool, model, commit and device made a number, and what else they made."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, terminal_width, verbose_option
from benchhub.errors import UsageError
from benchhub.results.store import find_run, run_folders

if TYPE_CHECKING:
    from benchhub.results.index.lineage import Number, Wanted
    from benchhub.workspace import Workspace

_HEAD = ("run", "case", "device", "ms", "processes", "status", "tool", "model", "commit", "build")
_LEFT = frozenset({0, 1, 2, 5, 6, 7, 8, 9})
# Of a digest or a commit in a table.
_DIGITS = 12
_HEX = re.compile(r"[0-9A-Fa-f]+")


@click.command("lineage")
@click.argument("run", required=False, shell_complete=completions.runs)
@click.argument("case", required=False)
@click.option("--tool", metavar="SHA256", help="Measured with that program.")
@click.option("--model", metavar="SHA256|NAME", help="Measured of that model.")
@click.option("--commit", metavar="COMMIT", help="Measured at that commit of the workspace.")
@click.option("--build", metavar="TEXT", help="On devices whose build has that text in it.")
@click.option("--device", metavar="NAME", help="On that device.", shell_complete=completions.device)
@click.option("--home", metavar="HOME", help="Measured by that workspace: its id or HOST:FOLDER.")
@json_option
@verbose_option
@guarded
def command(
    run: str | None,
    case: str | None,
    tool: str | None,
    model: str | None,
    commit: str | None,
    build: str | None,
    device: str | None,
    home: str | None,
    *,
    as_json: bool,
    verbose: bool,
) -> int:
    """Show what made the numbers of RUN: tool, model, commit and build of the device.

    With CASE (an id, * is a wildcard) in full. Without RUN it goes the other way: all numbers that
    were measured with a tool, of a model, at a commit or on a build, in this workspace and in all
    that share its index (docs/store.md). The beginning of a digest or of a commit is enough.
    """
    del verbose
    from benchhub.results.index.lineage import Wanted

    options = (tool, model, commit, build, device, home)
    if run is None and not any(options):
        raise UsageError("lineage of what?", "Name a run, or say --tool, --model, --commit, ...")
    wanted = Wanted(None, home, case, tool, model, commit, build, device)
    numbers = _found(here(), run, wanted)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in numbers], indent=1))
        return 0
    click.echo(_blocks(numbers) if case else _table(numbers))
    return 0


def _found(workspace: Workspace, run: str | None, wanted: Wanted) -> list[Number]:
    """Return the numbers that are meant. Raises UsageError if there are none."""
    from dataclasses import replace

    from benchhub.results.index import open_index
    from benchhub.results.index.lineage import lineage

    with open_index(workspace) as index:
        for trouble in index.refresh(run_folders(workspace.runs)):
            say(trouble)
        if run is not None:
            wanted = replace(wanted, run=run)
            own = _own(workspace, run)
            if own and wanted.home is None:
                wanted = replace(wanted, run=own, home=index.home.id)
        numbers = lineage(index, wanted)
    runs = dict.fromkeys((one.run_id, one.place) for one in numbers)
    if run is not None and len(runs) > 1:
        several = ", ".join(f"{run_id} of {place}" for run_id, place in list(runs)[:5])
        raise UsageError(f"run '{run}' is ambiguous: {several}.", "Say which: --home HOST:FOLDER")
    if not numbers:
        raise UsageError("nothing that was measured is of that.", "benchhub runs --all lists all.")
    return numbers


def _own(workspace: Workspace, word: str) -> str | None:
    """Return the run of this workspace that a word means; None if it may be another's."""
    try:
        return find_run(workspace.runs, word).run_id
    except UsageError:
        return None


def _table(numbers: list[Number]) -> str:
    from benchhub.reports.numbers import ms
    from benchhub.reports.tables import fitted

    rows = [
        (
            one.run_id,
            one.case_id,
            one.device,
            ms(one.value_us),
            str(one.processes),
            ", ".join(one.statuses),
            _short(one.tool_sha256) or "–",
            _short(one.model_sha256) or "–",
            _short(one.commit) or "–",
            one.build or "–",
        )
        for one in numbers
    ]
    width = terminal_width() or sys.maxsize
    return "\n".join(fitted(_HEAD, rows, _LEFT, width, names=3, spare=(4, 5)))


def _blocks(numbers: list[Number]) -> str:
    from benchhub.reports.numbers import ms

    return "\n\n".join(
        "\n".join(
            f"{name:<10}{value}"
            for name, value in (
                ("case", one.case_id),
                ("run", f"{one.run_id} of {one.suite}, {one.created}"),
                ("time", f"{ms(one.value_us)} ms of {_processes(one)}"),
                ("device", ", ".join(filter(None, (one.device, one.hardware, one.cpu)))),
                ("build", one.build or "not told"),
                ("tool", f"{one.tool} {one.tool_version}".rstrip()),
                ("", one.tool_path or "not told"),
                ("", one.tool_sha256 or "not told"),
                ("model", f"{one.model}/{one.variant}"),
                ("", one.model_sha256 or "not told"),
                ("commit", one.commit or "not known"),
                ("benchhub", one.benchhub),
                ("where", one.place),
            )
        )
        for one in numbers
    )


def _processes(one: Number) -> str:
    count = f"{one.processes} process{'es' * (one.processes != 1)}"
    return f"{count}, {', '.join(one.statuses)}{', imported' * one.imported}"


def _short(digest: str | None) -> str:
    """Return the beginning of a digest; the mark of a commit with changes is kept."""
    if not digest or not _HEX.match(digest):
        return digest or ""
    return f"{digest[:_DIGITS]}{'+' * digest.endswith('+')}"
