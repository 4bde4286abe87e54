"""A history as text: what moved, worst first, and how far to trust it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from benchhub.analysis.history import History
from benchhub.reports.history_words import Row, cautions, extent, headline, row, still
from benchhub.reports.tables import columns

HEAD = ("case", "device", "runs", "before ms", "after ms", "change", "since", "p")
_LEFT = frozenset({0, 1, 6})
WIDTH = 80


def render_history(history: History, width: int = WIDTH) -> str:
    """Return a history as text.

    Args:
        history: The history.
        width: Characters of a line; the case has a line of its own where the table is wider.
    """
    rows = [row(series, shift) for series, shift in history.shifts]
    lines = [*_wrapped(f"{history.suite}: {extent(history)}", width, ""), headline(history)]
    if rows:
        lines += ["", *_table(rows, width)]
    rest = still(history) if rows else ""
    lines += ["", *_wrapped(rest, width, "  ")] if rest else []
    lines.append("")
    for caution in cautions(history):
        lines += _wrapped(caution, width, "  ")
    return "\n".join(lines)


def _table(rows: Sequence[Row], width: int) -> Iterator[str]:
    cells = [_cells(one) for one in rows]
    table = [f"  {line}" for line in columns(HEAD, cells, _LEFT)]
    if max(map(len, table)) <= width:
        yield table[0]
        for one, line in zip(rows, table[1:], strict=True):
            yield line
            yield from _why(one, width)
        return
    left = frozenset(i - 1 for i in _LEFT if i)
    table = [f"    {line}" for line in columns(HEAD[1:], [one[1:] for one in cells], left)]
    yield table[0]
    for one, line in zip(rows, table[1:], strict=True):
        yield f"  {_name(one)}"
        yield line
        yield from _why(one, width)


def _cells(one: Row) -> tuple[str, ...]:
    shown = (one.before, one.after, one.change, one.since, f"{one.shift.p:.3f}")
    return (_name(one), one.series.device, one.runs, *shown)


def _name(one: Row) -> str:
    return f"{one.series.case_id} (canary)" if one.series.is_canary else one.series.case_id


def _why(one: Row, width: int) -> Iterator[str]:
    """Say between which runs it happened and what else changed there."""
    yield from _wrapped(f"{one.date}; the last run before is {one.last}", width, "      ")
    for text in one.why:
        yield from _wrapped(f"there {text}", width, "      ")


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
