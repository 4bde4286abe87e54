"""The speed goals of devices, each against what people use instead, in turns in one run."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchhub.devices.link import Ended, Link
from benchhub.devices.output import BoundedOutput
from benchhub.devices.remote import RemoteTransport
from benchhub.devices.staging import stage

from ..rigs.fixtures import limited_link
from .conftest import SideBySide
from .extent import times
from .pushes import SIZE, VERIFIED
from .ways import WAYS, Bay, client, race

pytestmark = [pytest.mark.rig("adb"), pytest.mark.rig("adbd"), pytest.mark.rig("sshd")]

ROUNDS = times(11)
# What each is compared with: the client that people have for it.
CLIENTS = {"adb direct": "adb client", "adb server": "adb client", "ssh": "scp"}
SAME_WORK = {way: name + ", connection open" * (name == "scp") for way, name in CLIENTS.items()}

Seconds = dict[str, list[float]]


def pushed(repository: Path, wrap: Callable[[list[str]], list[str]], *options: str) -> Seconds:
    """Return what the program `pushes` measures."""
    command = [sys.executable, "-m", "tests.benchmarks.pushes", str(ROUNDS), *options]
    done = subprocess.run(
        wrap(command), cwd=repository, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr
    seconds: Seconds = json.loads(done.stdout)
    return seconds


def compare(
    report: SideBySide, seconds: Seconds, own: str, other: str, goal: str, *, note: str = ""
) -> None:
    """Print how many times as fast `own` is as `other`."""
    pairs = [b / a for a, b in zip(seconds[own], seconds[other], strict=True)]
    medians = [statistics.median(seconds[name]) for name in (own, other)]
    figures = f"{medians[0] * 1e3:.1f} ms against {medians[1] * 1e3:.1f} ms"
    figures += f", rounds from {min(pairs):.2f} to {max(pairs):.2f}{note}"
    what = f"{own}, against {other}"
    report.report(medians[1] / medians[0], goal, figures, len(pairs), what=what)


def compare_pushes(
    report: SideBySide, seconds: Seconds, goals: dict[str, tuple[str, str]], equal_goal: str
) -> None:
    """Print the figures of all ways.

    The bare transfer counts, because the clients verify nothing either. The whole push, with its
    digest made on the device, is held against the client and a sha256sum there.
    """
    starts = statistics.median(seconds["adb client's start"])
    opened = statistics.median(seconds["scp"]) - statistics.median(seconds["scp, connection open"])
    size = f"; {SIZE / 1e6:.0f} MB"
    for way in WAYS:
        client_start = opened if way == "ssh" else starts
        note = f"; the client's start is {client_start * 1e3:.1f} ms of its time{size}"
        other, goal = goals[way]
        compare(report, seconds, f"{way}, bare", other, f"at least {goal}, counts", note=note)
        if way == "ssh":
            compare(report, seconds, f"{way}, bare", "scp, connection open", "none", note=size)
        same = f"{SAME_WORK[way]}{VERIFIED}"
        compare(report, seconds, way, same, f"at least {equal_goal}, the same work", note=size)
        compare(report, seconds, way, other, "none, it verifies and the other does not", note=size)


def test_pushes_on_loopback(
    benchmark: BenchmarkFixture, side_by_side: SideBySide, repository: Path
) -> None:
    seconds = benchmark.pedantic(pushed, (repository, list), rounds=1)
    goals = {
        "adb direct": ("adb-shell", "1.4"),
        "adb server": ("adb client", "0.9"),
        "ssh": ("scp", "0.3"),
    }
    compare_pushes(side_by_side, seconds, goals, "0.9")


def test_pushes_over_1_gbit_per_s(
    benchmark: BenchmarkFixture, side_by_side: SideBySide, repository: Path
) -> None:
    options = (repository, limited_link, "--mbit", "1000")
    seconds = benchmark.pedantic(pushed, options, rounds=1)
    goals = {way: (name, "0.95") for way, name in CLIENTS.items()}
    compare_pushes(side_by_side, seconds, goals, "0.95")


def test_one_command(benchmark: BenchmarkFixture, side_by_side: SideBySide, devices: Bay) -> None:
    """A shell knows `true` itself; transports run programs, so clients are asked for both."""
    login = devices.login
    contestants: dict[str, Callable[[], object]] = {
        "adb shell": partial(client, *devices.adb, "shell", "true"),
        "adb shell, a program": partial(client, *devices.adb, "shell", "/system/bin/true"),
        "ssh client": partial(client, *devices.ssh, login, "true"),
        "ssh client, a program": partial(client, *devices.ssh, login, "/bin/true"),
        "ssh client, connection open": partial(
            client, *devices.ssh, *devices.master, login, "/bin/true"
        ),
    }
    for way in WAYS:
        transport, link = devices.transport(way), devices.link(way)
        contestants[way] = partial(transport.run, ["true"], timeout_s=30)
        contestants[f"{way}, bare"] = partial(bare, link, "true")
    seconds = benchmark.pedantic(race, (contestants, times(50)), rounds=1)
    for way in WAYS:
        name = "ssh client" if way == "ssh" else "adb shell"
        compare(side_by_side, seconds, f"{way}, bare", name, "at least 1")
        compare(side_by_side, seconds, way, f"{name}, a program", "at least 1, counts")
        compare(side_by_side, seconds, way, name, "none: the shell there starts no program")
    compare(side_by_side, seconds, "ssh", "ssh client, connection open", "none")


def bare(link: Link, command: str) -> None:
    ended = link.execute(command, BoundedOutput(), BoundedOutput(), timeout_s=30)
    assert ended.returncode == 0


class Counting:
    """A link that counts its round trips."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.trips = 0

    def execute(
        self, command: str, stdout: BoundedOutput, stderr: BoundedOutput, *, timeout_s: float
    ) -> Ended:
        self.trips += 1
        return self._link.execute(command, stdout, stderr, timeout_s=timeout_s)

    def send(self, local: Path, remote: str) -> None:
        self.trips += 1
        self._link.send(local, remote)

    def receive(self, remote: str, local: Path) -> None:
        self.trips += 1
        self._link.receive(remote, local)

    def sibling(self) -> Link:
        return self._link.sibling()

    def close(self) -> None:
        self._link.close()


@pytest.mark.parametrize("way", WAYS)
def test_second_staging(
    benchmark: BenchmarkFixture, side_by_side: SideBySide, devices: Bay, way: str, tmp_path: Path
) -> None:
    link = Counting(devices.link(way))
    folder = devices.transport(way).folder
    transport = RemoteTransport(way, folder, lambda: link)
    took: tuple[list[float], list[float]] = ([], [])
    trips: tuple[set[int], set[int]] = (set(), set())

    def both() -> None:
        file = tmp_path / "model.tflite"
        file.write_bytes(os.urandom(SIZE))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        for turn in range(2):
            before, began = link.trips, time.perf_counter()
            path = stage(transport, file, digest)
            took[turn].append(time.perf_counter() - began)
            trips[turn].add(link.trips - before)
        transport.run(["rm", "-f", path], timeout_s=30)

    benchmark.pedantic(both, rounds=times(7))
    first, second = map(statistics.median, took)
    figures = f"{second * 1e3:.1f} ms and {sorted(trips[1])} round trips, no bytes, after "
    figures += f"{first * 1e3:.1f} ms and {sorted(trips[0])} the first time; {SIZE / 1e6:.0f} MB"
    goal = "at most 2 round trips"
    side_by_side.report(second / first, goal, figures, len(took[0]), what="second against first")
