"""Operators of each case: slowest first, by type, and in the order of execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.operators import OpRow, OpTable, OpTypeRow
from benchhub.analysis.roofline import OpWork, Roofline
from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import Status
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.numbers import ms
from benchhub.reports.rooflines import told

# Rows before "Show all"; without JavaScript all rows of the page are shown.
FIRST_ROWS = 24

# Rows of all tables of a page together: about 2 MB. Runs with more keep the slowest of each case.
PAGE_ROWS = 5000

# Bars in the order of execution; a longer graph is not drawn.
MOST_BARS = 400

TOP_TYPES = 3


@dataclass(frozen=True, slots=True)
class OpBar:
    """One operator in the order of execution: column, height in percent, what it is."""

    x: int
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class CaseOperators:
    """The operators of one case on one device.

    Attributes:
        device: Name of the device.
        case: The case.
        mark: How far to trust its operator times.
        anchor: Its section among the cases.
        table: All that is known.
        rows: Operators shown, slowest first.
        bars: Operators of the main graph in the order of execution; empty if they are too many.
        note: Sum, latency without the profiler, resolution, source.
        top: Most expensive types.
        has_inner: Whether some rows belong to further subgraphs and so have no share.
        has_repeats: Whether some operator is called more or less often than once.
        has_spread: Whether the smallest and largest times of operators are known.
        found: What they reach of what the device can do; None if the graph is not known.
        reach: What their head-room is and rests on; empty if nothing is known.
    """

    device: str
    case: CaseSummary
    mark: Mark
    anchor: str
    table: OpTable
    rows: tuple[OpRow, ...]
    bars: tuple[OpBar, ...]
    note: str
    top: tuple[OpTypeRow, ...]
    has_inner: bool
    has_repeats: bool
    has_spread: bool
    found: Roofline | None = None
    reach: str = ""

    @property
    def has_rates(self) -> bool:
        """Whether the work of some operator is known."""
        return self.found is not None and any(work.cost for work in self.found.works)

    @property
    def has_roof(self) -> bool:
        """Whether it is known what some operator could reach."""
        return self.found is not None and any(work.share is not None for work in self.found.works)

    @property
    def has_kernels(self) -> bool:
        """Whether kernels need a column, which is left out for room if their names say nothing."""
        return not self.has_rates or any(row.op.kernel != row.op.op for row in self.rows)

    @property
    def works(self) -> Mapping[OpRow, OpWork]:
        """What each operator reaches."""
        return {work.row: work for work in self.found.works} if self.found else {}


@dataclass(frozen=True, slots=True)
class WithoutOperators:
    """A case that has a time but no operators, and why."""

    device: str
    case: CaseSummary
    anchor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Operators:
    """All cases of the run that were measured."""

    cases: tuple[CaseOperators, ...]
    without: tuple[WithoutOperators, ...]


def operators(
    summary: RunSummary,
    anchors: Mapping[tuple[str, str], str],
    reached: Mapping[tuple[str, str], Roofline] | None = None,
) -> Operators:
    """Return the operators of all cases, fastest case of each device first.

    Args:
        summary: The run.
        anchors: Of its cases.
        reached: What operators reach, by device and case id, as far as it is known.
    """
    measured = [
        (device.name, case) for device in summary.devices for case in device.fastest_first()
    ]
    tables = [(name, case, case.operators) for name, case in measured if case.operators]
    total = sum(len(table.rows) for _, _, table in tables)
    most = total if total <= PAGE_ROWS else max(FIRST_ROWS, PAGE_ROWS // len(tables))
    return Operators(
        cases=tuple(
            _case(
                name,
                case,
                table,
                anchors[name, case.case.id],
                most,
                (reached or {}).get((name, case.case.id)),
            )
            for name, case, table in tables
        ),
        without=tuple(
            WithoutOperators(name, case, anchors[name, case.case.id], _reason(case))
            for name, case in measured
            if case.latency and not case.operators
        ),
    )


def _case(
    device: str,
    case: CaseSummary,
    table: OpTable,
    anchor: str,
    most: int,
    found: Roofline | None,
) -> CaseOperators:
    return CaseOperators(
        device=device,
        case=case,
        mark=_mark(case),
        anchor=anchor,
        table=table,
        rows=table.rows[:most],
        bars=_bars(table.rows),
        note=_note(case, table),
        top=table.types[:TOP_TYPES],
        has_inner=any(row.op.subgraph for row in table.rows),
        has_repeats=any(row.op.calls != 1 for row in table.rows),
        has_spread=any(row.op.max_us is not None for row in table.rows),
        found=found,
        reach=told(device, case, found) if found else "",
    )


def _mark(case: CaseSummary) -> Mark:
    """Operator times have a mark of their own: their contradictions do not spoil the latency."""
    return mark_of(case) if case.profile_status is Status.OK else Mark(case.profile_status.value)


def _note(case: CaseSummary, table: OpTable) -> str:
    measured = f", {ms(case.latency.value_us)} ms measured without it" if case.latency else ""
    parts = [f"{ms(table.total_us)} ms in the profile{measured}"]
    if table.resolution_us:
        parts.append(f"single times are cut to {table.resolution_us / 1000:g} ms")
    processes = "one process" if table.n == 1 else f"{table.n} processes"
    parts.append(f"from {table.source}, {processes}")
    return f"{len(table.rows)} operators: {'; '.join(parts)}."


def _bars(rows: Sequence[OpRow]) -> tuple[OpBar, ...]:
    main = sorted((row for row in rows if row.op.subgraph == 0), key=lambda row: row.op.order)
    tallest = max((row.mean_us for row in main), default=0.0)
    if not tallest or len(main) > MOST_BARS:
        return ()
    return tuple(
        OpBar(i, round(100 * row.mean_us / tallest, 1), f"{row.op.op} {ms(row.mean_us)} ms")
        for i, row in enumerate(main)
    )


def _reason(case: CaseSummary) -> str:
    """Say why there is no profile: a finding of the tool's, a failure, or none was made."""
    for finding in case.findings:
        if "unverified" in finding.id or finding.id.startswith("profile."):
            return finding.meaning
    for one in case.profile_invocations:
        if one.reading.failure:
            return one.reading.failure.message
    made = len(case.profile_invocations)
    return "its profile has no operators" if made else "no profile was made"
