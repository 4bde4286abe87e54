"""Files that are written, and what is said where a disk is full."""

from __future__ import annotations

import re
from pathlib import Path

from benchhub.models.child.job import JobError

# TensorFlow's own exceptions for a file that cannot be written are no OSError; this is their text.
_DISK = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|Read-only file system"
    r"|Input/output error"
)


def write(path: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        JobError: The disk is full or broken.
        OSError: It cannot be written for another reason.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        demand_disk(error, path.name)


def demand_disk(error: BaseException, what: str) -> None:
    """Do nothing, unless an exception is about files.

    Args:
        error: What a library raised while it wrote.
        what: What it wrote, for people.

    Raises:
        JobError: The disk is full or broken.
        OSError: It is one, for another reason.
    """
    if found := _DISK.search(str(error)):
        raise JobError(
            "disk",
            f"{what} cannot be written: {found[0]}.",
            "Make room on the disk that the workspace is on.",
        ) from error
    if isinstance(error, OSError):
        raise error
