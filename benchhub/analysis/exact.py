"""Compares what does not vary from process to process: one different figure decides.

File size, work, placement and outputs are the same in every process of a side, so any growth is
real. Peak memory varies a little, so it has a tolerance.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from benchhub.analysis.phrases import change, count, size
from benchhub.analysis.summary import CaseSummary
from benchhub.analysis.verdicts import Exact
from benchhub.records import (
    NONE,
    Failure,
    Invocation,
    Placement,
    Status,
    VariantFacts,
    spelled,
)

# Failures of the device, of the way to it or of the program's installation; all others belong to
# what was measured.
LAB = frozenset({"conditions", "lost", "tool"})
# Failures that are told before anything is measured, and hold for the file or the program.
_UNTRIED = frozenset({"model", "refused"})
# Of a median of resident memory.
FEWEST_PEAKS = 3

T = TypeVar("T", bound=Hashable)
Facts = tuple[VariantFacts | None, VariantFacts | None]


def exact(
    baseline: CaseSummary,
    candidate: CaseSummary,
    facts: Facts = (None, None),
    memory_tolerance: float = 0.05,
    told_only: Collection[str] = (),
) -> tuple[Exact, ...]:
    """Return the figures that differ, those that nothing can be compared without first.

    Args:
        baseline: The case on that side.
        candidate: Likewise.
        facts: What is known of the variant of either side (`Run.facts_of`).
        memory_tolerance: Peak memory may differ by that share.
        told_only: Figures that decide nothing, by what they are.
    """
    found = (
        *_result(baseline, candidate),
        *_outputs(baseline, candidate),
        *_placements(baseline, candidate),
        *_size(baseline, candidate),
        *_macs(facts),
        *_memory(baseline, candidate, memory_tolerance),
    )
    return tuple(
        replace(one, worse=False, better=False) if one.what in told_only else one for one in found
    )


def own_failure(case: CaseSummary) -> Failure | None:
    """Return why a side gives no figure at all, if that is not the lab's fault; else None."""
    lab = any(one.kind in LAB for one in case.failures) or case.invalid > 0
    return None if case.latency or lab or not case.failures else case.failures[0]


def fell_back(case: CaseSummary) -> bool:
    """Whether another delegate than asked for ran in most processes; one is a hiccup."""
    measured = [one for one in case.invocations if one.reading.latency or one.reading.agreement]
    return 2 * sum(_elsewhere(one) for one in measured) > len(measured)


def _result(baseline: CaseSummary, candidate: CaseSummary) -> Iterator[Exact]:
    before, after = own_failure(baseline), own_failure(candidate)
    if after and _could(baseline, candidate):
        yield Exact(
            "result", f"the candidate gives no figure: {_cause(after)}", worse=True, better=False
        )
    elif before and _could(candidate, baseline):
        yield Exact(
            "result",
            f"only the candidate gives a figure: {_cause(before)}",
            worse=False,
            better=True,
        )


def _could(case: CaseSummary, other: CaseSummary) -> bool:
    """Whether a case works, or nothing speaks against it where the other one was not even tried."""
    if case.latency is not None:
        return True
    refused = not other.invocations and {one.kind for one in other.failures} <= _UNTRIED
    return refused and not case.invocations and not case.failures


def _cause(failure: Failure) -> str:
    return failure.message.rstrip(".")


def _outputs(baseline: CaseSummary, candidate: CaseSummary) -> Iterator[Exact]:
    before, after = baseline.agreement, candidate.agreement
    was_wrong, is_wrong = bool(before and before.outside), bool(after and after.outside)
    if is_wrong and not was_wrong and after:
        text = f"outputs: {after.outside} of {after.elements} elements are wrong"
        yield Exact("outputs", text, worse=True, better=False)
    elif was_wrong and before and after and not is_wrong:
        yield Exact("outputs", "outputs: right, they were wrong", worse=False, better=True)


def _placements(baseline: CaseSummary, candidate: CaseSummary) -> Iterator[Exact]:
    before, after = typical_placement(baseline), typical_placement(candidate)
    was_elsewhere, is_elsewhere = fell_back(baseline), fell_back(candidate)
    if was_elsewhere != is_elsewhere:
        text = f"delegate: {_named(before)} -> {_named(after)}"
        yield Exact("delegate", text, is_elsewhere, was_elsewhere)
    if was_elsewhere or is_elsewhere or before is None or after is None:
        return
    if before.requested != after.requested or NONE in (before.requested, before.applied):
        return
    yield from _nodes(before, after)
    if None not in (before.partitions, after.partitions):
        yield from _count("partitions", before.partitions, after.partitions)
    yield from _operators(before, after)


