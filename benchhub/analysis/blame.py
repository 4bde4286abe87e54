"""Which operators a difference of latency is due to.

Latency is measured without the profiler, operators with it, in processes of their own: their sum
is not the latency. So both are told, and where the profile does not explain what was measured the
note says so. With two and more profile processes of each side a difference is called certain where
their times do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchhub.analysis.moves import moved, placement_changes
from benchhub.analysis.op_deltas import ProfiledSide, op_deltas, profiled_side
from benchhub.analysis.phrases import figure, processes, signed_ms
from benchhub.analysis.summary import TRUSTED, CaseSummary
from benchhub.analysis.verdicts import Blame, Change, OpDelta
from benchhub.records import GraphFacts, Profile

Graphs = tuple[GraphFacts | None, GraphFacts | None]

# Below that share of the difference an operator is not told, certain or not.
_CERTAIN_SHARE, _SHARE = 0.02, 0.1
_MOST_NAMED = 3
_MOST_MOVED = 2  # of a kind, before they are told together
# The profile explains a difference if it shows that much of it.
_EXPLAINED, _EXCEEDED = 0.5, 1.5
_ALL = 1.05  # operators that add up to a little more than the difference are still part of it
_WORTH_TELLING = 0.05
# Operators add up to less than an inference, or to a little more than one of another process.
_SLOWER = 1.3


def blame(
    baseline: CaseSummary, candidate: CaseSummary, graphs: Graphs = (None, None)
) -> Blame | None:
    """Say which operators make the difference of a case; None without profiles of both sides.

    Args:
        baseline: The case on that side.
        candidate: Likewise.
        graphs: What the files of both say of their nodes; without it nodes that ran inside a
            delegate cannot be told.
    """
    if not (baseline.latency and candidate.latency):
        return None
    before, after = (
        profiled_side(case, graph)
        for case, graph in zip((baseline, candidate), graphs, strict=True)
    )
    if not (before.operators and after.operators):
        return None
    delta_us = candidate.latency.value_us - baseline.latency.value_us
    deltas = op_deltas(before, after)
    profiled_us = sum(one.delta_us for one in deltas)
    ops = _worth(deltas, delta_us, profiled_us)
    placement = placement_changes(baseline.placement, candidate.placement)
    return Blame(
        delta_us=delta_us,
        profiled_us=profiled_us,
        ops=ops,
        placement=placement,
        n=(before.profiles, after.profiles),
        text=_text(ops, deltas, delta_us, profiled_us),
        note="; ".join(_doubts(before, after, delta_us, profiled_us)),
    )


def _worth(deltas: Sequence[OpDelta], delta_us: float, profiled_us: float) -> tuple[OpDelta, ...]:
    """Return the operators that are worth telling, what moved first, then by contribution."""
    scale = max(abs(delta_us), abs(profiled_us))
    direction = 1 if (delta_us or profiled_us) >= 0 else -1

    def told(one: OpDelta) -> bool:
        share = abs(one.delta_us) / scale if scale else 0.0
        told_anyway = _is_another(one) and (one.node is not None or one.change is Change.MOVED)
        return told_anyway or share >= (_CERTAIN_SHARE if one.certain else _SHARE)

    def rank(one: OpDelta) -> tuple[bool, float]:
        return one.change is not Change.MOVED, -one.delta_us * direction

    return tuple(sorted(filter(told, deltas), key=rank))


def _is_another(one: OpDelta) -> bool:
    """Say whether more than the time of an operator differs."""
    return one.change not in (Change.SLOWER, Change.FASTER)


def _text(
    ops: Sequence[OpDelta], deltas: Sequence[OpDelta], delta_us: float, profiled_us: float
) -> str:
    """Return one line: the difference, and the few operators that make most of it."""
    sure = [one for one in ops if one.certain or _is_another(one)]
    if not any(one.certain for one in deltas):
        sure = list(ops)
    parts = [part for part in _parts(sure) if part.us * delta_us > 0]
    parts = [part for part in parts if abs(part.us) >= _SHARE * abs(delta_us)]
    total = signed_ms(delta_us)
    if not parts:
        return _spread(deltas, delta_us, profiled_us)
    texts = [part.text for part in parts[:_MOST_NAMED]]
    if len(parts) > _MOST_NAMED:
        texts.append(f"{len(parts) - _MOST_NAMED} more")
    words = " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
    if abs(sum(part.us for part in parts)) > _ALL * abs(delta_us):
        return f"{total}; in the profile {words}"
    return f"{total}, of which {words}"


@dataclass(frozen=True, slots=True)
class _Part:
    us: float
    text: str


def _parts(ops: Sequence[OpDelta]) -> Iterator[_Part]:
    """Yield what is told one by one; many that moved the same way are told together."""
    routes: dict[tuple[str | None, str | None], list[OpDelta]] = {}
    for one in ops:
        if one.change is Change.MOVED:
            routes.setdefault((one.before_on, one.after_on), []).append(one)
    for route, found in routes.items():
        if len(found) <= _MOST_MOVED:
            yield from (_Part(one.delta_us, one.text) for one in found)
            continue
        us = sum(one.delta_us for one in found)
        most = max(found, key=lambda one: one.delta_us if us >= 0 else -one.delta_us)
        what = f"{len(found)} operators {moved(*route)}"
        name = most.text.removesuffix(f", {moved(*route)}")
        yield _Part(us, f"{signed_ms(us)} {what} (most: {name})")
    yield from (_Part(one.delta_us, one.text) for one in ops if one.change is not Change.MOVED)


def _spread(deltas: Sequence[OpDelta], delta_us: float, profiled_us: float) -> str:
    """Say that no operator alone explains it."""
    total = signed_ms(delta_us)
    if not delta_us or profiled_us * delta_us <= 0:
        return f"{total}; no operator explains it"
    same = [one for one in deltas if one.delta_us * delta_us > 0]
    most = max(same, key=lambda one: abs(one.delta_us))
    word = "slower" if delta_us > 0 else "faster"
    return f"{total}, spread: {len(same)} of {len(deltas)} operators are {word}, most {most.text}"


def _doubts(
    before: ProfiledSide, after: ProfiledSide, delta_us: float, profiled_us: float
) -> Iterator[str]:
    sides = (("baseline", before), ("candidate", after))
    few = [name for name, side in sides if side.profiles < 2]
    if few:
        yield f"one profile process of {' and '.join(few)}: what it says is not certain"
    explained = profiled_us / delta_us if delta_us else 1.0
    if not _EXPLAINED <= explained <= _EXCEEDED:
        what = "exaggerate" if explained > 1 else "do not explain"
        yield (
            f"measured {signed_ms(delta_us)}, but the operators of the profiles differ by "
            f"{signed_ms(profiled_us)}: they {what} it"
        )
    for name, side in sides:
        yield from (f"{name}: {doubt}" for doubt in _own_doubts(side))
    sources = {side.case.operators.source for _, side in sides if side.case.operators}
    if len(sources) > 1:
        yield f"operator times are from {' and '.join(sorted(sources))}"


def _own_doubts(side: ProfiledSide) -> Iterator[str]:
    """Yield what makes the profile of one side doubtful."""
    case, total = side.case, sum(one.mean_us for one in side.operators)
    if case.profile_status not in TRUSTED:
        reasons = [one.meaning.rstrip(".") for one in case.findings if one.id.startswith("check.")]
        yield f"operator times are {case.profile_status}" + (f" ({reasons[0]})" if reasons else "")
    if case.latency and total > _SLOWER * case.latency.value_us:
        yield (
            f"operators took {total / case.latency.value_us:.1f} times as long in the profile as "
            "an inference without it"
        )
    if len({_rows(one.reading.profile) for one in case.profile_invocations} - {None}) > 1:
        yield f"its {processes(side.profiles)} do not all tell the same operators"
    untold = sum(one.mean_us for one in side.operators if one.node is None and not one.partition)
    if total and untold / total >= _WORTH_TELLING:
        yield f"for {figure(100 * untold / total)} % of the time it cannot be told which node it is"


def _rows(profile: Profile | None) -> tuple[tuple[int, int, str], ...] | None:
    """Return which operators a profile tells; None if it tells none."""
    if profile is None or not profile.ops:
        return None
    return tuple(sorted((one.subgraph, one.order, one.kernel) for one in profile.ops))
