"""Results on a host until their controller has them: run folders with some of the steps.

Whatever is lost after a step was measured, the answer, the scheduler, the controller or the host
itself, the step is not measured again.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from benchhub.errors import StoreError, UsageError
from benchhub.lab.messages import Result
from benchhub.records import PlannedInvocation
from benchhub.results.plain_names import plain
from benchhub.results.store import RunFolder

_RUN_ID = re.compile(r"[0-9A-Z]{1,32}")
# Of a run that nobody resumed for that long nothing is kept.
KEPT_S = 30 * 86_400.0


class Outbox:
    """What was measured on a host.

    Args:
        root: Folder of the run folders; made if it is not there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def folder(self, run_id: str) -> RunFolder:
        """Return the folder of a run. Raises UsageError if that is no id of one."""
        if not _RUN_ID.fullmatch(run_id):
            raise UsageError(f"{run_id!r} is no id of a run.")
        return RunFolder(self._root / run_id)

    def read(self, run_id: str, steps: Sequence[PlannedInvocation]) -> tuple[Result, ...]:
        """Return the results of some steps, up to the first that is not there, or damaged."""
        box = self.folder(run_id)
        results = []
        for step in steps:
            folder = box.step_folder(step)
            try:
                invocation = box.read_invocation(step)
                if invocation is None:
                    break
                document = (folder / "invocation.json").read_bytes()
                files = {name: (folder / name).read_bytes() for name in invocation.artifacts}
            except (OSError, StoreError):
                break
            results.append(Result(document, files))
        return tuple(results)

    def drop(self, run_id: str, device: str, numbers: Sequence[int]) -> None:
        """Remove results that the controller has."""
        folder = self.folder(run_id).path / "invocations" / plain(device, "a device")
        for number in numbers:
            for path in folder.glob(f"{number:04d}-*"):
                shutil.rmtree(path, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what nobody asked for in a long time, and what is empty."""
        for path in self._root.iterdir():
            old = path.stat().st_mtime < time.time() - KEPT_S
            if old or not any(one.is_file() for one in path.rglob("*")):
                shutil.rmtree(path, ignore_errors=True)
