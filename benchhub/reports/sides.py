"""What is compared: where both sides are from, and which facts differ between them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from benchhub.analysis.checked_facts import Subject
from benchhub.analysis.comparable import Differing, Match, compare_facts
from benchhub.analysis.verdicts import Comparison
from benchhub.records import Case, Run, SideSpec
from benchhub.reports.environment import DIGITS_OF_COMMIT
from benchhub.reports.numbers import MISSING

# Facts that a comparison may be about; all others should be the same.
EXPECTED = ("model", "suite", "tool", "configuration")
SHOWN_PLACES = 4


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides.

    Attributes:
        origins: Property, baseline, candidate.
        differing: Facts that differ, those that should not first.
        unknown: Facts that a side does not tell, so that they could not be checked.
        suite_diff: What differs in the text of the suites; empty if nothing does.
        same_suite: Whether both suites have the same text.
    """

    origins: tuple[tuple[str, str, str], ...]
    differing: tuple[Differing, ...]
    unknown: tuple[str, ...]
    suite_diff: str
    same_suite: bool

    def is_expected(self, one: Differing) -> bool:
        """Say whether a comparison may be about that fact."""
        return one.fact in EXPECTED


def sides(comparison: Comparison, baseline: Run, candidate: Run) -> Sides:
    """Return both sides.

    Args:
        comparison: What is said of them.
        baseline: The run that the baseline is in.
        candidate: Likewise; the same one if the pairs were interleaved.
    """
    matches = [
        Match(
            Subject(baseline, case.device, _planned(baseline, case.baseline.case)),
            Subject(candidate, case.device, _planned(candidate, case.candidate.case)),
        )
        for case in comparison.cases
        if case.baseline and case.candidate
    ]
    found = compare_facts(matches)
    ordered = sorted(found.differing, key=lambda one: one.fact in EXPECTED)
    before, after = comparison.baseline, comparison.candidate
    return Sides(
        origins=tuple(_origins(comparison, baseline, candidate)),
        differing=tuple(ordered),
        # In one run both sides are on the same device, whatever it tells of itself.
        unknown=() if comparison.interleaved else found.unknown,
        suite_diff=_diff(before, after),
        same_suite=before.suite_text == after.suite_text,
    )


def _planned(run: Run, case: Case) -> Case:
    """Return a case as its run knows it: two runs that are compared have no sides."""
    return next((one for one in run.plan.cases if one.id == case.id), replace(case, side=None))


def _origins(comparison: Comparison, baseline: Run, candidate: Run) -> list[tuple[str, str, str]]:
    specs = comparison.baseline, comparison.candidate
    rows = [
        ("From", *(spec.text for spec in specs)),
        ("Suite", *(spec.suite_path or MISSING for spec in specs)),
        ("Commit", *(_commit(spec) for spec in specs)),
        ("Settings of tools", *(_tools(spec) for spec in specs)),
    ]
    if baseline.plan.run_id != candidate.plan.run_id:
        runs = baseline.plan, candidate.plan
        rows += [
            ("Run", *(plan.run_id for plan in runs)),
            ("Created", *(plan.created for plan in runs)),
        ]
    return [(name, before, after) for name, before, after in rows if {before, after} != {MISSING}]


def _commit(spec: SideSpec) -> str:
    if spec.git_commit is None:
        return MISSING
    changed = ", with changes" if spec.git_commit.endswith("+") else ""
    return f"{spec.git_commit.removesuffix('+')[:DIGITS_OF_COMMIT]}{changed}"


def _tools(spec: SideSpec) -> str:
    told = [
        f"{name}: {', '.join(f'{key} {value}' for key, value in given.items())}"
        for name, given in spec.tools.items()
        if given
    ]
    return "; ".join(told) or MISSING


def _diff(before: SideSpec, after: SideSpec) -> str:
    lines = difflib.unified_diff(
        before.suite_text.splitlines(),
        after.suite_text.splitlines(),
        f"baseline: {before.suite_path}",
        f"candidate: {after.suite_path}",
        lineterm="",
    )
    return "\n".join(lines)
