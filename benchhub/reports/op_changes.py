"""What each operator of a case adds to the time of another case: the baseline or the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchhub.analysis.op_deltas import ProfiledSide, matched_deltas
from benchhub.analysis.op_matching import Match
from benchhub.analysis.phrases import signed_ms
from benchhub.analysis.verdicts import Change, OpDelta
from benchhub.reports.numbers import MISSING

BASELINE = "baseline"
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class OpChange:
    """One operator against the same work of the other case.

    Attributes:
        delta: What it adds. Of a node that is several operators here, it is that of all of them.
        is_told: Whether its difference is told here; False for all but one of such operators.
        what: What became of it where that is more than its time, e.g. `2 in the baseline`.
        moved: Whether something else ran it in the baseline; another configuration often does.
    """

    delta: OpDelta
    is_told: bool = True
    what: str = ""
    moved: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether the times of both sides do not overlap."""
        return self.is_told and self.delta.certain

    @property
    def delta_us(self) -> float | None:
        """What it adds per inference; None if that is told at another operator."""
        return self.delta.delta_us if self.is_told else None

    @property
    def before_us(self) -> float | None:
        """Its time in the other case; None if it has none there or it is told elsewhere."""
        return self.delta.before_us if self.is_told else None


@dataclass(frozen=True, slots=True)
class OpChanges:
    """A case against another one.

    Attributes:
        of: What is told of operators of the main graph, by their place in the order of execution.
        removed: What the other case has and this one has not.
        n: Profile processes of the other case and of this one.
    """

    of: Mapping[int, OpChange]
    removed: tuple[OpChange, ...]
    n: tuple[int, int]

    @property
    def all(self) -> tuple[OpChange, ...]:
        """All of them."""
        return (*self.of.values(), *self.removed)


def op_changes(before: ProfiledSide, after: ProfiledSide, kind: str) -> OpChanges:
    """Return what each operator of a case adds to another one.

    Args:
        before: The other case.
        after: The case.
        kind: `BASELINE`, where an operator that only one case has is new or removed; `REFERENCE`,
            another configuration or variant, where nothing can be said of such an operator.
    """
    found: dict[int, OpChange] = {}
    removed = []
    for match, delta in matched_deltas(before, after):
        if not match.after:
            removed.append(OpChange(delta, what=str(delta.change)))
            continue
        if not match.before and kind == REFERENCE:
            continue
        slowest = max(match.after, key=lambda one: one.mean_us)
        for one in match.after:
            told = one is slowest
            what = _what(match, delta, kind) if told else ""
            moved = kind == BASELINE and delta.before_on != delta.after_on
            found[one.order] = OpChange(delta, told, what, moved)
    return OpChanges(
        of=found,
        removed=tuple(removed) if kind == BASELINE else (),
        n=(before.profiles, after.profiles),
    )


def _what(match: Match, delta: OpDelta, kind: str) -> str:
    if len(match.before) > 1:
        return f"{len(match.before)} in the {kind}"
    if len(match.after) > 1:
        return f"1 of {len(match.after)}, 1 in the {kind}"
    return str(delta.change) if delta.change is Change.NEW else ""


def added(us: float | None) -> str:
    """Write what an operator adds in ms with its sign, without the unit."""
    return MISSING if us is None else signed_ms(us).removesuffix("ms").rstrip()
