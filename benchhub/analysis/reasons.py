"""Why a candidate was picked, or none, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchhub.analysis.candidates import Z_95, Candidate
from benchhub.analysis.limits import excess
from benchhub.analysis.phrases import (
    TIMES,
    figure,
    megabytes,
    metric_change,
    metric_name,
    metric_size,
    metric_value,
    ms,
    processes,
)
from benchhub.records import TOP1, Limits

# More than that of a kind do not help.
_MOST = 3


def of_pick(
    pick: Candidate,
    peers: Sequence[Candidate],
    candidates: Sequence[Candidate],
    reference: str,
) -> tuple[str, ...]:
    """Say why a candidate was picked.

    Args:
        pick: The one.
        peers: Those within the limits that are as fast within the noise, itself included.
        candidates: All of its model and device, fastest first.
        reference: Variant that it is held against.
    """
    others = [one for one in candidates if one is not pick]
    faster = [one for one in others if _us(one) < _us(pick) and not one.within]
    return tuple(
        filter(
            None,
            (
                _gains(pick, candidates, reference),
                _noise(pick, reference),
                _doubt(pick),
                *(_peer(pick, one) for one in _by_variant(peers, pick)),
                *(_refused(pick, one) for one in _by_variant(faster)),
            ),
        )
    )


def of_none(candidates: Sequence[Candidate], limits: Limits) -> tuple[str, ...]:
    """Say why none was picked, and which comes nearest."""
    if not candidates:
        return ("No case has a number that can be trusted.",)
    unknown = [one for one in candidates if not one.unmet]
    if unknown:
        return _untold(unknown)
    nearest = min(
        candidates, key=lambda one: (len(one.unmet) + len(one.untold), excess(one, limits))
    )
    return ("Nothing meets the limits.", f"The nearest is {nearest.name}: {_against(nearest)}.")


def _untold(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Say what cannot be told, each reason once with the first candidate that it is about."""
    hit: dict[str, list[str]] = {}
    for one in candidates:
        hit.setdefault(" and ".join(one.untold), []).append(one.name)
    told = []
    for why, (name, *others) in list(hit.items())[:_MOST]:
        likewise = f" ({len(others)} more likewise)" if others else ""
        told.append(f"{name}: {why}{likewise}.")
    rest = sum(len(names) for names in list(hit.values())[_MOST:])
    return (
        "It cannot be told whether anything meets the limits.",
        *told,
        *([f"{rest} more, each in its own way."] if rest else []),
    )


def _gains(pick: Candidate, candidates: Sequence[Candidate], reference: str) -> str:
    """Compare it with the fastest configuration of the reference variant."""
    base = next((one for one in candidates if one.variant == reference), None)
    if base is None or pick.variant == reference:
        return _alone(pick, candidates)
    parts = [_speed(pick, base)]
    if base.size_bytes and pick.size_bytes:
        parts.append(_times(base.size_bytes / pick.size_bytes, "smaller", "larger"))
    figures, difference = pick.figures, pick.difference
    if pick.drop is not None and figures:
        parts.append(f"{metric_change(figures.metric, -pick.drop)} (n = {figures.n})")
    elif difference and difference.top1_agreement is not None:
        share = metric_value(TOP1, difference.top1_agreement)
        parts.append(f"same top-1 on {share} of {difference.n} examples without labels")
    elif difference:
        parts.append(f"outputs differ by up to {figure(difference.max_abs)} (n = {difference.n})")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _alone(pick: Candidate, candidates: Sequence[Candidate]) -> str:
    size = "" if pick.size_bytes is None else f", {megabytes(pick.size_bytes)}"
    if len(candidates) == 1:
        return f"{ms(_us(pick))}{size}; there is no other candidate."
    place = "the fastest" if pick is candidates[0] else "the choice"
    return f"{ms(_us(pick))}{size}, {place} of {len(candidates)}."


def _speed(pick: Candidate, base: Candidate) -> str:
    """Say how much faster it is; nothing is faster or slower within the noise."""
    if _alike(pick, base):
        return f"as fast as {base.name} within the noise"
    return f"{_times(_us(base) / _us(pick), 'faster', 'slower')} than {base.name}"


def _refused(pick: Candidate, one: Candidate) -> str:
    """Say why a faster one was not picked."""
    speed = "as fast within the noise" if _alike(pick, one) else "faster"
    return f"{one.name} is {speed}, but {_against(one)}."


def _alike(one: Candidate, other: Candidate) -> bool:
    """Say whether the intervals overlap; of one process it is the point."""
    (low, high), (other_low, other_high) = (
        (each.low_us or each.value_us, each.high_us or each.value_us)
        for each in (one.latency, other.latency)
    )
    return low <= other_high and other_low <= high


def _times(ratio: float, more: str, less: str) -> str:
    """Write a ratio as people say it: `3.1x faster`, `1.2x slower`, `as fast`."""
    ratio, word = (ratio, more) if ratio >= 1 else (1 / ratio, less)
    return f"{figure(ratio)}{TIMES} {word}"


def _noise(pick: Candidate, reference: str) -> str:
    if not pick.drop or not pick.drop_is_noise or pick.drop_error is None or not pick.figures:
        return ""
    metric, n = pick.figures.metric, pick.figures.n
    tells = metric_size(metric, Z_95 * pick.drop_error)
    return (
        f"{n} examples cannot tell the {metric_name(metric)} of {pick.variant} and {reference} "
        f"apart: their difference is known to ±{tells} (binomial, 95 %)."
    )


def _doubt(pick: Candidate) -> str:
    n = pick.latency.n
    return "" if n > 1 else f"The latency rests on {processes(n)}, so there is no interval."


def _peer(pick: Candidate, one: Candidate) -> str:
    """Say why one that is as fast was not picked."""
    text = f"{one.name} is as fast within the noise"
    if pick.accuracy is not None and one.accuracy is None:
        return f"{text}, but its accuracy is not known."
    if pick.accuracy is not None and one.accuracy is not None and one.accuracy < pick.accuracy:
        metric = pick.figures.metric if pick.figures else ""
        change = metric_change(metric, one.accuracy - pick.accuracy)
        return f"{text} and less accurate ({change})."
    if pick.size_bytes and one.size_bytes and one.size_bytes > pick.size_bytes:
        ratio = _times(pick.size_bytes / one.size_bytes, "smaller", "larger")
        return f"{text} and {ratio}."
    return f"{text} ({ms(_us(one))})."


def _by_variant(candidates: Iterable[Candidate], but: Candidate | None = None) -> list[Candidate]:
    """Return the first of each variant, a few."""
    first: dict[str, Candidate] = {}
    for one in candidates:
        if one is not but:
            first.setdefault(one.variant, one)
    return list(first.values())[:_MOST]


def _against(one: Candidate) -> str:
    return "; ".join((*one.unmet, *one.untold))


def _us(one: Candidate) -> float:
    return one.latency.value_us
