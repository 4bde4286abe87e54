"""From profiler events to the time of each operator, and to what ran inside the delegate.

Measured with wheel 2.3.0. One inference gives, in the order of execution: `LiteRT::Run[buffer
registration]`; `Invoke` of the main graph; then one event per node outside the delegate (its index
is the node's) and one per operator of the delegate (its index is the delegate's own and starts at 0
in each partition). A node such as WHILE comes before `Invoke` and the operators of the graphs that
it runs. Further kinds of events tell nothing about operators; the time in TELEMETRY events is a
status word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

DEFAULT = 1
OPERATOR = 2
DELEGATE_OPERATORS = (4, 8)

RUN_BEGINS = b"LiteRT::Run[buffer registration]"
INVOKE = b"Invoke"
# In the name of an XNNPACK kernel that computes in half precision.
HALF = b", F16"

Key = tuple[bool, int, int, int, bytes]


class ProfilerEvent(Protocol):
    """The fields of an event that are used."""

    tag: bytes
    event_type: int
    elapsed_us: int
    metadata1: int
    metadata2: int


@dataclass(slots=True)
class _Sums:
    """One operator over all inferences; integers, so that the sums are exact."""

    calls: int = 0
    inferences: int = 0
    sum_us: int = 0
    squares: int = 0
    smallest: int = 0
    largest: int = 0

    def add(self, calls: int, us: int) -> None:
        self.smallest = min(self.smallest, us) if self.inferences else us
        self.largest = max(self.largest, us)
        self.calls += calls
        self.inferences += 1
        self.sum_us += us
        self.squares += us * us

    def std_us(self, n: int) -> float | None:
        """Sample standard deviation; inferences without this operator count as 0."""
        if n < 2:
            return None
        return math.sqrt(max(0, n * self.squares - self.sum_us**2) / (n * (n - 1)))


class OperatorTable:
    """Adds up events, inference by inference.

    Args:
        main: Index of the graph that the signature runs.

    Attributes:
        inferences: Inferences seen.
        invoke_us: Time of all of them inside the main graph.
    """

    def __init__(self, main: int) -> None:
        self.main = main
        self.inferences = 0
        self.invoke_us = 0
        self._sums: dict[Key, _Sums] = {}
        self._current: dict[Key, list[int]] = {}
        self._partition: dict[int, int] = {}

    def add(self, events: Iterable[ProfilerEvent]) -> None:
        """Add the events of whole inferences."""
        for event in events:
            kind, graph = event.event_type, event.metadata2
            if kind == OPERATOR:
                self._count((False, graph, 0, event.metadata1, event.tag), event.elapsed_us)
            elif kind in DELEGATE_OPERATORS:
                if event.metadata1 == 0:
                    self._partition[graph] = self._partition.get(graph, -1) + 1
                partition = self._partition.get(graph, 0)
                self._count((True, graph, partition, event.metadata1, event.tag), event.elapsed_us)
            elif kind == DEFAULT and event.tag == INVOKE:
                self._partition[graph] = -1
                if graph == self.main:
                    self.invoke_us += event.elapsed_us
            elif kind == DEFAULT and event.tag == RUN_BEGINS:
                self._finish()
                self.inferences += 1
        self._finish()

    def _count(self, key: Key, us: int) -> None:
        entry = self._current.setdefault(key, [0, 0])
        entry[0] += 1
        entry[1] += us

    def _finish(self) -> None:
        for key, (calls, us) in self._current.items():
            self._sums.setdefault(key, _Sums()).add(calls, us)
        self._current.clear()

    def rows(self, node_names: tuple[tuple[str, ...], ...]) -> list[dict[str, object]]:
        """Return one row per operator, in the order of first execution.

        Args:
            node_names: Output tensor of each node of each graph.
        """
        return [self._row(key, sums, node_names) for key, sums in self._sums.items()]

    def _row(
        self, key: Key, sums: _Sums, node_names: tuple[tuple[str, ...], ...]
    ) -> dict[str, object]:
        delegated, graph, _, index, tag = key
        kernel = tag.decode("utf-8", "replace")
        names = node_names[graph] if graph < len(node_names) else ()
        n = self.inferences
        return {
            "op": kernel.partition(" (")[0] if delegated else kernel,
            "kernel": kernel,
            "name": names[index] if not delegated and index < len(names) else "",
            "node": None if delegated else index,
            "subgraph": graph,
            "delegated": delegated,
            "calls": sums.calls / n,
            "mean_us": sums.sum_us / n,
            "min_us": sums.smallest if sums.inferences == n else 0,
            "max_us": sums.largest,
            "std_us": sums.std_us(n),
        }

    def placement(self) -> dict[str, int]:
        """Return what the events say about the delegate in the main graph and in all graphs."""
        main = [key for key in self._sums if key[1] == self.main]
        return {
            "nodes_outside": len({key[3] for key in main if not key[0]}),
            "partitions": len({key[2] for key in main if key[0]}),
            "delegate_ops": sum(1 for key in self._sums if key[0]),
            "half_ops": sum(1 for key in self._sums if key[0] and HALF in key[4]),
        }
