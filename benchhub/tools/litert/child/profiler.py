"""Drives the profiler of a compiled model, a few inferences at a time."""

from __future__ import annotations

import time
from array import array
from ctypes import byref, c_int

from .capi import Event
from .failure import MeasureError
from .profiling import OperatorTable
from .runtime import CompiledModel
from .timing import MAX_SAMPLES, Budget, Call, Timed, time_inferences

# The profiler's buffer. A longer inference would overwrite its own beginning.
CAPACITY = 512 * 1024

# Events between two emptyings. The profiler asks the C library for memory statistics three times an
# inference, which takes the longer the more freed event names there are: 36 us an inference at
# 2,000 events, 8 ms after 480,000.
CHUNK_EVENTS = 1024


class Profiler:
    """The profiler of one compiled model, which was set up for profiling."""

    def __init__(self, model: CompiledModel) -> None:
        self._library = model.library
        self._handle = model.library.handle("LiteRtCompiledModelGetProfiler", model.handle)

    def run(self, call: Call, budget: Budget, table: OperatorTable) -> Timed:
        """Run profiled inferences until the budget is met.

        Raises:
            MeasureError: An inference has more events than the profiler holds, or some were lost.
            RunFailedError: An inference failed.
        """
        samples = array("q")
        begin = time.monotonic()
        chunk = 1  # the first inference tells how many events there are
        while True:
            elapsed_s = time.monotonic() - begin
            part = Budget(chunk, 0.0, max(budget.max_s - elapsed_s, 0.0), budget.delay_s)
            timed, count = self._chunk(call, part, table)
            samples.extend(timed.samples_ns)
            elapsed_s = time.monotonic() - begin
            if len(samples) >= budget.runs and elapsed_s >= budget.min_s:
                return Timed(samples, "done")
            if elapsed_s >= budget.max_s:
                return Timed(samples, "max_secs")
            if len(samples) >= MAX_SAMPLES:
                return Timed(samples, "max_samples")
            chunk = max(1, CHUNK_EVENTS // max(1, count // len(timed.samples_ns)))
            if budget.min_s <= 0:
                chunk = min(chunk, budget.runs - len(samples))
            if budget.delay_s > 0:
                time.sleep(budget.delay_s)

    def _chunk(self, call: Call, budget: Budget, table: OperatorTable) -> tuple[Timed, int]:
        before = table.inferences
        self._library.call("LiteRtResetProfiler", self._handle)
        self._library.call("LiteRtStartProfiler", self._handle)
        timed = time_inferences(call, budget)
        self._library.call("LiteRtStopProfiler", self._handle)
        number = c_int()
        self._library.call("LiteRtGetNumProfilerEvents", self._handle, byref(number))
        if number.value >= CAPACITY:
            raise MeasureError(
                "exit",
                f"one inference has more than the {CAPACITY} events that the profiler holds.",
                "Measure this model without profile rounds.",
            )
        events = (Event * number.value)()
        self._library.call("LiteRtGetProfilerEvents", self._handle, number.value, events)
        table.add(events)
        if table.inferences - before != len(timed.samples_ns):
            raise MeasureError(
                "exit",
                f"the profiler tells of {table.inferences - before} inferences, "
                f"there were {len(timed.samples_ns)}.",
            )
        return timed, number.value
