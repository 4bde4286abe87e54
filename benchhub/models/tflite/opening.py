"""A .tflite file as bytes, and what is wrong with it as one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from stat import S_ISREG

from benchhub.errors import ModelError
from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.models.tflite.text import printable


@contextmanager
def opened(path: Path) -> Iterator[mmap]:
    """Open a .tflite file; the block may raise DamagedFileError.

    Raises:
        ModelError: It is missing, empty or damaged.
    """
    shown = printable(str(path))
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise ModelError(f"{shown}: is no file.", "Give a .tflite file.")
        with path.open("rb") as file:
            if not status.st_size:
                raise ModelError(f"{shown}: the file is empty.", "Copy or convert it again.")
            with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
                yield data
    except DamagedFileError as error:
        raise ModelError(
            f"{shown}: not a TFLite model, or damaged: {error}.",
            "Compare its sha256, or convert it again.",
        ) from error
    except OSError as error:
        raise ModelError(f"{shown}: cannot be read: {error.strerror}.") from error
