"""Inputs and outputs of a model, as the runtime has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output.

    Attributes:
        name: Its name in the signature.
        kind: Type of its elements as numpy calls it, e.g. `float32`; empty for one without a name.
        shape: Its dimensions; none for a scalar.
        scale: Of a quantised one: value = scale * (number - zero_point). None for any other, and
            for one with a scale per channel.
        zero_point: None likewise.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    scale: float | None = None
    zero_point: int | None = None
