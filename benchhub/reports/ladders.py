"""Ladders: times of some cases on one log scale, slow to fast, a line a variant or a device."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary


@dataclass(frozen=True, slots=True)
class Rung:
    """One case on a ladder: place from slow (0) to fast (100), and its role there."""

    x: float
    role: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """The times of one line, slow to fast, on the log scale that it shares with others."""

    label: str
    slowest_us: float
    fastest_us: float
    rungs: tuple[Rung, ...]

    @property
    def size(self) -> int:
        """How many cases it has."""
        return len(self.rungs)


def ladders(
    lines: Sequence[tuple[str, Sequence[CaseSummary]]], role: Callable[[CaseSummary], str]
) -> tuple[Ladder, ...]:
    """Draw labelled lines of cases, each fastest first, on one scale.

    Args:
        lines: Label and cases; cases without a number are left out, and so are empty lines.
        role: `best`, `reference` or `other`.
    """
    timed = [
        (label, [(one, one.latency.value_us) for one in cases if one.latency])
        for label, cases in lines
    ]
    logs = [math.log(us) for _, cases in timed for _, us in cases]
    if not logs:
        return ()
    slow = max(logs)
    span = (slow - min(logs)) or 1.0
    return tuple(
        Ladder(
            label,
            max(us for _, us in cases),
            min(us for _, us in cases),
            tuple(
                Rung(round(100 * (slow - math.log(us)) / span, 2), role(one)) for one, us in cases
            ),
        )
        for label, cases in timed
        if cases
    )
