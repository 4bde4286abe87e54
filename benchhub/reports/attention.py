"""What needs a reader's attention: each finding once, with the cases it hit, evidence, advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Failure, Finding, Plan, RunState, Severity, Status
from benchhub.records.trust import status_by
from benchhub.reports.agreement import NOT_VERIFIED
from benchhub.reports.marks import THROTTLED, WORST_FIRST, Mark, failure_key, mark_of, not_run
from benchhub.reports.names import full, variant_anchors
from benchhub.reports.sentences import asked_for, in_part, off_by, ran_on
from benchhub.reports.variants import failed_variants, variants

SHOWN_CASES = 6

# Findings that say that an accelerator ran a part of the graph; the placement says how much.
_IN_PART = ("delegate.partial", "gpu.unsupported_ops")

# Evidence of several lines is shown behind a disclosure.
SHORT_EVIDENCE = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A case that something happened to: device, name and anchor; or a variant of a model."""

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
    """Return what went wrong, worst first; the same finding in several cases is one issue.

    A variant that could not be made is told once, not with each of its cases.
    """
    hit: dict[tuple[Mark, str], list[tuple[Place, _Said]]] = {}
    for place, said in _said_of_variants(summary):
        hit.setdefault((said.mark, said.key), []).append((place, said))
    failed = failed_variants(summary.run)
    for device in summary.devices:
        for case in device.cases:
            if (case.case.variant.model, case.case.variant.variant) in failed:
                continue
            place = Place(device.name, full(case.case), anchors[device.name, case.case.id])
            once = {(said.mark, said.key): said for said in reversed(list(_said(case)))}
            for key, said in reversed(once.items()):
                hit.setdefault(key, []).append((place, said))
    found = [_issue(pairs) for pairs in hit.values()]
    found.sort(key=lambda issue: WORST_FIRST.index(issue.mark))
    return (*_run_issues(summary, anchors), *found)


def _said_of_variants(summary: RunSummary) -> Iterator[tuple[Place, _Said]]:
    """Yield what is to be known of variants themselves, whatever device they run on."""
    run = summary.run
    anchors = variant_anchors(run.plan)
    for (model, name), failure in failed_variants(run).items():
        cases = sum(
            (case.variant.model, case.variant.variant) == (model, name) for case in run.plan.cases
        )
        what = f"{name}, all of its cases" if cases > 1 else name
        place = Place(model, what, anchors[model, name])
        yield place, _Said(Mark.REFUSED, failure.message, failure.message, failure.advice)
    for found in variants(summary):
        for row in found.rows:
            place = Place(found.model, row.name, row.anchor)
            notes = row.variant.origin.notes if row.variant.origin else ()
            for note in notes:
                told = f"{_capital(note.rstrip('.'))}."
                yield place, _Said(Mark.NOTE, told, told)
            for failure in row.facts.failures if row.facts else ():
                told = _capital(failure.message)
                yield place, _Said(Mark.NOTE, told, told, failure.advice)


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


def _run_issues(summary: RunSummary, anchors: Mapping[tuple[str, str], str]) -> Iterator[Issue]:
    """Say that the run itself did not end, or which devices it lost."""
    run = summary.run
    lost = [device for device in summary.devices if device.lost]
    yield from (_lost(run.plan, device, anchors) for device in lost)
    if run.state is RunState.FINISHED or lost:
        return
    done, planned = len(run.invocations), len(run.plan.invocations)
    how = "was interrupted" if run.state is RunState.INTERRUPTED else "has not ended"
    yield Issue(
        mark=Mark.NOT_RUN,
        places=(),
        more=0,
        finding=f"The run {how}: {done} of {planned} planned invocations are there.",
        evidence="run.json" if run.end else "There is no run.json in the run folder.",
        advice=_resume(run.plan),
    )


def _resume(plan: Plan) -> str:
    return f"benchhub {'ab' if plan.gate else 'run'} --resume {plan.run_id}"


def _lost(plan: Plan, device: DeviceSummary, anchors: Mapping[tuple[str, str], str]) -> Issue:
    """Report what a lost device did not measure, with the cases that have nothing at all."""
    places = [
        Place(device.name, full(one.case), anchors[device.name, one.case.id])
        for one in device.cases
        if mark_of(one) is Mark.NOT_RUN
    ]
    message, advice = (device.lost.message, device.lost.advice) if device.lost else ("", "")
    return Issue(
        mark=Mark.NOT_RUN,
        places=tuple(places[:SHOWN_CASES]),
        more=max(0, len(places) - SHOWN_CASES),
        finding=f"{not_run(device)}: {message}",
        evidence="",
        advice=f"{advice} Then go on: {_resume(plan)}".strip(),
    )


