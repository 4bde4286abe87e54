"""The table of a comparison, worst first, with the interval of each change drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.verdict_figures import Figures
from benchhub.records import Side, Verdict
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.numbers import signed

# Half of the drawn range, as shares; the last one at most.
RANGES = (0.05, 0.1, 0.2, 0.5, 1.0)
# The range shows at least that many minimum effects.
LEAST_EFFECTS = 2
_UNDECIDED = (Verdict.INCONCLUSIVE, Verdict.INVALID)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A change with its interval; all places are percent of the width.

    Attributes:
        value: The estimate.
        low: Beginning of its interval; the estimate without one.
        high: Its end.
        beyond: Whether the estimate is beyond the range, so that it stands at the edge.
        effect: Beginning and width of the band in which a change counts as none.
        pairs: The single pairs that count.
    """

    value: float
    low: float
    high: float
    beyond: bool
    effect: tuple[float, float]
    pairs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the table.

    Attributes:
        figures: What is shown of it.
        anchor: HTML id of its details.
        why: One line below its name: what made it so; may be empty.
        extent: Pairs that count, of those there are where some do not.
        marks: What each side's own figures are, where that is more than OK.
        drawn: None where there is nothing to draw.
    """

    figures: Figures
    anchor: str
    why: str
    extent: str
    marks: tuple[tuple[Side, Mark], ...]
    drawn: Drawn | None


@dataclass(frozen=True, slots=True)
class Scale:
    """The range that all rows share.

    Attributes:
        half: From the middle to an edge, as a share.
        ticks: Place in percent of the width, and text.
    """

    half: float
    ticks: tuple[tuple[float, str], ...]

    def place(self, share: float) -> float:
        """Return where a change is, 0 to 100; what is beyond is put at the edge."""
        inside = min(max(share, -self.half), self.half)
        return round(50 + 50 * inside / self.half, 2)


def scale_of(ranked: Sequence[Figures]) -> Scale:
    """Return the range that shows all estimates and what is decided, as far as it may grow."""
    wanted = [LEAST_EFFECTS * one.case.min_effect for one in ranked]
    for one in ranked:
        # A wide interval of what cannot be told would press all others together.
        ends = (one.change,) if one.case.verdict in _UNDECIDED else (one.change, one.low, one.high)
        wanted += [abs(end) for end in ends if end is not None]
    most = max(wanted, default=RANGES[0])
    half = next((size for size in RANGES if size >= most), RANGES[-1])
    scale = Scale(half, ())
    shares = (-half, 0.0, half)
    return Scale(half, tuple((scale.place(one), signed(100 * one)) for one in shares))


def rows(
    ranked: Sequence[Figures], scale: Scale, anchors: Mapping[tuple[str, str], str]
) -> tuple[Row, ...]:
    """Return the rows of the table.

    Args:
        ranked: The figures, worst first.
        scale: What they are drawn on.
        anchors: HTML id by device and case.
    """
    return tuple(
        Row(
            figures=one,
            anchor=anchors[one.case.device, one.case.case_id],
            why=_why(one),
            extent=_extent(one),
            marks=_marks(one),
            drawn=_draw(one, scale),
        )
        for one in ranked
    )


def _extent(one: Figures) -> str:
    case = one.case
    if case.evidence.processes is not None:
        return " and ".join(map(str, case.evidence.processes))
    return f"{case.evidence.n}{f' of {len(case.pairs)}' if case.invalid_pairs else ''}"


def _why(one: Figures) -> str:
    case = one.case
    moved = case.verdict in (Verdict.REGRESSED, Verdict.IMPROVED)
    if case.blame and moved and case.latency_verdict is case.verdict:
        return case.blame.text
    telling = [exact.text for exact in case.exact if exact.worse or exact.better]
    if moved and telling:
        return "; ".join(telling)
    return case.reason if case.verdict is not Verdict.PASS else ""


def _marks(one: Figures) -> tuple[tuple[Side, Mark], ...]:
    sides = ((Side.BASELINE, one.case.baseline), (Side.CANDIDATE, one.case.candidate))
    found = [(side, mark_of(case)) for side, case in sides if case]
    return tuple((side, mark) for side, mark in found if mark is not Mark.OK)


def _draw(one: Figures, scale: Scale) -> Drawn | None:
    if one.change is None:
        return None
    low, high = (one.change if end is None else end for end in (one.low, one.high))
    band = [scale.place(share) for share in (-one.case.min_effect, one.case.min_effect)]
    logs = [pair.log_ratio for pair in one.case.pairs]
    return Drawn(
        value=scale.place(one.change),
        low=scale.place(low),
        high=scale.place(high),
        beyond=abs(one.change) > scale.half,
        effect=(band[0], round(band[1] - band[0], 2)),
        pairs=tuple(scale.place(math.expm1(log)) for log in logs if log is not None),
    )
