"""Devices in words: what they are, and what held them back while they were measured."""

from __future__ import annotations

from collections.abc import Iterable

from benchhub.records import DeviceFacts, Invocation, Telemetry
from benchhub.reports.numbers import NO_BREAK_SPACE, TIMES, number
from benchhub.results.telemetry import Watched

# A program that comes by adb is never in the foreground, where the scheduler keeps the fast CPUs.
FROM_SHELL = "from a shell process (not an app; foreground apps can be faster, by 1.6x or more)"

# Android's PowerManager.THERMAL_STATUS_*, 0 to 6.
THERMAL_STATUS = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")


def name_of(facts: DeviceFacts) -> str:
    """Return what a reader knows a device by: its model, else its CPU; may be empty."""
    if facts.kind == "android":
        return ", ".join(part for part in (facts.model, facts.soc) if part)
    return facts.cpu or facts.model or ""


def system(facts: DeviceFacts) -> str | None:
    """Return the operating system, with Android's API level: `Android 14 (API 34)`."""
    if facts.os and facts.api_level is not None:
        return f"{facts.os} (API {facts.api_level})"
    return facts.os


def clusters(facts: DeviceFacts) -> str | None:
    """Return the kinds of CPU, slowest first: `4 x 1.80 + 3 x 2.42 + 1 x 3.19 GHz`."""
    if any(cluster.max_khz is None for cluster in facts.clusters) or not facts.clusters:
        return None
    kinds = (
        f"{len(cluster.cpus)} {TIMES} {number((cluster.max_khz or 0) / 1e6)}"
        for cluster in facts.clusters
    )
    return f"{' + '.join(kinds)} GHz"


def battery(invocations: Iterable[Invocation]) -> str | None:
    """Return the charge at the first and the last moment that told it."""
    states = [state for state in _states(invocations) if state.battery_percent is not None]
    if not states:
        return None
    first, last = (_percent(state.battery_percent) for state in (states[0], states[-1]))
    text = first if first == last else f"{first} to {last}"
    charging = {state.charging for state in states}
    if charging == {True}:
        return f"{text}, charging"
    return f"{text}, at times charging" if True in charging else text


def thermal_status(invocations: Iterable[Invocation]) -> str | None:
    """Return the highest of Android's thermal statuses: `2 (moderate)`."""
    found = [one.thermal_status for one in _states(invocations) if one.thermal_status is not None]
    if not found:
        return None
    worst = max(found)
    return f"{worst} ({THERMAL_STATUS[worst]})" if 0 <= worst < len(THERMAL_STATUS) else str(worst)


def throttling(invocations: Iterable[Invocation]) -> str | None:
    """Return what held the CPU back during the run, and what did before, since the boot."""
    states = [one for one in _states(invocations) if one.throttled is not None]
    if not states:
        return None
    now = dict.fromkeys(flag for one in states for flag in one.throttled or ())
    ever = dict.fromkeys(flag for one in states for flag in one.throttled_since_boot or ())
    parts = [", ".join(now)] if now else []
    if earlier := [flag for flag in ever if flag not in now]:
        parts.append(f"{', '.join(earlier)} at some time since the boot")
    return "; ".join(parts) or "none"


def hottest(seen: Watched) -> str | None:
    """Return the highest temperature while it measured: `71.4 °C (cpu-thermal), n = 124`."""
    if seen.hottest_c is None:
        return None
    return f"{seen.hottest_c:.1f} °C ({', '.join(seen.zones)}), n = {seen.temperatures}"


def speeds(seen: Watched) -> str | None:
    """Return the lowest and highest CPU frequency while it measured: `0.600 to 1.80 GHz, n = 9`."""
    if seen.low_khz is None or seen.high_khz is None:
        return None
    low, high = (number(khz / 1e6) for khz in (seen.low_khz, seen.high_khz))
    span = low if low == high else f"{low} to {high}"
    return f"{span} GHz, n = {seen.frequencies}"


def _states(invocations: Iterable[Invocation]) -> list[Telemetry]:
    return [state for one in invocations for state in (one.before, one.after)]


def _percent(value: float | None) -> str:
    return f"{value:.0f}{NO_BREAK_SPACE}%"
