"""Operator times as a trace that Perfetto's viewer and chrome://tracing open.

The format is Chrome's JSON trace events: `X` is a slice with `ts` and `dur` in microseconds, `M`
names a process or thread; slices of one thread have to nest
(https://perfetto.dev/docs/getting-started/other-formats). A profile has mean times and no clock, so
the timeline is drawn: one inference, its operators end to end. Every event says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchhub.records import OpTime, Profile

# Operators of TFLite whose time holds that of other subgraphs.
CONTROL_FLOW = frozenset({"WHILE", "IF", "CALL", "CALL_ONCE", "STABLEHLO_WHILE", "STABLEHLO_CASE"})

LABEL = "synthetic: mean operator times laid end to end"
_PROCESS = 1
_MAIN_THREAD = 1
_DIGITS = 3  # of a microsecond


def op_timeline(profile: Profile, case: str, device: str) -> dict[str, Any]:
    """Return one inference as a trace document; times are in microseconds.

    Operators of a subgraph are inside the control flow operator that runs it where that is known,
    else on a thread of their own.

    Args:
        profile: Operator times of one profile invocation.
        case: Whose they are, for people; says so if another delegate ran than its id says.
        device: Name of the device.
    """
    tracks = inference(profile, "inference")
    events = [named("process_name", _PROCESS, 0, f"{case} on {device} ({LABEL})")]
    for number, track in enumerate(tracks, _MAIN_THREAD):
        what = f"{case}, one inference" if track.graph is None else lost(track.graph)
        events.append(named("thread_name", _PROCESS, number, f"{what} ({LABEL})"))
    for number, track in enumerate(tracks, _MAIN_THREAD):
        events += track.events(_PROCESS, number)
    return {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "timeline": LABEL,
            "case": case,
            "device": device,
            "source": profile.source,
            "inferences": profile.n,
            "resolution_us": profile.resolution_us,
        },
    }


def inference(profile: Profile, name: str, start_us: float = 0.0) -> list[Track]:
    """Return the operators of one inference, end to end: the main graph, then what runs apart.

    Args:
        profile: Operator times of one profile invocation.
        name: What the slice around the whole inference is called.
        start_us: Where it begins.
    """
    main = min((op.subgraph for op in profile.ops), default=0)
    inside, apart = _assigned(profile.ops, main)
    track = Track(start_us, name=name)
    for op in profile.ops:
        if op.subgraph == main:
            track.add(op, inside.get(op.order, ()))
    tracks = [track]
    for graph, ops in apart.items():
        other = Track(start_us, graph)
        for op in ops:
            other.add(op)
        tracks.append(other)
    return tracks


def lost(graph: int) -> str:
    """Say why the operators of a graph are on a thread of their own."""
    return f"subgraph {graph}: where it runs is not known"


@dataclass(slots=True)
class Track:
    """Slices of one thread, each where the one before ends.

    Attributes:
        start_us: Where the first one begins.
        graph: Index of the graph whose operators they are; None for the main graph.
        name: What the slice around all of them is called; empty for none.
        end_us: Where the last one ends.
    """

    start_us: float
    graph: int | None = None
    name: str = ""
    end_us: float = field(init=False)
    _slices: list[tuple[OpTime, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.end_us = self.start_us

    def add(self, op: OpTime, within: Sequence[OpTime] = ()) -> None:
        """Append an operator, and those that run inside it."""
        start_us = self.end_us
        self.end_us = round(start_us + op.mean_us, _DIGITS)
        self._slices.append((op, start_us, self.end_us))
        for inner in within:
            end_us = min(round(start_us + inner.mean_us, _DIGITS), self.end_us)
            self._slices.append((inner, start_us, end_us))
            start_us = end_us

    def events(self, process: int, thread: int) -> Iterator[dict[str, Any]]:
        """Return the trace events, those that hold others first."""
        if self.name:
            args = {"timeline": LABEL}
            yield span(
                self.name, "inference", (process, thread), (self.start_us, self.end_us), args
            )
        for op, start_us, end_us in self._slices:
            yield span(op.op, "op", (process, thread), (start_us, end_us), _told(op))


def _assigned(
    ops: Sequence[OpTime], main: int
) -> tuple[dict[int, list[OpTime]], dict[int, list[OpTime]]]:
    """Return operators of other subgraphs by the order of who runs them, and the rest by graph.

    They follow the operator that runs them, or come after the whole main graph: then there has to
    be one only. They do not fit if some of them run others in turn.
    """
    runners = [op for op in ops if op.subgraph == main and op.op in CONTROL_FLOW]
    inside: dict[int, list[OpTime]] = {}
    apart: dict[int, list[OpTime]] = {}
    before: OpTime | None = None
    for op in ops:
        if op.subgraph == main:
            before = op
            continue
        runner = before if before in runners else runners[0] if len(runners) == 1 else None
        if runner is None:
            apart.setdefault(op.subgraph, []).append(op)
        else:
            inside.setdefault(runner.order, []).append(op)
    for runner in runners:
        found = inside.get(runner.order, [])
        # Times are cut or rounded one by one.
        slack_us = 10.0**-_DIGITS * (len(found) + 1)
        if sum(op.mean_us for op in found) > runner.mean_us + slack_us:
            for op in inside.pop(runner.order):
                apart.setdefault(op.subgraph, []).append(op)
    return inside, apart


def _told(op: OpTime) -> dict[str, Any]:
    told = {
        "name": op.name,
        "kernel": op.kernel,
        "node": op.node,
        "subgraph": op.subgraph,
        "delegate": op.delegate,
        "calls": op.calls,
        "mean_us": op.mean_us,
        "min_us": op.min_us,
        "max_us": op.max_us,
        "std_us": op.std_us,
    }
    known = {key: value for key, value in told.items() if value not in (None, "")}
    return {**known, "timeline": LABEL}


def span(
    name: str,
    category: str,
    where: tuple[int, int],
    span_us: tuple[float, float],
    args: dict[str, Any],
) -> dict[str, Any]:
    """Return a slice: what, the numbers of its process and thread, start and end."""
    start_us, end_us = span_us
    return {
        "name": name,
        "cat": category,
        "ph": "X",
        "ts": start_us,
        "dur": round(end_us - start_us, _DIGITS),
        "pid": where[0],
        "tid": where[1],
        "args": args,
    }


def named(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    """Return what names a process or a thread."""
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
