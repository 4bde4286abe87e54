"""The folder of a host in which a run looks like in the workspace of its controller."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from benchhub.errors import StoreError
from benchhub.execution.references import DOCUMENT, Kept, Reference
from benchhub.lab.file_store import FileStore
from benchhub.lab.orders import Order
from benchhub.records import Case, Failure
from benchhub.results.codec import read_document
from benchhub.workspace import STATE, Workspace


def mirror(order: Order, files: FileStore, home: Workspace, folder: Path) -> Workspace:
    """Make that folder, unless it is there.

    Device files, host keys and what was calibrated are the host's own.

    Args:
        order: The run.
        files: Holds all files of the order.
        home: The host's workspace.
        folder: The folder.

    Raises:
        StoreError: A path of the order leads out of it, or the disk is full.
    """
    if not folder.exists():
        new = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        try:
            _fill(order, files, home, new)
            new.rename(folder)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {error.strerror}.") from error
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return Workspace(folder)


def _fill(order: Order, files: FileStore, home: Workspace, new: Path) -> None:
    (new / STATE).mkdir(parents=True)
    (new / "suites").mkdir()
    for name, digest in order.files.items():
        path = _below(new, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        source = files.path(digest)
        os.utime(source)
        os.link(source, path)
    (new / "devices").symlink_to(home.devices)
    for name in ("tools", "adbkey", "adbkey.pub"):
        own = home.root / STATE / name
        if own.exists() and not (new / STATE / name).exists():
            (new / STATE / name).symlink_to(own)


def _below(folder: Path, name: str) -> Path:
    path = Path(os.path.normpath(folder / name))
    if "\0" in name or not path.is_relative_to(folder):
        raise StoreError(f"{name!r}: a path of the run leads out of its folder.")
    return path


class SentReferences:
    """Reference outputs that the controller made; see `Shelf`.

    Args:
        order: The run.
        workspace: Its mirror.
    """

    def __init__(self, order: Order, workspace: Workspace) -> None:
        self._order = order
        self._root = workspace.root

    def of(self, case: Case) -> Reference | Failure:
        """Return the reference of a case, or why there is none. Raises StoreError."""
        if case.id in self._order.missing_references:
            return self._order.missing_references[case.id]
        folder = _below(self._root, self._order.references[case.id])
        return Reference(folder, read_document(folder / DOCUMENT, Kept))
