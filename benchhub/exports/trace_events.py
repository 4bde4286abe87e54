"""Operator times as a trace that Perfetto's viewer and chrome://tracing open.

The format is Chrome's JSON trace events: `X` is a slice with `ts` and `dur` in microseconds, `M`
names a process or thread; slices of one thread have to nest
(https://perfetto.dev/docs/getting-started/other-formats). A profile has mean times and no clock, so
the timeline is drawn: one inference, its operators end to end. Every event says so.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    main = min((op.subgraph for op in profile.ops), default=0)
    inside, apart = _assigned(profile.ops, main)
    track = _Track(_MAIN_THREAD)
    for op in profile.ops:
        if op.subgraph == main:
            track.add(op, inside.get(op.order, ()))
    threads = [(track, f"{case}, one inference ({LABEL})")]
    for graph, ops in apart.items():
        other = _Track(_MAIN_THREAD + len(threads))
        for op in ops:
            other.add(op)
        threads.append((other, f"subgraph {graph}: where it runs is not known ({LABEL})"))
    events = [_named("process_name", 0, f"{case} on {device} ({LABEL})")]
    for thread, name in threads:
        events.append(_named("thread_name", thread.number, name))
    whole = _slice("inference", "inference", _MAIN_THREAD, (0.0, track.end_us), {})
    events += [whole, *(event for thread, _ in threads for event in thread.events)]
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


@dataclass(slots=True)
class _Track:
    """Slices of one thread, each where the one before ends."""

    number: int
    end_us: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, op: OpTime, within: Sequence[OpTime] = ()) -> None:
        """Append an operator, and those that run inside it."""
        start_us = self.end_us
        self.end_us = round(start_us + op.mean_us, _DIGITS)
        self.events.append(_of(op, self.number, (start_us, self.end_us)))
        for inner in within:
            end_us = min(round(start_us + inner.mean_us, _DIGITS), self.end_us)
            self.events.append(_of(inner, self.number, (start_us, end_us)))
            start_us = end_us


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


def _of(op: OpTime, thread: int, span_us: tuple[float, float]) -> dict[str, Any]:
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
    return _slice(op.op, "op", thread, span_us, known)


def _slice(
    name: str, category: str, thread: int, span_us: tuple[float, float], args: dict[str, Any]
) -> dict[str, Any]:
    start_us, end_us = span_us
    return {
        "name": name,
        "cat": category,
        "ph": "X",
        "ts": start_us,
        "dur": round(end_us - start_us, _DIGITS),
        "pid": _PROCESS,
        "tid": thread,
        "args": {**args, "timeline": LABEL},
    }


def _named(kind: str, thread: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": _PROCESS, "tid": thread, "args": {"name": name}}
