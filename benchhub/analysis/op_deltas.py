"""What became of each operator between two sides, and what it adds to the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.moves import executor, moved
from benchhub.analysis.op_matching import Match, Operator, match_operators
from benchhub.analysis.op_names import cut, plain_names
from benchhub.analysis.phrases import signed_ms
from benchhub.analysis.profiled import operators_of
from benchhub.analysis.summary import CaseSummary
from benchhub.analysis.verdicts import Change, OpDelta
from benchhub.records import NONE, GraphFacts

# With fewer profile processes of a side nothing is certain.
_NEEDED = 2
_NAME_WIDTH = 40


@dataclass(frozen=True, slots=True)
class ProfiledSide:
    """One side of a comparison.

    Attributes:
        case: The case on that side.
        graph: What its file says of its nodes; None if that is not known.
        operators: Of the main graph, in the order of execution.
        names: How each is called, by its order.
    """

    case: CaseSummary
    graph: GraphFacts | None
    operators: tuple[Operator, ...]
    names: Mapping[int, str]

    @property
    def profiles(self) -> int:
        """How many profile processes there are."""
        return self.case.operators.n if self.case.operators else 0

    def has_node(self, operator: Operator, *, same_file: bool) -> bool:
        """Say whether the node of an operator of the other side is in this graph."""
        if self.graph is not None and self.graph.nodes:
            return bool(operator.name) and operator.name in {one.name for one in self.graph.nodes}
        return same_file and operator.node is not None

    @property
    def delegate(self) -> str | None:
        """Who runs what has no row of its own; None if no delegate does."""
        found = {one.executor for one in self.operators if one.executor}
        placement = self.case.placement
        if len(found) == 1:
            return found.pop()
        applied = placement.applied if placement else None
        return None if applied == NONE else applied


def profiled_side(case: CaseSummary, graph: GraphFacts | None) -> ProfiledSide:
    """Return one side of a comparison."""
    operators = operators_of(case, graph)
    names = plain_names([one.name for one in operators])
    orders = [one.order for one in operators]
    return ProfiledSide(case, graph, operators, dict(zip(orders, names, strict=True)))


def op_deltas(before: ProfiledSide, after: ProfiledSide) -> tuple[OpDelta, ...]:
    """Return what each operator adds; together it is the difference of the sums of both sides."""
    return tuple(delta for _, delta in matched_deltas(before, after))


def matched_deltas(before: ProfiledSide, after: ProfiledSide) -> tuple[tuple[Match, OpDelta], ...]:
    """Return the same with the operators that each is about."""
    matches = match_operators(before.operators, after.operators)
    return tuple((match, _delta(match, before, after)) for match in matches)


def _delta(match: Match, before: ProfiledSide, after: ProfiledSide) -> OpDelta:
    main, side = _main(match, before, after)
    was_on, is_on = _executors(match, before, after)
    before_us, after_us = (_sum(side) for side in (match.before, match.after))
    delta_us = (after_us or 0.0) - (before_us or 0.0)
    change = _change(match, delta_us, elsewhere=was_on != is_on)
    words = _words(match, change, before, after, (was_on, is_on))
    return OpDelta(
        change=change,
        op=main.op,
        name=side.names[main.order],
        node=main.node,
        before_us=before_us,
        after_us=after_us,
        before_on=was_on,
        after_on=is_on,
        delta_us=delta_us,
        certain=_certain(match, before, after),
        text=f"{signed_ms(delta_us)} {words}",
    )


def _main(match: Match, before: ProfiledSide, after: ProfiledSide) -> tuple[Operator, ProfiledSide]:
    """Return the operator that gives a match its name: one whose node is known, if there is."""
    found = [
        (found[-1], side) for found, side in ((match.after, after), (match.before, before)) if found
    ]
    return next((one for one in found if one[0].node is not None), found[0])


def _sum(operators: Sequence[Operator]) -> float | None:
    return sum(one.mean_us for one in operators) if operators else None


def _executors(
    match: Match, before: ProfiledSide, after: ProfiledSide
) -> tuple[str | None, str | None]:
    """Return who ran it on each side; the same twice if that cannot be told of one."""
    was = list(dict.fromkeys(one.executor for one in match.before))
    now = list(dict.fromkeys(one.executor for one in match.after))
    if not was or not now:
        here, there = (before, after) if was else (after, before)
        mine = (was or now)[0]
        theirs = _elsewhere((match.before or match.after)[0], here, there)
        return (mine, theirs) if was else (theirs, mine)
    # Of several the one that differs is what is to be told.
    was_on = next((one for one in was if one not in now), was[0])
    return was_on, next((one for one in now if one not in was), now[0])


def _elsewhere(operator: Operator, here: ProfiledSide, there: ProfiledSide) -> str | None:
    """Return who runs on the other side what has no row there; the same if nobody else does."""
    mine = operator.executor
    if operator.partition:
        return mine if there.delegate == mine else there.delegate
    digest = here.case.case.variant.sha256
    same_file = bool(digest) and digest == there.case.case.variant.sha256
    if operator.node is not None and there.has_node(operator, same_file=same_file):
        return there.delegate
    return mine


def _change(match: Match, delta_us: float, *, elsewhere: bool) -> Change:
    if elsewhere:
        return Change.MOVED
    if not match.before:
        return Change.NEW
    if not match.after:
        return Change.REMOVED
    if max(len(match.before), len(match.after)) > 1:
        return Change.FUSED
    return Change.SLOWER if delta_us > 0 else Change.FASTER


def _certain(match: Match, before: ProfiledSide, after: ProfiledSide) -> bool:
    """Say whether the times of all processes of one side are above all of the other side."""
    sides = ((match.before, before), (match.after, after))
    if any(side.profiles < _NEEDED for _, side in sides):
        return False
    was, now = (_totals(found) for found, _ in sides)
    return max(was) < min(now) or max(now) < min(was)


def _totals(operators: Sequence[Operator]) -> list[float]:
    """Return the time of operators in each process; 0 for none."""
    processes = zip(*(one.times_us for one in operators), strict=True)
    return [sum(times) for times in processes] or [0.0]


def _words(
    match: Match,
    change: Change,
    before: ProfiledSide,
    after: ProfiledSide,
    executors: tuple[str | None, str | None],
) -> str:
    name = _called(*_main(match, before, after))
    if change in (Change.NEW, Change.REMOVED):
        return f"{change} {name}"
    together = max(len(match.before), len(match.after)) > 1
    if len(match.before) > 1:
        name = f"{_types(match.before)} fused into {name}"
    elif together:
        name = f"{_called(match.before[0], before)} split into {_types(match.after)}"
    elif match.before and match.after and match.before[0].kinds.isdisjoint(match.after[0].kinds):
        name += f", before {match.before[0].op}"
    if change is Change.MOVED:
        name += f", {'partly ' if together else ''}{moved(*executors)}"
    return name


def _types(operators: Sequence[Operator]) -> str:
    return " + ".join(one.op for one in operators)


def _called(operator: Operator, side: ProfiledSide) -> str:
    """Call an operator by type, node and output tensor, or the delegate's kernel by its name."""
    name = cut(side.names[operator.order], _NAME_WIDTH)
    if operator.partition:
        return f"partition of {executor(operator.executor)}" + (f" ({name})" if name else "")
    if operator.node is None and operator.executor:
        return f"{operator.kernel} of {executor(operator.executor)}"
    node = "" if operator.node is None else f" #{operator.node}"
    return f"{operator.op}{node}" + (f" ({name})" if name else "")
