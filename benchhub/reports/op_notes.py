"""What the figures of a table of operators are, and what they rest on, in sentences."""

from __future__ import annotations

from benchhub.analysis.operators import OpTable
from benchhub.analysis.summary import CaseSummary
from benchhub.reports.numbers import ms
from benchhub.reports.op_cases import Profiled
from benchhub.reports.op_changes import BASELINE, OpChanges, added
from benchhub.reports.rooflines import told

# Of one process or two both are the same.
_MEDIANS = " It is of the medians of the processes, the time is their mean."


def notes(one: Profiled, table: OpTable, changes: OpChanges | None) -> tuple[str, ...]:
    """Return what the figures of a case are and rest on, a sentence or more each.

    Args:
        one: The case.
        table: Its operators.
        changes: Against the other case; None if there is none.
    """
    found = [_sums(one.case, table)]
    if changes:
        found.append(_against(one, table, changes))
    if one.found:
        found.append(told(one.device, one.case, one.found))
    return tuple(filter(None, found))


def _sums(case: CaseSummary, table: OpTable) -> str:
    measured = f", {ms(case.latency.value_us)} ms measured without it" if case.latency else ""
    parts = [f"{ms(table.total_us)} ms in the profile{measured}"]
    if table.resolution_us:
        parts.append(f"single times are cut to {table.resolution_us / 1000:g} ms")
    processes = "one process" if table.n == 1 else f"{table.n} processes"
    parts.append(f"from {table.source}, {processes}{_inferences(case)}")
    return f"{len(table.rows)} operators: {'; '.join(parts)}."


def _inferences(case: CaseSummary) -> str:
    profiles = [one.reading.profile for one in case.profile_invocations]
    counts = [profile.n for profile in profiles if profile and profile.ops and profile.n]
    return f", {' + '.join(map(str, counts))} inferences" if counts else ""


def _against(one: Profiled, table: OpTable, changes: OpChanges) -> str:
    if one.against == BASELINE:
        total = sum(change.delta_us or 0.0 for change in changes.all)
        before, after = changes.n
        sure = (
            "bold where the profiles of both sides do not overlap"
            if min(changes.n) > 1
            else "not certain with one profile process of a side"
        )
        return (
            f"Delta: what an operator adds to the baseline's time, together {added(total)} ms; "
            f"from {before} and {after} profile processes, {sure}.{_MEDIANS * (max(changes.n) > 2)}"
        )
    main = [row for row in table.rows if row.op.subgraph == 0]
    other = f"the reference, {one.against_name}"
    if not changes.of:
        return f"No delta: no operator can be matched with one of {other}."
    return (
        f"Delta: against the same work in {other}; {len(changes.of)} of {len(main)} operators can "
        "be matched."
    )
