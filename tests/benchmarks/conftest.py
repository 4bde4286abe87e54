"""Two things measured side by side in one run, printed as a ratio. Nothing here asserts a time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from .ways import Bay, bay


class SideBySide:
    """Alternates a subject and its yardstick, and prints the ratio of their medians."""

    def __init__(self, benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
        self._benchmark = benchmark
        self._capsys = capsys

    def __call__(
        self,
        subject: Callable[[], Any],
        yardstick: Callable[[], Any],
        *,
        rounds: int,
        goal: str,
    ) -> None:
        """Time both, alternating; the goal is text for the reader."""
        before: list[float] = []

        def setup() -> None:
            began = time.perf_counter()
            yardstick()
            before.append(time.perf_counter() - began)

        self._benchmark.pedantic(subject, setup=setup, rounds=rounds, warmup_rounds=1)
        own = self._benchmark.stats.stats.median
        other = statistics.median(before[1:])
        self.report(own / other, goal, f"{own * 1e3:.2f} ms against {other * 1e3:.2f} ms", rounds)

    def report(self, ratio: float, goal: str, figures: str, n: int, *, what: str = "") -> None:
        """Print a ratio and keep it with the benchmark; `what` if it has several."""
        kept = {"ratio": ratio, "goal": goal, "n": n}
        self._benchmark.extra_info.update({what: kept} if what else kept)
        name = f"{self._benchmark.name}, {what}" if what else self._benchmark.name
        with self._capsys.disabled():
            print(f"\n{name}: ratio {ratio:.3f} (goal: {goal}); {figures}, n = {n}")


@pytest.fixture
def side_by_side(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> SideBySide:
    return SideBySide(benchmark, capsys)


@pytest.fixture
def devices() -> Iterator[Bay]:
    """Devices and their clients; what is on them lies in memory."""
    with bay(tmpfs_mb=400) as started:
        yield started
