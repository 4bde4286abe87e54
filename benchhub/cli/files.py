"""Files that a command writes where a person says: whole or not at all."""

from __future__ import annotations

import os
from glob import escape
from pathlib import Path

from benchhub.errors import StoreError


def write_file(path: Path, content: bytes) -> None:
    """Write a file and the folders above it; a reader never sees a part of it.

    What is no plain file, such as a pipe or /dev/null, is written into.

    Raises:
        StoreError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        # A link stays, and what it leads to is replaced.
        target = path.resolve()
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        _forget_parts(target)
        try:
            part.write_bytes(content)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error


def _forget_parts(target: Path) -> None:
    """Remove what writers of that file left that were killed in the middle."""
    for part in target.parent.glob(f".{escape(target.name)}.*.part"):
        pid = part.name.split(".")[-2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            part.unlink(missing_ok=True)
