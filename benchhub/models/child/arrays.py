"""Arrays from files and functions: read within bounds, checked, and cast, never scaled."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

from benchhub.models.child.job import JobError

# Arrays of one file, or random ones, take at most that much memory.
MAX_BYTES = 8 << 30

Values = NDArray[Any]


def read_npz(path: Path) -> dict[str, Values]:
    """Return the arrays of a .npz file; their headers are looked at before anything is unpacked.

    Raises:
        ValueError: It has arrays of objects, or is too large.
        zipfile.BadZipFile: It is damaged.
        OSError: It cannot be read.
    """
    with zipfile.ZipFile(path) as archive:
        total = 0
        for member in archive.namelist():
            with archive.open(member) as file:
                total += _header_bytes(file, member)
        if total > MAX_BYTES:
            raise ValueError(f"its arrays take {total / 1e9:.1f} GB, more than {_MOST}")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def read_npy(path: Path, samples: int | None) -> Values:
    """Return the array of a .npy file, or its first `samples` rows; no more than these is read.

    Raises:
        ValueError: It has objects, is damaged, or too large.
        OSError: It cannot be read.
    """
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if not mapped.ndim:
        raise ValueError("it is a single number")
    part = mapped if samples is None else mapped[:samples]
    if part.nbytes > MAX_BYTES:
        raise ValueError(f"it takes {part.nbytes / 1e9:.1f} GB, more than {_MOST}")
    return np.array(part)


_MOST = f"{MAX_BYTES / 1e9:.1f} GB; take fewer examples"


def _header_bytes(file: IO[bytes], member: str) -> int:
    """Return the bytes that an array of an archive takes once it is unpacked."""
    version = npy.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = npy.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = npy.read_array_header_2_0(file)
    else:
        raise ValueError(f"{member} is of version {version[0]}.{version[1]} of the format")
    if dtype.hasobject:
        raise ValueError(f"{member} is an array of objects")
    return int(np.prod(shape, dtype=object)) * int(dtype.itemsize)


def numeric(values: Any, name: str, source: str, ways: str) -> Values:
    """Return values as an array of numbers with at least one dimension.

    Args:
        values: What a file or function has.
        name: Of the input, or `labels`.
        source: Where they come from.
        ways: What would be right.

    Raises:
        JobError: They are something else, or not all finite.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise JobError("data", f"{source}: {name} is no array: its rows differ.", ways) from error
    if array.dtype.kind not in "biuf":
        told = "objects" if array.dtype.kind == "O" else str(array.dtype)
        raise JobError("data", f"{source}: {name} is an array of {told}, not of numbers.", ways)
    if not array.ndim:
        raise JobError("data", f"{source}: {name} is a single number, not an array.", ways)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))[0])
        raise JobError(
            "data",
            f"{source}: {name} has values that are not finite (NaN or infinite), first in example "
            f"{bad}.",
            "Correct the data or leave such examples out.",
        )
    return array


def fitted(values: Values, shape: Sequence[int | None], name: str, source: str) -> Values:
    """Return examples in the shape of an input; only dimensions of 1 are added or dropped.

    Args:
        values: Examples are the first dimension.
        shape: Of the input, with that dimension; None or -1 is open.
        name: Of the input.
        source: Where the values come from.

    Raises:
        JobError: They have another shape.
    """
    wanted = [None if size is None or size < 0 else int(size) for size in shape[1:]]
    there = values.shape[1:]
    if len(there) == len(wanted) and _fits(there, wanted):
        return values
    plain = [size for size in there if size != 1]
    if _fits(plain, [size for size in wanted if size != 1]) and wanted.count(None) <= 1:
        open_size = (
            plain[[size for size in wanted if size != 1].index(None)] if None in wanted else 1
        )
        return values.reshape(len(values), *(open_size if s is None else s for s in wanted))
    raise JobError(
        "data",
        f"{source}: '{name}' has shape {_shown(there)} an example, the model's input wants "
        f"{_shown(wanted)}.",
        "Reshape the data; the first dimension counts the examples.",
    )


def cast(values: Values, dtype: DTypeLike, name: str, source: str) -> Values:
    """Return values in the type of an input, with their meaning kept: cast and never scaled.

    Raises:
        JobError: The input takes no numbers, or some values are none of its type.
    """
    kind = np.dtype(dtype)
    if kind.kind not in "biuf":
        raise JobError("data", f"the input '{name}' takes {kind}, which no numbers can be.")
    if kind == values.dtype or kind.kind == "f":
        return values.astype(kind, copy=False)
    low, high = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
    whole = values.dtype.kind != "f" or bool((values == np.floor(values)).all())
    if not whole or values.min() < low or values.max() > high:
        raise JobError(
            "data",
            f"{source}: '{name}' has {values.dtype} values from {values.min():g} to "
            f"{values.max():g}, the model's input is {kind}.",
            "Convert the data to what the model takes.",
        )
    return values.astype(kind)


def _fits(there: Sequence[int], wanted: Sequence[int | None]) -> bool:
    return len(there) == len(wanted) and all(
        size is None or size == other for other, size in zip(there, wanted, strict=True)
    )


def _shown(shape: Sequence[int | None]) -> str:
    inside = ", ".join("?" if size is None else str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"
