"""The zip archive that may be appended to a .tflite file: labels and vocabularies.

Python's zipfile reads the whole list of files, however long it claims to be, and unpacks some
formats without a bound, so the little that is needed is read here. Layout: APPNOTE.TXT of PKWARE,
sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end). Archives beyond
4 GB (zip64) and encrypted files are not read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.models.tflite.text import printable

MAX_FILES = 256
# An unpacked file of labels; the largest that are in use have some hundred kilobytes.
MAX_BYTES = 1 << 20

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_MAX_NAME = 1024
_ENCRYPTED, _UTF_8 = 1, 0x800
_STORED, _DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One file of the archive.

    Attributes:
        name: Its name.
        size: Bytes unpacked, as the archive says.
        packed: Bytes in the archive.
        method: How it is packed: 0 not at all, 8 deflate.
        start: Position of its local header in the .tflite file.
        encrypted: Whether it is.
    """

    name: str
    size: int
    packed: int
    method: int
    start: int
    encrypted: bool


def files_of(data: bytes | mmap) -> tuple[ArchivedFile, ...]:
    """Return the files of the archive at the end of a file, none if there is no archive.

    Raises:
        DamagedFileError: There is one, but cut off, forged or of more than 256 files.
    """
    end = _end(data)
    if end is None:
        return ()
    place, (_, _, _, _, total, size, offset, _) = end
    if total > MAX_FILES:
        raise DamagedFileError(f"an archive of {total} files")
    start = place - size
    # What was put before the archive moves all of its offsets.
    shift = start - offset
    if start < 0 or shift < 0:
        raise DamagedFileError("an archive whose directory is outside the file")
    return tuple(_entries(data[start:place], total, shift))


def unpack(data: bytes | mmap, file: ArchivedFile, limit: int = MAX_BYTES) -> bytes:
    """Return the content of a file, at most `limit` bytes of it.

    Raises:
        DamagedFileError: It is cut off, or packed in a way that is not read.
    """
    header = data[file.start : file.start + _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise DamagedFileError("an archived file without a header")
    *_, name, extra = _LOCAL.unpack(header)
    start = file.start + _LOCAL.size + name + extra
    if start + file.packed > len(data):
        raise DamagedFileError("an archived file that is cut off")
    if file.encrypted or file.method not in (_STORED, _DEFLATED):
        raise DamagedFileError("an archived file that is encrypted or packed in another way")
    if file.method == _STORED:
        return data[start : start + min(file.packed, limit)]
    packed = data[start : start + min(file.packed, 2 * limit)]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit)
    except zlib.error as error:
        raise DamagedFileError(f"an archived file that cannot be unpacked ({error})") from error


def _end(data: bytes | mmap) -> tuple[int, tuple[int, ...]] | None:
    """Return the last record of the archive and where it is."""
    first = max(0, len(data) - _MAX_COMMENT - _END.size)
    tail = data[first:]
    place = tail.rfind(b"PK\5\6")
    if place < 0 or place + _END.size > len(tail):
        return None
    record = _END.unpack_from(tail, place)
    comment: int = record[-1]
    # Four bytes among the weights may look like an end.
    return (first + place, record) if place + _END.size + comment == len(tail) else None


def _entries(directory: bytes, total: int, shift: int) -> Iterator[ArchivedFile]:
    place = 0
    for _ in range(total):
        if place + _ENTRY.size > len(directory):
            raise DamagedFileError("an archive whose directory is cut off")
        record = _ENTRY.unpack_from(directory, place)
        mark, _, _, flags, method, _, _, _, packed, size, name, extra, comment, *rest = record
        if mark != b"PK\1\2":
            raise DamagedFileError("an archive whose directory is damaged")
        place += _ENTRY.size
        text = directory[place : place + min(name, _MAX_NAME)]
        place += name + extra + comment
        yield ArchivedFile(
            name=printable(text.decode("utf-8" if flags & _UTF_8 else "cp437", "replace")),
            size=size,
            packed=packed,
            method=method,
            start=shift + rest[-1],
            encrypted=bool(flags & _ENCRYPTED),
        )
