"""Where the constants of a .tflite file lie."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.models.tflite.flatbuffer import Source, Table


@dataclass(frozen=True, slots=True)
class Buffer:
    """A part of the file.

    Attributes:
        start: Position of its first byte.
        size: In bytes; 0 for the tensors that are computed.
    """

    start: int
    size: int


def read_buffers(source: Source, root: Table) -> tuple[Buffer, ...]:
    """Return the buffers of a model, each checked to lie inside the file.

    They lie in the buffer's table (field 0) or, in files over 2 GB, behind the FlatBuffer (fields 1
    and 2: offset in the file and size; an offset of 1 stands for a place not yet filled).
    """
    return tuple(_buffer(source, table) for table in root.tables(4))


def _buffer(source: Source, table: Table) -> Buffer:
    start, size = table.vector(0, 1)
    offset, outside = table.number(1, "Q"), table.number(2, "Q")
    if offset > 1:
        return Buffer(source.check(offset, outside), outside)
    return Buffer(start, size)
