"""A model that is faster than the program's clock has no time, and must not have one of 0."""

from __future__ import annotations

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    Measure,
    ModelVariant,
    Purpose,
    Status,
)
from benchhub.records.trust import status_of
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.tool import Artifacts

CASE = Case(ModelVariant("m", "v", "m", "", 1), Configuration("none", "none", 1), "benchmark_model")
MEASURE = Measure(1, 0, 50, 1.0, 9.0, 1, 0.5, 0.0, 0.0, 9.0)


def output(stat: str, mean: str) -> str:
    header = "INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but ..."
    timings = f"INFO: Inference timings in us: Init: 90, First inference: 3, Warmup (avg): {mean}, "
    stats = f"{header}\nINFO: {stat}\n\n" * 2
    return f"{stats}{timings}Inference (avg): {mean}\n"


def test_zero_is_below_the_clock() -> None:
    tool = BenchmarkModelTool({"path": "./bm"})
    for stat, mean, status in (
        ("count=50 curr=0(all same)", "0", Status.SUSPECT),
        ("count=50 first=1 curr=0 min=0 max=1 avg=0.5 std=0", "0.5", Status.OK),
    ):
        result = CommandResult(("bm",), 0, output(stat, mean), "", 1.0)
        reading = tool.parse(CASE, MEASURE, Purpose.LATENCY, Artifacts(result, {}))
        assert status_of(reading) is status, reading
        told = [finding.id for finding in reading.findings]
        assert ("check.zero" in told) is (status is Status.SUSPECT)
