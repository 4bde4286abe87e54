"""The page of several runs: each case in each of them, what else differs, and the history.

The runs were not measured side by side: ratios are weaker than those of pairs, nothing is decided,
and what is not comparable has no ratio but a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.comparable import named
from benchhub.analysis.history import make_history
from benchhub.analysis.several import Held, Key, alone, demand_plain, hold
from benchhub.analysis.summary import RunSummary
from benchhub.analysis.unpaired import WEAKER
from benchhub.records import RunState
from benchhub.reports import page
from benchhub.reports.differences import Differences, differences
from benchhub.reports.extent import cases_on_devices
from benchhub.reports.history_section import history_section, words
from benchhub.reports.history_words import short
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.names import listed
from benchhub.reports.numbers import number
from benchhub.reports.sparklines import Spark, sparkline
from benchhub.results.past import past_of

SECTIONS = (
    ("answer", "Answer"),
    ("runs", "Runs"),
    ("across", "Cases over the runs"),
    ("differing", "What differs"),
    ("history", "History"),
    ("reading", "How to read it"),
)
SLOWER, FASTER, OPEN = "slower", "faster", "open"
# Cases that a sentence names.
_NAMED = 3
# Figures whose marks say that the number is that of the case.
_STANDS = (Mark.OK, Mark.PARTIAL, Mark.SUSPECT)


@dataclass(frozen=True, slots=True)
class Column:
    """One run.

    Attributes:
        run_id: Its id.
        name: What the user called it; empty if that was an id.
        created: When it was planned: local time of the controller, to the minute.
        commit: Commit of the workspace, shortened; empty if it is not known.
        suite: Name of its suite.
        what: Its cases and devices in words.
        state: What it lacks; empty if it is complete.
    """

    run_id: str
    name: str
    created: str
    commit: str
    suite: str
    what: str
    state: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A case in a run.

    Attributes:
        held: The case; None if the run does not have it.
        mark: How far to trust its figure; None without a case.
        us: Its time in microseconds; None without one that is its own.
        ratio: Its time divided by that in the first run; None in the first run, and where the
            times are not to be compared.
        interval: 95 % interval of the ratio, in words; empty without one.
        role: `slower` or `faster` where the interval leaves out 1, else `open`; empty without a
            ratio.
        why: Why there is no ratio, or what to know of it; may be empty.
    """

    held: Held | None
    mark: Mark | None
    us: float | None
    ratio: float | None
    interval: str
    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """A case on a device, a cell a run; the line is drawn of what can be compared."""

    device: str
    case_id: str
    cells: tuple[Cell, ...]
    spark: Spark


@dataclass(frozen=True, slots=True)
class RunsPage:
    """What the page shows.

    Attributes:
        headline: The last run against the first, in a sentence.
        sub: The largest change, or why nothing is compared.
        limits: What limits the answer, a sentence each.
        columns: The runs in the order in which they were asked for.
        rows: In the order of the first run, cases that it lacks last.
        differing: What else differs.
    """

    headline: str
    sub: str
    limits: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    differing: Differences


def runs_page(summaries: Sequence[RunSummary], names: Sequence[str] = ()) -> RunsPage:
    """Return what the page of several runs shows.

    Args:
        summaries: The runs; each is held against the first.
        names: What the user calls each of them; empty for none.

    Raises:
        UsageError: A run compares two sides itself.
    """
    demand_plain(summaries)
    first, *others = summaries
    held = [alone(first), *(hold(first, other) for other in others)]
    keys = dict.fromkeys(key for mine in held for key in mine)
    columns = tuple(
        _column(one, name)
        for one, name in zip(summaries, names or [""] * len(summaries), strict=True)
    )
    rows = tuple(_row(key, held) for key in keys)
    return RunsPage(
        headline=_headline(columns, rows),
        sub=_sub(columns, rows),
        limits=tuple(_limits(columns, rows)),
        columns=columns,
        rows=rows,
        differing=differences([one.run for one in summaries]),
    )


def render_runs_html(summaries: Sequence[RunSummary], names: Sequence[str] = ()) -> str:
    """Render the page of several runs: it loads nothing and gives the same bytes each time.

    Args:
        summaries: The runs; each is held against the first.
        names: What the user calls each of them; empty for none.

    Raises:
        UsageError: A run compares two sides itself.
    """
    shown = runs_page(summaries, names)
    past = history_section(make_history(past_of([one.run for one in summaries])))
    absent = {"history": past is None}
    return page.render(
        "runs_page.html.j2",
        **words(),
        shown=shown,
        past=past,
        weaker=WEAKER,
        sections=[pair for pair in SECTIONS if not absent.get(pair[0])],
    )


