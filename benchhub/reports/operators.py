"""Tables of operators as text."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence

from benchhub.analysis.op_names import cut, plain_names
from benchhub.analysis.operators import OpTable
from benchhub.analysis.roofline import OpWork, Roofline
from benchhub.analysis.summary import TRUSTED, CaseSummary
from benchhub.records import Peak
from benchhub.reports.names import identity
from benchhub.reports.numbers import MISSING, ms, number, percent
from benchhub.reports.sentences import ran_on
from benchhub.reports.tables import columns, fitted

NAME_WIDTH = 44
# Beside the columns of the roofline.
NARROW_NAME_WIDTH = 26

TIME = "time"
HEADROOM = "headroom"
_LEFT = frozenset({1, 2})
_INDENT = "  "
# What a narrow terminal does without, the first to go first.
_SPARE = ("MAC/byte", "GB/s", "cum.", "GMAC/s")


def render_operators(
    device: str,
    case: CaseSummary,
    top: int,
    *,
    by_type: bool,
    found: Roofline | None = None,
    by: str | None = None,
    width: int | None = None,
) -> str:
    """Return the slowest operators of a case, or its operator types.

    Args:
        device: Name of the device.
        case: The case.
        top: Rows.
        by_type: Sum up the operators of each type.
        found: What they reach; None if the graph is not known.
        by: `TIME` or `HEADROOM`; None is head-room if it is known.
        width: Columns of the terminal, which the table keeps to; None is as wide as it is.
    """
    fell = f", which fell back: it ran on {ran_on(case)}" if case.fell_back else ""
    head = f"{identity(case.case)} on {device}{fell}: "
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
    by = ranking(found, by)
    if by_type:
        lines += _types(table, found, top, by)
    else:
        lines += _operators(table, found, top, by, width)
    return "\n".join([*lines, *_told(device, table, found, by)]).rstrip()


def ranking(found: Roofline | None, asked: str | None) -> str:
    """Return what rows are ranked by: head-room needs calibration."""
    known = found is not None and found.headroom_us is not None
    return HEADROOM if known and asked in (None, HEADROOM) else TIME


def ranked(found: Roofline, by: str) -> Sequence[OpWork]:
    """Return the operators in that order."""
    if by == HEADROOM:
        return found.works
    return sorted(found.works, key=lambda work: -work.row.mean_us)


def _operators(
    table: OpTable, found: Roofline | None, top: int, by: str, width: int | None
) -> list[str]:
    if found is None:
        works: Sequence[OpWork] = [OpWork(row, None) for row in table.rows]
    else:
        works = ranked(found, by)
    names = _named(works, NAME_WIDTH if found is None else NARROW_NAME_WIDTH)
    pairs = list(zip(works, names, strict=True))
    rows = [_row(work, name, found, by) for work, name in pairs[:top]]
    head = ["node", "operator", "name or kernel", "ms", "share"]
    head += ["cum."] if by == TIME else []
    if found is not None:
        head += ["GMAC/s", "GB/s", "MAC/byte"]
        head += ["roofline", "head-room ms"] if found.peak else []
    room = sys.maxsize if width is None else width - len(_INDENT)
    spare = [head.index(name) for name in _SPARE if name in head]
    table_lines = fitted(head, rows, _LEFT, room, names=3, spare=spare)
    lines = [f"{_INDENT}{line}" for line in table_lines]
    if len(works) > top:
        lines.append(f"  and {len(works) - top} more: --top {len(works)}")
    return lines


def _row(work: OpWork, name: str, found: Roofline | None, by: str) -> tuple[str, ...]:
    row, cost = work.row, work.cost
    node = cost.node if cost else row.op.node
    cells = [
        MISSING if node is None else str(node),
        cost.op if cost else row.op.op,
        name,
        ms(row.mean_us),
        percent(row.share),
    ]
    cells += [percent(row.cumulative)] if by == TIME else []
    if found is not None:
        cells += [number(work.gmacs_per_s), number(work.gbytes_per_s), number(work.intensity)]
        cells += [percent(work.share), ms(work.headroom_us)] if found.peak else []
    return tuple(cells)


def _types(table: OpTable, found: Roofline | None, top: int, by: str) -> list[str]:
    headroom: dict[str, float] = defaultdict(float)
    for work in found.works if found else ():
        if work.headroom_us is not None:
            headroom[work.row.op.op] += work.headroom_us
    types = list(table.types)
    if by == HEADROOM:
        types.sort(key=lambda one: -headroom.get(one.op, 0.0))
    rows = [
        (one.op, str(one.count), ms(one.mean_us), percent(one.share))
        + ((ms(headroom.get(one.op)),) if headroom else ())
        for one in types[:top]
    ]
    head = ("operator", "count", "ms", "share") + (("head-room ms",) if headroom else ())
    return [f"  {line}" for line in columns(head, rows, frozenset({0}))]


def _told(device: str, table: OpTable, found: Roofline | None, by: str) -> list[str]:
    """Say what head-room is and rests on, or how to get it."""
    if found is None:
        return []
    lines = []
    if not found.measured:
        lines.append(f"head-room is known after: benchhub calibrate-peak {device}")
    elif found.peak:
        order = "rows are ranked by it" if by == HEADROOM else "rows are ranked by time"
        lines.append(f"head-room: {ms(found.headroom_us)} of {ms(table.total_us)} ms; {order}")
        what = "; ".join(reached(peak) for peak in found.peaks)
        when = f"on {found.measured[:10]} with {found.measured_by}"
        lines.append(f"it is time above what {device} reached {when}: {what}")
    lines += [f"note: {found.note}"] if found.note else []
    return ["", *(f"  {line}" for line in lines)] if lines else []


def reached(peak: Peak) -> str:
    """Say what a device reached: `float32 21.3 GMAC/s, 6.80 GB/s`."""
    parts = [f"{number(peak.gmacs_per_s)} GMAC/s"] if peak.gmacs_per_s else []
    if peak.gbytes_per_s:
        parts.append(f"{number(peak.gbytes_per_s)} GB/s")
    best = max((one.gbytes_per_s for one in peak.copies), default=0.0)
    if peak.gbytes_per_s and best > peak.gbytes_per_s:
        parts.append(f"up to {number(best)} GB/s in caches")
    return f"{peak.dtype} {', '.join(parts)}"


def _named(works: Sequence[OpWork], width: int) -> list[str]:
    """Return the output tensors of operators, or their kernels where these are not known."""
    names = plain_names(
        [work.row.op.name or (work.cost.name if work.cost else "") for work in works]
    )
    named = [name or work.row.op.kernel for name, work in zip(names, works, strict=True)]
    return [cut(name, width) for name in named]
