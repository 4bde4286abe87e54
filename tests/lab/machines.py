"""A lab of real processes on loopback: a scheduler, and hosts with workspaces of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from benchhub.lab.certs import make
from benchhub.lab.members import Survey, connect, survey
from benchhub.lab.security import security_of

from ..rigs.process_tree import free_port, wait_until

PROGRAM = Path(sys.executable).parent / "benchhub"
# A machine may be busy with other tests; what is waited for comes within seconds.
PATIENCE_S = 120.0


class Machine:
    """One process of the lab; what it says is kept in a file, over all its starts."""

    def __init__(self, name: str, root: Path, words: Sequence[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.root = root
        self.words = list(words)
        # Words before the program that make its world.
        self.before: list[str] = []
        self._env = dict(env)
        self._file = root.parent / f"{name}.log"
        self._begin = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it said since it was last started."""
        return self._file.read_bytes()[self._begin :].decode() if self._file.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, until: str = "") -> Self:
        """Start it; return once it said that."""
        assert not self.runs
        self._begin = self._file.stat().st_size if self._file.exists() else 0
        with self._file.open("ab") as log:
            self._process = self._open(log)
        if until:
            self.wait_for(until)
        return self

    def _open(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self.before, str(PROGRAM), *self.words],
            cwd=self.root,
            env={**os.environ, "PYTHONFAULTHANDLER": "1", **self._env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def wait_for(self, text: str) -> None:
        """Wait until it said that; it may not end before. In vain, it says where it stands."""

        def said() -> bool:
            assert text in self.log or self.runs, self.log
            return text in self.log

        try:
            wait_until(said, f"{self.name} says {text!r}", PATIENCE_S)
        except TimeoutError as error:
            self._signal(signal.SIGABRT)  # the fault handler writes the stacks of all threads
            self.ended()
            raise TimeoutError(f"{error}\n{self.log}") from None

    def kill(self) -> None:
        """End it as a power cut does."""
        self._signal(signal.SIGKILL)
        self.ended()

    def stop(self) -> None:
        """Let it stand still."""
        self._signal(signal.SIGSTOP)

    def cont(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; return the exit code."""
        self._signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; return the exit code."""
        assert self._process is not None
        return self._process.wait(PATIENCE_S)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@dataclass
class Ground:
    """The lab; ends all its processes with the context."""

    folder: Path
    port: int = field(default_factory=free_port)
    machines: list[Machine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tls = self.folder / "tls"
        make(self.tls, (), 30, renewing=False)
        root = self.folder / "scheduler"
        root.mkdir()
        words = ["lab", "scheduler", "--listen", self.address, "--dashboard", "none"]
        self.scheduler = self.machine("scheduler", root, words)

    @property
    def address(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What a command needs to find the lab."""
        return {"BENCHHUB_LAB": self.address, "BENCHHUB_LAB_TLS": str(self.tls)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for machine in self.machines:
            if machine.runs:
                machine.cont()
                machine.kill()

    def machine(self, name: str, root: Path, words: Sequence[str], **env: str) -> Machine:
        """Return a process that has not been started; it ends with the lab."""
        machine = Machine(name, root, words, {"TMPDIR": str(root), **self.env, **env})
        self.machines.append(machine)
        return machine

    def host(self, name: str, devices: Mapping[str, Mapping[str, object]], **env: str) -> Machine:
        """Return a host that has not been started, with a workspace of its own.

        Args:
            name: Its name.
            devices: The keys of each device file but the name, by name.
            env: More variables.
        """
        root = self.folder / name
        for each in ("devices", "suites", "reports"):
            (root / each).mkdir(parents=True, exist_ok=True)
        for device, keys in devices.items():
            text = json.dumps({"name": device, **keys})
            (root / "devices" / f"{device}.yaml").write_text(text)
        words = ["lab", "host", "--name", name, "--devices", ",".join(devices)]
        return self.machine(name, root, words, **env)

    def one(self, name: str) -> Machine:
        """Return the process of that name."""
        return next(machine for machine in self.machines if machine.name == name)

    def start(self) -> None:
        """Start all; return once every host has joined."""
        self.scheduler.start("scheduler at")
        hosts = [machine for machine in self.machines if machine is not self.scheduler]
        for host in hosts:
            host.start()
        for host in hosts:
            host.wait_for(f"{host.name} lends")

    def survey(self) -> Survey:
        """Return what a controller sees."""
        with connect(self.address, security_of(self.tls, "controller")) as client:
            return survey(client)

    def wait_until(self, true: Callable[[Survey], bool], what: str) -> None:
        """Wait until a controller sees something."""
        with connect(self.address, security_of(self.tls, "controller")) as client:
            wait_until(lambda: true(survey(client)), what, PATIENCE_S)

    def wait_for_hosts(self, *names: str) -> None:
        """Wait until exactly those hosts are there and answer."""

        def there(found: Survey) -> bool:
            answering = {member.name for member in found.members if member.answers}
            return answering == set(names) and len(found.members) == len(names)

        self.wait_until(there, f"the lab has {', '.join(names) or 'no host'}")
