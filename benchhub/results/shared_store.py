"""A place that several machines reach: a folder, or a URL of fsspec such as s3://bucket/runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from benchhub.errors import StoreError, UsageError
from benchhub.results.disk import write_bytes
from benchhub.results.run_ids import is_run_id

# File systems that work on many files at a time are given so much at once.
BATCH_FILES = 64
BATCH_BYTES = 32 << 20

_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SharedStore:
    """Files below one URL; their names are relative to it, with slashes.

    Attributes:
        url: As a person gave it, for messages.
        system: A file system of fsspec.
        root: Where it is there.
    """

    url: str
    system: Any
    root: str

    def runs(self) -> list[str]:
        """Return the ids of the runs that are there, also of those that are not whole.

        Raises:
            StoreError: The place cannot be read.
        """
        self.system.invalidate_cache()
        try:
            found = self._ask("be read", lambda: self.system.ls(self.root, detail=False))
        except _NotThereError:
            return []
        names = {str(path).rstrip("/").rpartition("/")[2] for path in found}
        return sorted(filter(is_run_id, names))

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the size in bytes of each file of a folder, by its name in there."""
        path = self._path(folder)
        self.system.invalidate_cache()
        try:
            found = self._ask("be read", lambda: self.system.find(path, detail=True))
        except _NotThereError:
            return {}
        return {
            posixpath.relpath(name, path): int(info.get("size") or 0)
            for name, info in found.items()
        }

    def read(self, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
        """Yield names and contents of some files, no more of each than its size says.

        Raises:
            StoreError: One is not there, or cannot be read.
        """
        for batch in batches(sizes):
            wanted = [name for name in batch if sizes[name]]
            paths = [self._path(name) for name in wanted]
            ends = [sizes[name] for name in wanted]
            contents: Sequence[bytes] = ()
            if paths:
                starts = [0] * len(paths)
                ask = partial(self.system.cat_ranges, paths, starts, ends, on_error="raise")
                contents = self._ask("be read", ask)
            yield from zip(wanted, contents, strict=True)
            yield from ((name, b"") for name in batch if not sizes[name])

    def write(self, contents: Mapping[str, bytes]) -> None:
        """Write some files. Raises StoreError."""
        if self._is_folder:
            for name, content in contents.items():
                path = Path(self._path(name))
                self._make_folder(str(path.parent))
                write_bytes(path, content)
            return
        files = {self._path(name): content for name, content in contents.items()}
        try:
            self._ask("be written", lambda: self.system.pipe(files))
        except _NotThereError:  # a file system with folders; object stores have none
            for folder in {posixpath.dirname(path) for path in files}:
                self._make_folder(folder)
            self._ask("be written", lambda: self.system.pipe(files))

    def _make_folder(self, path: str) -> None:
        self._ask("be written", lambda: self.system.makedirs(path, exist_ok=True))

    @property
    def _is_folder(self) -> bool:
        return "file" in self.system.protocol

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _ask(self, what: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _NotThereError(f"{self.url}: a file is not there: {error}.") from error
        except Exception as error:  # each file system raises its own
            told = " ".join(str(error).split())[:300] or type(error).__name__
            raise StoreError(
                f"{self.url}: cannot {what}: {told}.",
                "Look at its address, the network and the access rights, then try again.",
            ) from error


class _NotThereError(StoreError):
    """A file or folder is not there."""


def open_store(url: str, base: Path) -> SharedStore:
    """Return the store at an address; nothing is asked of it yet.

    Args:
        url: A folder, or a URL that fsspec knows.
        base: What a relative folder is relative to.

    Raises:
        UsageError: There is no such kind of URL, or its package is not installed.
        StoreError: It refuses its address.
    """
    from fsspec.core import url_to_fs  # noqa: PLC0415 - few commands need it

    address = url if "://" in url or "::" in url else str(base / Path(url).expanduser())
    shown = _PASSWORD.sub(r"\1***@", url)
    try:
        system, root = url_to_fs(address)
    except ImportError as error:
        raise UsageError(
            f"{shown}: the package for such addresses is not installed.", _install(url)
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{shown}: no address of a shared place: {error}.",
            "One is a folder, or s3://bucket/runs",
        ) from error
    except Exception as error:  # each file system raises its own
        raise StoreError(f"{shown}: cannot be opened: {error}.") from error
    return SharedStore(shown, system, root.rstrip("/"))


def _install(url: str) -> str:
    from fsspec.registry import known_implementations  # noqa: PLC0415 - few commands need it

    known = known_implementations.get(url.partition("://")[0], {})
    module = str(known.get("class", "")).partition(".")[0]
    if not module or module == "fsspec":
        return str(known.get("err", ""))
    return f"pip install {module}"


def batches(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield the names of files in portions, given their sizes in bytes."""
    batch: list[str] = []
    together = 0
    for name, size in sizes.items():
        if batch and (len(batch) == BATCH_FILES or together + size > BATCH_BYTES):
            yield batch
            batch, together = [], 0
        batch.append(name)
        together += size
    if batch:
        yield batch
