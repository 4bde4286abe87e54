"""benchhub report: render the HTML report of a run again, or one page of several runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.files import write_file
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import NoCasesError, StoreError, UsageError
from benchhub.records import Run
from benchhub.results.baselines import LATEST, read_baselines
from benchhub.results.peaks import calibrated
from benchhub.results.store import RunFolder, find_run, run_folders
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.analysis.history import History
    from benchhub.analysis.verdicts import Comparison

# More columns cannot be read.
MOST_RUNS = 24
# Ids in the name of a file.
MOST_IDS = 4


@click.command("report")
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=completions.runs)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@json_option
@verbose_option
@guarded
def command(runs: tuple[str, ...], out: Path | None, *, as_json: bool, verbose: bool) -> int:
    """Render the HTML report of RUN again, or one page of several runs.

    benchhub report nightly latest

    A run is an id, its beginning, a baseline's name, or latest, which it is without any. Several
    runs are held against the first: what is not comparable has no ratio but a reason.
    """
    del verbose
    workspace = here()
    named: dict[str, tuple[RunFolder, str]] = {}
    for word in runs or (LATEST,):
        folder = find_run(workspace.runs, word)
        if folder.run_id in named:
            say(f"{word} is run {folder.run_id}, which is there already: shown once.")
        named.setdefault(folder.run_id, (folder, word))
    folders = [folder for folder, _ in named.values()]
    if len(folders) == 1:
        path = write_report(folders[0], folders[0].read(), workspace, out)
    else:
        known = read_baselines(workspace.runs)
        names = [word if word in known else "" for _, word in named.values()]
        path = _write_several(folders, names, workspace, out)
    if as_json:
        path = json.dumps({"report": path, "runs": [one.run_id for one in folders]}, indent=1)
    click.echo(path)
    return 0


def _write_several(
    folders: Sequence[RunFolder], names: Sequence[str], workspace: Workspace, out: Path | None
) -> str:
    """Render several runs; return the path of the file as a user would type it."""
    if len(folders) > MOST_RUNS:
        raise UsageError(
            f"{len(folders)} runs are too many for one page: {MOST_RUNS} at most.",
            "All runs of a suite: benchhub history SUITE",
        )
    from benchhub.analysis.summary import summarise
    from benchhub.reports.runs_page import render_runs_html

    text = render_runs_html([summarise(folder.read()) for folder in folders], names)
    ids = [folder.run_id for folder in folders]
    called = "-".join(ids)
    if len(ids) > MOST_IDS:
        called = f"{ids[0]}-to-{ids[-1]}-{sha256(called.encode()).hexdigest()[:8]}"
    return write_page(out or workspace.reports / f"runs-{called}.html", text, workspace)


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

    summary = summarise(calibrated(run, workspace))
    text = render_html(summary, folder.logs, comparison_of(run), _history_of(run, workspace))
    return write_page(report_path(run, workspace, out), text, workspace)


def comparison_of(run: Run) -> Comparison | None:
    """Return the verdicts of a run that compares two sides; None of any other."""
    if not run.plan.gate:
        return None
    from benchhub.analysis.judgement import judge

    return judge(run)


def _history_of(run: Run, workspace: Workspace) -> History | None:
    """Return the runs of its suite up to this one; None where there is too little to look back on.

    A report does without it rather than not being written: then it is said why.
    """
    from benchhub.reports.history_section import FEWEST_RUNS, LAST

    earlier = [one for one in run_folders(workspace.runs) if one.run_id <= run.plan.run_id]
    if run.plan.sides or run.plan.imported or len(earlier) < FEWEST_RUNS:
        return None
    from benchhub.analysis.history import make_history
    from benchhub.results.past import read_past, up_to

    try:
        read = read_past(workspace, run.plan.suite, LAST, until=run.plan.run_id)
    except (NoCasesError, UsageError):
        return None  # nothing of its suite counts, not even this run
    except StoreError as error:
        say(f"The report has no history: {error}")
        return None
    past = up_to(read, run.plan.run_id, LAST)
    return make_history(past) if past and len(past.runs) >= FEWEST_RUNS else None


def write_page(path: Path, text: str, workspace: Workspace) -> str:
    """Write a page; return its path as a user would type it.

    Raises:
        StoreError: The file cannot be written.
    """
    write_file(path, text.encode())
    return workspace.relative(path)
