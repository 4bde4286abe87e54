"""Many simulated devices on four hosts: how busy the lab keeps them, and what a task costs."""

from __future__ import annotations

import itertools
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchhub.execution.observer import Observer
from benchhub.execution.planning import Choices, make_plan
from benchhub.execution.session import begin, carry_out
from benchhub.lab.certs import make
from benchhub.lab.lab import Lab
from benchhub.lab.members import connect, members
from benchhub.lab.security import security_of
from benchhub.records import Run
from benchhub.workspace import Workspace

from ..mixed_model import scalar_model
from .extent import times

HOSTS = 4
DEVICES = max(8, times(200))
# The goal is stated for the shortest; what a real process of a tool takes is 1 s and more.
TASKS_S = (0.05, 0.5, 2.0, 5.0)
# Each device is kept at it for about that long, or that often: to take a device costs time, too.
SPAN_S = 30.0
ROUNDS = max(4, times(20))
ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "benchhub"
SUITE = """\
name: pauses
models:
  - name: scalar
    variants: {float32: scalar.tflite}
configurations: [{delegate: none}]
measure: {rounds: 1, profile_rounds: 0, telemetry_interval: 0, cooldown: 0}
"""


class Memory:
    """An observer that looks at nothing but the memory of some processes, every few steps.

    Attributes:
        rss_bytes: What was seen, by the name of the process.
    """

    def __init__(self, every: int, **pids: int) -> None:
        self._every = every
        self._steps = itertools.count(1)
        self._pids = pids
        self.rss_bytes: dict[str, list[int]] = {name: [] for name in pids}

    def step_finished(self, *_: object) -> None:
        if next(self._steps) % self._every == 0:
            for name, pid in self._pids.items():
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                self.rss_bytes[name].append(pages * os.sysconf("SC_PAGE_SIZE"))

    def __getattr__(self, name: str) -> object:
        if hasattr(Observer, name):
            return lambda *_: None
        raise AttributeError(name)


