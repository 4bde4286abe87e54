"""Says whether two runs can be compared: which of the checked facts differ. Never guesses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchhub.analysis.checked_facts import CHECKED, MODEL, Fact, Subject
from benchhub.errors import NoCasesError, UsageError
from benchhub.records import SIDES, Invocation, Purpose, Run

# A message names that many places or facts and counts the others.
MOST_NAMED = 3
# Characters of a fact.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Match:
    """A case on a device that both runs have."""

    baseline: Subject
    candidate: Subject

    @property
    def device(self) -> str:
        """Name of the device."""
        return self.candidate.device

    @property
    def case_id(self) -> str:
        """Id of the case."""
        return self.candidate.case.pair_id


@dataclass(frozen=True, slots=True)
class Differing:
    """A checked fact that differs.

    Attributes:
        fact: Its name.
        places: What it is a fact of; empty for the whole run.
        baseline: In words.
        candidate: Likewise.
        refused: Whether runs that differ in it are not compared.
    """

    fact: str
    places: tuple[str, ...]
    baseline: str
    candidate: str
    refused: bool

    @property
    def text(self) -> str:
        """One line, e.g. `build of pi4: Debian 12 against Debian 13`."""
        of = f" of {named(self.places)}" if self.places else ""
        return f"{self.fact}{of}: {self.baseline} against {self.candidate}"


@dataclass(frozen=True, slots=True)
class Comparability:
    """What holding two runs against each other found.

    Attributes:
        differing: Facts that differ, those that forbid a comparison first.
        unknown: Names of facts that would forbid it, or the model, that a run does not tell.
    """

    differing: tuple[Differing, ...]
    unknown: tuple[str, ...]

    def refused(self, differs: Collection[str] = ()) -> tuple[Differing, ...]:
        """Return what forbids a comparison, but for the facts that are compared on purpose."""
        return tuple(one for one in self.differing if one.refused and one.fact not in differs)

    @property
    def all_same(self) -> bool:
        """Whether models and everything that has to agree are known to be the same."""
        sides = {MODEL, "tool", "configuration"}
        moved = any(one.refused or one.fact == MODEL for one in self.differing)
        return not moved and sides.isdisjoint(self.unknown)

    def told(self) -> tuple[Differing, ...]:
        """Return what a reader should know."""
        return tuple(one for one in self.differing if not one.refused)


def match(baseline: Run, candidate: Run) -> tuple[tuple[Match, ...], tuple[str, ...]]:
    """Return the cases that both runs have, and a sentence for each that only one has.

    Raises:
        NoCasesError: They have none in common.
    """
    before, after = subjects(baseline), subjects(candidate)
    common = tuple(Match(before[key], after[key]) for key in after if key in before)
    if not common:
        texts = [
            f"{run.plan.run_id} has {named([f'{case} on {device}' for device, case in found])}"
            for run, found in ((baseline, before), (candidate, after))
        ]
        raise NoCasesError(
            f"the runs have no case on a device in common: {', '.join(texts)}.",
            "Cases are matched by their ids and devices by their names.",
        )
    return common, tuple(_unmatched(before, after))


def compare_facts(matches: Sequence[Match]) -> Comparability:
    """Hold the facts of two runs against each other, as far as the cases in common need them."""
    found: dict[tuple[Fact, str, str], list[str]] = {}
    unknown: dict[str, None] = {}
    for fact in CHECKED:
        seen = set()
        for one in matches:
            place = fact.level.place(one.candidate)
            if place in seen:
                continue
            seen.add(place)
            before, after = fact.value(one.baseline), fact.value(one.candidate)
            if before is None or after is None:
                if fact.refused or fact.name == MODEL:
                    unknown[fact.name] = None
            elif not fact.same(before, after):
                found.setdefault((fact, *_shown(fact, before, after)), []).append(place)
    differing = (
        Differing(fact.name, tuple(place for place in places if place), before, after, fact.refused)
        for (fact, before, after), places in found.items()
    )
    return Comparability(tuple(differing), tuple(unknown))


def demand_comparable(
    found: Comparability, run_ids: tuple[str, str], differs: Collection[str]
) -> None:
    """Raise UsageError if runs differ in what has to agree, naming each fact and the way out."""
    refused = found.refused(differs)
    if not refused:
        return
    texts = [one.text for one in refused[:MOST_NAMED]]
    if len(refused) > MOST_NAMED:
        texts.append(f"and {len(refused) - MOST_NAMED} more")
    words = " ".join(f"--differs {name}" for name in dict.fromkeys(one.fact for one in refused))
    raise UsageError(
        f"runs {run_ids[0]} and {run_ids[1]} cannot be compared: {'; '.join(texts)}.",
        f"If that is what you compare: {words}. To compare them all the same: --force",
    )


def subjects(run: Run) -> dict[tuple[str, str], Subject]:
    """Return what of a run can be held against another one, by device and id of the case."""
    measured: dict[str, list[Invocation]] = {}
    own: dict[tuple[str, str], list[Invocation]] = {}
    for one in run.invocations:
        if one.purpose is Purpose.LATENCY:
            measured.setdefault(one.device, []).append(one)
            own.setdefault((one.device, one.case_id), []).append(one)
    everything = {device: tuple(found) for device, found in measured.items()}
    return {
        (device, case.pair_id): Subject(
            run, device, case, everything.get(device, ()), tuple(own.get((device, case.id), ()))
        )
        for device in run.plan.devices
        for case in run.plan.cases
        if run.plan.measures(device, case)
    }


def _unmatched(
    before: dict[tuple[str, str], Subject], after: dict[tuple[str, str], Subject]
) -> Iterator[str]:
    for side, mine, other in ((SIDES[0], before, after), (SIDES[1], after, before)):
        devices = {device for device, _ in other}
        alone = dict.fromkeys(device for device, _ in mine if device not in devices)
        for device in alone:
            yield f"device {device} is in the {side} only: it is not compared."
        for device, case_id in mine:
            if device in devices and (device, case_id) not in other:
                yield f"{case_id} on {device} is in the {side} only: it is not compared."


def _shown(fact: Fact, before: Any, after: Any) -> tuple[str, str]:
    if isinstance(before, dict):
        keys = [key for key in before if before[key] != after.get(key)]
        before, after = ({key: one[key] for key in keys if key in one} for one in (before, after))
    return printable(fact.shown(before)), printable(fact.shown(after))


def printable(text: str) -> str:
    """Return what a device or a program says of itself so that a terminal can print it."""
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in cut)


def named(names: Sequence[str], between: str = ", ") -> str:
    """Name the first few and count the others: `a, b, c and 4 more`."""
    if not names:
        return "none"
    more = len(names) - MOST_NAMED
    return between.join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
