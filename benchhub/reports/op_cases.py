"""Which cases of a page have a table of operators, and how many of its rows each of them gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.roofline import Roofline, roofline
from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.analysis.verdict_figures import figures, worst_first
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.records import GraphFacts, Run
from benchhub.reports.names import ran_as
from benchhub.reports.op_changes import BASELINE, REFERENCE
from benchhub.reports.rooflines import graph_of

# Rows of a table before "Show all"; without JavaScript all rows of the page are shown.
FIRST_ROWS = 24

# Rows of all tables of a page together: about 1.5 MB.
PAGE_ROWS = 3000

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Profiled:
    """A case with operators, and the case that they are compared with.

    Attributes:
        device: Name of the device.
        case: The case.
        run_id: The run that it is in.
        graph: What its file says of its nodes; None if that is not known.
        found: What its operators reach; None likewise.
        anchor: Where the page tells more of the case; empty if nowhere.
        other: The baseline or the reference; None if there is none with operators.
        other_graph: What the file of that one says.
        against: `BASELINE` or `REFERENCE`; empty without another case.
        against_name: What that one is called.
        moved: Whether the case became slower or faster for certain.
        aliases: Other keys under which the page links to this table: the baseline's.
    """

    device: str
    case: CaseSummary
    run_id: str
    graph: GraphFacts | None
    found: Roofline | None
    anchor: str
    other: CaseSummary | None = None
    other_graph: GraphFacts | None = None
    against: str = ""
    against_name: str = ""
    moved: bool = False
    aliases: tuple[Key, ...] = ()

    @property
    def key(self) -> Key:
        """Device and case id."""
        return self.device, self.case.case.id

    @property
    def size(self) -> int:
        """How many operators it has."""
        return len(self.case.operators.rows) if self.case.operators else 0


def of_run(
    summary: RunSummary, anchors: Mapping[Key, str], reached: Mapping[Key, Roofline]
) -> list[Profiled]:
    """Return the profiled cases of a run by device, the fastest first, against their reference.

    Args:
        summary: The run.
        anchors: Of its cases.
        reached: What operators reach, as far as it is known.
    """
    return [
        _beside_reference(summary.run, device, case, anchors, reached)
        for device in summary.devices
        for case in device.fastest_first()
        if case.operators
    ]


def _beside_reference(
    run: Run,
    device: DeviceSummary,
    case: CaseSummary,
    anchors: Mapping[Key, str],
    reached: Mapping[Key, Roofline],
) -> Profiled:
    key = device.name, case.case.id
    other = next(
        (one for one in device.cases if one.is_reference and _group(one) == _group(case)), None
    )
    known = other if other and other is not case and other.operators else None
    return Profiled(
        device=device.name,
        case=case,
        run_id=run.plan.run_id,
        graph=graph_of(run, case),
        found=reached.get(key),
        anchor=anchors[key],
        other=known,
        other_graph=graph_of(run, known) if known else None,
        against=REFERENCE if known else "",
        against_name=ran_as(known) if known else "",
    )


def _group(case: CaseSummary) -> tuple[str, str]:
    return case.case.variant.model, case.case.tool


def of_comparison(
    comparison: Comparison, runs: tuple[Run, Run], anchors: Mapping[Key, str]
) -> list[Profiled]:
    """Return the profiled cases of a comparison, worst first, the candidate against the baseline.

    Args:
        comparison: What is said.
        runs: Those that baseline and candidate are in; the same twice if they were interleaved.
        anchors: Of the cases of the run; of the verdicts where the page has no cases.
    """
    ranked = [one.case for one in worst_first(figures(comparison))]
    return [found for case in ranked if (found := _beside_baseline(case, runs, anchors))]


def _beside_baseline(
    verdict: CaseVerdict, runs: tuple[Run, Run], anchors: Mapping[Key, str]
) -> Profiled | None:
    before, after = verdict.baseline, verdict.candidate
    case, run = (after, runs[1]) if after and after.operators else (before, runs[0])
    if case is None or not case.operators:
        return None
    known = before if case is after and before and before.operators else None
    keys = [(verdict.device, one.case.id) for one in (before, after) if one and one is not case]
    own = (verdict.device, case.case.id)
    return Profiled(
        device=verdict.device,
        case=case,
        run_id=run.plan.run_id,
        graph=graph_of(run, case),
        found=_reached(run, verdict.device, case),
        anchor=anchors.get(own, anchors.get((verdict.device, verdict.case_id), "")),
        other=known,
        other_graph=graph_of(runs[0], known) if known else None,
        against=BASELINE if known else "",
        against_name=BASELINE if known else "",
        moved=verdict.blame is not None,
        aliases=tuple(key for key in keys if known and key != own),
    )


def _reached(run: Run, device: str, case: CaseSummary) -> Roofline | None:
    record = next((one for one in run.devices if one.name == device), None)
    return roofline(case, graph_of(run, case), record.peaks if record else None)


def by_importance(profiled: Sequence[Profiled]) -> list[Profiled]:
    """Return cases that moved first, then the first of each device and model, then the seconds."""
    seen: dict[tuple[str, str, bool], int] = {}
    ranks = []
    for one in profiled:
        group = one.device, one.case.case.variant.model, one.moved
        seen[group] = seen.get(group, 0) + 1
        # Operators are told against the reference, so it is worth as much as the fastest case.
        ranks.append((not one.moved, 1 if one.case.is_reference else seen[group]))
    order = sorted(range(len(profiled)), key=lambda i: ranks[i])
    return [profiled[i] for i in order]


def shared_rows(sizes: Sequence[int], most: int = PAGE_ROWS) -> list[int]:
    """Return how many rows each table gets, together at most `most`; 0 for a table left out.

    First each table gets its slowest operators, in order, then what is left goes to the first
    ones.

    Args:
        sizes: Operators of each case, the most important case first.
        most: Rows of a page.
    """
    rows = []
    for size in sizes:
        least = min(size, FIRST_ROWS)
        rows.append(least if least <= most else 0)
        most -= rows[-1]
    for i, size in enumerate(sizes):
        if rows[i]:
            more = min(size - rows[i], most)
            rows[i] += more
            most -= more
    return rows
