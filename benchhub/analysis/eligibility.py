"""Which cases may be recommended at all: those whose number can be trusted and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary
from benchhub.records import Status, spelled


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A case that is no candidate.

    Attributes:
        case: The case.
        why: A phrase, e.g. `FALLBACK: it ran on XNNPACK, not on GPU`.
    """

    case: CaseSummary
    why: str


def is_trusted(case: CaseSummary) -> bool:
    """Say whether a case has a number that is its configuration's own."""
    return case.stands and case.is_its_own


def comparable_tool(cases: Sequence[CaseSummary]) -> str:
    """Return the tool with the most trusted cases, the first of several; empty without any.

    Figures of two programs are not ranked together: they time different things.
    """
    tools = [one.case.tool for one in cases if is_trusted(one)]
    return max(dict.fromkeys(tools), key=tools.count, default="")


def left_out(cases: Sequence[CaseSummary], tool: str) -> tuple[LeftOut, ...]:
    """Return the cases that are no candidates beside those of a tool, and why."""
    return tuple(
        LeftOut(one, _why(one)) for one in cases if not (is_trusted(one) and one.case.tool == tool)
    )


def _why(case: CaseSummary) -> str:
    if is_trusted(case):
        return f"measured by {case.case.tool}; figures of two programs are not ranked together"
    asked = spelled(case.case.configuration.delegate)
    if case.fell_back:
        applied = case.placement.applied if case.placement else None
        where = f"on {spelled(applied)}" if applied else "elsewhere"
        return f"{Status.FALLBACK}: it ran {where}, not on {asked}"
    if case.unproven:
        return f"{case.status}: nothing shows that {asked} ran"
    return f"{case.status}: {_cause(case)}".rstrip(".")


def _cause(case: CaseSummary) -> str:
    if case.status is Status.WRONG:
        return "its outputs differ from those of the host's CPU"
    if case.status is Status.INVALID:
        return "the device was not in the state asked for, or was throttled"
    if case.status is Status.SUSPECT:
        return "its figures contradict each other, or a setting was not taken"
    return case.failures[0].message if case.failures else "it was not measured"
