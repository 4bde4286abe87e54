"""Operators of each case: a picture in the order of execution, sums by type and layer, a table."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.op_deltas import profiled_side
from benchhub.analysis.operators import OpTable, OpTypeRow
from benchhub.analysis.roofline import Roofline
from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.analysis.verdicts import Comparison
from benchhub.records import DEFAULT_TOOL, Run, Status
from benchhub.reports import op_cases
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.names import ran_as
from benchhub.reports.numbers import ms
from benchhub.reports.op_cases import FIRST_ROWS, Key, Profiled
from benchhub.reports.op_changes import OpChanges, op_changes
from benchhub.reports.op_groups import Grouping, by_layer, by_type
from benchhub.reports.op_notes import notes
from benchhub.reports.op_picture import OpPicture, op_picture
from benchhub.reports.op_rows import Column, OpLine, columns, op_lines

__all__ = ["FIRST_ROWS", "Operators", "compared_operators", "operators"]

TOP_TYPES = 3
# Below that share of all differences of a case a difference gets no colour.
_MATTERS = 0.02


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the table.

    Attributes:
        line: The operator.
        cells: Text of its cells.
        layer: Index of its layer; None without layers.
        weight: `slower` or `faster` for certain and enough to matter, or `certain`; else empty.
    """

    line: OpLine
    cells: tuple[str, ...]
    layer: int | None
    weight: str


@dataclass(frozen=True, slots=True)
class CaseOperators:
    """The operators of one case on one device.

    Attributes:
        about: The case, and what it is compared with.
        id: Its HTML id.
        aliases: Further HTML ids that lead to it.
        mark: How far to trust its operator times.
        table: All that is known.
        columns: Of the table, those for all readers first.
        rows: Operators shown, slowest first.
        picture: All of the main graph in the order of execution; None if they are too many.
        types: Sums by type.
        layers: Sums by layer; None if the names tell none, or the table is cut.
        notes: What the figures are and rest on, a sentence or more each.
        left_out: How many operators are not shown.
        command: Shows all of them in a terminal.
        has_inner: Whether some rows belong to further subgraphs and so have no share.
    """

    about: Profiled
    id: str
    aliases: tuple[str, ...]
    mark: Mark
    table: OpTable
    columns: tuple[Column, ...]
    rows: tuple[ShownRow, ...]
    picture: OpPicture | None
    types: Grouping
    layers: Grouping | None
    notes: tuple[str, ...]
    left_out: int
    command: str
    has_inner: bool

    @property
    def device(self) -> str:
        """Name of the device."""
        return self.about.device

    @property
    def case(self) -> CaseSummary:
        """The case."""
        return self.about.case

    @property
    def core(self) -> int:
        """How many columns are seen without asking for more, the name among them."""
        return 1 + sum(one.is_core for one in self.columns)

    @property
    def top(self) -> tuple[OpTypeRow, ...]:
        """Most expensive types."""
        return self.table.types[:TOP_TYPES]

    @property
    def option(self) -> str:
        """How the picker calls it."""
        case = self.case
        tool = "" if case.case.tool == DEFAULT_TOOL else f" ({case.case.tool})"
        mark = "" if self.mark is Mark.OK else f", {self.mark.word}"
        moved = ", moved" if self.about.moved else ""
        time = f"{ms(self.table.total_us)} ms"
        return f"{case.case.variant.model} {ran_as(case)}{tool}: {time}{mark}{moved}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A case with operators that has no table in the page."""

    about: Profiled
    ids: tuple[str, ...]
    total_us: float
    top: tuple[OpTypeRow, ...]


@dataclass(frozen=True, slots=True)
class WithoutOperators:
    """A case that has a time but no operators, and why."""

    device: str
    case: CaseSummary
    anchor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Operators:
    """All cases of a page that were measured.

    Attributes:
        cases: Those with a table.
        left: Those whose table is left out to keep the page small.
        left_command: Shows the operators of one of them in a terminal; empty without any.
        without: Those without operators.
    """

    cases: tuple[CaseOperators, ...]
    left: tuple[LeftOut, ...]
    left_command: str
    without: tuple[WithoutOperators, ...]

    @property
    def reasons(self) -> Mapping[str, Sequence[WithoutOperators]]:
        """Those without operators, by the reason why."""
        found: dict[str, list[WithoutOperators]] = {}
        for one in self.without:
            found.setdefault(one.reason, []).append(one)
        return found

    def link(self, device: str, case_id: str) -> str:
        """Return the HTML id of the table of a case of a comparison; empty if it has none."""
        wanted = device, case_id
        found = [one for one in self.cases if (one.device, one.case.case.pair_id) == wanted]
        return found[0].id if found else ""

    @property
    def devices(self) -> tuple[str, ...]:
        """Devices of the tables, in their order."""
        return tuple(dict.fromkeys(one.device for one in self.cases))


