"""Which operator of one graph is which of another one that is much the same.

The surest comes first:

1. The same output tensor, if only one operator of each side has it and the types can be the same.
2. What is left between such pairs is aligned: as many operators of the same type as can be are
   paired in their order, and of several such alignments that is taken in which work, kernel and
   time fit best. So an inserted operator shifts the numbers of the nodes behind it, nothing else.
3. Several operators in a row, of which one of the other side has the last output tensor, were
   fused into it, or it was split into them.
4. The same output tensor of another type: it is computed otherwise now.

No operator is in two matches.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from benchhub.records import NodeCost

# One more pair of the same type is worth more than how well all pairs fit.
_PAIR = 1e6
# Two gaps of that many operators are aligned in about a second.
_MOST_CELLS = 600_000
_SAME_WORK, _SAME_KERNEL = 4.0, 2.0


@dataclass(frozen=True, slots=True)
class Operator:
    """One row of a profile, and the node behind it where that is known.

    Attributes:
        order: Position in the order of execution.
        op: Type of the node; where no node is known, what the executor calls it.
        kinds: Types of nodes that it can be.
        kernel: Kernel as the runtime names it.
        name: Output tensor; empty where it is not known.
        node: Index in its graph; None where it is not known.
        executor: Delegate that ran it; None for built-in kernels.
        mean_us: Mean per inference; the median of the profile processes.
        times_us: Mean of each profile process; 0 in one that does not have it.
        cost: Its work; None where it is not known.
        partition: Whether it is a whole partition in one row.
    """

    order: int
    op: str
    kinds: frozenset[str]
    kernel: str
    name: str
    node: int | None
    executor: str | None
    mean_us: float
    times_us: tuple[float, ...]
    cost: NodeCost | None = None
    partition: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Operators of two sides that are the same work; one side has none, or both have some.

    Attributes:
        before: Of the baseline, in order.
        after: Of the candidate, in order.
    """

    before: tuple[Operator, ...]
    after: tuple[Operator, ...]


def match_operators(before: Sequence[Operator], after: Sequence[Operator]) -> tuple[Match, ...]:
    """Match the operators of two profiles: each is in exactly one match.

    Args:
        before: Main graph of the baseline.
        after: Main graph of the candidate.
    """
    before = sorted(before, key=lambda one: one.order)
    after = sorted(after, key=lambda one: one.order)
    pairs = dict(_by_name(before, after))
    pairs |= dict(_between(before, after, pairs))
    groups = _fused(before, after, pairs)
    taken = {index for group in groups for index in group[0]}
    matches = [
        Match(tuple(before[one] for one in left), tuple(after[one] for one in right))
        for left, right in groups
    ]
    matches += [
        Match((before[one],), (after[other],)) for one, other in pairs.items() if one not in taken
    ]
    used = [
        {one.order for match in matches for one in match.before},
        {one.order for match in matches for one in match.after},
    ]
    matches += [Match((one,), ()) for one in before if one.order not in used[0]]
    matches += [Match((), (one,)) for one in after if one.order not in used[1]]
    return tuple(matches)


def _names(operators: Sequence[Operator]) -> Mapping[str, int]:
    """Return the operator of each output tensor that only one has."""
    seen = Counter(one.name for one in operators)
    return {one.name: i for i, one in enumerate(operators) if one.name and seen[one.name] == 1}


def _alike(one: Operator, other: Operator) -> bool:
    return one.partition == other.partition and not one.kinds.isdisjoint(other.kinds)


def _by_name(before: Sequence[Operator], after: Sequence[Operator]) -> Iterator[tuple[int, int]]:
    there = _names(after)
    for name, index in _names(before).items():
        if name in there and _alike(before[index], after[there[name]]):
            yield index, there[name]


