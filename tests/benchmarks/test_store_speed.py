"""How fast runs are stored, how fast a million operator times are a frame, and in how much memory.

Nothing is asserted of time; `tox -e benchmarks -- tests/benchmarks/test_store_speed.py` prints it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchhub.records import Invocation, Run
from benchhub.results.index import Index, open_index
from benchhub.results.index.ops import stored_ops
from benchhub.results.settings import VARIABLE
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from ..rigs.postgresql import Postgresql
from ..unit.reports import big
from ..unit.reports.invented import make_record
from .extent import times

NUMBERS = itertools.count()
CASES = 200  # of the big run, over its four devices
OPS = 66  # of a profile
INVOCATIONS, OP_ROWS, LONG = 5_000, 1_000_000, 10_000
LOOKS = 10


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.rig("postgresql"))])
def index(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Index]:
    """An empty index of a workspace."""
    monkeypatch.setenv(VARIABLE, "local")
    if request.param == "PostgreSQL":
        server: Postgresql = request.getfixturevalue("postgresql")
        monkeypatch.setenv(VARIABLE, server.make_database(f"speed{next(NUMBERS)}"))
    with open_index(Workspace(tmp_path / "workspace")) as opened:
        yield opened


def rounds_of(invocations: int) -> int:
    return max(1, round(times(invocations) / CASES))


def begun(workspace: Workspace, run: Run) -> RunFolder:
    folder = RunFolder(workspace.runs / run.plan.run_id)
    folder.path.mkdir(parents=True)
    folder.write_plan(run.plan)
    for device in run.plan.devices:
        folder.write_device(make_record(device))
    return folder


def write(folder: RunFolder, run: Run, at_once: int) -> None:
    """Write the invocations of a run, so many at a time as devices measure."""

    def store(one: Invocation) -> None:
        folder.begin_step(one)
        folder.write_invocation(one, {})

    with ThreadPoolExecutor(at_once) as devices:
        list(devices.map(store, run.invocations))
    assert run.end
    folder.write_end(run.end)


def resident_mb() -> float:
    """Memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1e3
    raise LookupError("VmRSS")


def tell(capsys: pytest.CaptureFixture[str], benchmark: BenchmarkFixture, text: str) -> None:
    with capsys.disabled():
        print(f"\n{benchmark.name}: {text}")


@pytest.mark.parametrize("devices", [1, 16])
def test_run_folder_documents(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path, devices: int
) -> None:
    """Each is on the disk before the next one of its device begins: that is what it waits for."""
    run = big.big_run(rounds_of(INVOCATIONS), 0)
    folder = begun(Workspace(tmp_path), run)
    benchmark.pedantic(write, (folder, run, devices), rounds=1)
    took = benchmark.stats.stats.median
    n = len(run.invocations)
    benchmark.extra_info.update({"invocations": n, "seconds": took})
    figures = f"{n} invocations in {took:.2f} s, {took / n * 1e3:.2f} ms each"
    tell(capsys, benchmark, f"{figures} (goal: 5000: 5 s)")


def test_index_rows(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], index: Index
) -> None:
    """One run of nine latency invocations to each profile, which is where most rows are."""
    rounds = rounds_of(INVOCATIONS)
    run = big.big_run(max(1, rounds * 9 // 10), max(1, rounds // 10))
    benchmark.pedantic(index.put, (run,), rounds=1)
    took = benchmark.stats.stats.median
    n, rows = len(run.invocations), op_rows(run)
    benchmark.extra_info.update({"invocations": n, "op_rows": rows, "seconds": took})
    figures = f"{n} invocations with {rows} op rows in {took:.2f} s"
    tell(capsys, benchmark, f"{figures} (goal: 5000 invocations: 5 s)")


def op_rows(run: Run) -> int:
    profiles = (one.reading.profile for one in run.invocations)
    return sum(len(profile.ops) for profile in profiles if profile)


def test_a_million_op_rows_as_a_frame(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], index: Index
) -> None:
    profiles = max(1, round(times(OP_ROWS) / OPS / CASES / 4))
    run = big.big_run(1, profiles)
    for number in range(4):
        index.put(replace(run, plan=replace(run.plan, run_id=f"01BIG{number:03d}")))
    frame = benchmark.pedantic(stored_ops, (index,), rounds=times(5))
    took = benchmark.stats.stats.median
    megabytes = frame.memory_usage(deep=True).sum() / 1e6
    benchmark.extra_info.update({"rows": len(frame), "seconds": took, "frame_mb": megabytes})
    figures = f"{len(frame)} op rows in {took:.2f} s, a frame of {megabytes:.0f} MB"
    tell(capsys, benchmark, f"{figures}, n = {times(5)} (goal: 1,000,000: 3 s)")


def test_memory_over_ten_thousand_invocations(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What a controller does for each invocation: its folder, its document, and on to the next."""
    share = max(1, times(LONG) // LOOKS)
    plan = big.big_plan(rounds_of(LONG), 0)
    workspace = Workspace(tmp_path)
    run = Run(plan, (), (), None)
    folder = begun(workspace, run)
    made = itertools.islice(big.big_invocations(plan), share * LOOKS)
    seen: list[tuple[int, float]] = []

    def measure() -> None:
        for number, one in enumerate(made, 1):
            folder.begin_step(one)
            folder.write_invocation(one, {"stdout.txt": b"INFO: example\n" * 20})
            if number % share == 0:
                seen.append((number, round(resident_mb(), 1)))

    began = time.perf_counter()
    benchmark.pedantic(measure, rounds=1)
    took = time.perf_counter() - began
    benchmark.extra_info.update({"resident_mb": seen})
    told = ", ".join(f"{number}: {mb:.0f}" for number, mb in seen)
    tell(capsys, benchmark, f"MB after invocations: {told}; {took:.1f} s (goal: flat)")