def _column(summary: RunSummary, name: str) -> Column:
    run = summary.run
    plan = run.plan
    return Column(
        run_id=plan.run_id,
        name=name,
        created=plan.created[:16].replace("T", " "),
        commit=short(plan.git_commit),
        suite=plan.suite,
        what=cases_on_devices(plan),
        state="; ".join(_gaps(summary)),
    )


def _gaps(summary: RunSummary) -> Iterator[str]:
    run = summary.run
    left = sum(device.left for device in summary.devices)
    if run.plan.imported:
        yield "imported"
    if run.state is not RunState.FINISHED:
        yield str(run.state)
    if left:
        yield f"{left} of {len(run.plan.invocations)} processes are missing"
    yield from (f"{device} was lost" for device in (run.end.lost if run.end else {}))


def _row(key: Key, held: Sequence[Mapping[Key, Held]]) -> Row:
    cells = tuple(_cell(mine.get(key)) for mine in held)
    base = cells[0].us
    drawn = [
        base if i == 0 else cell.ratio and base and cell.ratio * base
        for i, cell in enumerate(cells)
    ]
    told = [cell for cell in cells[1:] if cell.ratio is not None]
    label = "; ".join(f"{number(cell.ratio)} times the first run" for cell in told)
    return Row(*key, cells, sparkline(drawn, label or "nothing to compare"))


def _cell(held: Held | None) -> Cell:
    if held is None:
        return Cell(None, None, None, None, "", "", "")
    mark = mark_of(held.case)
    time = held.case.latency
    us = time.value_us if time and mark in _STANDS else None
    found = held.evidence
    if found is None or found.ratio is None:
        return Cell(held, mark, us, None, "", "", held.why)
    ends = found.interval
    role = OPEN
    if ends and ends[0] > 1:
        role = SLOWER
    elif ends and ends[1] < 1:
        role = FASTER
    told = f"{number(ends[0])} to {number(ends[1])}" if ends else ""
    return Cell(held, mark, us, found.ratio, told, role, held.note)


def _called(column: Column) -> str:
    return column.name or column.run_id


def _headline(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Say what the last run is against the first one."""
    pair = f"{_called(columns[-1])} against {_called(columns[0])}"
    roles = Counter(row.cells[-1].role for row in rows)
    n = roles[SLOWER] + roles[FASTER] + roles[OPEN]
    if not n:
        return f"{pair}: no case can be compared"
    moved = [f"{roles[role]} {role}" for role in (SLOWER, FASTER) if roles[role]]
    cases = f"{n} case{'s' * (n > 1)}"
    if not moved:
        return f"{pair}: {cases}, none clearly slower or faster"
    return f"{pair}: of {cases} {listed(moved)}"


def _sub(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Name what moved most in the last run; without anything to compare say why."""
    last = [(row, row.cells[-1]) for row in rows]
    moved = [(row, cell) for row, cell in last if cell.role in (SLOWER, FASTER) and cell.ratio]
    if moved:
        moved.sort(key=lambda pair: -abs((pair[1].ratio or 1) - 1))
        told = [
            f"{row.case_id} on {row.device} takes {number(cell.ratio)} times as long"
            f" (95 % interval {cell.interval})"
            for row, cell in moved[:_NAMED]
        ]
        more = len(moved) - len(told)
        return f"{'; '.join(told)}{f'; and {more} more' if more else ''}."
    reasons = Counter(cell.why for _, cell in last if cell.role == "" and cell.why)
    if reasons and not any(cell.role for _, cell in last):
        told = [f"{why} ({n})" for why, n in reasons.most_common(_NAMED)]
        return f"{_called(columns[-1])}: {'; '.join(told)}."
    return ""


def _limits(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[str]:
    yield (
        "Ratios rest on runs that were measured one after the other: what the device did between "
        "them is in the ratios as well, so they are weaker than those of pairs, and nothing is "
        "decided here."
    )
    reasons: dict[str, dict[str, int]] = {}
    for i, column in enumerate(columns[1:], 1):
        for why, n in Counter(row.cells[i].why for row in rows if not row.cells[i].role).items():
            reasons.setdefault(why, {})[_called(column)] = n
    for why, found in reasons.items():
        if why:
            cases = sum(found.values())
            yield f"No ratio, {why}: {cases} figure{'s' * (cases > 1)} of {named(list(found))}."
    for column in columns:
        if column.state:
            yield f"{_called(column)} is not complete: {column.state}."
