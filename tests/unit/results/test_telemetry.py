from __future__ import annotations

from dataclasses import replace

from benchhub.records import Telemetry
from benchhub.results.telemetry import temperature_c, watched

from ..reports.invented import small_run


def test_only_what_was_seen_during_counts() -> None:
    one = small_run().invocations[0]
    during = (
        Telemetry(
            cpu_khz={"cpu0": 600_000, "cpu1": 2_000_000}, temperature_c={"cpu-thermal": 61.0}
        ),
        Telemetry(cpu_khz={"cpu0": 900_000}, temperature_c={"battery": 80.0, "cpu-thermal": 63.5}),
        Telemetry(),
    )
    seen = watched([replace(one, during=during, after=Telemetry(temperature_c={"cpu": 99.0}))])
    assert (seen.hottest_c, seen.zones, seen.temperatures) == (63.5, ("cpu-thermal",), 2)
    assert (seen.low_khz, seen.high_khz, seen.frequencies) == (600_000, 2_000_000, 2)


def test_what_is_not_told_is_none() -> None:
    seen = watched(small_run().invocations)
    assert (seen.hottest_c, seen.low_khz, seen.high_khz) == (None, None, None)
    assert (seen.temperatures, seen.frequencies) == (0, 0)
    assert temperature_c(Telemetry()) is None