def operators(
    summary: RunSummary,
    anchors: Mapping[Key, str],
    reached: Mapping[Key, Roofline] | None = None,
    comparison: Comparison | None = None,
) -> Operators:
    """Return the operators of a run.

    Args:
        summary: The run.
        anchors: Of its cases.
        reached: What operators reach, by device and case id, as far as it is known.
        comparison: What a run that compares two sides says: then the candidate's operators are
            told against the baseline's, worst case first; else against the reference of the model,
            the fastest case of each device first.
    """
    profiled = []
    if comparison is not None:
        profiled = op_cases.of_comparison(comparison, (summary.run, summary.run), anchors)
    told_of = {key for one in profiled for key in (one.key, *one.aliases)}
    alone = op_cases.of_run(summary, anchors, reached or {})
    profiled += [one for one in alone if one.key not in told_of]
    return _operators(profiled, anchors, _without(summary, anchors))


def compared_operators(
    comparison: Comparison, runs: tuple[Run, Run], anchors: Mapping[Key, str]
) -> Operators:
    """Return the operators of two stored runs that are compared.

    Args:
        comparison: What is said of them.
        runs: Those that baseline and candidate are in.
        anchors: HTML ids of the verdicts, by device and case.
    """
    return _operators(op_cases.of_comparison(comparison, runs, anchors), anchors, ())


def _operators(
    profiled: Sequence[Profiled],
    anchors: Mapping[Key, str],
    without: tuple[WithoutOperators, ...],
) -> Operators:
    ranked = op_cases.by_importance(profiled)
    shares = op_cases.shared_rows([one.size for one in ranked], op_cases.PAGE_ROWS)
    rows = {one.key: share for one, share in zip(ranked, shares, strict=True)}
    ids = {
        key: f"ops-{anchors.get(key) or one.anchor or i}"
        for i, one in enumerate(profiled)
        for key in (one.key, *one.aliases)
        if key == one.key or key in anchors
    }
    left = [one for one in profiled if not rows[one.key]]
    return Operators(
        cases=tuple(_case(one, ids, rows[one.key]) for one in profiled if rows[one.key]),
        left=tuple(_left_out(one, ids) for one in left),
        left_command=_command(left[0]) if left else "",
        without=without,
    )


def _ids(one: Profiled, ids: Mapping[Key, str]) -> tuple[str, ...]:
    own = ids[one.key]
    return (own, *(ids[key] for key in one.aliases if ids.get(key, own) != own))


def _case(one: Profiled, ids: Mapping[Key, str], most: int) -> CaseOperators:
    case, table = one.case, one.case.operators
    if table is None:
        raise ValueError(f"{case.case.id} has no operators")
    changes = _changes(one)
    works = {work.row: work for work in one.found.works} if one.found else {}
    lines = op_lines(table.rows, works, changes)
    cut = most < len(table.rows)
    shown = [line for i, line in enumerate(lines) if i < most or (not cut and line.row is None)]
    layers = None if cut else by_layer(lines)
    wanted = columns(shown, one.against)
    matters_us = _MATTERS * sum(abs(each.delta_us or 0.0) for each in changes.all) if changes else 0
    own, *aliases = _ids(one, ids)
    return CaseOperators(
        about=one,
        id=own,
        aliases=tuple(aliases),
        mark=_mark(case),
        table=table,
        columns=wanted,
        rows=tuple(
            ShownRow(
                line=line,
                cells=tuple(one.cell(line) for one in wanted),
                layer=layers.of[i] if layers else None,
                weight=_weight(line, matters_us),
            )
            for i, line in enumerate(shown)
        ),
        picture=op_picture(lines, one.against),
        types=by_type(lines),
        layers=layers,
        notes=notes(one, table, changes),
        left_out=len(lines) - len(shown),
        command=_command(one),
        has_inner=any(line.is_inner for line in shown),
    )


def _weight(line: OpLine, matters_us: float) -> str:
    if line.change is None or not line.change.is_certain:
        return ""
    delta_us = line.change.delta.delta_us
    if abs(delta_us) < matters_us:
        return "certain"
    return "slower" if delta_us > 0 else "faster"


def _changes(one: Profiled) -> OpChanges | None:
    if one.other is None:
        return None
    before = profiled_side(one.other, one.other_graph)
    return op_changes(before, profiled_side(one.case, one.graph), one.against)


def _left_out(one: Profiled, ids: Mapping[Key, str]) -> LeftOut:
    table = one.case.operators
    if table is None:
        raise ValueError(f"{one.case.case.id} has no operators")
    return LeftOut(one, _ids(one, ids), table.total_us, table.types[:TOP_TYPES])


def _command(one: Profiled) -> str:
    words = ["benchhub", "ops", one.run_id, "--case", one.case.case.id, "--device", one.device]
    return shlex.join([*words, "--top", str(one.size)])


def _mark(case: CaseSummary) -> Mark:
    """Operator times have a mark of their own: their contradictions do not spoil the latency."""
    return mark_of(case) if case.profile_status is Status.OK else Mark(case.profile_status.value)


def _without(summary: RunSummary, anchors: Mapping[Key, str]) -> tuple[WithoutOperators, ...]:
    return tuple(
        WithoutOperators(device.name, case, anchors[device.name, case.case.id], _reason(case))
        for device in summary.devices
        for case in device.fastest_first()
        if case.latency and not case.operators
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
