from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from benchhub.analysis.summary import summarise
from benchhub.records import Run, Status
from benchhub.reports.attention import Issue, issues
from benchhub.reports.marks import Mark
from benchhub.reports.names import anchors


def found(run: Run) -> tuple[Issue, ...]:
    summary = summarise(run)
    return issues(summary, anchors(summary))


def test_a_quiet_run_needs_no_attention(invented: ModuleType) -> None:
    assert found(invented.small_run()) == ()


def test_the_same_finding_on_two_devices_is_one_issue(invented: ModuleType) -> None:
    (fallback,) = [one for one in found(invented.invented_run()) if one.mark is Mark.FALLBACK]
    assert [place.device for place in fallback.places] == ["host", "pi4"]
    assert fallback.finding == invented.NO_DELEGATE.meaning
    assert fallback.evidence == invented.NO_DELEGATE.evidence
    assert fallback.advice == invented.NO_DELEGATE.advice


def test_issues_come_worst_first(invented: ModuleType) -> None:
    marks = [one.mark for one in found(invented.invented_run())]
    assert marks == [Mark.FAILED, Mark.FALLBACK, Mark.SUSPECT, Mark.REFUSED]


def test_figures_that_differ_are_those_of_the_first_case(invented: ModuleType) -> None:
    cases = invented.CASES[:2]
    run = invented.make_run(cases, fates={("host", one.id): Status.SUSPECT for one in cases})
    other = replace(invented.CONTRADICTION, meaning="op times and latency: sum 9 us, latency 5 us.")
    run = replace(
        run,
        invocations=tuple(
            replace(one, reading=replace(one.reading, findings=(other,)))
            if one.case_id == cases[1].id
            else one
            for one in run.invocations
        ),
    )
    (issue,) = found(run)
    assert len(issue.places) == 2
    assert issue.finding == (
        f"{invented.CONTRADICTION.meaning} (Figures of the first of these cases.)"
    )


def test_many_cases_are_counted(invented: ModuleType) -> None:
    fates = {("host", case.id): Status.FAILED for case in invented.CASES[:8]}
    (issue,) = found(invented.make_run(invented.CASES[:8], fates=fates))
    assert (len(issue.places), issue.more) == (6, 2)


def test_a_case_that_lost_some_processes_is_noted(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    first, *rest = run.invocations
    broken = replace(
        first,
        status=Status.FAILED,
        reading=replace(first.reading, latency=None, failure=invented.CRASH),
    )
    (issue,) = found(replace(run, invocations=(broken, *rest)))
    assert issue.mark is Mark.NOTE
    assert issue.finding == (
        "1 of 6 processes gave no number: The process was ended by signal 11 (SIGSEGV)."
    )


def test_a_silent_finding_that_changes_nothing_is_a_note(invented: ModuleType) -> None:
    run = invented.make_run(invented.CASES[:1])
    told = tuple(
        replace(one, reading=replace(one.reading, findings=(invented.NO_DELEGATE,)))
        for one in run.invocations
    )
    (issue,) = found(replace(run, invocations=told))
    assert issue.mark is Mark.NOTE


def test_a_fallback_without_a_finding_is_told_from_the_placement(invented: ModuleType) -> None:
    case = invented.CASES[0]
    run = invented.make_run((case,), fates={("host", case.id): Status.FALLBACK})
    bare = tuple(replace(one, reading=replace(one.reading, findings=())) for one in run.invocations)
    (issue,) = found(replace(run, invocations=bare))
    assert issue.finding == "Asked for XNNPACK, ran on built-in kernels."
    assert issue.evidence == "stdout: no delegate line"


def test_a_run_that_did_not_end_says_how_to_go_on(invented: ModuleType) -> None:
    first = found(invented.interrupted_run())[0]
    assert first.finding == "The run was interrupted: 13 of 48 planned invocations are there."
    assert first.advice == "benchhub run --resume 01EXAMPL"
    killed = found(replace(invented.interrupted_run(), end=None))[0]
    assert killed.finding == "The run has not ended: 13 of 48 planned invocations are there."


def test_long_evidence_goes_behind_a_disclosure() -> None:
    assert Issue(Mark.FAILED, (), 0, "", "x" * 300, "").long
    assert Issue(Mark.FAILED, (), 0, "", "two\nlines", "").long
    assert not Issue(Mark.FAILED, (), 0, "", "one line", "").long
