"""Random inputs that are the same wherever they are needed: same seed, same name, same values."""

from __future__ import annotations

import zlib

import numpy as np

from benchhub.errors import ConfigError
from benchhub.records import InputSpec, Tensor

# What an input gets without a range in the suite. 8-bit numbers cover their type; the others are
# the defaults of TFLite's benchmark_model (benchmark_tflite_model.cc, CreateRandomTensorData),
# and int16, which it has none for, is as wide as they are.
FLOATS = (-0.5, 0.5)
INTEGERS = (0, 99)
WHOLE_TYPES = {"int8": (-128, 127), "uint8": (0, 255), "bool": (0, 1)}


def seeded_values(tensor: Tensor, spec: InputSpec | None, seed: int) -> bytes:
    """Return uniform random values for one input, little-endian.

    Args:
        tensor: The input.
        spec: What the suite says of it; its range includes both ends for integers.
        seed: With the name of the input it decides the values.

    Raises:
        ConfigError: The range does not fit the type, or the type is no number.
    """
    try:
        kind = np.dtype(tensor.kind or object)
    except TypeError:
        kind = np.dtype(object)
    if kind.kind not in "fiub":
        raise ConfigError(f"input '{tensor.name}' has a type that cannot be filled with numbers.")
    source = np.random.default_rng([seed, zlib.crc32(tensor.name.encode())])
    if kind.kind == "f":
        low, high = _range(spec) or FLOATS
        values = np.asarray(source.uniform(low, high, tensor.shape))
        return values.astype(kind.newbyteorder("<")).tobytes()
    low, high = _range(spec) or WHOLE_TYPES.get(tensor.kind, INTEGERS)
    limits = np.iinfo(tensor.kind) if kind.kind in "iu" else None
    smallest, largest = (limits.min, limits.max) if limits else (0, 1)
    if not (smallest <= low <= high <= largest and float(low) == int(low) and high == int(high)):
        raise ConfigError(
            f"input '{tensor.name}' is {tensor.kind}: the range {low:g},{high:g} does not fit it."
        )
    drawn = source.integers(int(low), int(high), tensor.shape, dtype=kind, endpoint=True)
    return np.asarray(drawn).astype(kind.newbyteorder("<")).tobytes()


def _range(spec: InputSpec | None) -> tuple[float, float] | None:
    if spec is None or spec.low is None or spec.high is None:
        return None
    return spec.low, spec.high
