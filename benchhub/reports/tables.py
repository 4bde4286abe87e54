"""Tables of text: aligned, and as wide as the terminal bears. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence

Row = Sequence[str]
GAP = "  "
# Below that nothing can be laid out.
NARROWEST = 40


def columns(head: Row, rows: Sequence[Row], left: Collection[int]) -> list[str]:
    """Lay out a table: numbers to the right, the columns in `left` to the left."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return [_line(row, widths, left) for row in (head, *rows)]


def _line(row: Row, widths: Sequence[int], left: Collection[int]) -> str:
    return GAP.join(
        cell.ljust(width) if i in left else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip()


def fitted(
    head: Row,
    rows: Sequence[Row],
    left: Collection[int],
    width: int,
    *,
    names: int,
    spare: Sequence[int] = (),
) -> list[str]:
    """Lay out a table that is no wider than that.

    Columns that can be spared go first. If that is not enough each row begins with a line of its
    names, and its figures stand below, aligned; what the last column tells goes on below itself.

    Args:
        head: What the columns are; the last one is text.
        rows: The cells.
        left: Columns of text.
        width: Characters.
        names: How many of the first columns say what a row is of.
        spare: Columns that need not be there, the first to go first.
    """
    width = max(width, NARROWEST)
    lines = _sparing(head, rows, left, width, range(len(head)), spare)
    if max(map(len, lines)) <= width:
        return lines
    below = _sparing(head, rows, left, width - len(GAP), range(names, len(head)), spare)
    begin = below[0].rindex(head[-1])
    lines = [f"{GAP}{below[0]}"]
    for row, line in zip(rows, below[1:], strict=True):
        lines += _wrapped(" ".join(row[:names]), width, "", GAP)
        lines += _wrapped(line[begin:], width, GAP + line[:begin], " " * (begin + len(GAP)))
    return lines


def _sparing(
    head: Row,
    rows: Sequence[Row],
    left: Collection[int],
    width: int,
    wanted: Sequence[int],
    spare: Sequence[int],
) -> list[str]:
    """Lay out these columns, without those that have to go for the table to fit."""
    for gone in range(len(spare) + 1):
        kept = [i for i in wanted if i not in spare[:gone]]
        texts = [place for place, i in enumerate(kept) if i in left]
        lines = columns(_of(head, kept), [_of(row, kept) for row in rows], texts)
        if max(map(len, lines)) <= width:
            break
    return lines


def _of(row: Row, kept: Sequence[int]) -> list[str]:
    return [row[i] for i in kept]


def _wrapped(text: str, width: int, first: str, then: str) -> Iterator[str]:
    lines = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
    )
    yield from lines or [first.rstrip()]
