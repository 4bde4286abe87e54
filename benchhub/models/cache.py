"""What was made is kept by everything that determines it, so that nothing is made twice.

An entry is a folder named by the hash of what was asked. The user's own files that a job read, e.g.
the modules of a training script, are only known afterwards: their digests are part of the entry,
and an entry counts as long as they are right.
"""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchhub.devices.digest import sha256_of
from benchhub.errors import StoreError
from benchhub.models import child
from benchhub.models.worker import OUT, Done
from benchhub.workspace import STATE

FOLDER = "models"
_ENTRY = "entry.json"
# Packages that decide what becomes of a network.
_MAKERS = (
    "tensorflow",
    "keras",
    "tf-keras",
    "tensorflow-model-optimization",
    "ai-edge-quantizer",
    "ai-edge-litert",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was made.

    Attributes:
        out: Folder with its files.
        values: What the job answered.
        content: Digest of the files.
        seconds: Time that it took when it was made; 0 if it was there.
    """

    out: Path
    values: Mapping[str, Any]
    content: str
    seconds: float = 0.0


class Cache:
    """The entries of a workspace.

    Args:
        root: Folder of the workspace.
        folder: Where they are in its state.
    """

    def __init__(self, root: Path, folder: str = FOLDER) -> None:
        self._folder = root / STATE / folder

    def find(self, task: str, request: Mapping[str, Any]) -> Entry | None:
        """Return what was made for a request; None if there is nothing that still counts.

        Args:
            task: A module of `benchhub.models.child`.
            request: All that determines the answer, with digests in place of files.
        """
        folder = self._folder / key(task, request)
        try:
            entry = json.loads((folder / _ENTRY).read_bytes())
            depends: Mapping[str, str] = entry["depends"]
            if any(sha256_of(Path(name)) != digest for name, digest in depends.items()):
                return None
            return Entry(folder / OUT, entry["values"], entry["content"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def make(self, task: str, request: Mapping[str, Any], do: Callable[[Path], Done]) -> Entry:
        """Make an entry that is there whole or not at all.

        Args:
            task: As in `find`.
            request: Likewise.
            do: Makes it in a folder.

        Raises:
            BenchhubError: What `do` raises.
            StoreError: The disk is full, or the folder is not writable.
        """
        new = self._folder / f".new-{uuid.uuid4().hex}"
        folder = self._folder / key(task, request)
        try:
            done = do(new)
            content = digest_of(done.out)
            entry = {
                "task": task,
                "request": request,
                "values": done.values,
                "depends": done.depends,
                "content": content,
            }
            (new / _ENTRY).write_text(json.dumps(entry, indent=1, default=str), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)  # what was there does not count any more
            new.rename(folder)
        except OSError as error:
            raise StoreError(
                f"{error.filename or folder}: cannot be written: {error.strerror}."
            ) from error
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return Entry(folder / OUT, done.values, content, done.seconds)


def key(task: str, request: Mapping[str, Any]) -> str:
    """Return the name of an entry: the hash of the request, of the makers, and of our own code."""
    parts = (task, request, makers(), code(task))
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def digest_of(path: Path) -> str:
    """Return the digest of a file, or of all files of a folder with their names.

    Raises:
        OSError: It cannot be read.
    """
    if not path.is_dir():
        return sha256_of(path)
    digest = hashlib.sha256()
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        digest.update(f"{file.relative_to(path)}\0{sha256_of(file)}\n".encode())
    return digest.hexdigest()


@cache
def makers() -> Mapping[str, str | None]:
    """Return the versions of what makes models; None for what is not installed."""
    return {name: _version(name) for name in _MAKERS}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def code(task: str) -> str:
    """Return the digest of the modules that a task consists of."""
    seen: dict[str, bytes] = {}
    names = [task]
    while names:
        name = names.pop()
        if name not in seen:
            seen[name] = (files(child) / f"{name}.py").read_bytes()
            names += _imported(seen[name])
    digest = hashlib.sha256()
    for name in sorted(seen):
        digest.update(seen[name])
    return digest.hexdigest()


def _imported(source: bytes) -> list[str]:
    """Return the modules of `benchhub.models.child` that a source imports."""
    package = f"{child.__name__}."
    return [
        node.module.removeprefix(package)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(package)
    ]
