"""Checks what was asked for about inputs against the inputs that there are."""

from __future__ import annotations

from collections.abc import Iterable

from .failure import MeasureError


def check_names(given: Iterable[str], names: list[str]) -> None:
    """Raise MeasureError if something was said about an input that is not there."""
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise MeasureError(
            "model",
            f"the model has no input '{unknown[0]}'.",
            f"Its inputs: {', '.join(names)}.",
        )


def check_rank(name: str, old: tuple[int, ...], new: tuple[int, ...]) -> None:
    """Raise MeasureError if a shape has another number of dimensions than the input."""
    if len(old) != len(new):
        raise MeasureError(
            "model",
            f"input '{name}' has {len(old)} dimensions ({by(old)}), not {len(new)} ({by(new)}).",
        )


def by(shape: tuple[int, ...]) -> str:
    """Return a shape as text, e.g. `1x96x96x3`."""
    return "x".join(map(str, shape)) or "scalar"
