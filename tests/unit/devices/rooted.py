"""This machine with another /sys: the real scripts, run by real shells, on a tree of a test."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchhub.devices.host import HostTransport
from benchhub.records import CommandResult

FAKE_SYS = Path(__file__).parents[2] / "rigs" / "common" / "fake-sys.sh"
SYS = re.compile(r"(?<![\w/])/sys/")


class Rooted(HostTransport):
    """Runs commands on this machine; where they say /sys/ they get the folder `sys`."""

    def __init__(self, folder: Path, shell: Sequence[str] = ("sh",)) -> None:
        super().__init__("bench", folder)
        self.sys = folder / "sys"
        self.shell = shell

    def run(
        self, argv: Sequence[str], *, timeout_s: float, env: Mapping[str, str] | None = None
    ) -> CommandResult:
        words = [SYS.sub(f"{self.sys}/", word) for word in argv]
        if words[0] == "sh":
            words[:1] = self.shell
        return super().run(words, timeout_s=timeout_s, env=env)

    def put(self, path: str, text: str) -> Path:
        file = self.sys / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
        return file

    def governor(self, cpu: int) -> Path:
        return self.sys / f"devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"


def rooted(folder: Path, kind: str, shell: Sequence[str] = ("sh",)) -> Rooted:
    """Return this machine with the /sys of a `phone` or a `board`."""
    transport = Rooted(folder, shell)
    subprocess.run([FAKE_SYS, transport.sys, kind], check=True)
    return transport
