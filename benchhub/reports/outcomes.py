"""Lines of the terminal about delegates: what fell back, is wrong, ran in part, or missed a budget.

1 case fell back: mobilenet_v2 float32 nnapi t1 ran on the CPU. NNAPI offers only ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchhub.analysis.summary import CaseSummary
from benchhub.records import Finding, Status
from benchhub.reports.names import full, listed
from benchhub.reports.sentences import asked_for, in_part, off_by, ran_on, reasons

SHOWN_NAMES = 4

# Of one case: what happened to it, and why or what next; cases that share both are one line.
Outcome = Callable[[CaseSummary], tuple[str, str] | None]


def outcomes(cases: Sequence[CaseSummary]) -> list[str]:
    """Return a line for each thing that happened to the delegates of some cases."""
    kinds: tuple[tuple[str, Outcome], ...] = (
        ("fell back", _fell_back),
        ("gave wrong outputs", _wrong),
        ("ran in part", _in_part),
        ("missed a budget", _missed),
    )
    return [line for what, outcome in kinds for line in _lines(cases, what, outcome)]


def _lines(cases: Sequence[CaseSummary], what: str, outcome: Outcome) -> Iterator[str]:
    hit: dict[tuple[str, str], list[CaseSummary]] = {}
    for case in cases:
        told = outcome(case) if case.latency else None
        if told is not None:
            hit.setdefault(told, []).append(case)
    for (happened, next_), some in hit.items():
        count = f"{len(some)} case{'s' * (len(some) != 1)} {what}"
        yield f"{count}: {_names(some)}{happened}. {next_}".rstrip()


def _names(cases: Sequence[CaseSummary]) -> str:
    names = [full(case.case) for case in cases[:SHOWN_NAMES]]
    more = len(cases) - len(names)
    return listed([*names, f"{more} more"] if more else names)


def _fell_back(case: CaseSummary) -> tuple[str, str] | None:
    if not case.fell_back:
        return None
    why = reasons(case, Status.FALLBACK)
    return f" ran on {ran_on(case)}, not on {asked_for(case)}", _explained(why)


def _wrong(case: CaseSummary) -> tuple[str, str] | None:
    if case.status is not Status.WRONG:
        return None
    return f": {off_by(case)}", "Its time is no result, however short."


def _in_part(case: CaseSummary) -> tuple[str, str] | None:
    if case.status is not Status.PARTIAL:
        return None
    return f": {in_part(case)}", ""


def _missed(case: CaseSummary) -> tuple[str, str] | None:
    return ("", _explained(case.unmet)) if case.unmet else None


def _explained(findings: Sequence[Finding]) -> str:
    said = dict.fromkeys(f"{one.meaning} {one.advice}".rstrip() for one in findings)
    return " ".join(said)
