"""What each device told of itself over the run: series, processes, and ranges that do not count.

A sample is from just before, during or just after a process; between processes nobody looks.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby

from benchhub.analysis.summary import DeviceSummary, RunSummary
from benchhub.records import CpuCluster, Invocation, Status, Telemetry
from benchhub.records.temperature import decisive_temperature
from benchhub.reports.marks import THROTTLED

# Rows of all tables of samples of a page; of neighbours the warmest, else the first, stays.
PAGE_ROWS = 1000
# Further thermal zones, and clusters of CPUs, that a chart has lines for.
MOST_LINES = 3
# Other zones share the axis if they are within these degrees, or within the range of the first.
_NEAR_C = 10.0
# Thermal zones in a table.
MOST_ZONES = 40

TEMPERATURE, FREQUENCY, LOAD, BATTERY = "Temperature", "Frequency", "Load", "Battery"
BEFORE, DURING, AFTER = "before", "during", "after"

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One figure over the run.

    Attributes:
        name: What it is of.
        points: Seconds since the run began, and the value; in order of time.
    """

    name: str
    points: Points

    @property
    def n(self) -> int:
        """How many samples told it."""
        return len(self.points)

    @property
    def low(self) -> float:
        """The lowest."""
        return min(value for _, value in self.points)

    @property
    def median(self) -> float:
        """The median of the samples."""
        return statistics.median(value for _, value in self.points)

    @property
    def high(self) -> float:
        """The highest."""
        return max(value for _, value in self.points)


@dataclass(frozen=True, slots=True)
class Panel:
    """Series that share an axis.

    Attributes:
        title: What they are.
        unit: Their unit; empty for the load, which is a number of processes.
        drawn: Series that have a line, the most telling first.
        others: Series that are only in the table.
        limit: What the suite asks to be below at the start; None if it asks nothing.
    """

    title: str
    unit: str
    drawn: tuple[Series, ...]
    others: tuple[Series, ...] = ()
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """One invocation on the axis of time, in seconds since the run began."""

    start_s: float
    end_s: float
    invalid: bool
    throttled: str
    why: str


