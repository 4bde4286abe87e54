"""benchhub report: render the HTML report of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli.frame import guarded, here, verbose_option
from benchhub.errors import StoreError
from benchhub.records import Run
from benchhub.results.peaks import calibrated
from benchhub.results.store import RunFolder, find_run
from benchhub.workspace import Workspace


@click.command("report")
@click.argument("run", default="latest")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@verbose_option
@guarded
def command(run: str, out: Path | None, *, verbose: bool) -> int:
    """Render the HTML report of RUN (an id, its beginning, or latest) again."""
    del verbose
    workspace = here()
    folder = find_run(workspace.runs, run)
    click.echo(write_report(folder, folder.read(), workspace, out))
    return 0


def report_path(run: Run, workspace: Workspace, out: Path | None) -> Path:
    """Return where the report of a run is written: as asked for, else among the reports."""
    plan = run.plan
    return out or workspace.reports / f"{plan.suite}-{plan.created[:10]}-{plan.run_id}.html"


def write_report(folder: RunFolder, run: Run, workspace: Workspace, out: Path | None) -> str:
    """Render a run; return the path of the file as a user would type it.

    Raises:
        StoreError: The file cannot be written.
    """
    from benchhub.analysis.summary import summarise
    from benchhub.reports.html import render_html

    comparison = None
    if run.plan.gate:
        from benchhub.analysis.judgement import judge

        comparison = judge(run)
    text = render_html(summarise(calibrated(run, workspace)), folder.logs, comparison)
    return write_page(report_path(run, workspace, out), text, workspace)


def write_page(path: Path, text: str, workspace: Workspace) -> str:
    """Write a page; return its path as a user would type it.

    Raises:
        StoreError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error
    return workspace.relative(path)
