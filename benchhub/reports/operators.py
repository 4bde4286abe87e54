"""Tables of operators as text."""

from __future__ import annotations

from benchhub.analysis.operators import OpTable
from benchhub.analysis.summary import TRUSTED, CaseSummary
from benchhub.reports.numbers import ms, percent
from benchhub.reports.sentences import ran_on
from benchhub.reports.terminal import columns

NAME_WIDTH = 44


def render_operators(device: str, case: CaseSummary, top: int, *, by_type: bool) -> str:
    """Return the slowest operators of a case, or its operator types."""
    fell = f", which fell back: it ran on {ran_on(case)}" if case.fell_back else ""
    head = f"{case.case.id} on {device}{fell}: "
    table = case.operators
    if table is None:
        reasons = [finding.meaning for finding in case.findings if "unverified" in finding.id]
        reasons += [failure.message for failure in case.failures]
        return head + (reasons[0] if reasons else "no operator times; the run has no profile.")
    measured = f"{ms(case.latency.value_us)} ms measured without it" if case.latency else ""
    summary = f"{len(table.rows)} operators, {ms(table.total_us)} ms in the profile"
    if case.profile_status not in TRUSTED:
        reasons = [finding.meaning for finding in case.findings if finding.id.startswith("check.")]
        summary = " ".join([f"{case.profile_status}:", *reasons, summary])
    lines = [head + ", ".join(part for part in (summary, measured) if part), ""]
    lines += _types(table, top) if by_type else _operators(table, top)
    return "\n".join(lines).rstrip()


def _operators(table: OpTable, top: int) -> list[str]:
    rows = [
        (
            "–" if row.op.node is None else str(row.op.node),
            row.op.op,
            _short(row.op.name or row.op.kernel),
            ms(row.mean_us),
            percent(row.share),
            percent(row.cumulative),
        )
        for row in table.rows[:top]
    ]
    head = ("node", "operator", "name or kernel", "ms", "share", "cum.")
    lines = [f"  {line}" for line in columns(head, rows, frozenset({1, 2}))]
    if len(table.rows) > top:
        lines.append(f"  and {len(table.rows) - top} more: --top {len(table.rows)}")
    return lines


def _types(table: OpTable, top: int) -> list[str]:
    rows = [
        (row.op, str(row.count), ms(row.mean_us), percent(row.share)) for row in table.types[:top]
    ]
    head = ("operator", "count", "ms", "share")
    return [f"  {line}" for line in columns(head, rows, frozenset({0}))]


def _short(text: str) -> str:
    return text if len(text) <= NAME_WIDTH else "…" + text[-NAME_WIDTH + 1 :]
