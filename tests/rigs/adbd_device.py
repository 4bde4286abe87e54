"""An Android-like device: Debian's adbd in a root file system of its own."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from .process_tree import (
    Process,
    alive,
    descendants,
    free_port,
    listens,
    power_off,
    send,
    wait_until,
)

RIGS = Path(__file__).parent
SCRIPTS = RIGS / "adbd"
DEVICE_ROOT = RIGS / "unpacked" / "adbd" / "device"
DAEMONS = ("adbd", "adbd-auth")


class Adbd:
    """A device that is switched on by start() and off by power_off()."""

    def __init__(self, folder: Path, key: Path) -> None:
        """`folder`: an empty folder of its own; `key`: a private adb key, authorised here."""
        self.host = "127.0.0.1"
        self.port = free_port()
        self.key = key
        self._folder = folder
        self._supervisor: int | None = None
        self.root = folder / "device"
        subprocess.run(["cp", "-a", DEVICE_ROOT, self.root], check=True)
        self.authorise(key.with_name(f"{key.name}.pub"))

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def state(self) -> Path:
        """Folder of the rig's own files: adbd.log, pid."""
        return self._folder / f"state-{self.port}"

    @property
    def seen(self) -> Path:
        """The file system as the running device sees it, with its mounts (a tmpfs too)."""
        if self._supervisor is None:
            return self.root
        init = descendants(self._supervisor)[0]
        return Path(f"/proc/{init.pid}/root{self.root}")

    def authorise(self, public_key: Path) -> None:
        """Accept one more adb key; counts from the next connection."""
        keys = self.root / "data" / "misc" / "adb" / "adb_keys"
        known = keys.read_text() if keys.exists() else ""
        keys.write_text(f"{known}{public_key.read_text().strip()}\n")
        keys.chmod(0o644)

    def start(
        self,
        *,
        auth: bool = False,
        tmpfs_mb: int | None = None,
        noexec: bool = False,
        once: bool = False,
    ) -> None:
        """Switch on.

        `auth`: adbd asks for keys; `tmpfs_mb`, `noexec`: how /data/local/tmp is mounted; `once`: a
        killed adbd stays dead.
        """
        options = ["-p", str(self.port)]
        options += ["-a"] * auth + ["-n"] * noexec + ["-1"] * once
        options += [] if tmpfs_mb is None else ["-t", str(tmpfs_mb)]
        started = subprocess.run(
            [SCRIPTS / "start.sh", *options, self._folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if started.returncode:
            raise RuntimeError(f"adbd does not start: {started.stderr.strip()}")
        self._supervisor = int(started.stdout)

    def power_off(self) -> None:
        """Everything on the device ends at once."""
        if self._supervisor is None:
            return
        supervisor, self._supervisor = self._supervisor, None
        power_off(supervisor)

    def kill_daemon(self) -> None:
        """adbd crashes; it is back after about 0.3 s, unless started with `once`."""
        daemons = self._daemons()
        send(daemons, signal.SIGKILL)
        wait_until(lambda: not any(alive(d.pid) for d in daemons), "adbd is dead")

    def wait_for_daemon(self, seconds: float = 10) -> None:
        """Until adbd listens (again)."""
        wait_until(lambda: listens(self.port), f"adbd listens on port {self.port}", seconds)

    def freeze(self) -> None:
        """adbd does nothing any more; connections stay open. What it started goes on."""
        send(self._daemons(), signal.SIGSTOP)

    def thaw(self) -> None:
        send(self._daemons(), signal.SIGCONT)

    def processes(self) -> list[str]:
        """Command lines of what runs on the device, without adbd and its supervisor."""
        own = {process.pid for process in self._daemons()}
        return [
            process.line
            for process in self._tree()[1:]
            if process.pid not in own and process.argv != ("sleep", "0.3")  # the supervisor's
        ]

    def left_over(self, within_s: float = 3) -> list[str]:
        """processes() when none is left, or what there still is after `within_s`."""
        end = time.monotonic() + within_s
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def _tree(self) -> list[Process]:
        return [] if self._supervisor is None else descendants(self._supervisor)

    def _daemons(self) -> list[Process]:
        """adbd itself. (A command is adbd too until its exec.)"""
        return [p for p in self._tree()[1:] if p.argv[0].rpartition("/")[2] in DAEMONS]
