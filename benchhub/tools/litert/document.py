"""Typed access to a JSON document that may hold anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


class MalformedError(Exception):
    """The document does not say what it should."""


class Document:
    """One JSON object. Every method raises MalformedError where it finds something else.

    Args:
        content: What the JSON reader returned.
    """

    def __init__(self, content: Any) -> None:
        if not isinstance(content, dict):
            raise MalformedError("not a JSON object")
        self._content = content

    def _get(self, name: str) -> Any:
        try:
            return self._content[name]
        except KeyError:
            raise MalformedError(f"'{name}' is missing") from None

    def _list(self, name: str) -> list[Any]:
        value = self._get(name)
        if not isinstance(value, list):
            raise MalformedError(f"'{name}' is not a list")
        return value

    def has(self, name: str) -> bool:
        """Whether there is a value other than null."""
        return self._content.get(name) is not None

    def part(self, name: str) -> Document:
        """Return an object inside."""
        return Document(self._get(name))

    def parts(self, name: str) -> Iterator[Document]:
        """Yield the objects of a list."""
        for item in self._list(name):
            yield Document(item)

    def text(self, name: str) -> str:
        """Return a string."""
        return _text(self._get(name), name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings."""
        return tuple(_text(item, name) for item in self._list(name))

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise MalformedError(f"'{name}' is neither true nor false")
        return value

    def integer(self, name: str) -> int:
        """Return a whole number."""
        return _integer(self._get(name), name)

    def expect(self, name: str, value: int) -> None:
        """Insist on one whole number."""
        if self.integer(name) != value:
            raise MalformedError(f"'{name}' is {self.integer(name)}, not {value}")

    def count(self, name: str) -> int:
        """Return a whole number that is not negative."""
        value = self.integer(name)
        if value < 0:
            raise MalformedError(f"'{name}' is negative")
        return value

    def integer_or_none(self, name: str) -> int | None:
        """Return a whole number, or None for null."""
        return self.integer(name) if self.has(name) else None

    def integers(self, name: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        return tuple(_integer(item, name) for item in self._list(name))

    def lists(self, name: str) -> tuple[tuple[int, ...], ...]:
        """Return a list of lists of whole numbers."""
        found = []
        for item in self._list(name):
            if not isinstance(item, list):
                raise MalformedError(f"'{name}' is not a list of lists")
            found.append(tuple(_integer(number, name) for number in item))
        return tuple(found)

    def positive(self, name: str) -> float:
        """Return a finite number that is not negative."""
        return _positive(self._get(name), name)

    def positive_or_none(self, name: str) -> float | None:
        """Return a finite number that is not negative, or None for null."""
        return self.positive(name) if self.has(name) else None

    def samples_us(self, name: str) -> tuple[float, ...]:
        """Return a list of at least one nanosecond count, in microseconds."""
        samples = tuple(_positive(item, name) / 1000 for item in self._list(name))
        if not samples:
            raise MalformedError(f"'{name}' is empty")
        return samples


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise MalformedError(f"'{name}' is not a string")
    # JSON can hold half of a surrogate pair, which no file and no page can.
    return value.encode("utf-8", "replace").decode("utf-8")


def _integer(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >> 62:
        raise MalformedError(f"'{name}' is not a whole number")
    return value


def _positive(value: Any, name: str) -> float:
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(_integer(value, name))
    if not isinstance(value, float) or not 0 <= value < math.inf:
        raise MalformedError(f"'{name}' is not a figure")
    return value
