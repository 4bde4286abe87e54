"""A reader of FlatBuffers that trusts nothing: every access is inside the file and is counted.

Layout (https://flatbuffers.dev/internals): all integers are little-endian. An offset is a uint32
relative to where it stands. A table begins with an int32, the distance back to its vtable; the
vtable holds its own size and the table's size as uint16 and then, per field, the uint16 distance
from the table, 0 for an absent field. A vector is a uint32 length and its elements.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from mmap import mmap

# Elements looked at before a file is given up, about five seconds; a model of ten thousand nodes
# has some hundred thousand. In a forged file many vectors can share the same elements, so that its
# size alone bounds nothing.
MAX_READS = 4_000_000

_UINT16 = struct.Struct("<H")
_UINT32 = struct.Struct("<I")
_INT64 = struct.Struct("<q")
_INT32 = struct.Struct("<i")
_VTABLE_HEADER = 4
_MAX_TEXT = 1024


class DamagedFileError(ValueError):
    """The bytes are no FlatBuffer, or one that is cut off or forged."""


class Source:
    """The bytes of a file and how many reads are left."""

    def __init__(self, data: bytes | mmap) -> None:
        self.data = data
        self.size = len(data)
        self._reads_left = MAX_READS

    def spend(self, reads: int) -> None:
        """Count reads before they are made."""
        self._reads_left -= reads
        if self._reads_left < 0:
            raise DamagedFileError(f"more than {MAX_READS} elements")

    def check(self, position: int, size: int) -> int:
        """Return the position if `size` bytes from there are inside the file."""
        if position < 0 or position + size > self.size:
            raise DamagedFileError(f"byte {position + size} of a file of {self.size}")
        return position

    def number(self, layout: struct.Struct, position: int) -> int:
        """Return one integer."""
        self.spend(1)
        value: int = layout.unpack_from(self.data, self.check(position, layout.size))[0]
        return value

    def signed(self, position: int, count: int) -> tuple[int, ...]:
        """Return as many int32."""
        self.spend(count)
        return struct.unpack_from(f"<{count}i", self.data, self.check(position, 4 * count))

    def follow(self, position: int) -> int:
        """Return where the offset at that position leads."""
        return position + self.number(_UINT32, position)

    def root(self) -> Table:
        """Return the outermost table."""
        return Table(self, self.follow(0))


class Table:
    """One table; fields are named by their position in the schema, from 0."""

    def __init__(self, source: Source, position: int) -> None:
        self._source = source
        self._position = position
        self._vtable = position - source.number(_INT32, position)
        self._vtable_size = source.number(_UINT16, self._vtable)

    def _field(self, index: int) -> int | None:
        place = _VTABLE_HEADER + 2 * index
        if place + 2 > self._vtable_size:
            return None
        distance = self._source.number(_UINT16, self._vtable + place)
        return self._position + distance if distance else None

    def number(self, index: int, layout: str, default: int = 0) -> int:
        """Return a scalar field; `layout` is a `struct` letter."""
        position = self._field(index)
        if position is None:
            return default
        return self._source.number(struct.Struct("<" + layout), position)

    def vector(self, index: int, item_size: int) -> tuple[int, int]:
        """Return where the elements of a vector begin and how many there are."""
        field = self._field(index)
        if field is None:
            return 0, 0
        start = self._source.follow(field)
        length = self._source.number(_UINT32, start)
        return self._source.check(start + 4, length * item_size), length

    def integers(self, index: int) -> tuple[int, ...]:
        """Return a vector of int32."""
        start, length = self.vector(index, 4)
        return self._source.signed(start, length)

    def real(self, position: int) -> float | None:
        """Return the float32 at a position; None if it is infinite or not a number."""
        self._source.spend(1)
        place = self._source.check(position, 4)
        value: float = struct.unpack_from("<f", self._source.data, place)[0]
        return value if math.isfinite(value) else None

    def long(self, position: int) -> int:
        """Return the int64 at a position."""
        return self._source.number(_INT64, position)

    def text(self, index: int) -> str:
        """Return a string; what is over 1024 bytes is cut, what is not UTF-8 replaced."""
        start, length = self.vector(index, 1)
        kept = min(length, _MAX_TEXT)
        self._source.spend(kept)
        return self._source.data[start : start + kept].decode("utf-8", "replace")

    def table(self, index: int) -> Table | None:
        """Return a table, or None if it is absent."""
        field = self._field(index)
        return None if field is None else Table(self._source, self._source.follow(field))

    def tables(self, index: int) -> Iterator[Table]:
        """Yield the tables of a vector."""
        start, length = self.vector(index, 4)
        for place in range(start, start + 4 * length, 4):
            yield Table(self._source, self._source.follow(place))