@dataclass(frozen=True, slots=True)
class Range:
    """Processes that follow each other and do not count, or during which it was throttled.

    Attributes:
        start_s: Start of the first, in seconds since the run began.
        end_s: End of the last.
        n: How many there are.
        throttled: Whether the device was held back.
        invalid: How many of them are INVALID.
        why: Reasons, each once.
    """

    start_s: float
    end_s: float
    n: int
    throttled: bool
    invalid: int
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One sample, as it stands in a table.

    Attributes:
        at_s: Seconds since the run began.
        number: Step of the plan.
        when: `before`, `during` or `after` that process.
        status: How far the process can be trusted.
        zone: Zone that says how warm the device is; empty without one.
        celsius: Its temperature.
        fastest_ghz: Highest frequency of any CPU.
        slowest_ghz: Lowest frequency of any CPU.
        load: Load average over one minute.
        battery_percent: Charge of the battery.
    """

    at_s: float
    number: int
    when: str
    status: Status
    zone: str
    celsius: float | None
    fastest_ghz: float | None
    slowest_ghz: float | None
    load: float | None
    battery_percent: float | None


@dataclass(frozen=True, slots=True)
class Watch:
    """What one device told over the run.

    Attributes:
        device: Its name.
        panels: Series by kind; only what the device tells.
        processes: In order of time.
        ranges: Where they do not count, or were throttled.
        told: Samples that told a figure.
        rows: Those of the table.
        until_s: End of the last process, in seconds since the run began.
    """

    device: str
    panels: tuple[Panel, ...]
    processes: tuple[Process, ...]
    ranges: tuple[Range, ...]
    told: int
    rows: tuple[Row, ...]
    until_s: float

    @property
    def invalid(self) -> int:
        """How many processes are INVALID."""
        return sum(one.invalid for one in self.processes)

    @property
    def throttled(self) -> int:
        """During how many processes the device was held back."""
        return sum(bool(one.throttled) for one in self.processes)


@dataclass(frozen=True, slots=True)
class _Sample:
    """One state of a device, with its process and the seconds since the run began."""

    at_s: float
    when: str
    one: Invocation
    state: Telemetry
    zone: tuple[str, float] | None


def _sample(at_s: float, when: str, one: Invocation, state: Telemetry) -> _Sample:
    return _Sample(at_s, when, one, state, decisive_temperature(state.temperature_c))


def telemetry(summary: RunSummary) -> tuple[Watch, ...]:
    """Return what the devices told; those that told nothing are left out."""
    run = summary.run
    began = datetime.fromisoformat(run.plan.created)
    limit = run.plan.conditions.start_temperature_below_c
    done: dict[str, list[Invocation]] = defaultdict(list)
    for one in run.invocations:
        done[one.device].append(one)
    found = []
    for device in summary.devices:
        samples = sorted(_samples(done[device.name], began), key=lambda sample: sample.at_s)
        panels = tuple(_panels(device, samples, limit))
        if panels:
            found.append((device.name, panels, samples))
    share = PAGE_ROWS // max(1, len(found))
    return tuple(
        _watch(name, panels, samples, done[name], began, share) for name, panels, samples in found
    )


def _watch(
    name: str,
    panels: tuple[Panel, ...],
    samples: Sequence[_Sample],
    invocations: Iterable[Invocation],
    began: datetime,
    rows: int,
) -> Watch:
    processes = sorted(
        (_process(one, began) for one in invocations), key=lambda one: (one.start_s, one.end_s)
    )
    told = [row for row in map(_row, samples) if _tells(row)]
    return Watch(
        device=name,
        panels=panels,
        processes=tuple(processes),
        ranges=tuple(_ranges(processes)),
        told=len(told),
        rows=tuple(_rows(told, rows)),
        until_s=max([one.end_s for one in processes] + [one.at_s for one in samples]),
    )


def _samples(invocations: Iterable[Invocation], began: datetime) -> Iterator[_Sample]:
    for one in invocations:
        start_s = _since(one, began)
        yield _sample(start_s, BEFORE, one, one.before)
        for state in one.during:
            if state.at_s is not None:
                yield _sample(start_s + state.at_s, DURING, one, state)
        yield _sample(start_s + (one.seconds or 0.0), AFTER, one, one.after)


def _since(one: Invocation, began: datetime) -> float:
    return (datetime.fromisoformat(one.started) - began).total_seconds()


def _process(one: Invocation, began: datetime) -> Process:
    start_s = _since(one, began)
    invalid = one.status is Status.INVALID
    held = next((found.meaning for found in one.reading.findings if found.id == THROTTLED), "")
    failure = one.reading.failure.message if one.reading.failure else ""
    why = held or (failure if invalid else "")
    return Process(start_s, start_s + (one.seconds or 0.0), invalid, held, why)


def _ranges(processes: Sequence[Process]) -> Iterator[Range]:
    def kind(one: Process) -> tuple[bool, bool]:
        return one.invalid or bool(one.throttled), bool(one.throttled)

    for (bad, throttled), group in groupby(processes, key=kind):
        if bad:
            same = list(group)
            reasons = list(dict.fromkeys(one.why for one in same if one.why))
            more = f" and {len(reasons) - 1} more reasons" if len(reasons) > 1 else ""
            yield Range(
                start_s=same[0].start_s,
                end_s=max(one.end_s for one in same),
                n=len(same),
                throttled=throttled,
                invalid=sum(one.invalid for one in same),
                why=f"{reasons[0]}{more}" if reasons else "",
            )


def _panels(
    device: DeviceSummary, samples: Sequence[_Sample], limit_c: float | None
) -> Iterator[Panel]:
    zones = _zones(samples)
    points = tuple((one.at_s, one.zone[1]) for one in samples if one.zone)
    if points:
        decisive = list(dict.fromkeys(one.zone[0] for one in samples if one.zone))
        title = decisive[0] if len(decisive) == 1 else f"hottest of {len(decisive)} zones"
        first = Series(title, points)
        rest = tuple(zone for zone in zones if len(decisive) > 1 or zone.name != decisive[0])
        near = tuple(zone for zone in rest if _is_near(zone, first))
        near = near if len(near) <= MOST_LINES else ()
        others = tuple(zone for zone in rest if zone not in near)
        yield Panel(TEMPERATURE, "°C", (first, *near), others, limit_c)
    elif zones:
        yield Panel(TEMPERATURE, "°C", zones[:MOST_LINES], zones[MOST_LINES:], limit_c)
    speeds = tuple(_speeds(device, samples))
    if speeds:
        yield Panel(FREQUENCY, "GHz", speeds)
    load = _series("over one minute", samples, lambda state: state.load_1m)
    if load:
        yield Panel(LOAD, "", (load,))
    charge = _series("charge", samples, lambda state: state.battery_percent)
    if charge:
        yield Panel(BATTERY, "%", (charge,))


def _is_near(zone: Series, first: Series) -> bool:
    """Whether it can share the axis: one far away would press the first line flat."""
    room = max(_NEAR_C, first.high - first.low)
    return first.low - room <= zone.low and zone.high <= first.high + room


def _series(
    name: str, samples: Iterable[_Sample], value: Callable[[Telemetry], float | None]
) -> Series | None:
    points = tuple(
        (one.at_s, figure) for one in samples if (figure := value(one.state)) is not None
    )
    return Series(name, points) if points else None


def _zones(samples: Iterable[_Sample]) -> tuple[Series, ...]:
    """Return each zone, as many as a table has room for; a battery's own figure is one as well."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in samples:
        for name, celsius in one.state.temperature_c.items():
            points[name].append((one.at_s, celsius))
        if one.state.battery_temperature_c is not None:
            points["the battery's own"].append((one.at_s, one.state.battery_temperature_c))
    return tuple(Series(name, tuple(found)) for name, found in list(points.items())[:MOST_ZONES])


