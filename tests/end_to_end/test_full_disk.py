"""The disk of the run folders is full: one line says so, nothing half is left, --resume completes.

The disk is a small one in memory, mounted where the program runs and nowhere else.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchhub.records import RunState
from benchhub.results.store import RunFolder, run_folders

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .controllers import Controller, Controllers, controllers

ROUNDS = 5
SUITE = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + f"measure: {{rounds: {ROUNDS}, profile_rounds: 0, min_secs: 0.3, warmup_runs: 1}}\n"
)
MOUNTED = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'


@dataclass(frozen=True)
class Disk:
    """A workspace whose runs are on a disk of 2 MiB.

    Attributes:
        shop: The workspace.
        world: Starts controllers where the disk is mounted.
        runs: The folder of runs as this process reaches it.
    """

    shop: Shop
    world: Controllers
    runs: Path

    def start(self, *words: str) -> Controller:
        return self.world.start(self.shop, *words, env={})

    def fill(self) -> None:
        """Leave no byte."""
        with (self.runs / "filler").open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                continue

    def empty(self) -> None:
        (self.runs / "filler").unlink()


@pytest.fixture
def disk(shop: Shop, tmp_path: Path) -> Iterator[Disk]:
    runs = shop.root / ".benchhub" / "runs"
    runs.mkdir(parents=True)
    apart = ["--mount"] if os.geteuid() == 0 else ["--mount", "--user", "--map-root-user"]
    before = ["unshare", *apart, "bash", "-c", MOUNTED, str(runs)]
    with controllers(tmp_path, before) as world:
        assert world.start(shop, "--version", env={}).wait().code == 0  # it is mounted
        yield Disk(shop, world, Path(f"/proc/{world._server.pid}/root{runs}"))


def wait_for_results(runs: Path, count: int) -> RunFolder:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for folder in run_folders(runs):
            if len(folder.done()) >= count:
                return folder
        time.sleep(0.02)
    pytest.fail("no invocation was finished within two minutes")


@pytest.mark.fault("disk full: where the results are", place="controller")
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(disk: Disk) -> None:
    suite = disk.shop.suite(SUITE)
    disk.fill()
    ended = disk.start("run", suite, "--devices", "host").wait()
    assert ended.code == 3
    lines = ended.err.splitlines()
    assert "the disk is full. Make room there" in lines[-1]
    assert [path.name for path in disk.runs.iterdir()] == ["filler"]
    disk.empty()

    running = disk.start("run", suite, "--devices", "host")
    folder = wait_for_results(disk.runs, 2)
    disk.fill()
    ended = running.wait()
    assert ended.code == 3
    told = [line for line in ended.err.splitlines() if "the disk is full. Make room there" in line]
    assert f"{folder.run_id}/invocations/host/" in told[0]
    assert "--resume goes on" in told[0]
    kept = {name: (folder.path / name).read_bytes() for name in records(folder)}
    assert 2 <= len(kept) < ROUNDS
    assert not list((folder.path / "part").rglob("*.*"))
    assert len(folder.read().invocations) == len(kept)
    disk.empty()

    assert disk.start("run", "--resume", "latest").wait().code == 0
    run = folder.read()
    assert run.state is RunState.FINISHED
    assert [one.number for one in run.invocations] == list(range(1, ROUNDS + 1))
    assert {name: (folder.path / name).read_bytes() for name in kept} == kept
    assert not list(folder.path.rglob("*.part"))


def records(folder: RunFolder) -> list[str]:
    found = folder.path.rglob("invocation.json")
    return [path.relative_to(folder.path).as_posix() for path in found]
