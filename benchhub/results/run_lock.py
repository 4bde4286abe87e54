"""One controller a run: a lock on a file of the run folder, which ends with the process."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchhub.errors import StoreError
from benchhub.results.disk import refused
from benchhub.results.store import RunFolder

LOCK = "controller.lock"
_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EACCES})
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP})
_MAX_BYTES = 4096


@contextlib.contextmanager
def sole_controller(folder: RunFolder) -> Iterator[None]:
    """Be the one process that works on a run.

    The kernel gives the lock back however this process ends. The file stays: whoever removed it
    could lock another file than the one that somebody waits for.

    Raises:
        StoreError: Another process has it, or the file system knows no locks.
    """
    path = folder.path / LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise refused(path, error) from error
    try:
        _lock(descriptor, path, folder.run_id)
        _say_who(descriptor)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, run_id: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            raise StoreError(
                f"run {run_id} is in the hands of {_who(descriptor)}.",
                "Wait for its end, or end it; what it has measured is kept.",
            ) from error
        if error.errno in _NO_LOCKS:
            raise StoreError(
                f"{path}: its file system knows no locks, so that two could work on one run.",
                "Keep .benchhub/runs on a disk of this machine; benchhub runs push shares runs.",
            ) from error
        raise refused(path, error) from error


def _say_who(descriptor: int) -> None:
    who = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):  # a full disk: the lock holds, nobody can read whose it is
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(who).encode(), 0)


def _who(descriptor: int) -> str:
    try:
        who = json.loads(os.pread(descriptor, _MAX_BYTES, 0))
        return f"process {who['pid']} on {who['host']}, since {who['since']}"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "another process"
