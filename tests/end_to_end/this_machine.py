"""This machine as a device of a workspace: what a run starts on it, and what it leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from benchhub.devices.guard import TOKEN_VARIABLE


@dataclass(frozen=True)
class ThisMachine:
    """What is seen of one workspace's processes; those of others have other working folders."""

    root: Path

    @property
    def lease(self) -> Path:
        """Where it is with `Shop.surroundings`."""
        return self.root.parent / "benchhub-host.lease"

    def processes(self) -> list[str]:
        """Command lines of what benchhub started there."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if not entry.name.isdigit() or (entry / "cwd").readlink() != self.root:
                    continue
                marked = TOKEN_VARIABLE.encode() in (entry / "environ").read_bytes()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:  # ended meanwhile
                continue
            if marked:
                found.append(line)
        return found

    def left_over(self, within_s: float = 3) -> list[str]:
        """processes() when none is left, or what there still is after `within_s`."""
        end = time.monotonic() + within_s
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.02)
        return found
