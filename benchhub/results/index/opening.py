"""The index of a workspace: in its own file, or where the settings say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import URL

from benchhub.errors import BenchhubError
from benchhub.results.index.engine import SQLITE
from benchhub.results.index.home import private_home, read_home
from benchhub.results.index.index import Index
from benchhub.results.index.refusals import shown
from benchhub.results.settings import read_settings
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace


def open_index(workspace: Workspace) -> Index:
    """Open the index of a workspace.

    Raises:
        ConfigError: The settings name no store.
        StoreError: The store cannot be used.
    """
    url = read_settings(workspace).store
    if url is None:
        return Index(_own(workspace), private_home(workspace))
    return Index(url, read_home(workspace))


def where(workspace: Workspace) -> str:
    """Return where the index is, without secrets. Raises ConfigError."""
    url = read_settings(workspace).store
    return workspace.relative(workspace.index) if url is None else shown(url)


def is_shared(workspace: Workspace) -> bool:
    """Say whether the index may have runs of others. Raises ConfigError."""
    return read_settings(workspace).store is not None


def rebuild(workspace: Workspace, folders: Iterable[RunFolder]) -> list[str]:
    """Make the index again from the run folders; rows of other workspaces stay.

    Returns:
        A line for each folder that cannot be read.

    Raises:
        ConfigError: The settings name no store.
        StoreError: The store cannot be used.
    """
    url = read_settings(workspace).store
    if url is None:
        _remove(workspace.index)
    with open_index(workspace) as index:
        index.forget()
        return index.refresh(folders)


def bring_in(workspace: Workspace, folder: RunFolder) -> str | None:
    """Bring one run into the index; what was measured never fails for it.

    Returns:
        A line if it could not be; the next command that looks at runs brings it in.
    """
    try:
        with open_index(workspace) as index:
            index.put_folder(folder)
    except BenchhubError as error:
        return f"run {folder.run_id} is on disk, but not in the index yet: {error}"
    return None


def _own(workspace: Workspace) -> URL:
    return URL.create(SQLITE, database=str(workspace.index))


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