def _speeds(device: DeviceSummary, samples: Sequence[_Sample]) -> Iterator[Series]:
    """Yield the fastest CPU of each cluster; without clusters the fastest and the slowest CPU."""
    told = [one for one in samples if one.state.cpu_khz]
    clusters = device.record.facts.clusters if device.record else ()
    if 1 < len(clusters) <= MOST_LINES + 1:
        for cluster in reversed(clusters):
            names = {f"cpu{number}" for number in cluster.cpus}
            found = _series(_cluster_name(cluster), told, partial(_ghz, max, names=names))
            if found:
                yield found
        return
    fastest = _series("fastest CPU", told, partial(_ghz, max))
    slowest = _series("slowest CPU", told, partial(_ghz, min))
    if fastest and slowest:
        yield fastest
        if slowest.points != fastest.points:
            yield slowest


def _ghz(
    choose: Callable[[Iterable[int]], int], state: Telemetry, names: set[str] | None = None
) -> float | None:
    khz = [value for name, value in state.cpu_khz.items() if names is None or name in names]
    return choose(khz) / 1e6 if khz else None


def _cluster_name(cluster: CpuCluster) -> str:
    first, last = min(cluster.cpus, default=0), max(cluster.cpus, default=0)
    return f"CPU {first}" if first == last else f"CPUs {first} to {last}, fastest"


def _rows(told: Sequence[Row], most: int) -> Iterator[Row]:
    size = max(1, -(-len(told) // max(1, most)))
    for start in range(0, len(told), size):
        yield max(
            told[start : start + size],
            key=lambda row: (row.celsius is not None, row.celsius or 0.0, -row.at_s),
        )


def _row(one: _Sample) -> Row:
    return Row(
        at_s=one.at_s,
        number=one.one.number,
        when=one.when,
        status=one.one.status,
        zone=one.zone[0] if one.zone else "",
        celsius=one.zone[1] if one.zone else None,
        fastest_ghz=_ghz(max, one.state),
        slowest_ghz=_ghz(min, one.state),
        load=one.state.load_1m,
        battery_percent=one.state.battery_percent,
    )


def _tells(row: Row) -> bool:
    figures = (row.celsius, row.fastest_ghz, row.load, row.battery_percent)
    return any(figure is not None for figure in figures)
