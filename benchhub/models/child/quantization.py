"""Real values to integers and back, as TFLite's operators QUANTIZE and DEQUANTIZE do it.

A real value r and its integer q belong together by r = scale * (q - zero_point); TensorFlow Lite's
8-bit quantization specification has the formula. QUANTIZE rounds halves away from zero and
saturates (tensorflow/lite/kernels/internal/reference/quantize.h, AffineQuantize).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

_HALF = np.float32(0.5)


@dataclass(frozen=True, slots=True)
class Scale:
    """How the integers of a tensor are meant.

    Attributes:
        scale: Step between two neighbours, in real units; a float32.
        zero_point: The integer that stands for 0.
    """

    scale: float
    zero_point: int


def quantise(values: Values, scale: Scale, kind: np.dtype[Any]) -> Values:
    """Return the integers of real values.

    Args:
        values: Finite numbers; of any shape, which is kept.
        scale: How integers are meant.
        kind: The integer type; what does not fit becomes its smallest or largest number.
    """
    steps = values.astype(np.float32) / np.float32(scale.scale)
    whole = np.trunc(steps)
    # Adding 0.5 first would round 0.49999997 up: the sum is not exact in float32.
    rounded = whole + np.where(np.abs(steps - whole) >= _HALF, np.copysign(1, steps), 0)
    limits = np.iinfo(kind)
    shifted = rounded.astype(np.float64) + scale.zero_point
    return np.asarray(np.clip(shifted, limits.min, limits.max).astype(kind))


def dequantise(values: Values, scale: Scale) -> NDArray[np.float32]:
    """Return the real values of integers, as float32."""
    steps = values.astype(np.float64) - scale.zero_point
    return np.asarray((steps * np.float64(np.float32(scale.scale))).astype(np.float32))
