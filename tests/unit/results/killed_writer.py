"""Writes, pushes and fetches a run in processes that are killed; see test_killed_writers.py.

It forks, which is quick, and so must have one thread.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchhub.results.mending import mend
from benchhub.results.run_lock import sole_controller
from benchhub.results.shared_manifest import MANIFEST
from benchhub.results.shared_runs import pull, push
from benchhub.results.shared_store import open_store
from benchhub.results.store import RunFolder, run_folders

from .small_runs import ended, invocation

KILLS = 20
FIRST_S = 0.03


def under_fire(work: Callable[[], object], look: Callable[[], bool]) -> None:
    """Begin some work again and again and kill it, until it has come far enough.

    Args:
        work: Is done in a process of its own.
        look: Checks what is there after each kill, and says whether it is enough.
    """
    chance = random.Random(8)  # noqa: S311 - moments to be killed at
    longest_s, kills, enough = FIRST_S, 0, False
    while kills < KILLS or not enough:
        child = os.fork()
        if not child:
            try:
                work()
                time.sleep(1000)  # the kill comes
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0, longest_s))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            raise AssertionError("it failed before it was killed")
        enough = look()
        kills, longest_s = kills + 1, longest_s * 1.05


def go_on(folder: RunFolder) -> None:
    """Write what is left of the plan, as a resumed run does."""
    with sole_controller(folder):
        if mended := mend(folder):
            raise AssertionError(mended)
        done = folder.done()
        for step in folder.read_plan().invocations:
            if (step.device, step.number) not in done:
                part = folder.begin_step(step)
                (part / "pulled.csv").write_text(f"{step.number}\n" * 1000)
                artifacts = {"stdout.txt": b"said\n" * step.number}
                folder.write_invocation(invocation(step, float(step.number)), artifacts)


def main(folder: RunFolder, shared: Path, elsewhere: Path) -> None:
    def written() -> bool:
        return bool(folder.read().invocations)

    def pushed() -> bool:
        return (shared / folder.run_id / MANIFEST).exists()

    def pulled() -> bool:
        return all(copy.read() == folder.read() for copy in run_folders(elsewhere)) and bool(
            run_folders(elsewhere)
        )

    store = open_store(str(shared), shared)
    under_fire(lambda: go_on(folder), written)
    go_on(folder)
    ended(folder)
    under_fire(lambda: push(folder, store), pushed)
    under_fire(lambda: pull(folder.run_id, store, elsewhere), pulled)


if __name__ == "__main__":
    main(RunFolder(Path(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3]))
