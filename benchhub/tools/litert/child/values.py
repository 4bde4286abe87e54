"""Random input data. Ranges are those of TFLite's benchmark_model (tensorflow/lite/tools/utils)."""

from __future__ import annotations

import random
import struct

from .failure import MeasureError

# int16 is our choice; benchmark_model leaves it at 0.
DEFAULT_RANGES: dict[str, tuple[float, float]] = {
    "float16": (-0.5, 0.5),
    "float32": (-0.5, 0.5),
    "float64": (-0.5, 0.5),
    "bool": (0, 1),
    "int8": (-127, 127),
    "uint8": (0, 254),
    "int16": (0, 99),
    "uint16": (0, 99),
    "int32": (0, 99),
    "uint32": (0, 99),
    "int64": (0, 99),
    "uint64": (0, 99),
}

# Larger inputs repeat this many random values: drawing millions one by one would take seconds.
BLOCK = 1 << 16
FLOATS = "efd"


class Values:
    """Where the values of one input come from: a uniform distribution.

    Args:
        name: Input, for messages; it also makes inputs differ from each other.
        kind: Name of the element type.
        letter: What `struct` calls it.
        limits: Smallest and largest value, inclusive for integers; None takes the default.

    Raises:
        MeasureError: The range does not fit the type.
    """

    def __init__(
        self, name: str, kind: str, letter: str, limits: tuple[float, float] | None
    ) -> None:
        self.limits = limits or DEFAULT_RANGES[kind]
        self._name = name
        self._letter = letter
        low, high = self.limits
        whole = letter in FLOATS or (low == int(low) and high == int(high))
        try:
            struct.pack(
                f"<2{letter}", *(self.limits if letter in FLOATS else map(int, self.limits))
            )
        except (struct.error, OverflowError):
            whole = False
        if not whole:
            raise MeasureError(
                "model", f"input '{name}' is {kind}: the range {low:g},{high:g} does not fit it."
            )

    def block(self, count: int, seed: int) -> bytes:
        """Return up to `BLOCK` values as bytes, little-endian; same seed, same values."""
        source = random.Random(f"{seed}/{self._name}")  # noqa: S311 - data for timing, no secret
        count = max(1, min(count, BLOCK))
        low, high = self.limits
        values = (
            [low + (high - low) * source.random() for _ in range(count)]
            if self._letter in FLOATS
            else source.choices(range(int(low), int(high) + 1), k=count)
        )
        return struct.pack(f"<{count}{self._letter}", *values)
