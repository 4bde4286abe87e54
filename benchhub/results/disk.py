"""Files that stay: on the disk whole or not at all, and a clear word where it takes no more."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from benchhub.errors import StoreError

# Ends the name of a file that is being written; it begins with a dot.
PART = ".part"

# What a person can do something about, in words, and what.
_ROOM = "Make room there; what was written before is whole, and --resume goes on with a run."
_REASONS = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("the disk quota is used up", _ROOM),
    errno.EROFS: (
        "the file system is read-only",
        "Mount it writable; see dmesg, as a fault of the disk makes it so.",
    ),
    errno.EIO: ("the disk reports an error", "See dmesg; what was written before is whole."),
    errno.ESTALE: ("the network file system was lost", "Mount it again and go on."),
}
# File systems that do not know how to sync a folder.
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
_AT_ONCE = 8


def refused(path: Path, error: OSError) -> StoreError:
    """Return what to say of a file or folder that could not be written."""
    reason, advice = _REASONS.get(error.errno or 0, (error.strerror or str(error), ""))
    return StoreError(f"{path}: cannot be written: {reason}.", advice)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file by another name, sync and rename it; a reader never sees a part of it.

    Raises:
        StoreError: The disk is full or the folder is not writable; nothing is left of the attempt.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        try:
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise refused(path, error) from error


def sync_files(folder: Path) -> None:
    """Have the content of all files of a folder on the disk. Raises OSError."""
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_size:
            _sync(path, os.O_RDONLY)


def sync_tree(folder: Path) -> None:
    """Have everything below a folder on the disk, however much it is. Raises OSError."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - loads long, rarely needed

    # Together they cost a tenth: the file system writes its journal once for several.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(lambda path: _sync(path, os.O_RDONLY), folder.rglob("*")):
            continue


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, after one was made or renamed. Raises OSError."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)