def _nodes(before: Placement, after: Placement) -> Iterator[Exact]:
    """Compare the nodes that are left to the CPU: a graph with fewer nodes has fewer to give."""
    one, other = before.nodes_delegated, after.nodes_delegated
    if one is None or other is None:
        return
    left = [_left(placement) for placement in (before, after)]
    texts = [
        f"{taken}{f' of {place.nodes_total}' if place.nodes_total is not None else ''}"
        for taken, place in ((one, before), (other, after))
    ]
    if texts[0] == texts[1]:
        return
    if left[0] is not None and left[1] is not None:
        worse, better = left[1] > left[0], left[1] < left[0]
    else:
        worse, better = other < one, other > one
    text = f"nodes delegated {texts[0]} -> {texts[1]}"
    yield Exact("nodes delegated", text, worse, better, one, other)


def _operators(before: Placement, after: Placement) -> Iterator[Exact]:
    """Compare the operators that the delegate did not take, where both sides tell them."""
    if any(not one.unsupported and _left(one) != 0 for one in (before, after)):
        return
    old, new = ({found.op for found in one.unsupported} for one in (before, after))
    if old == new:
        return
    parts = [
        f"{word} {', '.join(sorted(names))}"
        for word, names in (("new", new - old), ("no more", old - new))
        if names
    ]
    text = f"fallback operators: {'; '.join(parts)}"
    yield Exact("fallback operators", text, bool(new - old), new < old)


def _size(baseline: CaseSummary, candidate: CaseSummary) -> Iterator[Exact]:
    before, after = baseline.case.variant.size_bytes, candidate.case.variant.size_bytes
    if before > 0 and after > 0 and before != after:
        sign = "+" if after > before else ""
        text = f"size {size(before)} -> {size(after)} ({sign}{size(after - before)})"
        yield Exact("size", text, after > before, after < before, before, after)


def _macs(facts: Facts) -> Iterator[Exact]:
    before, after = (one.graph.macs if one and one.graph else None for one in facts)
    if before is None or after is None or before == after:
        return
    sign = "+" if after > before else ""
    text = f"MACs {count(before)} -> {count(after)} ({sign}{count(after - before)})"
    yield Exact("MACs", text, after > before, after < before, before, after)


def _memory(baseline: CaseSummary, candidate: CaseSummary, tolerance: float) -> Iterator[Exact]:
    for which in ("rss_peak_bytes", "overall_bytes"):
        sides = [_peaks(one.counted, which) for one in (baseline, candidate)]
        if all(sides):
            break
    if min(len(values) for values in sides) < FEWEST_PEAKS:
        return
    before, after = (statistics.median(values) for values in sides)
    low, high = sorted(sides, key=statistics.median)
    # The halves in the middle do not overlap: a few processes with more memory are no growth.
    apart = statistics.quantiles(high)[0] > statistics.quantiles(low)[2]
    worse, better = after > before * (1 + tolerance), before > after * (1 + tolerance)
    if before > 0 and apart and (worse or better):
        text = f"peak memory {size(before)} -> {size(after)} ({change(after / before)})"
        yield Exact("peak memory", text, worse, better, before, after)


def _peaks(invocations: Iterable[Invocation], which: str) -> list[float]:
    found = [getattr(one.reading.memory, which, None) for one in invocations]
    return [float(value) for value in found if value is not None]


def _count(what: str, before: int | None, after: int | None) -> Iterator[Exact]:
    if before is not None and after is not None and before != after:
        worse = after > before
        yield Exact(what, f"{what} {before} -> {after}", worse, not worse, before, after)


def typical_placement(case: CaseSummary) -> Placement | None:
    """Return what ran where in most processes of a case; None if nothing tells it.

    Processes tell different parts of it, so each field is that of most processes that tell it.
    """
    told = [one.reading.placement for one in case.invocations if one.reading.placement]
    applied = _most(one.applied for one in told)
    mine = [one for one in told if one.applied == applied]
    if not mine:
        return None
    lists = [one.unsupported for one in mine if one.unsupported]
    return replace(
        mine[0],
        nodes_delegated=_most(one.nodes_delegated for one in mine),
        nodes_total=_most(one.nodes_total for one in mine),
        partitions=_most(one.partitions for one in mine),
        unsupported=_most(lists) or (),
    )


def _most(values: Iterable[T | None]) -> T | None:
    seen = Counter(value for value in values if value is not None)
    return seen.most_common(1)[0][0] if seen else None


def _left(placement: Placement) -> int | None:
    if placement.nodes_delegated is None or placement.nodes_total is None:
        return None
    return placement.nodes_total - placement.nodes_delegated


def _named(placement: Placement | None) -> str:
    return (
        "not told" if placement is None or placement.applied is None else spelled(placement.applied)
    )


def _elsewhere(one: Invocation) -> bool:
    placement = one.reading.placement
    told = placement is not None and placement.applied not in (None, placement.requested)
    return one.status is Status.FALLBACK or told
