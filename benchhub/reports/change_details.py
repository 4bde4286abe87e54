"""What changed in each case: its pairs, the operators that make the difference, exact figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.phrases import signed_ms
from benchhub.analysis.verdicts import CaseVerdict, OpDelta
from benchhub.records import NONE, Side, Verdict
from benchhub.reports.intervals import Row
from benchhub.reports.names import kernels
from benchhub.reports.pair_charts import PairChart, pair_chart

# A page opens the details of that many cases that did not pass.
OPENED = 3
# Rounds that are named before they are counted.
SHOWN_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class OpRow:
    """One operator of a difference.

    Attributes:
        delta: What it adds.
        text: The same in ms, with its sign.
        before_on: Who ran it on the baseline, for people.
        after_on: Likewise on the candidate.
        bar: Beginning and width of its bar in percent of the width; the middle is nothing.
    """

    delta: OpDelta
    text: str
    before_on: str
    after_on: str
    bar: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ChangeDetail:
    """One case in full.

    Attributes:
        row: Its row in the table.
        reason: Why it has its verdict.
        chart: Its pairs; None without any.
        spoilt: Why pairs do not count, and which; empty if all do.
        ops: Its operators that differ; empty if none is known.
        no_blame: Why no operator is named; empty if one is, or none was to be looked for.
        links: Sections of both sides in the same page, where it has them.
        opened: Whether it is open from the start.
    """

    row: Row
    reason: str
    chart: PairChart | None
    spoilt: tuple[tuple[str, str], ...]
    ops: tuple[OpRow, ...]
    no_blame: str
    links: tuple[tuple[Side, str], ...]
    opened: bool

    @property
    def case(self) -> CaseVerdict:
        """The case."""
        return self.row.figures.case


def change_details(
    table: Sequence[Row], anchors: Mapping[tuple[str, str], str]
) -> tuple[ChangeDetail, ...]:
    """Return all cases in the order of the table.

    Args:
        table: The rows, worst first.
        anchors: HTML ids of the cases of a run by device and id; empty if the page has none.
    """
    return tuple(_detail(row, i, anchors) for i, row in enumerate(table))


def _detail(row: Row, index: int, anchors: Mapping[tuple[str, str], str]) -> ChangeDetail:
    case = row.figures.case
    both = ((Side.BASELINE, case.baseline), (Side.CANDIDATE, case.candidate))
    return ChangeDetail(
        row=row,
        reason=f"{case.reason[:1].upper()}{case.reason[1:].rstrip('.')}.",
        chart=pair_chart(row.figures),
        spoilt=tuple(_spoilt(case)),
        ops=_ops(case),
        no_blame=_no_blame(case),
        links=tuple(
            (side, anchors[case.device, one.case.id])
            for side, one in both
            if one and (case.device, one.case.id) in anchors
        ),
        opened=index < OPENED and case.verdict is not Verdict.PASS,
    )


def _spoilt(case: CaseVerdict) -> Iterator[tuple[str, str]]:
    """Yield each reason once, with the rounds that it spoilt."""
    hit: dict[str, list[int]] = {}
    for pair in case.pairs:
        if pair.problem:
            hit.setdefault(pair.problem, []).append(pair.round)
    for problem, rounds in hit.items():
        if len(rounds) > SHOWN_ROUNDS:
            yield problem, f"{len(rounds)} of {len(case.pairs)} rounds"
        else:
            several = "s" * (len(rounds) != 1)
            yield problem, f"round{several} {', '.join(map(str, rounds))}"


def _ops(case: CaseVerdict) -> tuple[OpRow, ...]:
    deltas = case.blame.ops if case.blame else ()
    most = max((abs(one.delta_us) for one in deltas), default=0.0) or 1.0
    found = []
    for one in deltas:
        size = round(50 * abs(one.delta_us) / most, 2)
        start = 50.0 if one.delta_us >= 0 else round(50 - size, 2)
        before, after = (kernels(where or NONE) for where in (one.before_on, one.after_on))
        found.append(OpRow(one, _added(one.delta_us), before, after, (start, size)))
    return tuple(found)


def _added(us: float) -> str:
    """Write what an operator adds, without the unit."""
    return signed_ms(us).removesuffix("ms").rstrip()


def _no_blame(case: CaseVerdict) -> str:
    moved = Verdict.PASS not in (case.verdict, case.latency_verdict)
    if case.blame or not moved or case.evidence.mean is None:
        return ""
    profiled = [one for one in (case.baseline, case.candidate) if one and one.operators]
    if len(profiled) < len(Side):
        return "No operator is named: there are no operator times of both sides."
    return ""
