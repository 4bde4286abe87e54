"""The pairs of a case drawn in their order: what each says, and which do not count."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchhub.analysis.verdict_figures import Figures, pair_time
from benchhub.analysis.verdicts import CaseVerdict, Pair
from benchhub.records import Invocation, Side
from benchhub.reports.evidence import change
from benchhub.reports.numbers import NO_BREAK_SPACE, ms, signed

WIDTH, HEIGHT = 380, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 372, 10, 140
# Changes in percent that are drawn at most; what is beyond stands at the edge.
LIMITS = (-60.0, 120.0)
STEPS = (0.5, 1, 2, 5, 10, 20, 50)
MOST_TICKS = 7
_MARGIN = 1.08
_WIDEST_PITCH = 40.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One pair, or one process where there are no pairs.

    Attributes:
        x: Place in the chart.
        y: Place in the chart; None for a pair without a ratio, which stands at the bottom.
        kind: `dot`, `hollow` for what does not count, `base` for a process of the baseline.
        tip: What it says.
    """

    x: float
    y: float | None
    kind: str
    tip: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair of the data table.

    Attributes:
        pair: The pair.
        baseline_us: What its baseline measured; None without a figure.
        candidate_us: Likewise.
        change: Candidate over baseline, less 1; also of a pair that does not count.
        first: The side that was measured first; None if only one was.
    """

    pair: Pair
    baseline_us: float | None
    candidate_us: float | None
    change: float | None
    first: Side | None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process of the data table, where there are no pairs.

    Attributes:
        side: Whose it is.
        us: What it measured.
        change: The same over the baseline's time, less 1.
    """

    side: Side
    us: float
    change: float


@dataclass(frozen=True, slots=True)
class PairChart:
    """A chart and its data.

    Attributes:
        label: What it shows, for those who do not see it.
        dots: In their order.
        ticks: Place and text of the vertical axis.
        zero: Where no change is.
        effect: Top and height of the band in which a change counts as none.
        mean: Where the estimate is; None without one.
        interval: Top and height of its 95 % interval; None without one.
        divider: Where the candidate's processes begin; None for pairs.
        rows: The pairs as a table; empty where there are none.
        processes: The processes as a table, where there are no pairs.
    """

    label: str
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float
    effect: tuple[float, float]
    mean: float | None
    interval: tuple[float, float] | None
    divider: float | None
    rows: tuple[PairRow, ...]
    processes: tuple[ProcessRow, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def y(self, percent: float) -> float:
        inside = min(max(percent, self.low), self.high)
        return round(BOTTOM - (BOTTOM - TOP) * (inside - self.low) / (self.high - self.low), 1)


def pair_chart(one: Figures) -> PairChart | None:
    """Draw the pairs of a case, else its processes; None if there are neither."""
    found = tuple(pair_rows(one.case))
    alone = () if found else tuple(_processes(one))
    marks = [_pair_mark(row) for row in found] or [_process_mark(row) for row in alone]
    apart = sum(row.side is Side.BASELINE for row in alone)
    if not marks:
        return None
    axis = _axis(one, [value for value, _, _ in marks if value is not None])
    pitch = min((RIGHT - LEFT) / len(marks), _WIDEST_PITCH)
    dots = tuple(
        Dot(
            round(LEFT + pitch * (i + 0.5), 1),
            None if value is None else axis.y(100 * value),
            kind,
            tip,
        )
        for i, (value, kind, tip) in enumerate(marks)
    )
    return PairChart(
        label=_label(one, found),
        dots=dots,
        ticks=tuple(_ticks(axis)),
        zero=axis.y(0.0),
        effect=_span(axis, -one.case.min_effect, one.case.min_effect),
        mean=None if one.change is None else axis.y(100 * one.change),
        interval=None if one.low is None or one.high is None else _span(axis, one.low, one.high),
        divider=round(LEFT + pitch * apart, 1) if apart else None,
        rows=found,
        processes=alone,
    )


def pair_rows(case: CaseVerdict) -> Iterator[PairRow]:
    """Yield the pairs of a case as a table, also those that do not count."""
    for pair in case.pairs:
        before, after = (pair_time(pair, side) for side in Side)
        ratio = None
        if before is not None and after is not None and _is_time(before) and _is_time(after):
            ratio = after / before - 1
        yield PairRow(pair, before, after, ratio, _first(pair.baseline, pair.candidate))


def _is_time(us: float) -> bool:
    return math.isfinite(us) and us > 0


def _first(baseline: Invocation | None, candidate: Invocation | None) -> Side | None:
    if baseline is None or candidate is None:
        return None
    return Side.BASELINE if baseline.number < candidate.number else Side.CANDIDATE


_Mark = tuple[float | None, str, str]


def _pair_mark(row: PairRow) -> _Mark:
    told = f"round {row.pair.round}: {change(row.change)}"
    if row.pair.problem:
        return row.change, "hollow", f"{told}; does not count: {row.pair.problem}"
    return row.change, "dot", told


def _process_mark(row: ProcessRow) -> _Mark:
    kind = "base" if row.side is Side.BASELINE else "dot"
    return row.change, kind, f"{row.side}: {ms(row.us)}{NO_BREAK_SPACE}ms"


def _processes(one: Figures) -> Iterator[ProcessRow]:
    """Yield the processes of both sides against the baseline's time; none without that."""
    base = one.baseline_us
    sides = ((Side.BASELINE, one.case.baseline), (Side.CANDIDATE, one.case.candidate))
    for side, case in sides:
        readings = [invocation.reading.latency for invocation in case.counted] if case else []
        for latency in readings:
            if base and latency and _is_time(latency.value_us):
                yield ProcessRow(side, latency.value_us, latency.value_us / base - 1)


def _axis(one: Figures, shares: Sequence[float]) -> _Axis:
    ends = [*shares, -one.case.min_effect, one.case.min_effect]
    ends += [end for end in (one.low, one.high) if end is not None]
    low, high = (100 * _MARGIN * end(ends) for end in (min, max))
    return _Axis(max(low, LIMITS[0]), min(high, LIMITS[1]))


def _ticks(axis: _Axis) -> Iterator[tuple[float, str]]:
    span = axis.high - axis.low
    step = next((step for step in STEPS if span / step <= MOST_TICKS), STEPS[-1])
    for i in range(math.ceil(axis.low / step), math.floor(axis.high / step) + 1):
        yield axis.y(i * step), signed(i * step, 1 if step < 1 else 0)


def _span(axis: _Axis, low: float, high: float) -> tuple[float, float]:
    top, bottom = axis.y(100 * high), axis.y(100 * low)
    return top, round(bottom - top, 1)


def _label(one: Figures, found: Sequence[PairRow]) -> str:
    what = "Change of each pair in its order" if found else "Each process of both runs"
    told = f"{what}, {one.extent}"
    return told if one.change is None else f"{told}: {change(one.change)} on average"
