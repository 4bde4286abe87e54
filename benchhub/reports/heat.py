"""The heat map: how many times faster each configuration is than the reference of its device.

A row is a model and variant, a column a way to run it on a device, a number stands under the
processor that did the work (see `heat_cells`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchhub.analysis.speedups import Speedup, geometric_mean
from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import Side
from benchhub.reports.heat_cells import BLANK, Cell, Device, Place, cells, step
from benchhub.reports.marks import WORST_FIRST, Mark
from benchhub.reports.numbers import ratio

T = TypeVar("T")

# Columns side by side: more would be cut off on paper, so that another table begins.
MOST_COLUMNS = 18

# Rows of the data table; beyond them the intervals are told by the cells alone.
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A model and variant, or a geometric mean over models.

    Attributes:
        model: The model; empty for a mean.
        variant: The variant.
        cells: One a column.
        models: Of a mean, how many models it is over; 0 for a row of one model.
    """

    model: str
    variant: str
    cells: tuple[Cell, ...]
    models: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One table; all but very wide heat maps have only one.

    Attributes:
        columns: Devices in the order of the command line, ways in the order of the plan.
        rows: Models and variants in the order of the plan, then the means.
    """

    columns: tuple[Place, ...]
    rows: tuple[Row, ...]

    @property
    def devices(self) -> tuple[tuple[str, int], ...]:
        """Names of the devices and how many columns each has."""
        return _runs([column.device for column in self.columns])

    @property
    def processors(self) -> tuple[tuple[str, int, bool], ...]:
        """What did the work, how many columns it has, and whether a device begins with it."""
        pairs = _runs([(column.device, column.ran_on) for column in self.columns])
        firsts = [True, *(a[0][0] != b[0][0] for a, b in itertools.pairwise(pairs))]
        return tuple(
            (ran_on, count, first)
            for ((_, ran_on), count), first in zip(pairs, firsts, strict=True)
        )

    def begins(self, index: int) -> bool:
        """Tell whether a device other than the one before begins with a column."""
        return index > 0 and self.columns[index].device != self.columns[index - 1].device


@dataclass(frozen=True, slots=True)
class Entry:
    """A ratio of the data table: where it stands, whose it is, and what it is."""

    place: Place
    case: CaseSummary
    gain: Speedup
    anchor: str


@dataclass(frozen=True, slots=True)
class Heat:
    """All ratios of a run.

    Attributes:
        parts: The tables.
        side: The side of a comparison that is shown; None outside of one.
        reference: What the ratios refer to, as it is read.
        has_tools: Whether a device measures with several tools, each of which has its reference.
        has_gaps: Whether some case has no number.
        weak: Whether some difference may be chance.
        marks: Those that occur, the worst first.
        finding: What the picture shows, in a sentence.
        entries: The ratios with their intervals, the largest first, at most `MOST_ENTRIES`.
        compared: How many ratios there are.
    """

    parts: tuple[Part, ...]
    side: Side | None
    reference: str
    has_tools: bool
    has_gaps: bool
    weak: bool
    marks: tuple[Mark, ...]
    finding: str
    entries: tuple[Entry, ...]
    compared: int


_Way = tuple[str, str]
_Placed = dict[tuple[_Way, Place], Cell]


def heat(summary: RunSummary, anchors: Mapping[tuple[str, str], str]) -> Heat | None:
    """Return the heat map of a run; None if nothing can be compared with a reference.

    Of a run that compares two sides the candidate is shown.

    Args:
        summary: The run.
        anchors: Sections of its cases.
    """
    all_cases = [one for device in summary.devices for one in device.cases]
    side = Side.CANDIDATE if any(one.case.side for one in all_cases) else None
    devices = [Device(one, side) for one in summary.devices]
    placed: _Placed = {
        (_way(cell.case), place): cell
        for device in devices
        for place, cell in cells(device, anchors)
        if cell.case
    }
    compared = [(place, cell) for (_, place), cell in placed.items() if cell.is_compared]
    if not compared:
        return None
    ways = list(dict.fromkeys(way for way, _ in placed))
    seen = {cell.mark for cell in placed.values()}
    return Heat(
        parts=tuple(_parts(ways, _columns(summary, placed), placed)),
        side=side,
        reference=_reference(devices),
        has_gaps=any(cell.kind == "pale" for cell in placed.values()),
        has_tools=any(len(one.tools) > 1 for one in summary.devices),
        weak=any(cell.weak for _, cell in compared),
        marks=tuple(mark for mark in WORST_FIRST if mark in seen and mark is not Mark.OK),
        finding=_finding([cell for _, cell in compared]),
        entries=_entries(compared),
        compared=len(compared),
    )


def _way(case: CaseSummary) -> _Way:
    return case.case.variant.model, case.case.variant.variant


def _columns(summary: RunSummary, placed: _Placed) -> list[Place]:
    """Order columns by device, then by what did the work, as they first occur."""
    places = list(dict.fromkeys(place for _, place in placed))
    devices = [device.name for device in summary.devices]
    groups = list(dict.fromkeys((place.device, place.ran_on) for place in places))
    rank = {group: i for i, group in enumerate(groups)}
    return sorted(places, key=lambda one: (devices.index(one.device), rank[one.device, one.ran_on]))


def _parts(
    ways: Sequence[_Way], columns: Sequence[Place], placed: Mapping[tuple[_Way, Place], Cell]
) -> Iterator[Part]:
    """Yield tables of whole devices where they fit, each with the rows it has something of."""
    for chunk in _chunks(columns):
        rows = [Row(*way, tuple(placed.get((way, one), BLANK) for one in chunk)) for way in ways]
        rows = [row for row in rows if any(cell is not BLANK for cell in row.cells)]
        yield Part(tuple(chunk), (*rows, *_means(rows, len(chunk))))


def _chunks(columns: Sequence[Place]) -> Iterator[list[Place]]:
    chunk: list[Place] = []
    for _, mine in itertools.groupby(columns, key=lambda one: one.device):
        own = list(mine)
        if chunk and len(chunk) + len(own) > MOST_COLUMNS:
            yield chunk
            chunk = []
        chunk = [*chunk, *own]
        while len(chunk) > MOST_COLUMNS:
            yield chunk[:MOST_COLUMNS]
            chunk = chunk[MOST_COLUMNS:]
    yield chunk


def _means(rows: Sequence[Row], columns: int) -> Iterator[Row]:
    """Yield a geometric mean for each variant that several models have."""
    for variant in dict.fromkeys(row.variant for row in rows):
        mine = [row for row in rows if row.variant == variant]
        if len(mine) > 1:
            means = (_mean([row.cells[i] for row in mine]) for i in range(columns))
            yield Row("", variant, tuple(means), len(mine))


def _mean(column: Sequence[Cell]) -> Cell:
    """Return the mean of a column; a missing model makes it a dash, never another mean."""
    ratios = [cell.gain.ratio for cell in column if cell.gain]
    if len(ratios) < len(column):
        there = any(cell is not BLANK for cell in column)
        return Cell("blank", why=f"only {len(ratios)} of {len(column)} models" if there else "")
    mean = Speedup(geometric_mean(ratios), None, None)
    if all(cell.kind == "reference" for cell in column):
        return Cell("reference", gain=mean)
    return Cell("mean", step(mean.ratio), mean)


def _reference(devices: Sequence[Device]) -> str:
    """Return what ratios refer to: of each model, if it is not the same way everywhere."""
    ways = dict.fromkeys(one.case.way for device in devices for one in device.references().values())
    return next(iter(ways)) if len(ways) == 1 else "the reference of its model"


def _finding(compared: Sequence[Cell]) -> str:
    """Say how far the ratios reach, and how many of them are not beyond doubt."""
    ratios = sorted(cell.gain.ratio for cell in compared if cell.gain)
    weak, n = sum(cell.weak for cell in compared), len(compared)
    told = f"{n} ratios, from {ratio(ratios[0])} to {ratio(ratios[-1])}"
    if n == 1:
        told = f"one ratio, {ratio(ratios[0])}"
    return f"{told}; {weak} of {n} not significant" if weak else told


def _entries(compared: Sequence[tuple[Place, Cell]]) -> tuple[Entry, ...]:
    entries = [
        Entry(place, cell.case, cell.gain, cell.anchor)
        for place, cell in compared
        if cell.case and cell.gain
    ]
    return tuple(sorted(entries, key=lambda one: -one.gain.ratio)[:MOST_ENTRIES])


def _runs(values: Sequence[T]) -> tuple[tuple[T, int], ...]:
    """Return neighbours that are equal, and how many there are of each."""
    return tuple((value, len(list(alike))) for value, alike in itertools.groupby(values))
