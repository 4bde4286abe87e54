"""Finds the folders that people and the program work in.

A workspace is a folder with `devices/`, `suites/` and `reports/`, which people write and read, and
`.benchhub/`, which the program keeps: runs, index, staged files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from benchhub.errors import UsageError

STATE = ".benchhub"
PACKAGED = ("devices", "suites")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one workspace; `root` is absolute."""

    root: Path

    @property
    def devices(self) -> Path:
        """Inventory: one YAML a device."""
        return self.root / "devices"

    @property
    def suites(self) -> Path:
        """Suites and their small models."""
        return self.root / "suites"

    @property
    def reports(self) -> Path:
        """Where reports are written."""
        return self.root / "reports"

    @property
    def runs(self) -> Path:
        """Run folders."""
        return self.root / STATE / "runs"

    @property
    def index(self) -> Path:
        """The SQLite file that `benchhub index rebuild` can make again."""
        return self.root / STATE / "index.sqlite"

    def relative(self, path: Path) -> str:
        """Return the path relative to the workspace if it is inside, else absolute."""
        path = path.absolute()
        plain = Path(os.path.normpath(path))
        if plain.resolve() == path.resolve():  # else `..` leaves a linked folder
            path = plain
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that `start` is in: the nearest folder with devices/ and suites/.

    Raises:
        UsageError: There is none up to the root of the file system.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / "devices").is_dir() and (folder / "suites").is_dir():
            return Workspace(folder)
    raise UsageError(
        f"{start}: no workspace here (a folder with devices/ and suites/).",
        "Make one: benchhub init",
    )


def packaged(folder: str) -> Path:
    """Return the folder of examples that comes with benchhub, e.g. `suites`.

    From a wheel it is packaged data, in a checkout the folder of the repository itself.
    """
    package = Path(str(files("benchhub")))
    data = package / "_data" / folder
    return data if data.is_dir() else package.parent / folder
