"""benchhub history: how the figures of a suite moved over its runs, and since when."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, verbose_option
from benchhub.cli.report import write_page
from benchhub.errors import UsageError
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.analysis.history import History

LAST = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]")


@click.command("history")
@click.argument("suite", metavar="[SUITE]", required=False, shell_complete=completions.suite_names)
@click.option(
    "--device",
    default="*",
    help="Name of the device; * is a wildcard.",
    shell_complete=completions.device,
)
@click.option("--case", "pattern", default="*", help="Case id; * is a wildcard.")
@click.option(
    "--last", type=click.IntRange(1, 1000), default=LAST, show_default=True, help="Newest runs."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Page to write. Default: reports/history-SUITE.html, none with --json.",
)
@json_option
@verbose_option
@guarded
def command(
    suite: str | None,
    device: str,
    pattern: str,
    last: int,
    out: Path | None,
    *,
    as_json: bool,
    verbose: bool,
) -> int:
    """Show how the figures of SUITE (a name or its file) moved over the runs, and since when.

    Without SUITE: that of the latest run. A change is an alert, never an exit code: to decide,
    measure both sides with benchhub ab.
    """
    del verbose
    # They load scipy and SQLAlchemy.
    from benchhub.analysis.history import make_history
    from benchhub.exports.history_json import history_facts
    from benchhub.reports.history import render_history
    from benchhub.results.past import read_past

    workspace = here()
    history = _only(make_history(read_past(workspace, suite, last)), device, pattern)
    report = None
    if out or not as_json:
        name = f"history-{_UNSAFE.sub('-', history.suite)}.html"
        report = _write(history, out or workspace.reports / name, workspace)
    if as_json:
        click.echo(json.dumps({**history_facts(history), "report": report}, indent=1))
        return 0
    click.echo(render_history(history, shutil.get_terminal_size().columns))
    click.echo(f"\nreport   {report}")
    return 0


def _only(history: History, device: str, pattern: str) -> History:
    """Return the series that are asked for. Raises UsageError if there are none."""
    chosen = tuple(
        one
        for one in history.series
        if fnmatchcase(one.device, device) and fnmatchcase(one.case_id, pattern)
    )
    if not chosen:
        known = ", ".join(dict.fromkeys(one.device for one in history.series)) or "none"
        raise UsageError(
            f"suite {history.suite}: no case matches '{pattern}' on '{device}'.",
            f"Devices: {known}. Cases read like {history.series[0].case_id}; * is a wildcard."
            if history.series
            else "Its runs timed no case.",
        )
    return replace(history, series=chosen)


def _write(history: History, path: Path, workspace: Workspace) -> str:
    """Write the page; return its path as a user would type it. Raises StoreError."""
    from benchhub.reports.history_page import render_history_html

    return write_page(path, render_history_html(history), workspace)
