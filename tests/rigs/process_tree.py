"""Processes of a rig, free ports and folders that a rig's user can reach."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Below the ports that the kernel gives to outgoing connections (32768 on): none of those can take a
# device's port while the device is off.
PORTS = range(20000, 32000)


@dataclass(frozen=True, slots=True)
class Process:
    """One process as /proc tells it."""

    pid: int
    parent: int
    argv: tuple[str, ...]

    @property
    def line(self) -> str:
        return " ".join(self.argv)


def _process(pid: int) -> Process | None:
    """The process if it still runs; the first thread may be gone before the others are."""
    try:
        # the state is read behind the arguments: a process that ends between them has ended
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    except OSError:  # ended meanwhile
        return None
    if fields[0] in "ZX" and threads == 1:
        return None
    return Process(pid, int(fields[1]), tuple(a.decode(errors="replace") for a in argv))


def descendants(root: int) -> list[Process]:
    """All living processes below `root`, parents first.

    Orphans of a pid namespace go to its first process, which is below the rig's supervisor too:
    nothing that a device started can leave this tree.
    """
    children: dict[int, list[Process]] = {}
    for entry in Path("/proc").iterdir():
        process = _process(int(entry.name)) if entry.name.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    todo = [root]
    while todo:
        below = children.get(todo.pop(0), [])
        found += below
        todo += [process.pid for process in below]
    return found


def alive(pid: int) -> bool:
    return _process(pid) is not None


def send(processes: list[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def power_off(supervisor: int) -> None:
    """End the supervisor of a pid namespace, and with it all that runs inside."""
    pids = [supervisor, *(process.pid for process in descendants(supervisor))]
    with contextlib.suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, pids)), "the rig is off")


def wait_until(true: Callable[[], bool], what: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def listens(port: int) -> bool:
    """Whether something listens on 127.0.0.1:`port`, asked of the kernel without connecting."""
    want = f":{port:04X} 00000000:0000 0A"
    return any(want in line for line in Path("/proc/net/tcp").read_text().splitlines())


def free_port() -> int:
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port between 20000 and 32000")


def _reachable(folder: Path) -> bool:
    """Whether other users can go into the folder: as root the rigs become other users."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


@contextlib.contextmanager
def rig_folder() -> Iterator[Path]:
    """A temporary folder that every user can reach, removed at the end."""
    usual = Path(tempfile.gettempdir()).resolve()
    base = usual if _reachable(usual) else Path("/var/tmp")  # noqa: S108 - mkdtemp makes the name
    folder = Path(tempfile.mkdtemp(prefix="benchhub-rig-", dir=base))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        # a device may leave folders that their owner cannot enter
        subprocess.run(["chmod", "-R", "u+rwX", folder], check=False, capture_output=True)
        shutil.rmtree(folder)
