"""How warm each device was over the run: the series of its chart, and what it comes to."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchhub.analysis.summary import DeviceSummary, RunSummary
from benchhub.records import Invocation, Status
from benchhub.records.temperature import decisive_temperature
from benchhub.results.telemetry import temperature_c, watched

# A chart shows at most as many points: of neighbours the warmest stands for all.
MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Moment:
    """A temperature; `invalid` if the invocation does not count."""

    minutes: float
    celsius: float
    invalid: bool


@dataclass(frozen=True, slots=True)
class Thermal:
    """One device over the run.

    Attributes:
        device: Its name.
        zones: Zones that the temperatures are of.
        n: Temperatures that were told: before, during and after invocations.
        lowest_c: The lowest.
        median_c: Their median.
        highest_c: The highest.
        limit_c: What the suite asks to be below at the start; None if it asks nothing.
        moments: What is drawn, in order of time, in minutes since the run began.
        until: Minutes from the beginning of the run to the last temperature of any device.
    """

    device: str
    zones: tuple[str, ...]
    n: int
    lowest_c: float
    median_c: float
    highest_c: float
    limit_c: float | None
    moments: tuple[Moment, ...]
    until: float


def thermals(summary: RunSummary) -> tuple[Thermal, ...]:
    """Return the devices that told their temperature while they measured."""
    run = summary.run
    began = datetime.fromisoformat(run.plan.created)
    found: list[tuple[DeviceSummary, list[Moment], tuple[str, ...]]] = []
    for device in summary.devices:
        mine = [one for one in run.invocations if one.device == device.name]
        moments = sorted(_moments(mine, began), key=lambda one: one.minutes)
        if watched(mine).temperatures:
            found.append((device, moments, _zones(mine)))
    until = max((moments[-1].minutes for _, moments, _ in found), default=0.0)
    limit = run.plan.conditions.start_temperature_below_c
    return tuple(
        _thermal(device.name, moments, zones, limit, until) for device, moments, zones in found
    )


def _thermal(
    device: str,
    moments: Sequence[Moment],
    zones: tuple[str, ...],
    limit: float | None,
    until: float,
) -> Thermal:
    told = [one.celsius for one in moments]
    return Thermal(
        device=device,
        zones=zones,
        n=len(told),
        lowest_c=min(told),
        median_c=statistics.median(told),
        highest_c=max(told),
        limit_c=limit,
        moments=tuple(_thinned(moments)),
        until=until,
    )


def _moments(invocations: Sequence[Invocation], began: datetime) -> Iterator[Moment]:
    for one in invocations:
        invalid = one.status is Status.INVALID
        start_s = (datetime.fromisoformat(one.started) - began).total_seconds()
        states = [(0.0, one.before), (one.seconds or 0.0, one.after)]
        states += [(state.at_s, state) for state in one.during if state.at_s is not None]
        for at_s, state in states:
            celsius = temperature_c(state)
            if celsius is not None:
                yield Moment((start_s + at_s) / 60, celsius, invalid)


def _zones(invocations: Sequence[Invocation]) -> tuple[str, ...]:
    states = [state for one in invocations for state in (one.before, *one.during, one.after)]
    zones = [decisive_temperature(state.temperature_c) for state in states]
    return tuple(dict.fromkeys(zone[0] for zone in zones if zone))


def _thinned(moments: Sequence[Moment]) -> Iterator[Moment]:
    size = -(-len(moments) // MOST_POINTS)
    for start in range(0, len(moments), size):
        yield max(moments[start : start + size], key=lambda one: (one.invalid, one.celsius))
