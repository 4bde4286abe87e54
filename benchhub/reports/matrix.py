"""Which types of operators each delegate took and left, and why it left them.

A column is a delegate and a variant. Devices, thread counts and tools of which all cells are the
same share a column; where they differ, each has its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import CPU, CPU_DELEGATES, NONE, GraphFacts
from benchhub.reports.names import affinity, kernels
from benchhub.reports.stretches import graph_of, ran

# More of them are no table that anybody reads; those with something left come first.
MOST_COLUMNS = 12
MOST_TYPES = 60
MOST_REFUSALS = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """Nodes of one type in one column, over all models.

    Attributes:
        taken: Nodes that ran in the delegate that was asked for.
        left: Nodes that ran elsewhere.
        untold: Nodes of which it is not told.
    """

    taken: int = 0
    left: int = 0
    untold: int = 0

    @property
    def nodes(self) -> int:
        """All of them."""
        return self.taken + self.left + self.untold

    @property
    def kind(self) -> str:
        """`all`, `part` or `none` of them were taken, or `unknown`; empty without any."""
        if not self.nodes:
            return ""
        if self.untold:
            return "unknown"
        return "all" if not self.left else "part" if self.taken else "none"

    def __add__(self, other: Cell) -> Cell:
        """Add the nodes of another model."""
        return Cell(self.taken + other.taken, self.left + other.left, self.untold + other.untold)


@dataclass(frozen=True, slots=True)
class Column:
    """One delegate with one variant.

    Attributes:
        delegate: Name of the configuration.
        variant: Name of the variant.
        where: Devices, threads and tool; empty if all columns of it are one.
    """

    delegate: str
    variant: str
    where: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A type of operator that a delegate did not take, by its own words.

    Attributes:
        op: The type.
        delegate: The delegate, as people write it.
        reason: Its own words; empty if it gives none.
        models: Models and variants with it.
        devices: Where it said so.
    """

    op: str
    delegate: str
    reason: str
    models: tuple[str, ...]
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Types by delegates.

    Attributes:
        columns: Those with something left first where there are too many.
        rows: Type and its cells; types with nodes left first, the most frequent first.
        more_columns: Columns that are left out.
        more_rows: Types that are left out; of those all nodes were taken, if any row was.
        refusals: What the delegates said themselves.
        more_refusals: How many of those are left out.
        unread: Cases with a delegate of which the types of the nodes are not known.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    more_columns: int
    more_rows: int
    refusals: tuple[Refusal, ...]
    more_refusals: int
    unread: int


_Cells = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class _Place:
    """What makes a column of its own, until equal ones are put together."""

    delegate: str
    variant: str
    device: str
    threads: int
    tool: str
    side: str | None


def matrix(summary: RunSummary) -> Matrix:
    """Return which types of operators each delegate took and left."""
    found: dict[_Place, _Cells] = defaultdict(dict)
    unread = 0
    asked = [
        (device.name, case)
        for device in summary.devices
        for case in device.cases
        if case.case.configuration.delegate != NONE and case.placement is not None
    ]
    for device, case in asked:
        graph = graph_of(summary, case)
        cells = _cells(case, graph)
        if cells is None:
            unread += 1
            continue
        column = found[_place(device, case)]
        for op, cell in cells.items():
            column[op] = column.get(op, Cell()) + cell
    columns = list(_columns(found))
    # The order of the run is kept among those that are shown.
    ranked = sorted(range(len(columns)), key=lambda i: (not _is_news(columns[i][1]), i))
    shown = [columns[i] for i in sorted(ranked[:MOST_COLUMNS])]
    rows = _rows([cells for _, cells in shown])
    refusals = tuple(_refusals(asked))
    return Matrix(
        columns=tuple(column for column, _ in shown),
        rows=tuple(rows[:MOST_TYPES]),
        more_columns=len(columns) - len(shown),
        more_rows=max(0, len(rows) - MOST_TYPES),
        refusals=refusals[:MOST_REFUSALS],
        more_refusals=max(0, len(refusals) - MOST_REFUSALS),
        unread=unread,
    )


