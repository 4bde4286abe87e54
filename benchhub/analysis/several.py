"""Holds several stored runs against the first of them, case by case.

They were not measured side by side, so a ratio is weaker than one of pairs
(`benchhub.analysis.unpaired`), and nothing is decided. There is none between runs that differ in
what has to agree, nor between programs or delegates that are not the same ones that really ran.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.checked_facts import CHECKED, Subject
from benchhub.analysis.comparable import Match, compare_facts, subjects
from benchhub.analysis.gate import Evidence
from benchhub.analysis.pairs import usual_place
from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.analysis.unpaired import weigh_case
from benchhub.errors import UsageError
from benchhub.records import CPU, NONE, Status, spelled

Key = tuple[str, str]

_LEVELS = {fact.name: fact.level for fact in CHECKED}
_NOT_ITS_OWN = {
    Status.FALLBACK: "another delegate ran (FALLBACK)",
    Status.WRONG: "the outputs are wrong (WRONG)",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A case of one run, held against the first run.

    Attributes:
        case: The case; its latency is that of the processes that were weighed.
        evidence: What the processes of both runs say of its time divided by that in the first
            run; None in the first run itself, and where the times are not to be compared.
        why: Why they are not; empty if they are, and in the first run.
        note: What a reader should know of the ratio; may be empty.
    """

    case: CaseSummary
    evidence: Evidence | None = None
    why: str = ""
    note: str = ""


def demand_plain(runs: Sequence[RunSummary]) -> None:
    """Raise UsageError if a run compares two sides itself."""
    for summary in runs:
        run_id = summary.run.plan.run_id
        if summary.run.plan.sides:
            raise UsageError(
                f"run {run_id} compares two sides itself.",
                f"Its report alone: benchhub report {run_id}",
            )


def hold(first: RunSummary, other: RunSummary) -> Mapping[Key, Held]:
    """Hold a run against the first one.

    Returns:
        Each of its cases, by device and id of the case.
    """
    before, after = subjects(first.run), subjects(other.run)
    matches = {key: Match(before[key], after[key]) for key in after if key in before}
    differing = compare_facts(list(matches.values())).refused()
    known = _cases(first)
    held: dict[Key, Held] = {}
    for key, case in _cases(other).items():
        one = matches.get(key)
        if one is None:
            held[key] = Held(case, why="not in the first run")
            continue
        names = [
            fact.fact
            for fact in differing
            if not fact.places or _LEVELS[fact.fact].place(one.candidate) in fact.places
        ]
        held[key] = _held(one, (known[key], case), tuple(dict.fromkeys(names)))
    return held


def alone(first: RunSummary) -> Mapping[Key, Held]:
    """Return the cases of the first run, which are held against nothing."""
    return {key: Held(case) for key, case in _cases(first).items()}


def _cases(summary: RunSummary) -> dict[Key, CaseSummary]:
    return {
        (device.name, case.case.pair_id): case
        for device in summary.devices
        for case in device.cases
    }


def _held(one: Match, sides: tuple[CaseSummary, CaseSummary], differing: tuple[str, ...]) -> Held:
    evidence, problem, shown = weigh_case(one, sides)
    if differing:
        return Held(shown[1], why=f"another {' and another '.join(differing)}")
    why = _ran_otherwise(one, sides) or _not_its_own(sides) or problem
    if why or evidence.ratio is None:
        return Held(shown[1], why=why or "no figure")
    return Held(shown[1], evidence, note=_placed_otherwise(sides))


def _ran_otherwise(one: Match, sides: tuple[CaseSummary, CaseSummary]) -> str:
    """Say which other program or delegate really ran; empty if it was the same or is not told."""
    families = [_family(side) for side in (one.baseline, one.candidate)]
    if all(families) and families[0] != families[1]:
        return f"another program: {families[1]}, in the first run {families[0]}"
    places = [usual_place(side.latency_invocations) for side in sides]
    if places[0] and places[1] and places[0][0] != places[1][0]:
        before, after = (_name(place[0]) for place in places if place)
        return f"ran on {after}, in the first run on {before}"
    return ""


def _name(applied: str | None) -> str:
    if applied in (None, CPU):
        return "the CPU"
    return spelled(applied) if applied != NONE else "the built-in kernels"


def _not_its_own(sides: tuple[CaseSummary, CaseSummary]) -> str:
    for side, where in zip(sides, (" in the first run", ""), strict=True):
        if side.status in _NOT_ITS_OWN:
            return f"{_NOT_ITS_OWN[side.status]}{where}"
        if side.fell_back:
            return f"{_NOT_ITS_OWN[Status.FALLBACK]}{where}"
        if side.unproven:
            return f"nothing tells which delegate ran{where}"
    return ""


def _placed_otherwise(sides: tuple[CaseSummary, CaseSummary]) -> str:
    before, after = (usual_place(side.latency_invocations) for side in sides)
    if not before or not after or before[1:] == after[1:]:
        return ""
    after_text, before_text = (_pieces(*place[1:]) for place in (after, before))
    return f"placed otherwise: {after_text}, in the first run {before_text}"


def _pieces(nodes: int | None, partitions: int | None) -> str:
    counts = (("node", nodes), ("partition", partitions))
    return " in ".join(f"{n} {what}{'s' * (n != 1)}" for what, n in counts if n is not None)


def _family(subject: Subject) -> str:
    tools = subject.record.tools if subject.record else ()
    return next((one.family for one in tools if one.name == subject.case.tool), "")
