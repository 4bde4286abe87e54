"""One host a workspace: two would share what is kept there for the lab."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchhub.errors import UsageError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only host that uses a folder, for as long as this lasts or the process lives.

    Raises:
        UsageError: Another one does, or the folder cannot be written.
    """
    path = folder / "host.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}).") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise UsageError(
                f"{folder}: a host (pid {file.read().strip() or 'unknown'}) lends devices of this "
                "workspace already.",
                "Name all devices to one host, or give each a workspace.",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
