"""Files on a host, named by their content: what came once never comes again."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.errors import StoreError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"[0-9a-f]{32}")
# What no run asked for that long is removed.
KEPT_S = 30 * 86_400.0


class FileStore:
    """The files of one host; safe for several threads.

    Args:
        folder: Where they are; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Return where a file is, whether it is there or not."""
        if not _DIGEST.fullmatch(digest):
            raise StoreError(f"{digest!r} is no sha256.")
        return self.folder / digest

    def lacking(self, digests: Iterable[str]) -> tuple[str, ...]:
        """Return those that are not there, each once."""
        return tuple(one for one in dict.fromkeys(digests) if not self.path(one).exists())

    def write(self, digest: str, token: str, offset: int, data: bytes, *, last: bool) -> None:
        """Write a piece of a file; with the last one it is there, if its content is right.

        Args:
            digest: The sha256 that the whole has to have.
            token: 32 hexadecimal digits that the pieces of one delivery have in common.
            offset: Place of the piece in the file, in bytes.
            data: The piece.
            last: Whether it is the last one.

        Raises:
            StoreError: The disk is full, a piece is missing, or the content is another one.
        """
        path = self.path(digest)
        if not _TOKEN.fullmatch(token):
            raise StoreError(f"{token!r} is no token of a delivery.")
        part = path.with_name(f".{digest}.{token}.part")
        try:
            problem = _append(part, offset, data)
            if last and not problem and sha256_of(part) != digest:
                problem = "the file changed after the run was planned."
            if last and not problem:
                part.chmod(0o555)  # it may be a program
                part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreError(
                f"{path}: cannot be written: {error.strerror}.", "Make room on that host."
            ) from error
        if problem:
            part.unlink(missing_ok=True)
            raise StoreError(f"{digest[:12]}: {problem}", "Start the run again.")

    def sweep(self) -> None:
        """Remove interrupted deliveries, and what nobody asked for in a long time."""
        for path in self.folder.iterdir():
            old = path.stat().st_mtime < time.time() - KEPT_S
            if old or path.name.endswith(".part"):
                path.unlink(missing_ok=True)


def _append(part: Path, offset: int, data: bytes) -> str:
    """Add a piece to a file; return what is wrong with it. Raises OSError."""
    with part.open("ab") as file:
        if file.tell() != offset:
            return "a piece of the file is missing."
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return ""