def _cells(case: CaseSummary, graph: GraphFacts | None) -> _Cells | None:
    """Count the nodes of a case by type; None if its types are not known node by node."""
    stretches = ran(case, graph)
    total = None if stretches[-1].nodes is None else sum(one.nodes or 0 for one in stretches)
    if graph is None or total != len(graph.nodes):
        return None
    requested = case.case.configuration.delegate
    told = case.placement is not None and case.placement.applied is not None
    cells: _Cells = {}
    for one in stretches:
        for node in graph.nodes[one.first : one.first + (one.nodes or 0)]:
            # A CPU delegate may have taken what ran on the CPU; an accelerator has left it.
            either = one.executor == CPU and requested in CPU_DELEGATES
            untold = one.executor is None or either or not told
            taken = not untold and one.executor == requested
            cell = Cell(int(taken), int(not taken and not untold), int(untold))
            cells[node.op] = cells.get(node.op, Cell()) + cell
    return cells


def _place(device: str, case: CaseSummary) -> _Place:
    chosen = case.case.configuration
    return _Place(
        delegate=f"{chosen.name}{affinity(chosen)}",
        variant=case.case.variant.variant,
        device=device,
        threads=chosen.threads,
        tool=case.case.tool,
        side=case.case.side,
    )


def _columns(found: Mapping[_Place, _Cells]) -> Iterator[tuple[Column, _Cells]]:
    """Yield columns, the equal ones of a delegate and variant as one."""
    groups: dict[tuple[str, str], list[tuple[list[_Place], _Cells]]] = defaultdict(list)
    for place, cells in found.items():
        same = groups[place.delegate, place.variant]
        for places, others in same:
            if others == cells:
                places.append(place)
                break
        else:
            same.append(([place], cells))
    for (delegate, variant), several in groups.items():
        alike = [[_named(place) for place in places] for places, _ in several]
        for (_, cells), names in zip(several, alike, strict=True):
            where = "" if len(several) == 1 else _where(names, alike)
            yield Column(delegate, variant, where), cells


_Named = tuple[str, str, str, str]


def _named(place: _Place) -> _Named:
    return place.device, f"t{place.threads}", f"({place.tool})", place.side or ""


def _where(mine: Sequence[_Named], all_of_them: Sequence[Sequence[_Named]]) -> str:
    """Name what tells a column from the others of its delegate and variant."""
    parts = []
    for i in range(4):
        values = dict.fromkeys(name[i] for name in mine)
        if any(dict.fromkeys(name[i] for name in names) != values for names in all_of_them):
            parts.append(", ".join(filter(None, values)))
    return " ".join(filter(None, parts))


def _is_news(cells: _Cells) -> bool:
    return any(cell.left or cell.untold for cell in cells.values())


def _rows(columns: Sequence[_Cells]) -> list[tuple[str, tuple[Cell, ...]]]:
    types = dict.fromkeys(op for cells in columns for op in cells)
    rows = [(op, tuple(cells.get(op, Cell()) for cells in columns)) for op in types]

    def rank(row: tuple[str, tuple[Cell, ...]]) -> tuple[int, int, int, str]:
        op, cells = row
        left, untold, nodes = (
            max((getattr(cell, name) for cell in cells), default=0)
            for name in ("left", "untold", "nodes")
        )
        return -left, -untold, -nodes, op

    return sorted(rows, key=rank)


def _refusals(asked: Sequence[tuple[str, CaseSummary]]) -> Iterator[Refusal]:
    """Yield what delegates said of operators that they did not take, each once."""
    models: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    devices: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for device, case in asked:
        what = case.placement
        for one in what.unsupported if what else ():
            key = one.op, kernels(case.case.configuration.delegate), one.reason
            variant = case.case.variant
            models[key][f"{variant.model} {variant.variant}"] = None
            devices[key][device] = None
    for (op, delegate, reason), names in models.items():
        yield Refusal(op, delegate, reason, tuple(names), tuple(devices[op, delegate, reason]))
