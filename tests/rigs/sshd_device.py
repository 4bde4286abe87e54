"""A Linux machine behind OpenSSH: this machine's file system, or an arm64 board through QEMU."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Literal

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
SCRIPTS = RIGS / "sshd"
UNPACKED = {"host": RIGS / "unpacked" / "sshd", "arm64": RIGS / "unpacked" / "board"}
# sshd runs through its own loader, in both worlds.
SERVER = "/server/ld-linux-x86-64.so.2"
World = Literal["host", "arm64"]


class Sshd:
    """A machine that is switched on by start() and off by power_off()."""

    def __init__(self, folder: Path, world: World = "host") -> None:
        """`folder`: an empty folder of its own that every user can reach."""
        self.world = world
        self.host = "127.0.0.1"
        self.port = free_port()
        self.user = "bench"
        self.state = folder / f"state-{self.port}"
        self.keys = self.state / "keys"
        self.key = self.keys / "client"
        self.known_hosts = self.state / "known_hosts"
        self.root = Path("/") if world == "host" else folder / "board"
        self.home = self.state / "home" if world == "host" else self.root / "home" / "bench"
        self._folder = folder
        self._supervisor: int | None = None
        self._options: list[str] = []
        unpacked = UNPACKED[world]
        subprocess.run(["cp", "-a", unpacked / "server", folder], check=True)
        if world == "arm64":
            self._copy_board(unpacked)

    def _copy_board(self, unpacked: Path) -> None:
        """A board of its own; /usr, which it cannot write, shares its files with the original."""
        subprocess.run(["cp", "-a", unpacked / "qemu-aarch64-static", self._folder], check=True)
        self.root.mkdir()
        subprocess.run(
            ["chown", "--reference", unpacked / "board", self.root], check=True, capture_output=True
        )
        for part in (unpacked / "board").iterdir():
            links = ["-l"] if part.name == "usr" else []
            copied = subprocess.run(
                ["cp", "-a", *links, part, self.root], check=False, capture_output=True
            )
            if copied.returncode:  # another file system
                subprocess.run(["cp", "-a", part, self.root], check=True)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def seen_home(self) -> Path:
        """The home as the running machine sees it (a tmpfs too)."""
        if self._supervisor is None:
            return self.home
        server = descendants(self._supervisor)[0]
        inside = self.home if self.world == "host" else Path("/home/bench")
        return Path(f"/proc/{server.pid}/root{inside}")

    def start(
        self, *, no_sftp: bool = False, tmpfs_mb: int | None = None, noexec: bool = False
    ) -> None:
        """Switch on. `no_sftp`: no such subsystem; `tmpfs_mb`, `noexec`: of the home."""
        options = ["-S"] * no_sftp + ["-n"] * noexec
        options += [] if tmpfs_mb is None else ["-t", str(tmpfs_mb)]
        self._start(options)

    def _start(self, options: list[str]) -> None:
        self._options = options
        where = ["-p", str(self.port), "-w", self.world]
        started = subprocess.run(
            [SCRIPTS / "start.sh", *where, *options, self._folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if started.returncode:
            raise RuntimeError(f"sshd does not start: {started.stderr.strip()}")
        self._supervisor = int(started.stdout)
        self.user = json.loads((self.state / "client.json").read_text())["user"]

    def power_off(self) -> None:
        """Everything on the machine ends at once."""
        if self._supervisor is None:
            return
        supervisor, self._supervisor = self._supervisor, None
        power_off(supervisor)

    def restart(self) -> None:
        """Off and on again, with the same options, keys and files."""
        self.power_off()
        self._start(self._options)

    def new_host_key(self) -> None:
        """The machine comes back as one with another host key; `known_hosts` keeps the old one."""
        known = self.known_hosts.read_text()
        for name in ("host", "host.pub"):
            (self.keys / name).unlink()
        tool = self._folder / "server"
        loader = [tool / "ld-linux-x86-64.so.2", "--library-path", tool, tool / "ssh-keygen"]
        make = ["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", self.keys / "host"]
        subprocess.run([*loader, *make], check=True)
        self.restart()
        self.known_hosts.write_text(known)

    def wait_for_daemon(self, seconds: float = 10) -> None:
        """Until sshd listens (again)."""
        wait_until(lambda: listens(self.port), f"sshd listens on port {self.port}", seconds)

    def kill_sessions(self) -> None:
        """The server's processes of all open connections die; the server goes on.

        Commands that do not notice go on too.
        """
        sessions = self._servers()[1:]
        send(sessions, signal.SIGKILL)
        wait_until(lambda: not any(alive(s.pid) for s in sessions), "the sessions are dead")

    def freeze(self) -> None:
        """sshd does nothing any more; connections stay open. What it started goes on."""
        send(self._servers(), signal.SIGSTOP)

    def thaw(self) -> None:
        send(self._servers(), signal.SIGCONT)

    def processes(self) -> list[str]:
        """Command lines of what runs on the machine, without sshd's own processes.

        On the board the first word is a program's full path.
        """
        own = {process.pid for process in self._servers()}
        return [_line(process) for process in self._tree() if process.pid not in own]

    def left_over(self, within_s: float = 3) -> list[str]:
        """processes() when none is left, or what there still is after `within_s`."""
        end = time.monotonic() + within_s
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def _tree(self) -> list[Process]:
        return [] if self._supervisor is None else descendants(self._supervisor)

    def _servers(self) -> list[Process]:
        """The listening server first, then those of its connections."""
        tree = self._tree()
        return tree[:1] + [p for p in tree[1:] if p.argv[0].endswith(SERVER)]


def _line(process: Process) -> str:
    """QEMU's own name in front of an arm64 program's is not the program's."""
    qemu = process.argv[0].endswith("qemu-aarch64-static")
    return " ".join(process.argv[1:]) if qemu else process.line
