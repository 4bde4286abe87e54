"""How warm and how fast a device was while it measured, from its telemetry. Pure, quick to load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchhub.records import Invocation, Telemetry
from benchhub.records.temperature import decisive_temperature


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen during invocations, without the moments before and after them.

    Attributes:
        zones: Thermal zones that were the decisive one at some moment.
        hottest_c: Highest temperature of the decisive zone; None if none was told.
        temperatures: Samples that told one.
        low_khz: Lowest frequency of any CPU; None if none was told.
        high_khz: Highest frequency of any CPU.
        frequencies: Samples that told any.
    """

    zones: tuple[str, ...]
    hottest_c: float | None
    temperatures: int
    low_khz: int | None
    high_khz: int | None
    frequencies: int


def temperature_c(state: Telemetry) -> float | None:
    """Return the degrees of the zone that says how warm the device is; None if none does."""
    found = decisive_temperature(state.temperature_c)
    return found[1] if found else None


def watched(invocations: Iterable[Invocation]) -> Watched:
    """Summarise what was seen during invocations."""
    states = [state for one in invocations for state in one.during]
    zones = [zone for state in states if (zone := decisive_temperature(state.temperature_c))]
    speeds = [state.cpu_khz.values() for state in states if state.cpu_khz]
    khz = [value for values in speeds for value in values]
    return Watched(
        zones=tuple(dict.fromkeys(name for name, _ in zones)),
        hottest_c=max((celsius for _, celsius in zones), default=None),
        temperatures=len(zones),
        low_khz=min(khz, default=None),
        high_khz=max(khz, default=None),
        frequencies=len(speeds),
    )
