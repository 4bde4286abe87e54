"""`tools.lock.yaml` of the workspace: which official files it measures with, by digest.

Written at the first fetch, to be committed; from then on another content is refused. The official
`latest` addresses change what they hold without a word, so this is what makes a version of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from benchhub.errors import ConfigError, ToolError
from benchhub.suites.document import Document, read_document
from benchhub.suites.validation import NAME_PATTERN, Strict, validate
from benchhub.workspace import Workspace

LOCK_FILE = "tools.lock.yaml"

_MOST_CHARS = 500
_HEAD = """\
# Official programs that this workspace measures with. `benchhub tools fetch` writes and obeys it;
# commit it. Another content is refused; `benchhub tools fetch --update` takes it.
"""

Key = tuple[str, str, str, str]


class Entry(Strict):
    """One file that was fetched."""

    family: Literal["tflite", "litert"]
    version: str = Field(pattern=NAME_PATTERN, max_length=_MOST_CHARS)
    platform: str = Field(pattern=NAME_PATTERN, max_length=_MOST_CHARS)
    file: str = Field(pattern=NAME_PATTERN, max_length=_MOST_CHARS)
    address: str = Field(max_length=4 * _MOST_CHARS)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(gt=0)
    date: date

    @property
    def key(self) -> Key:
        """What there is one entry of."""
        return self.family, self.version, self.platform, self.file


class LockFile(Strict):
    """The whole file."""

    version: Literal[1]
    files: list[Entry]


class Lock:
    """The entries by key."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.key: entry for entry in entries}

    def find(self, key: Key) -> Entry | None:
        """Return what is locked under that key."""
        return self._entries.get(key)

    def versions(self, family: str, platform: str) -> tuple[str, ...]:
        """Return the versions of which something is locked for a platform, sorted."""
        wanted = (family, platform)
        return tuple(sorted({key[1] for key in self._entries if (key[0], key[2]) == wanted}))

    def named(self, family: str, platform: str, sha256: str) -> Entry | None:
        """Return the entry of a family and platform that has that digest."""
        for entry in self._entries.values():
            if (entry.family, entry.platform, entry.sha256) == (family, platform, sha256):
                return entry
        return None

    def put(self, entry: Entry) -> None:
        """Add it, instead of the one with its key."""
        self._entries[entry.key] = entry

    def drop(self, key: Key) -> None:
        """Take out what is locked under that key, if anything is."""
        self._entries.pop(key, None)

    @property
    def text(self) -> str:
        """The file's content, in an order that makes small differences."""
        files = [self._entries[key].model_dump() for key in sorted(self._entries)]
        return _HEAD + yaml.safe_dump({"version": 1, "files": files}, sort_keys=False, width=1000)


def lock_path(workspace: Workspace) -> Path:
    """Return where it is."""
    return workspace.root / LOCK_FILE


def read_lock(workspace: Workspace) -> Lock:
    """Read it; empty where there is none.

    Raises:
        ConfigError: It is wrong; one line for each mistake, with file and line.
    """
    path = lock_path(workspace)
    if not path.exists():
        return Lock()
    document = read_document(path, LOCK_FILE)
    entries = validate(document, LockFile).files
    _check_keys(document, entries)
    return Lock(entries)


def write_lock(workspace: Workspace, lock: Lock) -> None:
    """Write it, in one step.

    Raises:
        ToolError: It cannot be written.
    """
    path = lock_path(workspace)
    temporary = path.with_name(f".{LOCK_FILE}.{os.getpid()}")
    try:
        temporary.write_text(lock.text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ToolError(
            f"{LOCK_FILE}: cannot be written: {error.strerror or error}.",
            "Nothing was installed; the same command goes on from what was fetched.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _check_keys(document: Document, entries: list[Entry]) -> None:
    first: dict[Key, int] = {}
    for index, entry in enumerate(entries):
        if entry.key in first:
            line = document.places[("files", first[entry.key])][0]
            raise ConfigError(
                f"{document.place(('files', index))}: {' '.join(entry.key)} is locked twice "
                f"(first in line {line}).",
                "Keep the one that is meant.",
            )
        first[entry.key] = index