@dataclass(frozen=True)
class Ground:
    """Scheduler and hosts, as processes."""

    address: str
    tls: Path
    root: Path
    processes: list[subprocess.Popen[bytes]]

    def start(self, pattern: str, *argv: str | Path) -> str:
        """Start a process and wait until it says something of that pattern."""
        log = self.root / f"{len(self.processes)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(argv, cwd=ROOT, stdout=file, stderr=file)
        self.processes.append(process)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if found := re.search(pattern, log.read_text()):
                return found[0]
            time.sleep(0.1)
        raise TimeoutError(log.read_text())

    def cpu_s(self) -> float:
        """CPU time of the processes so far; proc(5), fields 14 and 15 of stat."""
        ticks = 0
        for process in self.processes:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def ground(root: Path, task_s: float) -> Iterator[Ground]:
    root.mkdir(parents=True)
    make(root / "tls", (), 1, renewing=False)
    processes: list[subprocess.Popen[bytes]] = []
    started = Ground("", root / "tls", root, processes)
    try:
        listen = ("--listen", "tls://127.0.0.1:0", "--dashboard", "none")
        words = ("lab", "scheduler", *listen, "--tls", started.tls)
        address = started.start(r"tls://127\.0\.0\.1:[1-9]\d*", PROGRAM, *words)
        started = Ground(address, started.tls, root, processes)
        for number in range(HOSTS):
            name, count = f"h{number}", str(DEVICES // HOSTS)
            words = (address, started.tls, name, count, str(task_s), root / name)
            module = (sys.executable, "-m", "tests.benchmarks.simulated_host")
            started.start(" to tls://", *module, *words)
        yield started
    finally:
        for process in reversed(processes):  # hosts leave a scheduler that is there
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Busy:
    """How busy devices were: wall time from the first step to the last, and what it cost."""

    tasks: int
    wall_s: float
    ideal_s: float
    cpu_s: float

    @property
    def share(self) -> float:
        return self.ideal_s / self.wall_s

    def __str__(self) -> str:
        per_task_ms = self.cpu_s / self.tasks * 1e3
        return (
            f"{self.share:.0%} busy, {self.tasks / self.wall_s:.0f} tasks/s, "
            f"{per_task_ms:.1f} ms CPU per task"
        )


def own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def through_the_lab(there: Ground, rounds: int, memory: Memory) -> tuple[Run, Busy]:
    """Run a suite on all devices as `benchhub run --lab` does."""
    root = there.root / "controller"
    for folder in ("devices", "suites"):
        (root / folder).mkdir(parents=True)
    (root / "suites" / "pauses.yaml").write_text(SUITE)
    scalar_model(root / "suites" / "scalar.tflite")
    workspace = Workspace(root)
    lab = Lab(there.address, security_of(there.tls, "controller"), print)
    try:
        hosts = [f"@h{number}" for number in range(HOSTS)]
        devices = lab.devices(hosts, workspace)
        choices = Choices(rounds=rounds, seed=1)
        plan = make_plan(workspace, root / "suites" / "pauses.yaml", devices, choices)
        folder = begin(plan, workspace)
        cpu_s = there.cpu_s() + own_cpu_s()
        began = time.monotonic()
        carry_out(folder, devices, workspace, memory, lab.stations)  # type: ignore[arg-type]
        wall_s = time.monotonic() - began
        used_s = there.cpu_s() + own_cpu_s() - cpu_s
    finally:
        lab.close()
    run = folder.read()
    ideal_s = sum(one.seconds or 0.0 for one in run.invocations) / len(devices)
    return run, Busy(len(run.invocations), wall_s, ideal_s, used_s)


def engine_alone(there: Ground, rounds: int, task_s: float) -> Busy:
    """Do the same pauses with nothing but dask.distributed, a thread for each device."""
    client = connect(there.address, security_of(there.tls, "controller"))
    names = [device.name for member in members(client) for device in member.devices]

    def work(name: str) -> None:
        for _ in range(rounds):
            client.submit(time.sleep, task_s, pure=False, resources={name: 1}).result()

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    cpu_s, began = there.cpu_s() + own_cpu_s(), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s = time.monotonic() - began
    used_s = there.cpu_s() + own_cpu_s() - cpu_s
    client.close()
    return Busy(len(names) * rounds, wall_s, rounds * task_s, used_s)


@pytest.mark.parametrize("task_s", TASKS_S if times(20) > 1 else TASKS_S[1:2])
def test_how_busy_devices_are(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path, task_s: float
) -> None:
    rounds = min(ROUNDS, round(SPAN_S / task_s))
    with ground(tmp_path / "lab", task_s) as there:
        alone = engine_alone(there, rounds, task_s)
        run, busy = benchmark.pedantic(
            through_the_lab, args=(there, rounds, Memory(1000)), rounds=1, warmup_rounds=0
        )
    assert len(run.invocations) == DEVICES // HOSTS * HOSTS * rounds
    benchmark.extra_info |= {"share": busy.share, "engine_alone": alone.share, "goal": 0.95}
    with capsys.disabled():
        print(f"\n{DEVICES} devices on {HOSTS} hosts, tasks of {task_s:g} s (goal at 0.05 s: 95 %)")
        print(f"  benchhub            {busy}")
        print(f"  dask.distributed    {alone}")


def test_memory_of_the_controller(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wanted = max(10, times(10_000))
    with ground(tmp_path / "lab", 0.0) as there:
        scheduler, host, *_ = (process.pid for process in there.processes)
        memory = Memory(wanted // 10, controller=os.getpid(), scheduler=scheduler, host=host)
        rounds = max(1, wanted // DEVICES)
        benchmark.pedantic(through_the_lab, args=(there, rounds, memory), rounds=1, warmup_rounds=0)
    benchmark.extra_info |= {"rss_bytes": memory.rss_bytes}
    with capsys.disabled():
        print(f"\nRSS in a lab, every {wanted // 10} invocations:")
        for name, seen in memory.rss_bytes.items():
            told = ", ".join(f"{rss_bytes / 1e6:.0f}" for rss_bytes in seen)
            print(f"  {name:<10}  {told} MB")