def _between(
    before: Sequence[Operator], after: Sequence[Operator], pairs: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Align what is left between pairs that are in the same order on both sides."""
    taken = set(pairs.values())
    fences = [(-1, -1), *_longest_in_order(sorted(pairs.items())), (len(before), len(after))]
    for (left, right), (left_end, right_end) in pairwise(fences):
        mine = [one for one in range(left + 1, left_end) if one not in pairs]
        theirs = [one for one in range(right + 1, right_end) if one not in taken]
        for i, j in _aligned([before[one] for one in mine], [after[one] for one in theirs]):
            yield mine[i], theirs[j]


def _longest_in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs in which both numbers grow, by patience sorting."""
    tops: list[int] = []
    ends: list[int] = []
    previous: list[int | None] = []
    for index, (_, right) in enumerate(pairs):
        pile = bisect_left(tops, right)
        previous.append(ends[pile - 1] if pile else None)
        tops[pile : pile + 1] = [right]
        ends[pile : pile + 1] = [index]
    found = []
    at = ends[-1] if ends else None
    while at is not None:
        found.append(pairs[at])
        at = previous[at]
    return found[::-1]


def _aligned(before: Sequence[Operator], after: Sequence[Operator]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of the best alignment: a longest common subsequence with weights."""
    if len(before) * len(after) > _MOST_CELLS:
        yield from _aligned_by_type(before, after)
        return
    fits = [[_fit(one, other) for other in after] for one in before]
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in range(len(before) - 1, -1, -1):
        row, below, here = best[i], best[i + 1], fits[i]
        for j in range(len(after) - 1, -1, -1):
            row[j] = max(below[j], row[j + 1], below[j + 1] + here[j])
    i = j = 0
    while i < len(before) and j < len(after):
        if fits[i][j] and best[i][j] == best[i + 1][j + 1] + fits[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _aligned_by_type(
    before: Sequence[Operator], after: Sequence[Operator]
) -> Iterator[tuple[int, int]]:
    """Yield pairs of the same type in long sequences, where weights take too long.

    Both ends are paired as far as they are alike, then the longest blocks between them.
    """
    left, right = ([(one.op, one.partition) for one in side] for side in (before, after))
    most = min(len(left), len(right))
    head = next((i for i in range(most) if left[i] != right[i]), most)
    tail = next((i for i in range(most - head) if left[-1 - i] != right[-1 - i]), most - head)
    yield from ((i, i) for i in range(head))
    middle = (left[head : len(left) - tail], right[head : len(right) - tail])
    for i, j, size in SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks():
        yield from ((head + i + k, head + j + k) for k in range(size))
    yield from ((len(left) - tail + i, len(right) - tail + i) for i in range(tail))


def _fit(one: Operator, other: Operator) -> float:
    """Say how well two operators fit; 0 if they cannot be the same."""
    if not _alike(one, other):
        return 0.0
    fit = _PAIR
    if one.cost and other.cost and _work(one.cost) == _work(other.cost):
        fit += _SAME_WORK
    if one.kernel == other.kernel:
        fit += _SAME_KERNEL
    low, high = sorted((one.mean_us, other.mean_us))
    return fit + (low / high if high else 1.0)


def _work(cost: NodeCost) -> tuple[int | None, int | None]:
    return cost.macs, cost.bytes


Group = tuple[tuple[int, ...], tuple[int, ...]]


def _fused(
    before: Sequence[Operator], after: Sequence[Operator], pairs: Mapping[int, int]
) -> list[Group]:
    """Return what became one, what one became, and what is of another type now."""
    groups: list[Group] = [
        (many, (one,)) for many, one in _runs(before, after, {b: a for a, b in pairs.items()})
    ]
    taken = {index for many, _ in groups for index in many}
    rest = {one: other for one, other in pairs.items() if one not in taken}
    lost = {one for _, single in groups for one in single}
    free = {one: other for one, other in rest.items() if other not in lost}
    groups += [
        ((one,), many)
        for many, one in _runs(after, before, free)
        if one not in taken and lost.isdisjoint(many)
    ]
    return groups


def _runs(
    many: Sequence[Operator], single: Sequence[Operator], partner: Mapping[int, int]
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield runs of operators whose last output is that of one operator of the other side.

    Args:
        many: The side with the runs.
        single: The other one.
        partner: For operators of that one, the operator of `many` that they are paired with.
    """
    ends, names = _names(many), {one.name for one in single if one.name}
    # What is an operator of its own on the other side as well is not the inner part of a run.
    closed = {i for i, one in enumerate(many) if one.partition or one.name in names}
    closed |= set(partner.values())
    for name, one in _names(single).items():
        end, start = ends.get(name), partner.get(one)
        if end is None or end in partner.values() or many[end].partition or single[one].partition:
            continue
        if start is None:
            start = end
            while start > 0 and start - 1 not in closed:
                start -= 1
        elif not (start < end and closed.isdisjoint(range(start + 1, end))):
            continue
        closed |= set(range(start, end + 1))
        yield tuple(range(start, end + 1)), one
