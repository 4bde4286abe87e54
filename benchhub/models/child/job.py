"""One job: what is asked for, where files go, and what it depended on."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

PROGRESS = "progress.txt"
REQUEST = "request.json"
RESULT = "result.json"

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

# Folders whose files are not the user's own sources and data.
_NOT_OWN = frozenset({".benchhub", "site-packages", "dist-packages", "__pycache__", ".git"})


class JobError(Exception):
    """What a person can do something about.

    Args:
        kind: `model` or `data`: the suite's own; `tool`: something is not installed; `convert`: the
            converter cannot do it.
        message: One line, without the name of the variant.
        advice: What to do next; may be empty.
    """

    def __init__(self, kind: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.advice = advice


class Job:
    """A request and the folder that its files go to.

    Attributes:
        folder: Where the job writes; absolute.
        request: What is asked for.
        depends: Digests of the user's own files that were read, by absolute path.
    """

    def __init__(self, folder: Path, request: Mapping[str, Any]) -> None:
        self.folder = folder
        self.request = request
        self.depends: dict[str, str] = {}
        self._watching = False

    def say(self, text: str) -> None:
        """Tell what is being done, in a few words."""
        (self.folder / PROGRESS).write_text(text, encoding="utf-8")

    def watch(self) -> None:
        """Note each file below the request's `folder` that is opened for reading from now on."""
        if self._watching:
            return
        self._watching = True
        top = str(Path(str(self.request["folder"])).resolve())

        def opened(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and isinstance(arguments[0], str) and not arguments[2] & _WRITES:
                self._note(arguments[0], top)

        sys.addaudithook(opened)

    def _note(self, name: str, top: str) -> None:
        path = Path(name).resolve()
        if path.suffix == ".pyc":
            path = Path(source_from_cache(str(path)))
        if str(path) in self.depends or not path.is_relative_to(top):
            return
        if _NOT_OWN & set(path.parts) or path.is_relative_to(sys.prefix) or not path.is_file():
            return
        self.depends[str(path)] = ""  # first: hashing opens it as well
        with path.open("rb") as file:
            self.depends[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