def _said(case: CaseSummary) -> Iterator[_Said]:
    mark = mark_of(case)
    if mark is Mark.NOT_RUN:
        if not case.failures:  # else its device was lost, which is an issue of its own
            yield _Said(mark, "not run", "Planned, and the run ended before it gave a number.")
        return
    failures = {failure_key(failure): failure for failure in reversed(case.failures)}
    yield from (_failure(case, mark, failures[key]) for key in reversed(failures))
    if mark in (Mark.FAILED, Mark.REFUSED):
        return
    if mark is Mark.WRONG:
        told = f"Outputs are wrong: {off_by(case)}."
        yield _Said(mark, told, told, "Its time, however short, is no result of this model.")
    silent = [
        one
        for one in case.findings
        if one.severity is Severity.SILENT or status_by(one, case.placement) is not Status.OK
    ]
    yield from (_silent(case, mark, finding) for finding in silent)
    telling = [one for one in silent if one.id != THROTTLED and one not in case.unmet]
    part_untold = mark is Mark.PARTIAL and not any(one.id in _IN_PART for one in telling)
    if not telling or part_untold:
        yield from _untold(case, mark)


def _silent(case: CaseSummary, mark: Mark, finding: Finding) -> _Said:
    """Report a finding under the mark that it gives the case, or as a note."""
    if finding.id == THROTTLED:
        return _throttled(case, mark, finding)
    if finding in case.unmet:
        return _Said(Mark.NOTE, finding.meaning, finding.meaning, finding.advice, finding.evidence)
    told = finding.meaning
    if finding.id in _IN_PART and mark is Mark.PARTIAL:
        told = f"{_capital(in_part(case))}."
        return _Said(mark, told, told, finding.advice, finding.evidence)
    contradiction = finding.id.startswith("check.")
    stands = mark in (Mark.OK, Mark.PARTIAL)
    standing = (Mark.SUSPECT if contradiction else Mark.NOTE) if stands else mark
    return _Said(standing, finding.id, told, finding.advice, finding.evidence)


def _untold(case: CaseSummary, mark: Mark) -> Iterator[_Said]:
    """Report a mark that no finding explains: the placement does."""
    evidence = case.placement.source if case.placement else ""
    if case.fell_back:
        told = f"Asked for {asked_for(case)}, ran on {ran_on(case)}."
        yield _Said(mark, told, told, evidence=evidence)
    elif mark is Mark.PARTIAL:
        told = f"{_capital(in_part(case))}."
        advice = "Each border between accelerator and CPU costs time."
        yield _Said(mark, told, told, advice, evidence)
    elif mark is Mark.SUSPECT:
        yield _Said(mark, "suspect", "An invocation is marked SUSPECT.", "See its invocations.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _throttled(case: CaseSummary, mark: Mark, finding: Finding) -> _Said:
    """Report that the device was held back; a case of which some processes count says how many."""
    tried = case.invocations
    spoilt = sum(one.status is Status.INVALID for one in tried)
    share = f"{spoilt} of {len(tried)} processes do not count: " if spoilt else ""
    what = f"{share}{finding.meaning}."
    standing = Mark.NOTE if mark is Mark.OK else mark
    return _Said(standing, finding.id, what, finding.advice)


def _failure(case: CaseSummary, mark: Mark, failure: Failure) -> _Said:
    """Report a failure; one that hit only some processes says how many."""
    if mark in (Mark.FAILED, Mark.REFUSED):
        fatal = [one.evidence for one in case.findings if one.severity is Severity.FATAL]
        evidence = "\n".join(text for text in fatal if text)
        return _Said(mark, failure.message, failure.message, failure.advice, evidence)
    if failure.kind == NOT_VERIFIED:
        told = _capital(failure.message)
        return _Said(Mark.NOTE, failure.message, told, failure.advice)
    tried = case.invocations
    failed = [one.reading.failure for one in tried if one.reading.failure]
    lost = sum(failure_key(one) == failure_key(failure) for one in failed)
    finding = f"{lost} of {len(tried)} processes gave no number: {failure.message}"
    standing = Mark.NOTE if mark is Mark.OK else mark
    return _Said(standing, failure_key(failure), finding, failure.advice)
