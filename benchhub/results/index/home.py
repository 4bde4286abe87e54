"""Which workspace rows of an index are of, where several share one."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from benchhub.errors import ConfigError, StoreError
from benchhub.results.disk import write_bytes
from benchhub.suites.validation import NAME_PATTERN
from benchhub.workspace import Workspace

_ALONE = "here"
# Names a workspace where its machine is another one each time, as in CI.
VARIABLE = "BENCHHUB_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """A workspace that brings its runs into an index.

    Attributes:
        id: Random, kept in the workspace.
        place: Its host and folder, for people.
    """

    id: str
    place: str

    @property
    def is_alone(self) -> bool:
        """Whether the index has no rows of others: it is the workspace's own file."""
        return self.id == _ALONE


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a workspace keeps of itself: a copy is not the same workspace, one that moved is."""

    id: str
    host: str
    folder: str
    inode: int


def private_home(workspace: Workspace) -> Home:
    """Return the home of rows in the workspace's own index."""
    return Home(_ALONE, _place(workspace))


def read_home(workspace: Workspace) -> Home:
    """Return who the workspace is among others; it is kept on the first use.

    Raises:
        ConfigError: `BENCHHUB_HOME` is no name.
        StoreError: It cannot be kept.
    """
    name = os.environ.get(VARIABLE, "").strip()
    if name:
        if name == _ALONE or not re.match(NAME_PATTERN, name):
            raise ConfigError(
                f"{VARIABLE}: {name!r} is no name.",
                "Letters, digits and . _ + - can be used, a letter or digit first.",
            )
        return Home(name, _place(workspace))
    path = workspace.runs.parent / "home.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    now = _Kept(uuid.uuid4().hex, platform.node(), str(workspace.root), _inode(path.parent))
    kept = _read(path) or _keep_first(path, now)
    same = (kept.host, kept.folder) == (now.host, now.folder)
    if same and kept.inode == now.inode:
        return Home(kept.id, _place(workspace))
    if same or kept.inode == now.inode:  # put back from a backup, or moved
        now = _Kept(kept.id, now.host, now.folder, now.inode)
    write_bytes(path, _text(now))
    return Home(now.id, _place(workspace))


def _place(workspace: Workspace) -> str:
    return f"{platform.node()}:{workspace.root}"


def _inode(folder: Path) -> int:
    return folder.stat().st_ino


def _text(kept: _Kept) -> bytes:
    return (json.dumps(asdict(kept), indent=1) + "\n").encode()


def _read(path: Path) -> _Kept | None:
    """Return what is kept; None if there is nothing that can be read."""
    try:
        told = json.loads(path.read_bytes())
        return _Kept(str(told["id"]), told["host"], told["folder"], int(told["inode"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _keep_first(path: Path, own: _Kept) -> _Kept:
    """Keep it unless another process was first; return what is kept, the same for both."""
    written = path.with_name(f".{path.name}.{own.id}")
    write_bytes(written, _text(own))
    try:
        with contextlib.suppress(OSError):  # there is one already, or there are no links here
            os.link(written, path)
        kept = _read(path)
        if kept is None:
            written.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error
    finally:
        written.unlink(missing_ok=True)
    return kept or own
