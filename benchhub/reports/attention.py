"""What needs a reader's attention: each finding once, with the cases it hit, evidence, advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import Failure, RunState, Severity
from benchhub.reports.marks import WORST_FIRST, Mark, mark_of
from benchhub.reports.names import full, kernels

SHOWN_CASES = 6

# Evidence of several lines is shown behind a disclosure.
SHORT_EVIDENCE = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A case that something happened to: device, name and anchor."""

    device: str
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    Attributes:
        mark: What it makes of the cases.
        places: Cases that it hit, the first few.
        more: How many further cases it hit.
        finding: What happened.
        evidence: What that rests on; may be empty.
        advice: What to do; may be empty.
    """

    mark: Mark
    places: tuple[Place, ...]
    more: int
    finding: str
    evidence: str
    advice: str

    @property
    def long(self) -> bool:
        """Whether the evidence is too long to stand in a line."""
        return len(self.evidence) > SHORT_EVIDENCE or "\n" in self.evidence


@dataclass(frozen=True, slots=True)
class _Said:
    """One case's share of an issue; what has the same mark and key is the same issue."""

    mark: Mark
    key: str
    finding: str
    advice: str = ""
    evidence: str = ""


def issues(summary: RunSummary, anchors: Mapping[tuple[str, str], str]) -> tuple[Issue, ...]:
    """Return what went wrong, worst first; the same finding in several cases is one issue."""
    hit: dict[tuple[Mark, str], list[tuple[Place, _Said]]] = {}
    for device in summary.devices:
        for case in device.cases:
            place = Place(device.name, full(case.case), anchors[device.name, case.case.id])
            for said in _said(case):
                hit.setdefault((said.mark, said.key), []).append((place, said))
    found = [_issue(pairs) for pairs in hit.values()]
    found.sort(key=lambda issue: WORST_FIRST.index(issue.mark))
    return (*_run_issues(summary), *found)


def _issue(pairs: Sequence[tuple[Place, _Said]]) -> Issue:
    """Merge what several cases say; where the figures differ, those of the first are shown."""
    first = pairs[0][1]
    differ = any(said.finding != first.finding for _, said in pairs)
    return Issue(
        mark=first.mark,
        places=tuple(place for place, _ in pairs[:SHOWN_CASES]),
        more=max(0, len(pairs) - SHOWN_CASES),
        finding=first.finding + (" (Figures of the first of these cases.)" if differ else ""),
        evidence=first.evidence,
        advice=first.advice,
    )


def _run_issues(summary: RunSummary) -> Iterator[Issue]:
    """Say that the run itself did not end."""
    run = summary.run
    if run.state is RunState.FINISHED:
        return
    done, planned = len(run.invocations), len(run.plan.invocations)
    how = "was interrupted" if run.state is RunState.INTERRUPTED else "has not ended"
    yield Issue(
        mark=Mark.NOT_RUN,
        places=(),
        more=0,
        finding=f"The run {how}: {done} of {planned} planned invocations are there.",
        evidence="run.json" if run.end else "There is no run.json in the run folder.",
        advice=f"benchhub run --resume {run.plan.run_id}",
    )


def _said(case: CaseSummary) -> Iterator[_Said]:
    mark = mark_of(case)
    if mark is Mark.NOT_RUN:
        yield _Said(mark, "not run", "Planned, and the run ended before it gave a number.")
    yield from (_failure(case, mark, failure) for failure in case.failures)
    if mark in (Mark.FAILED, Mark.REFUSED, Mark.NOT_RUN):
        return
    silent = [one for one in case.findings if one.severity is Severity.SILENT]
    for finding in silent:
        contradiction = finding.id.startswith("check.")
        standing = mark if mark is not Mark.OK else Mark.SUSPECT if contradiction else Mark.NOTE
        yield _Said(standing, finding.id, finding.meaning, finding.advice, finding.evidence)
    if mark is Mark.FALLBACK and not silent:
        what = case.placement
        asked = what.requested if what else case.case.configuration.delegate
        ran = kernels(what.applied if what else None)
        told = f"Asked for {asked}, ran on {ran}."
        yield _Said(mark, told, told, evidence=what.source if what else "")
    elif mark is Mark.SUSPECT and not silent:
        yield _Said(mark, "suspect", "An invocation is marked SUSPECT.", "See its invocations.")


def _failure(case: CaseSummary, mark: Mark, failure: Failure) -> _Said:
    """Report a failure; one that hit only some processes says how many."""
    if mark in (Mark.FAILED, Mark.REFUSED):
        fatal = [one.evidence for one in case.findings if one.severity is Severity.FATAL]
        evidence = "\n".join(text for text in fatal if text)
        return _Said(mark, failure.message, failure.message, failure.advice, evidence)
    tried = case.latency_invocations + case.profile_invocations
    lost = sum(one.reading.failure == failure for one in tried)
    finding = f"{lost} of {len(tried)} processes gave no number: {failure.message}"
    standing = Mark.NOTE if mark is Mark.OK else mark
    return _Said(standing, failure.message, finding, failure.advice)
