"""Pairs of fresh processes, and why some do not count. Invalid pairs are kept and told."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from benchhub.analysis.verdicts import Pair
from benchhub.records import Case, Invocation, Placement, Purpose, Side, Status

# Figures of these processes are not those of the configuration.
_NOT_COUNTED = {
    Status.INVALID: "the device was not fit",
    Status.FALLBACK: "another delegate ran",
    Status.WRONG: "the outputs are wrong",
}

# What an inference can take: a nanosecond to a day. Imported files say more than that.
SHORTEST_US, LONGEST_US = 1e-3, 86_400e6

Where = tuple[str | None, int | None, int | None]


def pairs_of(sides: tuple[Case, Case], invocations: Collection[Invocation]) -> tuple[Pair, ...]:
    """Return the latency pairs of a case on one device, by round.

    Args:
        sides: Baseline and candidate.
        invocations: Of that device.
    """
    found: dict[int, dict[Side, Invocation]] = {}
    for side, case in zip(Side, sides, strict=True):
        for one in invocations:
            if one.case_id == case.id and one.purpose is Purpose.LATENCY:
                found.setdefault(one.round, {})[side] = one
    usual = {
        side: usual_place(pair[side] for pair in found.values() if side in pair) for side in Side
    }
    return tuple(_pair(turn, found[turn], usual) for turn in sorted(found))


def _pair(turn: int, found: Mapping[Side, Invocation], usual: Mapping[Side, Where | None]) -> Pair:
    baseline, candidate = found.get(Side.BASELINE), found.get(Side.CANDIDATE)
    return Pair(turn, baseline, candidate, _problem(found, usual))


def _problem(found: Mapping[Side, Invocation], usual: Mapping[Side, Where | None]) -> str:
    for side, one in found.items():
        if why := problem_alone(one):
            return f"{side}: {why}"
    for side in Side:
        if side not in found:
            return f"{side}: not measured"
    why = _together(found[Side.BASELINE], found[Side.CANDIDATE])
    if why:
        return why
    for side, one in found.items():
        where = place_of(one.reading.placement)
        if where is not None and usual[side] is not None and where != usual[side]:
            return f"{side}: placed otherwise than in the other rounds"
    return ""


def _together(baseline: Invocation, candidate: Invocation) -> str:
    """Say why two processes that count alone are no pair; empty if they are."""
    if baseline.session != candidate.session:
        return "the connection was lost between the two"
    if _statistic(baseline) != _statistic(candidate):
        return f"a {_statistic(baseline)} cannot be compared with a {_statistic(candidate)}"
    governors = [set(one.before.governors.values()) for one in (baseline, candidate)]
    if governors[0] != governors[1]:
        words = (", ".join(sorted(one)) or "unknown" for one in governors)
        return f"the governor changed: {' against '.join(words)}"
    return ""


def problem_alone(one: Invocation) -> str:
    """Say why a process does not count, whatever the other one is; empty if it does."""
    if one.reading.failure:
        return one.reading.failure.message
    if one.status in _NOT_COUNTED:
        return _NOT_COUNTED[one.status]
    latency = one.reading.latency
    if latency is None:
        return "no figure"
    if not (math.isfinite(latency.value_us) and SHORTEST_US <= latency.value_us <= LONGEST_US):
        return f"{latency.value_us} us is no time"
    return ""


def _statistic(one: Invocation) -> str:
    return one.reading.latency.statistic if one.reading.latency else ""


def place_of(placement: Placement | None) -> Where | None:
    """Return what a placement is told apart by; None where it is not known."""
    if placement is None or placement.applied is None:
        return None
    return placement.applied, placement.nodes_delegated, placement.partitions


def usual_place(invocations: Iterable[Invocation]) -> Where | None:
    """Return the placement that most processes of a side have."""
    seen = Counter(where for one in invocations if (where := place_of(one.reading.placement)))
    return seen.most_common(1)[0][0] if seen else None
