"""A run as a trace that Perfetto's viewer and chrome://tracing open.

Each device is a process of the trace: its invocations where they were in time, its temperatures,
frequencies and load as counters, and the operators of each profiled case. Those are drawn, not
recorded: one inference of mean times, from the start of its profile process on (see
`trace_events`). Times are microseconds since the first invocation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchhub.analysis.summary import TRUSTED
from benchhub.errors import UsageError
from benchhub.exports.exporter import Export, of_one
from benchhub.exports.json_text import json_text
from benchhub.exports.profiles import Profiled, profiles_of
from benchhub.exports.trace_events import LABEL, inference, lost, named, span
from benchhub.records import Invocation, Run, Status, Telemetry

_US = 1e6
_DIGITS = 3  # of a microsecond
_STEPS, _OPERATORS = 1, 2
_PROFILED = (*TRUSTED, Status.FALLBACK)

_Event = dict[str, Any]


@of_one
def export(run: Run) -> Export:
    """Return the trace as JSON; the notes tell which cases have no operators in it.

    Raises:
        UsageError: The run has neither times nor operators.
    """
    profiled, notes = profiles_of(run)
    at_us = _starts(run)
    events: list[_Event] = []
    for process, device in enumerate(run.plan.devices, 1):
        steps = [one for one in run.invocations if one.device == device]
        drawn = [one for one in profiled if one.device == device]
        mine = [*_steps(steps, at_us, process), *_operators(drawn, at_us, process)]
        if mine:
            events += [named("process_name", process, 0, device), *mine]
    if not events:
        raise UsageError(f"run {run.plan.run_id} has nothing to draw: no times, no operators.")
    document = {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "run": run.plan.run_id,
            "suite": run.plan.suite,
            "started": run.plan.created,
            "operators": LABEL,
        },
    }
    return Export(json_text(document, escaped=False), notes)


_Starts = Mapping[tuple[str, int], float]


def _starts(run: Run) -> _Starts:
    """Return when each invocation began, by device and step; imported figures have no times."""
    found = {}
    for one in run.invocations:
        try:
            started = datetime.fromisoformat(one.started).astimezone(UTC)
        except ValueError:
            continue
        found[one.device, one.number] = started
    first = min(found.values(), default=None)
    if first is None:
        return {}
    return {key: (started - first) / timedelta(microseconds=1) for key, started in found.items()}


def _steps(steps: Sequence[Invocation], at_us: _Starts, process: int) -> Iterator[_Event]:
    """Return the invocations of one device and what was seen of it meanwhile."""
    timed = sorted(
        (
            (at_us[one.device, one.number], one)
            for one in steps
            if (one.device, one.number) in at_us
        ),
        key=lambda pair: (pair[0], pair[1].number),
    )
    if not timed:
        return
    yield named("thread_name", process, _STEPS, "invocations")
    ends = [start for start, _ in timed[1:]] + [math.inf]
    for (start, one), end in zip(timed, ends, strict=True):
        yield _step(one, start, end, process)
    for kind, of in _COUNTERS.items():
        seen = [(at, of(state)) for start, one in timed for at, state in _states(one, start)]
        yield from _counter(kind, sorted(seen, key=lambda pair: pair[0]), process)


def _step(one: Invocation, start_us: float, next_us: float, process: int) -> _Event:
    """Return one invocation; it ends before the next one begins, as it did."""
    latency, failure = one.reading.latency, one.reading.failure
    told = {
        "status": str(one.status),
        "round": one.round,
        "step": one.number,
        "seconds": one.seconds,
        "returncode": one.returncode,
        "inferences": latency.n if latency else None,
        f"{latency.statistic}_us" if latency else "": latency.value_us if latency else None,
        "failure": failure.message if failure else None,
    }
    args = {key: value for key, value in told.items() if value is not None}
    where = (process, _STEPS)
    if one.seconds is None:
        return {**span(one.case_id, str(one.purpose), where, (start_us, start_us), args), "ph": "i"}
    # Starts are told in milliseconds, so that a step may seem to begin before the last one ended.
    end_us = min(round(start_us + one.seconds * _US, _DIGITS), next_us)
    return span(one.case_id, str(one.purpose), where, (start_us, end_us), args)


def _states(one: Invocation, start_us: float) -> Iterator[tuple[float, Telemetry]]:
    yield start_us, one.before
    for state in one.during:
        if state.at_s is not None:
            yield round(start_us + state.at_s * _US, _DIGITS), state
    if one.seconds is not None:
        yield round(start_us + one.seconds * _US, _DIGITS), one.after


def _of_temperatures(state: Telemetry) -> Mapping[str, float | None]:
    return {**state.temperature_c, "battery (Android)": state.battery_temperature_c}


def _of_frequencies(state: Telemetry) -> Mapping[str, float | None]:
    return {name: khz / 1000 for name, khz in state.cpu_khz.items()}


def _of_load(state: Telemetry) -> Mapping[str, float | None]:
    return {"1 min": state.load_1m}


def _of_battery(state: Telemetry) -> Mapping[str, float | None]:
    return {"charge": state.battery_percent}


_COUNTERS = {
    "temperature, °C": _of_temperatures,
    "CPU frequency, MHz": _of_frequencies,
    "load": _of_load,
    "battery, %": _of_battery,
}


def _counter(
    kind: str, seen: Sequence[tuple[float, Mapping[str, float | None]]], process: int
) -> Iterator[_Event]:
    """Return one kind of figures over time; what a sample does not tell is not in it."""
    for at_us, values in seen:
        told = {
            name: value
            for name, value in values.items()
            if value is not None and math.isfinite(value)
        }
        if told:
            yield {"name": kind, "ph": "C", "ts": at_us, "pid": process, "args": told}


def _operators(drawn: Sequence[Profiled], at_us: _Starts, process: int) -> Iterator[_Event]:
    """Return an inference of each case: the first of its profiles that counts."""
    threads = {_OPERATORS: f"{LABEL}, one inference a case"}
    slices: list[_Event] = []
    free_us = 0.0
    for one in sorted(drawn, key=lambda one: _start(one, at_us)):
        profile = _counted(one).reading.profile
        if profile is None:
            continue
        tracks = inference(profile, one.name, max(free_us, _start(one, at_us)))
        for track in tracks:
            thread = _OPERATORS + (track.graph or 0)
            if track.graph is not None:
                threads[thread] = f"{lost(track.graph)} ({LABEL})"
            slices += track.events(process, thread)
        free_us = max(track.end_us for track in tracks)
    if slices:
        for thread, name in sorted(threads.items()):
            yield named("thread_name", process, thread, name)
        yield from slices


def _counted(one: Profiled) -> Invocation:
    """Return the profile process that is drawn; profiles_of gives cases that have one."""
    with_ops = [
        found
        for found in one.case.profile_invocations
        if found.reading.profile and found.reading.profile.ops
    ]
    return next((found for found in with_ops if found.status in _PROFILED), with_ops[0])


def _start(one: Profiled, at_us: _Starts) -> float:
    found = _counted(one)
    return at_us.get((found.device, found.number), 0.0)
