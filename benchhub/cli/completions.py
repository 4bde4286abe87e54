"""What the shell offers after TAB: devices, runs, suites, names, formats.

A shell waits for it, so that nothing is loaded that a list of files can do without, and nothing
fails: where there is no workspace there is nothing to offer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from benchhub.errors import BenchhubError
from benchhub.workspace import Workspace, find_workspace

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

LATEST = "latest"
# A longer list helps nobody to choose; the beginning of an id finds the others.
_MOST_RUNS = 50


def _completer(names: Callable[[Workspace], Iterable[str]]) -> Completer:
    """Make what click asks of what a workspace has."""

    def complete(
        _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(name) for name in _found(names) if name.startswith(incomplete)]

    return complete


def _listed(names: Callable[[Workspace], Iterable[str]]) -> Completer:
    """The same for words with commas: what was typed before the last one stays."""

    def complete(
        _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",")
        taken = set(before.split(","))
        return [
            CompletionItem(f"{before}{comma}{name}")
            for name in _found(names)
            if name.startswith(last) and name not in taken
        ]

    return complete


def _found(names: Callable[[Workspace], Iterable[str]]) -> Sequence[str]:
    try:
        return list(names(find_workspace(Path.cwd())))
    except (BenchhubError, OSError, ValueError):
        return ()  # TAB tells no errors: the command will


def device_names(workspace: Workspace) -> Iterable[str]:
    """Return the names of the devices; a file is called as its device."""
    return sorted(path.stem for path in workspace.devices.glob("*.yaml"))


def _devices_and_labels(workspace: Workspace) -> Iterable[str]:
    yield from device_names(workspace)
    # Bash takes @ for the end of a word.
    if not os.environ.get("_BENCHHUB_COMPLETE", "").startswith("bash"):
        yield from sorted(_labels(workspace))


def _labels(workspace: Workspace) -> set[str]:
    import yaml

    found: set[str] = set()
    for path in workspace.devices.glob("*.yaml"):
        try:
            labels = yaml.safe_load(path.read_text(encoding="utf-8"))["labels"]
        except (yaml.YAMLError, KeyError, TypeError):
            continue
        found |= {f"@{label}" for label in labels if isinstance(label, str)}
    return found


def _suite_files(workspace: Workspace) -> Iterable[str]:
    return sorted(os.path.relpath(path) for path in workspace.suites.glob("*.yaml"))


def _suite_names(workspace: Workspace) -> Iterable[str]:
    return sorted(path.stem for path in workspace.suites.glob("*.yaml"))


def _baselines(workspace: Workspace) -> Iterable[str]:
    # As `benchhub.results.baselines` keeps them, whose reader checks more and loads more.
    path = workspace.runs.parent / "baselines.json"
    names = json.loads(path.read_text(encoding="utf-8"))["names"] if path.exists() else {}
    return sorted(names) if isinstance(names, dict) else ()


def _run_ids(workspace: Workspace) -> list[str]:
    return sorted((path.parent.name for path in workspace.runs.glob("*/plan.json")), reverse=True)


def runs(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer latest, names of runs, and the newest ids."""
    typed = incomplete.upper()
    ids = [one for one in _found(_run_ids) if one.startswith(typed)]
    words = [LATEST, *_found(_baselines)] if ids or incomplete else []
    names = [word for word in words if word.startswith(incomplete)]
    return [CompletionItem(name) for name in [*names, *ids[:_MOST_RUNS]]]


def suites(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the suites of the workspace; files, where none of them is meant."""
    found = [CompletionItem(path) for path in _found(_suite_files) if path.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def formats(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the formats of `benchhub export`, those of other packages too."""
    return _points("benchhub.exports", "", incomplete)


def tools(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer what measures, after the last comma."""
    before, comma, last = incomplete.rpartition(",")
    return _points("benchhub.tools", f"{before}{comma}", last)


def _points(group: str, before: str, incomplete: str) -> list[CompletionItem]:
    from importlib.metadata import entry_points

    names = sorted({point.name for point in entry_points(group=group)})
    return [CompletionItem(f"{before}{name}") for name in names if name.startswith(incomplete)]


device = _completer(device_names)
devices = _listed(_devices_and_labels)
baselines = _completer(_baselines)
suite_names = _completer(_suite_names)
