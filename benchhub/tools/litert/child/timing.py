"""The timed loop: nothing in it but the call and the clock."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass

# Samples take 8 bytes each in this process, whose memory is measured as well.
MAX_SAMPLES = 1_000_000

# One inference: returns None or 0, or the status of a failure.
Call = Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many inferences to run; names and meanings are benchmark_model's.

    Attributes:
        runs: At least that many.
        min_s: And at least that long, pauses included.
        max_s: But not longer; the inference that passes it is the last one.
        delay_s: Pause between two inferences.
    """

    runs: int
    min_s: float
    max_s: float
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Timed:
    """Inferences that were timed.

    Attributes:
        samples_ns: One by one, in order.
        stopped_by: `done`, `max_secs` or `max_samples`.
    """

    samples_ns: array[int]
    stopped_by: str


class RunFailedError(Exception):
    """An inference failed.

    Args:
        status: Status code of the runtime.
        done: Inferences that had succeeded before.
    """

    def __init__(self, status: int, done: int) -> None:
        super().__init__(f"inference {done + 1} failed with status {status}")
        self.status = status
        self.done = done


def time_inferences(call: Call, budget: Budget) -> Timed:
    """Run inferences until the budget is met, each timed with the monotonic nanosecond clock.

    Args:
        call: One inference.
        budget: When to stop. No inference at all if it asks for none.

    Raises:
        RunFailedError: An inference failed.
    """
    samples = array("q")
    if budget.runs <= 0 and budget.min_s <= 0:
        return Timed(samples, "done")
    clock, keep, runs, delay_s = time.perf_counter_ns, samples.append, budget.runs, budget.delay_s
    begin = clock()
    earliest, latest = begin + int(budget.min_s * 1e9), begin + int(budget.max_s * 1e9)
    done = 0
    while True:
        before = clock()
        status = call()
        after = clock()
        if status:
            raise RunFailedError(status, done)
        keep(after - before)
        done += 1
        if done >= runs and after >= earliest:
            return Timed(samples, "done")
        if after >= latest:
            return Timed(samples, "max_secs")
        if done >= MAX_SAMPLES:
            return Timed(samples, "max_samples")
        if delay_s > 0:
            time.sleep(delay_s)
