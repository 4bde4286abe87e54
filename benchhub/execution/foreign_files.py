"""Finds and reads the files that are imported: which belong together, what each is."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchhub.errors import UsageError
from benchhub.tools.foreign.assembly import ForeignFile
from benchhub.tools.foreign.recognition import ACCEPTED, BESIDE, LOGS, Kind, describe, recognise
from benchhub.tools.foreign.text import as_text, is_utf16
from benchhub.workspace import Workspace

# A failing inference was seen to print 5 MB in half a second.
MOST_BYTES = 32 << 20
MOST_BYTES_TOGETHER = 256 << 20
MOST_FILES = 2000
_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]")
_NAME_CHARS = 80
_RECORD = "invocation.json"


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one process.

    Attributes:
        files: What they are.
        paths: Where they were, relative to the workspace where possible.
        written: When the newest of them was written, local time with offset, ISO 8601.
    """

    files: tuple[ForeignFile, ...]
    paths: tuple[str, ...]
    written: str

    @property
    def artifacts(self) -> dict[str, bytes]:
        """Their content byte for byte, by names that are safe in a run folder.

        Logs end with `.txt`, which is how reports find them; UTF-16 is there as UTF-8 too.
        """
        found: dict[str, bytes] = {}
        for file in self.files:
            name = _UNSAFE.sub("_", file.name).lstrip(".")[-_NAME_CHARS:] or "file"
            logs = file.kind in LOGS | BESIDE
            if logs and is_utf16(file.data):
                found[_free(f"{name}.utf16", found)] = file.data
                found[_free(f"{name}.txt", found)] = (as_text(file.data) or "").encode()
            else:
                ending = ".txt" if logs and not name.endswith(".txt") else ""
                found[_free(name + ending, found)] = file.data
        return found


def sources_of(workspace: Workspace, paths: Sequence[Path]) -> tuple[Source, ...]:
    """Read the files of each process, in the order of the command line.

    Raises:
        UsageError: A file cannot be read, is too large, or is none of a measuring program.
    """
    groups = _groups(paths)
    if sum(map(len, groups)) > MOST_FILES:
        raise UsageError(f"more than {MOST_FILES} files.", "Import them in several runs.")
    left = MOST_BYTES_TOGETHER
    sources = []
    for group in groups:
        source = _source(workspace, group)
        left -= sum(len(file.data) for file in source.files)
        if left < 0:
            together = MOST_BYTES_TOGETHER >> 20
            raise UsageError(f"more than {together} MB of files.", "Import them in several runs.")
        sources.append(source)
    return tuple(sources)


def _free(name: str, taken: dict[str, bytes]) -> str:
    """Return a name that is not taken, nor that of the record beside the files."""
    free, number = name, 1
    while free in taken or free == _RECORD:
        number += 1
        free = f"{number}-{name}"
    return free


def _groups(paths: Sequence[Path]) -> list[list[Path]]:
    """Return the files of each process: a folder, or files alike up to the first dot."""
    groups: dict[tuple[Path, str | None], list[Path]] = {}
    for path in paths:
        if path.is_dir():
            files = groups.setdefault((path, None), [])
            files += [file for file in _inside(path) if file not in files]
        else:
            files = groups.setdefault((path.parent, _stem(path)), [])
            files += [path] if path not in files else []
    return list(groups.values())


def _inside(folder: Path) -> list[Path]:
    try:
        found = sorted(
            file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")
        )
    except OSError as error:
        raise UsageError(f"{told(folder)}: cannot be read: {error.strerror}.") from error
    if not found:
        raise UsageError(f"{told(folder)}: no file is in it.", "Give the files of one process.")
    return found


def _stem(path: Path) -> str:
    return path.name.partition(".")[0] or path.name


def _source(workspace: Workspace, paths: Sequence[Path]) -> Source:
    files, times = [], []
    for path in paths:
        data, time_s = _content(path)
        kind = recognise(data)
        if kind is None:
            raise _not_accepted(path, data)
        files.append(ForeignFile(path.name, kind, data))
        times.append((time_s, path))
    # What says nothing may be the other stream of a log; nothing is known of it alone.
    if all(file.kind in BESIDE for file in files):
        path, data = next(
            ((p, f.data) for p, f in zip(paths, files, strict=True) if f.kind is Kind.TEXT),
            (paths[0], files[0].data),
        )
        raise _not_accepted(path, data)
    if not any(file.kind in LOGS | {Kind.WHEEL_JSON} for file in files):
        for path, file in zip(paths, files, strict=True):
            if file.kind is Kind.TEXT:
                raise _not_accepted(path, file.data)
    named = tuple(told(Path(workspace.relative(path))) for path in paths)
    return Source(tuple(files), named, _moment(*max(times)))


def _content(path: Path) -> tuple[bytes, float]:
    """Return a file and when it was written."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
            time_s = os.fstat(file.fileno()).st_mtime
    except OSError as error:
        raise UsageError(f"{told(path)}: cannot be read: {error.strerror}.") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{told(path)}: larger than {MOST_BYTES >> 20} MB.", "Cut the log.")
    return data, time_s


def _moment(time_s: float, path: Path) -> str:
    try:
        return datetime.fromtimestamp(time_s).astimezone().isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError) as error:
        raise UsageError(f"{told(path)}: its time is impossible.", "touch it.") from error


def _not_accepted(path: Path, data: bytes) -> UsageError:
    known = "; ".join(kind.value for kind in ACCEPTED)
    return UsageError(f"{told(path)} {describe(data)}.", f"What can be imported: {known}.")


def told(path: Path) -> str:
    """Return a path for people and documents; bytes that are no UTF-8 show as a replacement."""
    raw = str(path).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "replace")
