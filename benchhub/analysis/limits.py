"""Holds a candidate against what has to be met before it is shipped."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase

from benchhub.analysis.candidates import Candidate
from benchhub.analysis.phrases import figure, metric_change, metric_size, ms, plain
from benchhub.analysis.statistics import Estimate
from benchhub.records import TOP1, Limits, Verify

# Room for rounding where figures are subtracted: 0.97 - 0.96 is a little more than 0.01.
_ROUNDING = 1e-9
_ROUNDS = "more rounds can tell"


def binds(limits: Limits, device: str) -> bool:
    """Say whether the limits are for that device."""
    return any(fnmatchcase(device, pattern) for pattern in limits.devices)


def missing_devices(limits: Limits, devices: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names and patterns of the limits that no device of a run has."""
    return tuple(
        pattern
        for pattern in limits.devices
        if not any(fnmatchcase(device, pattern) for device in devices)
    )


def unmet(one: Candidate, limits: Limits, reference: str) -> tuple[str, ...]:
    """Return the limits that a candidate is shown to miss, a phrase each.

    What the suite demands of the placement is such a limit.
    """
    latency, size, drop = one.latency, one.size_bytes, one.drop
    said = [finding.meaning.rstrip(".") for finding in one.case.unmet]
    most = limits.max_latency_ms
    if most is not None and latency.low_us is not None and latency.low_us > 1000 * most:
        said.append(f"{ms(latency.value_us)} ({_interval(latency)}), the limit is {plain(most)} ms")
    most = limits.max_size_mb
    if most is not None and size is not None and size > 1e6 * most:
        said.append(f"{plain(size / 1e6)} MB, the limit is {plain(most)} MB")
    most = limits.max_accuracy_drop
    if most is not None and drop is not None and drop > most + _ROUNDING:
        metric = one.figures.metric if one.figures else ""
        change = metric_change(metric, -drop)
        said.append(f"{change} against {reference}, the limit is {metric_size(metric, most)}")
    return tuple(said)


def untold(
    one: Candidate, limits: Limits, reference: str, verify: Verify | None
) -> tuple[str, ...]:
    """Return the limits of which it cannot be told whether a candidate meets them.

    Args:
        one: The candidate.
        limits: What is asked for; if that is nothing, nothing is untold.
        reference: Variant that drops refer to.
        verify: How the suite wants outputs compared; what was not compared is not shown to work.
    """
    said = _latency_untold(one.latency, limits.max_latency_ms)
    if limits.max_size_mb is not None and one.size_bytes is None:
        said.append("the size of its file is not known")
    if limits.max_accuracy_drop is not None and one.drop is None:
        whose = "its accuracy" if one.accuracy is None else f"the accuracy of {reference}"
        said.append(f"{whose} is not known: give the suite labelled data")
    if limits.asked and verify is not None and one.case.agreement is None:
        said.append("its outputs were not verified, which the suite asks for")
    return tuple(said)


def _latency_untold(latency: Estimate, most: float | None) -> list[str]:
    if most is None:
        return []
    if latency.low_us is None or latency.high_us is None:
        value, limit = ms(latency.value_us), plain(most)
        return [f"{value} of one process has no interval to hold against {limit} ms; {_ROUNDS}"]
    if latency.low_us <= 1000 * most < latency.high_us:
        limit = plain(most)
        return [f"its interval, {_interval(latency)}, spans the limit of {limit} ms; {_ROUNDS}"]
    return []


def _interval(latency: Estimate) -> str:
    low, high = latency.low_us or latency.value_us, latency.high_us or latency.value_us
    return f"{figure(low / 1000, 4)} to {figure(high / 1000, 4)} ms"


def excess(one: Candidate, limits: Limits) -> float:
    """Return how far a candidate is over the limits: the worst of its ratios, 0 if it is not.

    Latency and size are divided by their limits, by their point values. The metric that the drop
    allows is divided by the metric there is.
    """
    ratios = [0.0]
    if limits.max_latency_ms is not None:
        ratios.append(one.latency.value_us / (1000 * limits.max_latency_ms) - 1)
    if limits.max_size_mb is not None and one.size_bytes is not None:
        ratios.append(one.size_bytes / (1e6 * limits.max_size_mb) - 1)
    if limits.max_accuracy_drop is not None and one.drop is not None and one.accuracy is not None:
        allowed = one.accuracy + one.drop - limits.max_accuracy_drop
        ratios.append(allowed / one.accuracy - 1 if one.accuracy > 0 else math.inf)
    return max(ratios)


def told(limits: Limits, metric: str = TOP1) -> str:
    """Say what is asked for: `0.5 ms, 0.1 MB, a drop of 1 point`; empty for nothing."""
    parts = []
    if limits.max_latency_ms is not None:
        parts.append(f"{plain(limits.max_latency_ms)} ms")
    if limits.max_size_mb is not None:
        parts.append(f"{plain(limits.max_size_mb)} MB")
    if limits.max_accuracy_drop is not None:
        parts.append(f"a drop of {metric_size(metric, limits.max_accuracy_drop)}")
    return ", ".join(parts)
