"""Checks what was asked for about inputs against the inputs that there are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

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


def files_by_name(given: Iterable[str], names: list[str]) -> dict[str, str]:
    """Return the file of each input that has one.

    Args:
        given: NAME=FILE each; the longest name that fits is meant.
        names: Of the model's inputs.

    Raises:
        MeasureError: No input is called like that.
    """
    files = {}
    for text in given:
        fitting = [name for name in names if text.startswith(f"{name}=")]
        name = max(fitting, key=len, default=text.partition("=")[0])
        check_names([name], names)
        files[name] = text[len(name) + 1 :]
    return files


def read_values(name: str, path: Path, size_bytes: int) -> bytes:
    """Return the raw little-endian values of one input.

    Args:
        name: Input, for messages.
        path: Where they are.
        size_bytes: How many there have to be.

    Raises:
        MeasureError: The file cannot be read, or has another size.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MeasureError("tool", f"{path} cannot be read: {error.strerror}.") from error
    if len(content) != size_bytes or not content:
        raise MeasureError(
            "model",
            f"input '{name}' takes {size_bytes} bytes; {path} has {len(content)}.",
        )
    return content
