"""Raw output in a page: bounded, head and tail kept, harmless to a browser and to a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

LIMIT_BYTES = 16 << 10

# All logs of a page together; beyond it each stream gets less, but never less than the floor.
PAGE_BYTES = 2 << 20
FLOOR_BYTES = 2 << 10

# Colour codes of a terminal, and what no text file needs: control characters, lone surrogates,
# and marks that reorder text, which could make a line read as what it is not.
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One stream of one process.

    Attributes:
        name: File name, e.g. `stderr.txt`.
        head: Its beginning, or all of it.
        cut_bytes: What is left out between head and tail; 0 if nothing is.
        tail: Its end; empty if nothing is left out.
    """

    name: str
    head: str
    cut_bytes: int
    tail: str


def limit_bytes(streams: int) -> int:
    """Return how much of each stream a page can show."""
    fair = PAGE_BYTES // max(1, streams)
    return max(FLOOR_BYTES, min(LIMIT_BYTES, fair))


def excerpt(name: str, text: str, limit: int = LIMIT_BYTES) -> Excerpt:
    """Keep the beginning and the end of a text, together at most `limit` bytes of UTF-8.

    Cuts are made at line ends where a line end is near.
    """
    data = clean(text).encode()
    if len(data) <= limit:
        return Excerpt(name, data.decode(), 0, "")
    half = limit // 2
    head, tail = data[:half], data[-half:]
    newline = head.rfind(b"\n", half // 2)
    head = head if newline < 0 else head[: newline + 1]
    newline = tail.find(b"\n", 0, half // 2)
    tail = tail[newline + 1 :]
    cut = len(data) - len(head) - len(tail)
    return Excerpt(name, head.decode(errors="ignore"), cut, tail.decode(errors="ignore"))


def clean(text: str) -> str:
    """Return text without terminal codes; other control characters show as a replacement."""
    text = _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("\N{REPLACEMENT CHARACTER}", text)
