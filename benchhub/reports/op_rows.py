"""The rows of a table of operators: what is known of each, and the columns that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchhub.analysis.op_names import cut, plain_names
from benchhub.analysis.operators import OpRow
from benchhub.analysis.roofline import OpWork
from benchhub.records import NONE
from benchhub.reports.names import kernels
from benchhub.reports.numbers import MISSING, ms, number, percent
from benchhub.reports.op_changes import OpChange, OpChanges, added

# Characters of the name of a tensor; longer ones are told by `benchhub ops --json`.
NAME_WIDTH = 90
_KILO, _MEGA = 1e3, 1e6


@dataclass(frozen=True, slots=True)
class OpLine:
    """One operator of a case, or one that only the case has that it is compared with.

    Attributes:
        op: Its type, as who ran it calls it.
        name: Node behind it and its output tensor, as far as they are known.
        path: Output tensor in full; empty if it is not known.
        tag: What is special about it; empty if nothing is.
        node: Index in the graph; None if it is not known.
        row: Its time; None if it is not there any more.
        work: Its work and how well it is done; None if that is not known.
        change: Against the other case; None if there is none or it has nothing like it.
    """

    op: str
    name: str
    path: str
    tag: str
    node: int | None
    row: OpRow | None
    work: OpWork | None = None
    change: OpChange | None = None

    @property
    def is_inner(self) -> bool:
        """Whether it is in a further subgraph: a part of the operator that calls it."""
        return self.row is not None and self.row.op.subgraph > 0

    @property
    def share(self) -> float | None:
        """Share of the time of the main graph; None for what is not of it."""
        return None if self.row is None or self.is_inner else self.row.share

    @property
    def cumulative(self) -> float | None:
        """Share of this and all slower operators; None likewise."""
        return None if self.row is None or self.is_inner else self.row.cumulative

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of one inference; None if they are not known."""
        return self.work.cost.macs if self.work and self.work.cost else None

    @property
    def traffic(self) -> int | None:
        """Bytes of its inputs, weights and outputs, each once; None likewise."""
        return self.work.cost.bytes if self.work and self.work.cost else None

    @property
    def ran_on(self) -> str:
        """What ran it, and what ran it before where that is another one."""
        if self.change and self.change.moved:
            delta = self.change.delta
            return f"{_executor(delta.before_on)} → {_executor(delta.after_on)}"
        if self.row is None:
            return _executor(self.change.delta.before_on) if self.change else MISSING
        return _executor(self.row.op.delegate)


def op_lines(
    rows: Sequence[OpRow], works: Mapping[OpRow, OpWork], changes: OpChanges | None
) -> list[OpLine]:
    """Return all operators of a case, slowest first, those that it has no more last.

    Args:
        rows: Its operators, slowest first.
        works: Their work, as far as it is known.
        changes: Against another case; None if there is none.
    """
    costs = [works[row].cost if row in works else None for row in rows]
    paths = [
        row.op.name or (cost.name if cost else "") for row, cost in zip(rows, costs, strict=True)
    ]
    found = []
    for row, cost, path, short in zip(rows, costs, paths, plain_names(paths), strict=True):
        of_node = cost is not None and not row.op.name
        name = " ".join(filter(None, (cost.op if cost and of_node else "", cut(short, NAME_WIDTH))))
        main = row.op.subgraph == 0
        change = changes.of.get(row.op.order) if changes and main else None
        node = cost.node if cost and row.op.node is None else row.op.node
        tag = (change.what if change else "") if main else f"subgraph {row.op.subgraph}"
        found.append(OpLine(row.op.op, name, path, tag, node, row, works.get(row), change))
    return found + [_removed(one) for one in (changes.removed if changes else ())]


def _removed(change: OpChange) -> OpLine:
    delta = change.delta
    name = cut(delta.name, NAME_WIDTH)
    return OpLine(delta.op, name, delta.name, change.what, node=None, row=None, change=change)


