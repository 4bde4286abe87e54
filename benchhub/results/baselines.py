"""Names of runs, kept beside them: `.benchhub/baselines.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchhub.errors import FormatTooNewError, StoreError, UsageError
from benchhub.results.codec import FORMAT, read_document, write_document

# Ids of runs start with a digit (`benchhub.results.store`), so that no name is taken for one.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}", re.ASCII)
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Baselines:
    """The document.

    Attributes:
        format: Version of the run folder's format.
        names: Id of the run by its name.
    """

    format: int = FORMAT
    names: Mapping[str, str] = field(default_factory=dict)


def baselines_path(runs: Path) -> Path:
    """Return where the names of the runs in that folder are kept."""
    return runs.parent / "baselines.json"


def read_baselines(runs: Path) -> dict[str, str]:
    """Return the id of the run by its name, in the order of the names.

    Raises:
        StoreError: The file is damaged.
    """
    path = baselines_path(runs)
    if not path.exists():
        return {}
    try:
        names = read_document(path, Baselines).names
    except FormatTooNewError:
        raise
    except StoreError as error:
        raise StoreError(error.message, _remade(path)) from error
    for name in names:
        if wrong := problem_with(name):
            raise StoreError(f"{path}: {wrong}.", _remade(path))
    return dict(sorted(names.items()))


def set_baseline(runs: Path, name: str, run_id: str) -> str | None:
    """Give a run a name; return the run that had it before, None if there was none.

    Raises:
        UsageError: It cannot be a name.
        StoreError: The file is damaged, or cannot be written.
    """
    if wrong := problem_with(name):
        raise UsageError(f"{wrong}.", "One like nightly or v1.2 can.")
    names = read_baselines(runs)
    before = names.get(name)
    write_document(baselines_path(runs), Baselines(names={**names, name: run_id}))
    return before


def remove_baseline(runs: Path, name: str) -> str:
    """Forget a name and return the run that had it; the run stays.

    Raises:
        UsageError: There is no such name.
        StoreError: The file is damaged, or cannot be written.
    """
    names = read_baselines(runs)
    if name not in names:
        raise UsageError(f"there is no baseline {name!r}.", known(names))
    run_id = names.pop(name)
    write_document(baselines_path(runs), Baselines(names=names))
    return run_id


def known(names: Mapping[str, str]) -> str:
    """Say which names there are."""
    if not names:
        return "There are none yet: benchhub baseline set NAME RUN"
    return f"There {'are' if len(names) > 1 else 'is'}: {', '.join(names)}."


def problem_with(name: str) -> str:
    """Say why a word cannot be the name of a run; empty if it can."""
    if name.lower() == LATEST:
        return f"{name!r} always is the newest run and cannot be a baseline"
    if not _NAME.fullmatch(name):
        return (
            f"{name[:60]!r} cannot be the name of a baseline: a letter, then letters, digits, "
            "'.', '_' and '-', 40 at most"
        )
    return ""


def _remade(path: Path) -> str:
    return f"Remove {path.name} and name the runs again: benchhub baseline set NAME RUN"
