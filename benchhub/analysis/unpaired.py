"""Compares two stored runs, whose processes were not measured side by side.

Welch's t on the logarithms of the processes' statistics, the minimum effect and
Benjamini-Hochberg, as for pairs (`benchhub.analysis.gate`). What the device did between the two
runs is in the difference as well, and no test can take it out: the verdicts are weaker, and say so.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from benchhub.analysis.blame import blame
from benchhub.analysis.comparable import (
    Comparability,
    Match,
    compare_facts,
    demand_comparable,
    match,
    named,
)
from benchhub.analysis.exact import exact, own_failure
from benchhub.analysis.gate import Evidence, decide_all, weigh_apart
from benchhub.analysis.judgement import is_worth_blaming
from benchhub.analysis.pairs import place_of, problem_alone, usual_place
from benchhub.analysis.phrases import processes
from benchhub.analysis.rulings import latency_reason, ruling
from benchhub.analysis.statistics import estimate
from benchhub.analysis.summary import CaseSummary, RunSummary, summarise
from benchhub.analysis.verdicts import CaseVerdict, Comparison
from benchhub.errors import UsageError
from benchhub.records import (
    SIDES,
    GateSpec,
    Invocation,
    Run,
    RunState,
    SideSpec,
    VariantFacts,
    Verdict,
)

# With fewer processes on a side nothing is decided.
FEWEST = 4
# docs/compare.md has the figures: 6 to 14 %, with pairs at most 0.5 %.
WEAKER = (
    "By simulation about one in ten unchanged cases is called slower without pairs on boards and "
    "phones that are not tuned, however many processes there are. To be sure: benchhub ab."
)


@dataclass(frozen=True, slots=True)
class _Processes:
    """Latency processes of one side of a case.

    Attributes:
        counted: Those whose figures count.
        problems: Why each of the others does not.
        planned: How many should be there.
    """

    counted: tuple[Invocation, ...]
    problems: tuple[str, ...]
    planned: int

    @property
    def invalid(self) -> float:
        """Share of the processes that do not count; all of none."""
        total = len(self.counted) + len(self.problems)
        return len(self.problems) / total if total else 1.0

    @property
    def why(self) -> str:
        """Say why processes do not count, each reason once."""
        return named([text.rstrip(".") for text in dict.fromkeys(self.problems)], "; ")

    def logs(self, *, means: bool) -> list[float]:
        """Return the logarithm of the statistic of each that counts."""
        latencies = [one.reading.latency for one in self.counted if one.reading.latency]
        return [math.log(one.mean_us if means else one.value_us) for one in latencies]


@dataclass(frozen=True, slots=True)
class _Case:
    """One case of both runs, before it is decided."""

    match: Match
    sides: tuple[CaseSummary, CaseSummary]
    processes: tuple[_Processes, _Processes]

    @property
    def means(self) -> bool:
        """Whether means are compared, as some process has no median."""
        counted = [one for side in self.processes for one in side.counted]
        statistics = {one.reading.latency.statistic for one in counted if one.reading.latency}
        return statistics != {"median"}

    @property
    def evidence(self) -> Evidence:
        baseline, candidate = (side.logs(means=self.means) for side in self.processes)
        return weigh_apart(baseline, candidate)

    @property
    def facts(self) -> tuple[VariantFacts | None, VariantFacts | None]:
        """What is known of the file of each side."""
        one, other = self.match.baseline, self.match.candidate
        return one.run.facts_of(one.case.variant), other.run.facts_of(other.case.variant)

    def shown(self, side: int) -> CaseSummary:
        """Return a side whose latency is that of the processes that are compared."""
        logs = self.processes[side].logs(means=self.means)
        if not logs:
            return self.sides[side]
        time = estimate([math.exp(log) for log in logs])
        statistic = "mean" if self.means else "median"
        return replace(self.sides[side], latency=time, statistic=statistic)

    def effect(self, spec: GateSpec) -> float:
        facts = self.match.candidate.facts or self.match.baseline.facts
        return spec.effect_on(facts.kind if facts else None)


def compare_runs(
    baseline: Run,
    candidate: Run,
    spec: GateSpec | None = None,
    *,
    differs: Collection[str] = (),
    force: bool = False,
    names: tuple[str, str] = ("", ""),
) -> Comparison:
    """Compare two stored runs.

    Args:
        baseline: The one that the other is held against.
        candidate: The other one.
        spec: How to decide; all processes are there, so that there is one look.
        differs: Checked facts that are what is compared (`checked_facts.DECISIVE`).
        force: Compare also what differs in facts that have to agree; the comparison says so.
        names: What the user calls the runs; empty for none.

    Raises:
        UsageError: They are the same run, one compares two sides itself, or they differ in facts
            that have to agree.
        NoCasesError: They have no case on a device in common.
    """
    ids = baseline.plan.run_id, candidate.plan.run_id
    _demand_two(baseline, candidate)
    matches, unmatched = match(baseline, candidate)
    found = compare_facts(matches)
    if not force:
        demand_comparable(found, ids, differs)
    spec = replace(spec or GateSpec(), looks=(FEWEST,))
    summaries = summarise(baseline), summarise(candidate)
    cases = _cases(summaries, matches)
    evidence = [one.evidence for one in cases]
    effects = [one.effect(spec) for one in cases]
    decided = decide_all(evidence, effects, spec)
    verdicts = (_verdict(*one, spec) for one in zip(cases, evidence, effects, decided, strict=True))
    return Comparison(
        baseline=_side(baseline, names[0]),
        candidate=_side(candidate, names[1]),
        run_ids=ids,
        suite=candidate.plan.suite,
        spec=spec,
        interleaved=False,
        cases=tuple(verdicts),
        unmatched=unmatched,
        forced=tuple(one.text for one in found.refused(differs)),
        notes=(
            *_notes(baseline, candidate, found, differs),
            *(gap for summary in summaries for gap in _gaps(summary)),
        ),
    )


def weigh_case(
    one: Match, sides: tuple[CaseSummary, CaseSummary]
) -> tuple[Evidence, str, tuple[CaseSummary, CaseSummary]]:
    """Weigh a case of two runs whose facts are known to agree.

    Args:
        one: The case in both runs.
        sides: The same, summarised.

    Returns:
        What its processes say; why they say nothing, empty if they do; and both sides with the
        latency of the processes that were weighed.
    """
    case = _Case(one, sides, (_processes(sides[0]), _processes(sides[1])))
    return case.evidence, _problem(case, GateSpec()), (case.shown(0), case.shown(1))


def _demand_two(baseline: Run, candidate: Run) -> None:
    for run in (baseline, candidate):
        if run.plan.sides:
            raise UsageError(
                f"run {run.plan.run_id} compares two sides itself.",
                f"Its verdicts: benchhub compare {run.plan.run_id}",
            )
    if baseline.plan.run_id == candidate.plan.run_id:
        raise UsageError(
            f"run {baseline.plan.run_id} cannot be compared with itself.",
            "benchhub runs lists the others.",
        )


def _cases(summaries: tuple[RunSummary, RunSummary], matches: Sequence[Match]) -> list[_Case]:
    before, after = (
        {(device.name, one.case.pair_id): one for device in summary.devices for one in device.cases}
        for summary in summaries
    )
    cases = []
    for one in matches:
        sides = before[one.device, one.case_id], after[one.device, one.case_id]
        cases.append(_Case(one, sides, (_processes(sides[0]), _processes(sides[1]))))
    return cases


def _processes(side: CaseSummary) -> _Processes:
    usual = usual_place(side.latency_invocations)
    counted, problems = [], []
    for one in side.latency_invocations:
        place = place_of(one.reading.placement)
        if why := problem_alone(one):
            problems.append(why)
        elif place is not None and place != usual:
            problems.append("placed otherwise than in the other rounds")
        else:
            counted.append(one)
    if not side.latency_invocations:
        problems += [one.message for one in side.failures] or ["not measured"]
    return _Processes(tuple(counted), tuple(problems), side.planned)


def _verdict(
    case: _Case, evidence: Evidence, effect: float, decided: Verdict, spec: GateSpec
) -> CaseVerdict:
    baseline, candidate = case.sides
    facts = case.facts
    problem = _problem(case, spec)
    latency = Verdict.INVALID if problem else decided
    figures = exact(baseline, candidate, facts, spec.memory_tolerance, spec.told_only)
    reason = problem or _reason(evidence, effect, decided, spec)
    verdict, reason = ruling(latency, reason, figures)
    shown = case.shown(0), case.shown(1)
    graphs = tuple(one.graph if one else None for one in facts)
    return CaseVerdict(
        device=case.match.device,
        case_id=case.match.case_id,
        verdict=verdict,
        latency_verdict=latency,
        reason=reason,
        evidence=evidence,
        min_effect=effect,
        baseline=shown[0],
        candidate=shown[1],
        exact=figures,
        blame=blame(*shown, (graphs[0], graphs[1])) if is_worth_blaming(latency, figures) else None,
        infrastructure=verdict is Verdict.INVALID and not any(map(own_failure, case.sides)),
        notes=() if problem else tuple(_case_notes(case)),
    )


def _reason(evidence: Evidence, effect: float, decided: Verdict, spec: GateSpec) -> str:
    sizes = evidence.processes
    if sizes and min(sizes) < FEWEST:
        return (
            f"too few processes: {sizes[0]} of the baseline, {sizes[1]} of the candidate; at least"
            f" {FEWEST} of each are needed"
        )
    return latency_reason(decided, evidence, effect, spec, "processes of each side")


def _problem(case: _Case, spec: GateSpec) -> str:
    """Say why the times of a case cannot be compared at all; empty if they can."""
    for side, mine in zip(SIDES, case.processes, strict=True):
        if not mine.counted:
            return f"no process of the {side} counts: {mine.why}"
        if mine.invalid > spec.max_invalid:
            total = len(mine.counted) + len(mine.problems)
            return (
                f"{len(mine.problems)} of {processes(total)} of the {side} do not count: {mine.why}"
            )
    return ""


def _case_notes(case: _Case) -> Iterator[str]:
    for side, mine in zip(SIDES, case.processes, strict=True):
        if mine.problems:
            verb = "do" if len(mine.problems) > 1 else "does"
            yield f"{processes(len(mine.problems))} of the {side} {verb} not count: {mine.why}"
    if case.means:
        yield "means are compared, as a tool gave no median"


def _notes(
    baseline: Run, candidate: Run, found: Comparability, differs: Collection[str]
) -> Iterator[str]:
    yield f"Measured {_day(baseline)} and {_day(candidate)}. {WEAKER}"
    purpose = [one for one in found.differing if one.refused and one.fact in differs]
    for one in purpose:
        yield f"Compared on purpose: {one.text}."
    same = set(differs) - {one.fact for one in purpose} - set(found.unknown)
    for name in sorted(same):
        yield f"--differs {name}: it is the same in both runs."
    for one in found.told():
        yield f"{one.text[0].upper()}{one.text[1:]}."
    if found.all_same:
        yield "Models, tools and configurations are the same: only the time of the runs differs."
    if found.unknown:
        yield f"Not checked, as not both runs tell it: {', '.join(found.unknown)}."


def _gaps(summary: RunSummary) -> Iterator[str]:
    """Say what a run lacks of what it had planned."""
    run = summary.run
    left = sum(device.left for device in summary.devices)
    if run.state is not RunState.FINISHED or left:
        yield (
            f"Run {run.plan.run_id} is not complete ({run.state}): {processes(left)} of"
            f" {len(run.plan.invocations)} are missing."
        )
    for device, failure in (run.end.lost if run.end else {}).items():
        yield f"Run {run.plan.run_id} lost {device}: {failure.message}"


def _day(run: Run) -> str:
    """Return when a run was planned: local time of the controller, to the minute."""
    return run.plan.created[:16].replace("T", " ")


def _side(run: Run, name: str) -> SideSpec:
    plan = run.plan
    called = f" ({name})" if name else ""
    commit = f" at {plan.git_commit[:8]}" if plan.git_commit else ""
    dirty = "+" if plan.git_commit and plan.git_commit.endswith("+") else ""
    return SideSpec(
        text=f"run {plan.run_id}{called}, {plan.suite}{commit}{dirty}",
        suite_path=plan.suite_path,
        suite_text=plan.suite_text,
        git_commit=plan.git_commit,
        tools=plan.tools,
    )
