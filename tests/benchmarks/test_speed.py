"""The speed goals of benchhub, each against its yardstick in the same run: tox -e benchmarks."""

from __future__ import annotations

import io
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchhub.devices.host import HostTransport
from benchhub.execution.invocation import Bench, invoke
from benchhub.records import (
    Case,
    Configuration,
    Measure,
    ModelVariant,
    PlannedInvocation,
    Purpose,
)
from benchhub.results.store import find_run
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.benchmark_model.op_csv import read_op_table

from .conftest import SideBySide
from .extent import FEWEST, times

PROGRAM = Path(sys.executable).parent / "benchhub"
MODEL = "suites/models/mobilenet_v2_035_96_float32.tflite"
MEASURE = Measure(1, 0, 50, 1.0, 30.0, 1, 0.3, 0.0, 0.0, 60.0)
PAIRS = times(15)


def call(*argv: str, cwd: Path | None = None) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=cwd, timeout=300)
    return done.stdout


def test_help(side_by_side: SideBySide) -> None:
    side_by_side(
        lambda: call(str(PROGRAM), "--help"),
        lambda: call(sys.executable, "-c", "import click"),
        rounds=times(20),
        goal="at most 1.5",
    )


@pytest.mark.rig("benchmark_model")
def test_a_case_against_the_bare_binary(
    benchmark: BenchmarkFixture,
    side_by_side: SideBySide,
    benchmark_model: Path,
    repository: Path,
    tmp_path: Path,
) -> None:
    transport = HostTransport("host", repository)
    tool = BenchmarkModelTool({"path": str(benchmark_model)})
    identity, work = tool.identify(transport), str(tmp_path / "work")
    bench = Bench(transport, transport.sibling(), tool, identity, MEASURE, work)
    variant = ModelVariant("m", "float32", MODEL, "", 0)
    case = Case(variant, Configuration("xnnpack", "xnnpack", 1), "benchmark_model")
    step = PlannedInvocation(1, "host", case.id, 1, Purpose.LATENCY)
    flags = ("--num_threads=1", "--num_runs=50", "--min_secs=1", "--max_secs=30")
    flags += ("--warmup_runs=1", "--warmup_min_secs=0.3", "--use_xnnpack=true")

    def by_hand() -> float:
        text = call(str(benchmark_model), f"--graph={repository / MODEL}", *flags)
        return float(re.findall(r"Inference \(avg\): ([0-9.e+]+)", text)[-1])

    def by_benchhub() -> float:
        invocation, _ = invoke(bench, case, step, MODEL, tmp_path)
        assert invocation.reading.latency is not None
        return invocation.reading.latency.value_us

    ratios = []

    def pair() -> None:
        first, second = (by_hand, by_benchhub) if len(ratios) % 2 else (by_benchhub, by_hand)
        times = {function: function() for function in (first, second)}
        ratios.append(times[by_benchhub] / times[by_hand])

    benchmark.pedantic(pair, rounds=PAIRS)
    spread = f"pairs from {min(ratios):.3f} to {max(ratios):.3f}"
    side_by_side.report(statistics.median(ratios), "within 1 % of 1", spread, len(ratios))


def test_a_suite_against_its_tools(
    benchmark: BenchmarkFixture, side_by_side: SideBySide, tmp_path: Path
) -> None:
    call(str(PROGRAM), "init", cwd=tmp_path)
    words = ["suites/quickstart.yaml", "--devices", "host", "--rounds", str(times(5))]
    if times(5) == FEWEST:  # a glance: two threads on a busy machine wait for each other for long
        words += ["--cases", "*/t1"]
    walls = []

    def suite() -> None:
        began = time.monotonic()
        call(str(PROGRAM), "run", *words, cwd=tmp_path)
        walls.append(time.monotonic() - began)

    benchmark.pedantic(suite, rounds=1)
    run = find_run(tmp_path / ".benchhub" / "runs", "latest").read()
    assert run.end is not None
    tools = sum(invocation.seconds for invocation in run.invocations)
    measuring = run.end.seconds / tools
    figures = f"{run.end.seconds:.2f} s of measuring, {walls[0]:.2f} s with start, summary and "
    figures += f"report ({walls[0] / tools:.3f}), {tools:.2f} s in the tools' processes"
    side_by_side.report(measuring, "at most 1.03", figures, len(run.invocations))


def profile_csv(recorded: Path, rows: int) -> str:
    """Return a recorded profile, its run order repeated until it has that many operators."""
    text = (recorded / "benchmark_model" / "tensorflow-2.14.1" / "op_prof_csv.csv").read_text()
    head, marker, rest = text.rpartition("Operator-wise Profiling Info")
    lines = rest.splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if line.startswith("node type,")) + 1
    last = next(i for i in range(first, len(lines)) if not lines[i].strip())
    body = (lines[first:last] * (rows // (last - first) + 1))[:rows]
    rest = re.sub(
        r"^\d+ nodes observed", f"{rows} nodes observed", "".join(lines[last:]), flags=re.MULTILINE
    )
    return head + marker + "".join(lines[:first] + body) + rest


def test_parsing_a_profile_of_2000_operators(side_by_side: SideBySide, recorded: Path) -> None:
    text = profile_csv(recorded, 2000)
    columns = [f"c{i}" for i in range(12)]

    def pandas() -> None:
        pd.read_csv(io.StringIO(text), names=columns, on_bad_lines="skip")

    assert len(read_op_table(text, "csv").ops) == 2000
    side_by_side(lambda: read_op_table(text, "csv"), pandas, rounds=times(30), goal="at most 10")
