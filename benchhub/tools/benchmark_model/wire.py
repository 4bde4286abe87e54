"""Reads protocol buffers without their classes: field numbers and values of one message.

The wheel has no class for the benchmark's result, and the one for the runtime's description
cannot be imported without loading the LiteRT library into this process. Both messages are small
and flat, so their wire format (protobuf.dev, "Encoding") is read here.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

# Far above any real file; a hostile one of tiny fields ends here.
MOST_FIELDS = 1_000_000
_MOST_VARINT_BYTES = 10
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class WireError(ValueError):
    """The bytes are not the message that was expected."""


class Budget:
    """Counts fields over a whole file, so that nesting cannot multiply the work."""

    def __init__(self, fields: int = MOST_FIELDS) -> None:
        self.left = fields

    def spend(self) -> None:
        """Count one field. Raises WireError when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise WireError(f"more than {MOST_FIELDS} fields")


def fields(data: bytes, budget: Budget) -> Iterator[tuple[int, int | float | bytes]]:
    """Yield number and value of each field in order.

    Varints come as int, floats as float, messages and strings as bytes.

    Raises:
        WireError: The data is cut or not a message.
    """
    position, end = 0, len(data)
    while position < end:
        budget.spend()
        key, position = _varint(data, position)
        field, kind = key >> 3, key & 7
        value: int | float | bytes
        if kind == _VARINT:
            value, position = _varint(data, position)
        elif kind == _BYTES:
            size, position = _varint(data, position)
            value, position = _take(data, position, size)
        elif kind in {_FIXED32, _FIXED64}:
            raw, position = _take(data, position, 4 if kind == _FIXED32 else 8)
            (value,) = struct.unpack("<f" if kind == _FIXED32 else "<d", raw)
        else:
            raise WireError(f"field {field} has the unknown wire type {kind}")
        if field == 0:
            raise WireError("a field has the number 0")
        yield field, value


def message(value: float | bytes) -> bytes:
    """Return the value of a field that is a message or a string."""
    if not isinstance(value, bytes):
        raise WireError("a message was expected, a number was found")
    return value


def number(value: float | bytes) -> float:
    """Return the value of a field that is a number, never inf or nan."""
    if isinstance(value, bytes) or not math.isfinite(value):
        raise WireError("a number was expected")
    return value


def numbers(value: float | bytes, budget: Budget) -> list[int]:
    """Return the numbers of a repeated field of varints, packed or one at a time."""
    if not isinstance(value, bytes):
        return [int(number(value))]
    found, position = [], 0
    while position < len(value):
        budget.spend()
        one, position = _varint(value, position)
        found.append(one)
    return found


def _take(data: bytes, position: int, size: int) -> tuple[bytes, int]:
    end = position + size
    if end > len(data):
        raise WireError("the file is cut")
    return data[position:end], end


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_MOST_VARINT_BYTES):
        if position + index >= len(data):
            raise WireError("the file is cut")
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise WireError("a number is too long")
