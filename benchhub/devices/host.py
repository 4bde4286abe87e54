"""The machine that benchhub itself runs on, behind the same seam as every other device."""

from __future__ import annotations

import errno
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from benchhub.devices.digest import sha256_of
from benchhub.devices.guard import TOKEN_VARIABLE
from benchhub.devices.output import BoundedOutput
from benchhub.errors import CommandTimeoutError, ConnectionLostError, TransportError
from benchhub.records import CommandResult
from benchhub.workspace import STATE

QUIET_LOOKS = 2
UNKILLABLE_S = 10.0


class HostTransport:
    """Runs commands as child processes in the workspace folder.

    Args:
        name: Name of the device in messages.
        cwd: Folder that relative paths refer to.
        session: Mark of all processes that are started; drawn if it is not given.
    """

    store = STATE
    here = True

    def __init__(self, name: str, cwd: Path, session: str = "") -> None:
        self.name = name
        self.cwd = cwd
        self.session = session or uuid.uuid4().hex
        # One machine is one device, whatever workspace measures on it.
        self.lease_path = str(Path(tempfile.gettempdir()) / "benchhub-host.lease")
        self._running: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def folder(self) -> str:
        """Where commands run."""
        return str(self.cwd)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """See `Transport.run`. The child gets no standard input and a session of its own."""
        token = f"{self.session}.{uuid.uuid4().hex[:12]}"
        started = time.monotonic()
        process = self._start(argv, {**os.environ, **(env or {}), TOKEN_VARIABLE: token})
        self._running = process
        if self._closed:  # meanwhile, by another thread
            _kill(process.pid, group=True)
        streams = (_Drain(process.stdout), _Drain(process.stderr))
        timed_out = False
        try:
            _wait(process, timeout_s)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            self._running = None
            # Also after a normal end: a daemon left behind would disturb the next measurement
            # and keep the pipes open.
            seconds = time.monotonic() - started
            _end_all(process, token, streams)
        result = CommandResult(
            argv=tuple(argv),
            returncode=process.returncode,
            stdout=streams[0].output.text(),
            stderr=streams[1].output.text(),
            seconds=seconds,
            truncated_bytes=sum(stream.output.dropped for stream in streams),
        )
        if self._closed:
            raise ConnectionLostError(f"{self.name}: `{Path(argv[0]).name}` was ended.")
        if timed_out:
            raise CommandTimeoutError(
                f"{self.name}: `{Path(argv[0]).name}` did not end within {timeout_s:g} s; "
                "it and its child processes were ended.",
                result,
            )
        return result

    def _start(self, argv: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                list(argv),
                cwd=self.cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise TransportError(f"{self.name}: {_why_not_started(argv[0], error)}") from error

    def push(self, local: Path, remote: str, *, mode: int = 0o644, sha256: str = "") -> None:
        """See `Transport.push`."""
        target = self.cwd / remote
        temporary = target.with_name(f".push-{uuid.uuid4().hex}")
        trouble = f"{self.name}: cannot copy {local} to {remote}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(local, temporary)
            if sha256 and sha256_of(temporary) != sha256:
                raise TransportError(f"{trouble}: its content is not what it should be.")
            temporary.chmod(mode)
            temporary.replace(target)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            advice = "Make room there." if full else ""
            raise TransportError(f"{trouble}: {error.strerror or error}.", advice) from error
        finally:
            with suppress(OSError):
                temporary.unlink()

    def pull(self, remote: str, local: Path) -> None:
        """See `Transport.pull`."""
        try:
            shutil.copyfile(self.cwd / remote, local)
        except OSError as error:
            raise TransportError(
                f"{self.name}: cannot read {remote}: {error.strerror or error}"
            ) from error

    def sibling(self) -> HostTransport:
        """See `Transport.sibling`."""
        return HostTransport(self.name, self.cwd, self.session)

    def close(self) -> None:
        """See `Transport.close`."""
        self._closed = True
        running = self._running
        if running is not None and running.returncode is None:
            _kill(running.pid, group=True)


class _Drain(threading.Thread):
    """Reads a pipe to its end."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        if pipe is None:
            raise ValueError("the process was started without a pipe")
        self._pipe = pipe
        self.output = BoundedOutput()
        self.start()

    def run(self) -> None:
        with self._pipe as pipe:
            while chunk := os.read(pipe.fileno(), 1 << 16):
                self.output.feed(chunk)


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait for the end of a process, without reaping it. Raises subprocess.TimeoutExpired.

    Popen.wait polls: it would wake up beside the measurement and add up to 50 ms to its time.
    """
    if not hasattr(os, "pidfd_open"):  # not Linux
        process.wait(timeout=timeout_s)
        return
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(timeout_s * 1000):
            raise subprocess.TimeoutExpired(process.args, timeout_s)
    finally:
        os.close(descriptor)


def _end_all(
    process: subprocess.Popen[bytes], token: str, streams: Sequence[threading.Thread]
) -> None:
    """Kill the process, its group and every descendant that carries the token, and wait.

    Between fork and exec a process shows no environment for a moment, so one look is not enough:
    it is over when two looks found nobody and nobody holds the pipes any more. What cannot be
    killed within some seconds (a driver that hangs in the kernel) is left.
    """
    if process.returncode is None:  # not waited for yet, so its number is still its own
        _kill(process.pid, group=True)
        process.wait()
    quiet_looks, deadline = 0, time.monotonic() + UNKILLABLE_S
    while quiet_looks < QUIET_LOOKS and time.monotonic() < deadline:
        left = _carriers(token)
        for pid in left:
            _kill(pid)
        for stream in streams:
            stream.join(0.005 if left else 0.1)
        quiet = not left and not any(stream.is_alive() for stream in streams)
        quiet_looks = quiet_looks + 1 if quiet else 0


def _kill(pid: int, *, group: bool = False) -> None:
    try:
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _carriers(token: str) -> set[int]:
    """Processes whose environment holds the token. Empty where there is no /proc.

    Runs right after each measurement, so without pathlib, which takes three times as long.
    """
    if not Path("/proc/self").exists():
        return set()
    needle = f"{TOKEN_VARIABLE}={token}".encode()
    found = set()
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdecimal():
            continue
        try:
            # A zombie's environ is empty: it is gone but for its entry.
            with open(f"/proc/{name}/environ", "rb", buffering=0) as file:  # noqa: PTH123
                if needle in file.read():
                    found.add(int(name))
        except OSError:
            continue  # ended meanwhile, or another user's
    return found


def _why_not_started(program: str, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"{program} does not exist."
        case PermissionError():
            return f"{program} is not executable (chmod +x {program})."
        case OSError(errno=8):
            return f"{program} is not a program for this machine's architecture."
        case _:
            return f"{program} could not be started: {error.strerror or error}."
