"""benchhub site: a folder of pages of all runs, for any web server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import benchhub
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.cli.report import comparison_of
from benchhub.cli.run_names import names_of
from benchhub.errors import NoCasesError, StoreError
from benchhub.records import Plan
from benchhub.results.peaks import calibrated, peaks_path
from benchhub.results.site_folder import INDEX, SiteFolder, history_page, run_page
from benchhub.results.store import RunFolder, run_folders
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.analysis.history import History
    from benchhub.reports.site import Entry
    from benchhub.results.past import Past

# Runs of a suite that are read; the first page and that of a history look back on fewer.
MOST_RUNS = 1000
LAST = 100


@click.command("site")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write. Default: site/ in the workspace.",
)
@json_option
@verbose_option
@guarded
def command(out: Path | None, *, as_json: bool, verbose: bool) -> int:
    """Write a folder of pages of all runs: a first page, a page a run, the history of each suite.

    They are files for any web server, or to be opened as they are. Only what changed is written
    again, pages of runs that are gone are removed, and files that are not its own stay. A folder
    that has other files and no site is refused.
    """
    del verbose
    workspace = here()
    path = out or workspace.root / "site"
    site = SiteFolder(path)
    notes = _Maker(workspace, site).make()
    for text in notes:
        say(text)
    for name in site.left:
        say(f"{workspace.relative(path / name)}: was changed by someone else, so it stays.")
    index = workspace.relative(path / INDEX)
    if as_json:
        facts = {"site": index, "written": site.written, "removed": site.removed}
        click.echo(json.dumps({**facts, "left": site.left, "notes": notes}, indent=1))
        return 0
    counts = f"{len(site.written)} written, {site.unchanged} unchanged, {len(site.removed)} removed"
    click.echo(f"{index}\npages    {counts}")
    return 0


@dataclass(frozen=True, slots=True)
class _Listed:
    """A run as the index has it, with its plan."""

    folder: RunFolder
    plan: Plan
    row: Mapping[str, Any]


class _Maker:
    """Makes the pages of a workspace."""

    def __init__(self, workspace: Workspace, site: SiteFolder) -> None:
        self.workspace = workspace
        self.site = site
        self.notes: list[str] = []

    def make(self) -> list[str]:
        """Make all pages that are not as they would be made again; return what to say of it."""
        from benchhub.analysis.history import make_history
        from benchhub.reports.site import render_site_html, trends
        from benchhub.results.past import Past

        runs = self._runs()
        pasts = dict(self._pasts(dict.fromkeys(run.plan.suite for run in runs)))
        pages = [run_page(run.plan.run_id) for run in runs]
        self.site.begin([INDEX, *pages, *map(history_page, pasts)])
        names = names_of(self.workspace)
        made = (
            self._entry(run, pasts.get(run.plan.suite), names.get(run.plan.run_id, ()))
            for run in runs
        )
        entries = [one for one in made if one]
        histories: list[tuple[History, str]] = []
        for suite, past in pasts.items():
            history = make_history(Past(suite, past.runs[-LAST:], past.notes))
            histories.append((history, history_page(suite)))
            self._history(history, past)
        self.site.put(INDEX, render_site_html(entries, trends(histories), self.notes))
        self.site.finish()
        return self.notes

    def _runs(self) -> list[_Listed]:
        """Return the runs that can be read, newest first."""
        from benchhub.results.index import open_index

        folders = {folder.run_id: folder for folder in run_folders(self.workspace.runs)}
        with open_index(self.workspace) as index:
            troubles = index.refresh(folders.values())
            rows = index.runs()
        self.notes += troubles
        listed = []
        for row in rows:
            folder = folders[row["run_id"]]
            try:
                listed.append(_Listed(folder, folder.read_plan(), row))
            except StoreError as error:
                if str(error) not in self.notes:
                    self.notes.append(str(error))
        return listed

    def _pasts(self, suites: Mapping[str, None]) -> Iterator[tuple[str, Past]]:
        from benchhub.results.past import read_past

        for suite in suites:
            try:
                yield suite, read_past(self.workspace, suite, MOST_RUNS)
            except NoCasesError:
                continue  # only comparisons, imported or empty runs: they have no history

    def _entry(self, run: _Listed, past: Past | None, names: Sequence[str]) -> Entry | None:
        """Return a line of the list, whose page is there; None if the run cannot be read."""
        from benchhub.reports.extent import cases_on_devices
        from benchhub.reports.history_section import LAST as MOST
        from benchhub.reports.history_words import short
        from benchhub.reports.site import Entry
        from benchhub.results.past import up_to

        plan, row = run.plan, run.row
        name = run_page(plan.run_id)
        mine = up_to(past, plan.run_id, MOST) if past else None
        made_of = self._made_of(run, mine)
        page = self.site.current(name, made_of)
        if page is None:
            try:
                text, title = self._render(run, mine)
            except StoreError as error:
                self.notes.append(str(error))
                return None
            page = self.site.put(name, text, made_of, title)
            say(f"made {name}")
        kind = "comparison" if plan.sides else "imported" if plan.imported else row["state"]
        return Entry(
            run_id=plan.run_id,
            names=tuple(names),
            href=name,
            title=page.title,
            created=plan.created[:16].replace("T", " "),
            commit=short(plan.git_commit),
            suite=plan.suite,
            what=cases_on_devices(plan),
            done=row["done"],
            planned=row["planned"],
            kind=kind,
        )

    def _render(self, listed: _Listed, past: Past | None) -> tuple[str, str]:
        """Return the page of a run and its title. Raises StoreError."""
        from benchhub.analysis.history import make_history
        from benchhub.analysis.summary import summarise
        from benchhub.reports.history_section import FEWEST_RUNS
        from benchhub.reports.html import render_html
        from benchhub.reports.site import title_of

        run = listed.folder.read()
        comparison = comparison_of(run)
        history = make_history(past) if past and len(past.runs) >= FEWEST_RUNS else None
        summary = summarise(calibrated(run, self.workspace))
        text = render_html(summary, listed.folder.logs, comparison, history, f"../{INDEX}")
        return text, title_of(summary, comparison)

    def _history(self, history: History, past: Past) -> None:
        from benchhub.reports.history_page import render_history_html
        from benchhub.reports.history_words import headline

        name = history_page(history.suite)
        made_of = _digest([_program(), *past.notes, *_told(past)])
        if self.site.current(name, made_of) is None:
            text = render_history_html(history, f"../{INDEX}")
            self.site.put(name, text, made_of, headline(history))
            say(f"made {name}")

    def _made_of(self, run: _Listed, past: Past | None) -> str:
        """Return a digest of what the page of a run depends on, without reading it all."""
        peaks = [peaks_path(self.workspace, device) for device in run.plan.devices]
        files = sorted(path for path in run.folder.path.rglob("*") if path.is_file())
        stamps = [
            f"{path.relative_to(self.workspace.root)} {stat.st_size} {stat.st_mtime_ns}"
            for path in (*files, *(one for one in peaks if one.is_file()))
            for stat in (path.stat(),)
        ]
        return _digest([_program(), *stamps, *(_told(past) if past else ())])


def _told(past: Past) -> Iterator[str]:
    """Yield what tells a past from another one."""
    for run in past.runs:
        yield f"{run.plan.run_id} {len(run.processes)}"


def _program() -> str:
    """Return what tells this benchhub from another one that makes other pages."""
    from benchhub.reports.page import made_with

    return f"benchhub {benchhub.__version__} {made_with()}"


def _digest(words: Iterable[str]) -> str:
    return sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()
