"""One input or output of a compiled model: its name, its type and the memory behind it."""

from __future__ import annotations

import ctypes
import math
from ctypes import byref, c_void_p
from pathlib import Path

from .capi import ELEMENT_TYPES, LOCK_READ, LOCK_WRITE, LiteRt, TensorType
from .failure import MeasureError
from .inputs import read_values
from .values import Values


class Buffer:
    """A tensor buffer of the kind that the compiled model asks for.

    Args:
        library: The loaded library.
        environment: Its environment.
        name: Input or output.
        kind: Its type and shape.
        needs: The compiled model's requirements.
    """

    def __init__(
        self,
        library: LiteRt,
        environment: c_void_p,
        name: str,
        kind: TensorType,
        needs: c_void_p,
    ) -> None:
        self.name = name
        self._kind = kind
        self._library = library
        self.handle = library.handle(
            "LiteRtCreateManagedTensorBufferFromRequirements", environment, byref(kind), needs
        )

    @property
    def type(self) -> str:
        """Name of the element type; empty for one without a name, such as a string."""
        return ELEMENT_TYPES.get(self._kind.element_type, ("", ""))[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Dimensions."""
        shape: tuple[int, ...] = self._kind.layout.shape()
        return shape

    def size_bytes(self) -> int:
        """Return the size of the values."""
        return self._library.count("LiteRtGetTensorBufferPackedSize", self.handle)

    def fill(self, limits: tuple[float, float] | None, seed: int) -> tuple[float, float]:
        """Write random values; return the range that they are from.

        Raises:
            MeasureError: The range does not fit the type, or the type is no number.
        """
        element = ELEMENT_TYPES.get(self._kind.element_type)
        if element is None:
            raise MeasureError(
                "model", f"input '{self.name}' has a type that cannot be filled with numbers."
            )
        values = Values(self.name, *element, limits)
        self.write(values.block(math.prod(self.shape), seed))
        return values.limits

    def feed(self, path: str) -> None:
        """Write the content of a file. Raises MeasureError if it has another size."""
        self.write(read_values(self.name, Path(path), self.size_bytes()))

    def write(self, block: bytes) -> None:
        """Fill the buffer, repeating the block."""
        size = self.size_bytes()
        start = self._lock(LOCK_WRITE)
        for place in range(0, size, len(block)):
            ctypes.memmove(start + place, block, min(len(block), size - place))
        self._library.call("LiteRtUnlockTensorBuffer", self.handle)

    def read(self) -> bytes:
        """Return the values; waits until they are there."""
        size = self.size_bytes()
        content = ctypes.string_at(self._lock(LOCK_READ), size)
        self._library.call("LiteRtUnlockTensorBuffer", self.handle)
        return content

    def _lock(self, mode: int) -> int:
        memory = c_void_p()
        self._library.call("LiteRtLockTensorBuffer", self.handle, byref(memory), mode)
        return memory.value or 0

    def close(self) -> None:
        """Free it."""
        self._library.destroy("LiteRtDestroyTensorBuffer", self.handle)
