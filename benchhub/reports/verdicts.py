"""A comparison as text: the answer first, then each case that is not PASS, then the counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchhub.analysis.verdict_figures import Figures, figures, worst_first
from benchhub.analysis.verdicts import Blame, CaseVerdict, Comparison
from benchhub.records import Verdict
from benchhub.reports.evidence import change, interval, probability, times
from benchhub.reports.logs import clean
from benchhub.reports.ruling import WEAKER, answer, counts, invalid_pairs

WIDTH = 80
SHOWN_CASES = 20
SHOWN_SENTENCES = 5
_INDENT = "      "
_BREAKS = re.compile("[\n\t\u2028\u2029]+")
_LEFT = (2, 4)  # columns of the figures that stand to the left


def render_comparison(comparison: Comparison, width: int = WIDTH) -> str:
    """Return a comparison as text.

    Args:
        comparison: What is said.
        width: Columns of the terminal; where a line would be longer, the case stands above its
            figures.
    """
    ranked = worst_first(figures(comparison))
    told = [one for one in ranked if one.case.verdict is not Verdict.PASS]
    cases = list(_cases(told, width))
    rest = [*_legend(comparison, told), *_rest(comparison)]
    blocks = (["  ".join(answer(comparison))], cases, rest)
    return "\n\n".join("\n".join(map(_line, block)) for block in blocks if block)


def _line(text: str) -> str:
    """Keep a line one line, whatever names and messages are in it."""
    return _BREAKS.sub(" ", clean(text))


def _cases(told: Sequence[Figures], width: int) -> Iterator[str]:
    if not told:
        return
    shown = told[:SHOWN_CASES]
    several = len({one.case.verdict for one in told}) > 1
    names = [_name(one.case, named=several) for one in shown]
    rows = _rows(shown)
    longest = max(map(len, names))
    apart = longest + max(map(len, rows)) + 6 > width
    for one, name, row in zip(shown, names, rows, strict=True):
        yield f"  {name}" if apart else f"  {name.ljust(longest)}    {row}"
        if apart:
            yield f"{_INDENT}{row}"
        yield from (f"{_INDENT}{line}" for line in _details(one.case))
    if len(told) > len(shown):
        yield f"  and {len(told) - len(shown)} more; the report and --json have all"


def _name(case: CaseVerdict, *, named: bool) -> str:
    verdict = f"{case.verdict:<12}  " if named else ""
    return f"{verdict}{case.case_id} on {case.device}"


def _rows(shown: Sequence[Figures]) -> list[str]:
    """Lay out the figures, each in its column."""
    rows = [(times(one), change(one.change), interval(one), one.extent, _p(one.p)) for one in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "   ".join(
            cell.ljust(width) if i in _LEFT else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        ).rstrip()
        for row in rows
    ]


def _p(p: float | None) -> str:
    text = probability(p)
    return "" if p is None else f"p {text if text.startswith('<') else f'= {text}'}"


def _details(case: CaseVerdict) -> Iterator[str]:
    """Yield why a case has its verdict: operators, exact figures, the reason where none says it."""
    moved = case.verdict in (Verdict.REGRESSED, Verdict.IMPROVED)
    if case.blame:
        yield from _blamed(case.blame)
    explained = moved and case.latency_verdict is case.verdict and case.blame
    reason = "" if explained else case.reason
    yield from (one.text for one in case.exact if one.text not in reason)
    yield from [reason] if reason else []
    yield from case.notes


def _blamed(blame: Blame) -> Iterator[str]:
    yield blame.text
    yield from blame.placement
    if blame.note:
        yield blame.note


def _legend(comparison: Comparison, told: Sequence[Figures]) -> Iterator[str]:
    """Say what the figures are, where there are any."""
    if not any(one.change is not None for one in told):
        return
    statistics = " or ".join(dict.fromkeys(f"{one.statistic}s" for one in told))
    of = "pairs" if comparison.interleaved else "processes"
    looks = len(comparison.spec.looks)
    yield (
        f"  Times: geometric means of the {of}' {statistics}. [95 % interval]. "
        f"p: one-sided{f', times {looks} looks' if looks > 1 else ''}."
    )


def _rest(comparison: Comparison) -> Iterator[str]:
    """Yield the counts, what limits the answer, and what was compared."""
    found = counts(comparison)
    if len(found) > 1:
        yield f"  {' · '.join(f'{n} {verdict}' for verdict, n in found)}"
    spoilt = invalid_pairs(comparison)
    yield from [f"  {spoilt}"] if spoilt else []
    if not comparison.interleaved:
        yield f"  {WEAKER}"
    yield from (f"  compared all the same, by --force: {text}" for text in comparison.forced)
    for device, failure in comparison.lost:
        yield f"  {device} was lost: {failure.message} {failure.advice}".rstrip()
    yield from (f"  {text}" for text in _some(comparison.unmatched))
    yield from (f"  {text}" for text in comparison.notes)
    yield f"baseline   {comparison.baseline.text}"
    yield f"candidate  {comparison.candidate.text}"
    ids = list(dict.fromkeys(comparison.run_ids))
    yield f"{'run' if len(ids) == 1 else 'runs'}".ljust(11) + (
        f"{ids[0]}  (benchhub ops {ids[0]})" if len(ids) == 1 else " ".join(ids)
    )


def _some(sentences: Sequence[str]) -> Iterator[str]:
    yield from sentences[:SHOWN_SENTENCES]
    if len(sentences) > SHOWN_SENTENCES:
        yield f"and {len(sentences) - SHOWN_SENTENCES} more like these"
