"""The figures of a comparison that are shown: times of both sides, change, how sure it is.

A time is the geometric mean over the processes of the pairs that count, so that the change is
exactly the ratio of the two times that stand beside it. Without pairs it is that over the processes
of each run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.gate import adjusted
from benchhub.analysis.summary import CaseSummary
from benchhub.analysis.verdicts import CaseVerdict, Comparison, Pair
from benchhub.records import Side, Verdict

WORST_FIRST = (
    Verdict.REGRESSED,
    Verdict.INVALID,
    Verdict.INCONCLUSIVE,
    Verdict.IMPROVED,
    Verdict.PASS,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown of one case.

    Attributes:
        case: What it is of.
        baseline_us: Geometric mean of its processes' statistics; None without a figure.
        candidate_us: Likewise.
        change: Candidate over baseline, less 1; None without pairs that count.
        low: Lower end of its 95 % interval; None where there is none.
        high: Upper end.
        extent: What it rests on: `12 pairs`, `12 of 14 pairs`, `10 and 8 processes`.
        p: One-sided p of "not slower", or "not faster" if it is, times the number of looks.
        q: The same after Benjamini-Hochberg over all cases of the comparison.
        statistic: `median` or `mean`: what each process contributes.
    """

    case: CaseVerdict
    baseline_us: float | None
    candidate_us: float | None
    change: float | None
    low: float | None
    high: float | None
    extent: str
    p: float | None
    q: float | None
    statistic: str


def figures(comparison: Comparison) -> tuple[Figures, ...]:
    """Return the figures of all cases, in the order of the comparison."""
    looks = len(comparison.spec.looks)
    up = [min(1.0, looks * case.evidence.p_above(0.0)) for case in comparison.cases]
    down = [min(1.0, looks * case.evidence.p_below(0.0)) for case in comparison.cases]
    rates = adjusted(up), adjusted(down)
    found = []
    for i, case in enumerate(comparison.cases):
        faster = (case.evidence.mean or 0.0) < 0
        known = case.evidence.sd is not None
        p, q = (down[i], rates[1][i]) if faster else (up[i], rates[0][i])
        found.append(_figures(case, p if known else None, q if known else None))
    return tuple(found)


def worst_first(found: Sequence[Figures]) -> list[Figures]:
    """Return them by verdict, within a verdict by how far they moved."""
    return sorted(found, key=lambda one: (_rank(one), -abs(one.change or 0.0)))


def _rank(one: Figures) -> int:
    return WORST_FIRST.index(one.case.verdict)


def _figures(case: CaseVerdict, p: float | None, q: float | None) -> Figures:
    ratio, interval = case.evidence.ratio, case.evidence.interval
    return Figures(
        case=case,
        baseline_us=_time(case, Side.BASELINE),
        candidate_us=_time(case, Side.CANDIDATE),
        change=None if ratio is None else ratio - 1,
        low=None if interval is None else interval[0] - 1,
        high=None if interval is None else interval[1] - 1,
        extent=_extent(case),
        p=p,
        q=q,
        statistic=next((one.statistic for one in (case.candidate, case.baseline) if one), "median"),
    )


def _time(case: CaseVerdict, side: Side) -> float | None:
    valid = [pair for pair in case.pairs if pair.log_ratio is not None]
    if not valid:
        own = case.baseline if side is Side.BASELINE else case.candidate
        return _own(own)
    times = [pair_time(pair, side) for pair in valid]
    return math.exp(math.fsum(math.log(us) for us in times if us) / len(times))


def pair_time(pair: Pair, side: Side) -> float | None:
    """Return what one process of a pair measured; None if it gave no figure."""
    one = pair.baseline if side is Side.BASELINE else pair.candidate
    return one.reading.latency.value_us if one and one.reading.latency else None


def _own(case: CaseSummary | None) -> float | None:
    return case.latency.value_us if case and case.latency else None


def _extent(case: CaseVerdict) -> str:
    evidence = case.evidence
    if evidence.processes is not None:
        return f"{evidence.processes[0]} and {evidence.processes[1]} processes"
    several = "s" * (max(len(case.pairs), evidence.n) != 1)
    if case.invalid_pairs:
        return f"{evidence.n} of {len(case.pairs)} pair{several}"
    return f"{evidence.n} pair{several}"
