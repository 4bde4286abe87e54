"""What else differs between several runs: only facts that do, and whether that was to be expected.

The facts are those that two runs are held against each other by before their times are
(`benchhub.analysis.checked_facts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchhub.analysis.checked_facts import CHECKED, MODEL, Fact
from benchhub.analysis.comparable import printable, subjects
from benchhub.records import Run

# How a difference reads; a fact that has to agree reads otherwise.
_EXPECTED = {
    MODEL: "expected where models are worked on",
    "suite": "expected where runs of several suites are compared",
    "benchhub": "expected after an update",
    "profiles": "expected: profiles are processes of their own",
}
_CHECK = {
    "figures": "check: what was imported is not known as well as what was measured",
    "transport": "check: the device was reached in another way",
}
_STATE = "check: the device was in another state"
_REFUSED = "check: no ratio where it differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is not the same in all runs.

    Attributes:
        fact: Its name.
        places: What it is a fact of; empty for the whole run.
        values: In words, a run each; None where a run does not tell it or lacks the place.
        reading: What to make of it.
        expected: Whether it is no reason for a doubt.
    """

    fact: str
    places: tuple[str, ...]
    values: tuple[str | None, ...]
    reading: str
    expected: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """What was checked.

    Attributes:
        rows: Facts that differ: those to be checked first.
        equal: How many of the other facts all runs tell alike.
        unknown: Facts that have to agree and that not all runs tell.
    """

    rows: tuple[Difference, ...]
    equal: int
    unknown: tuple[str, ...]


def differences(runs: Sequence[Run]) -> Differences:
    """Return what differs between runs, in their order."""
    told = [subjects(run) for run in runs]
    rows: list[Difference] = []
    unknown: list[str] = []
    equal = 0
    for fact in CHECKED:
        found: dict[str, list[Any]] = {}
        for i, mine in enumerate(told):
            seen = set()
            for subject in mine.values():
                place = fact.level.place(subject)
                if place not in seen:
                    seen.add(place)
                    found.setdefault(place, [None] * len(runs))[i] = fact.value(subject)
        differing = list(_rows(fact, found))
        rows += differing
        known = [all(value is not None for value in values) for values in found.values()]
        equal += not differing and all(known)
        if fact.refused and not all(known) and _misses(fact, told, found):
            unknown.append(fact.name)
    ordered = sorted(rows, key=lambda one: one.expected)
    return Differences(tuple(ordered), equal, tuple(unknown))


def _misses(fact: Fact, told: Sequence[Any], found: dict[str, list[Any]]) -> bool:
    """Say whether a run that has a place does not tell the fact of it."""
    for i, mine in enumerate(told):
        places = {fact.level.place(subject) for subject in mine.values()}
        if any(found[place][i] is None for place in places):
            return True
    return False


def _rows(fact: Fact, found: dict[str, list[Any]]) -> Iterator[Difference]:
    alike: dict[tuple[str | None, ...], list[str]] = {}
    for place, values in found.items():
        told = [value for value in values if value is not None]
        if all(fact.same(told[0], value) for value in told):
            continue
        alike.setdefault(_shown(fact, values), []).append(place)
    expected = fact.name in _EXPECTED
    reading = _EXPECTED.get(fact.name) or _CHECK.get(fact.name) or _STATE
    if fact.refused:
        expected, reading = False, _REFUSED
    for shown, places in alike.items():
        named = tuple(place for place in places if place)
        yield Difference(fact.name, named, shown, reading, expected)


def _shown(fact: Fact, values: Sequence[Any]) -> tuple[str | None, ...]:
    """Write the values; of several settings only those that differ."""
    told = [value for value in values if value is not None]
    if isinstance(told[0], dict):
        keys = [key for key in told[0] if any(one.get(key) != told[0][key] for one in told)]
        values = [
            None if one is None else {key: one[key] for key in keys if key in one} for one in values
        ]
    return tuple(None if one is None else printable(fact.shown(one)) for one in values)