def _executor(delegate: str | None) -> str:
    return "built-in" if delegate in (None, NONE) else kernels(delegate)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of operators.

    Attributes:
        key: Its name for scripts, the same in the tables of types and layers.
        head: Its head, with the unit.
        value: Returns what it shows of an operator; None if that is not known.
        write: Returns that as text.
        is_core: Whether it is seen without asking for more columns.
        is_text: Whether it is words; numbers stand at the right.
    """

    key: str
    head: str
    value: Callable[[OpLine], Any]
    write: Callable[[Any], str] = number
    is_core: bool = True
    is_text: bool = False

    def cell(self, line: OpLine) -> str:
        """Return the text of a cell."""
        value = self.value(line)
        return MISSING if value is None else self.write(value)


def _of_row(get: Callable[[OpRow], Any]) -> Callable[[OpLine], Any]:
    return lambda line: None if line.row is None else get(line.row)


def _of_work(get: Callable[[OpWork], Any]) -> Callable[[OpLine], Any]:
    return lambda line: None if line.work is None else get(line.work)


def _of_change(get: Callable[[OpChange], Any]) -> Callable[[OpLine], Any]:
    return lambda line: None if line.change is None else get(line.change)


def _scaled(us_or_count: float | None, unit: float) -> float | None:
    return None if us_or_count is None else us_or_count / unit


def _kernel(row: OpRow) -> str | None:
    return None if row.op.kernel == row.op.op else cut(row.op.kernel, NAME_WIDTH)


_CORE = (
    Column("time", "Time, ms", _of_row(lambda row: row.mean_us), ms),
    Column("share", "Share", lambda line: line.share, percent),
    Column("cum", "Cum.", lambda line: line.cumulative, percent),
    Column("delta", "Delta, ms", _of_change(lambda change: change.delta_us), added),
    Column("node", "Node", lambda line: line.node, str),
    Column("on", "Ran on", lambda line: line.ran_on, str, is_text=True),
    Column("macs", "MACs, M", lambda line: _scaled(line.macs, _MEGA)),
    Column("rate", "GMAC/s", _of_work(lambda work: work.gmacs_per_s)),
    Column("traffic", "Traffic, kB", lambda line: _scaled(line.traffic, _KILO)),
    Column("intensity", "MAC/byte", _of_work(lambda work: work.intensity)),
    Column("roof", "Of roofline", _of_work(lambda work: work.share), percent),
    Column("room", "Head-room, ms", _of_work(lambda work: work.headroom_us), ms),
)
_MORE = (
    Column("order", "Run order", _of_row(lambda row: row.op.order), str, is_core=False),
    Column("calls", "Calls", _of_row(lambda row: row.op.calls), is_core=False),
    Column("min", "Min, ms", _of_row(lambda row: row.op.min_us), ms, is_core=False),
    Column("max", "Max, ms", _of_row(lambda row: row.op.max_us), ms, is_core=False),
    Column("std", "Std, ms", _of_row(lambda row: row.op.std_us), ms, is_core=False),
    Column("n", "n", _of_row(lambda row: row.n), str, is_core=False),
    Column("kernel", "Kernel", _of_row(_kernel), str, is_core=False, is_text=True),
)
# Shown even where no operator has a value: it says that none is known.
_ALWAYS = ("node", "on", "time", "share", "cum")


def columns(lines: Sequence[OpLine], against: str) -> tuple[Column, ...]:
    """Return the columns that say something of these operators, those for all readers first.

    Args:
        lines: The operators.
        against: What they are compared with, `baseline` or `reference`; empty if with nothing.
    """
    head = f"{against.capitalize()}, ms"
    other = Column("other", head, _of_change(lambda one: one.before_us), ms, is_core=False)
    return tuple(
        one
        for one in (*_CORE, *((other,) if against else ()), *_MORE)
        if one.key in _ALWAYS or _says_something(one, lines, against)
    )


def _says_something(column: Column, lines: Sequence[OpLine], against: str) -> bool:
    values = [column.value(line) for line in lines]
    if column.key == "calls":
        return any(value not in (None, 1) for value in values)
    if column.key == "delta" and against:
        return True
    return any(value is not None for value in values)
