"""A link over SSH: commands and files on channels of one connection that siblings share."""

from __future__ import annotations

import secrets
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import paramiko

from benchhub.devices.link import CANCEL_S, STALL_S, Ended
from benchhub.devices.output import BoundedOutput
from benchhub.devices.ssh.channel import RunningCommand
from benchhub.devices.ssh.connection import OPEN_S, Connection
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.ssh.trust import hops_to, trusted_file
from benchhub.errors import ConnectionLostError, TransportError
from benchhub.workspace import Workspace

# Linux passes at most 128 KiB as one argument, and sshd passes the line to the shell as one.
LONGEST_LINE_BYTES = 120 * 1024
# The data of one SSH packet; larger ones are cut by the server's limit.
BLOCK_BYTES = 32_704


class SharedConnection:
    """A connection that closes with the last of its links."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._lock = threading.Lock()
        self._links = 0

    def join(self) -> None:
        """One more link uses it."""
        with self._lock:
            self._links += 1

    def leave(self) -> None:
        """One link less uses it."""
        with self._lock:
            self._links -= 1
            last = self._links == 0
        if last:
            self.connection.close()


class SshLink:
    """A `Link` over an open connection; see there for what its methods promise.

    Files go through `cat`, not through sftp: it is quicker (one packet a block and no answers),
    needs no sftp-server there, and its messages tell the reason, which sftp's "Failure" does not.
    """

    def __init__(self, shared: SharedConnection) -> None:
        self._shared = shared
        self._connection = shared.connection
        self._name = shared.connection.name
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._running: RunningCommand | None = None
        shared.join()

    def execute(
        self, command: str, stdout: BoundedOutput, stderr: BoundedOutput, *, timeout_s: float
    ) -> Ended:
        """Run some POSIX shell with open standard input and feed what it prints."""
        # The login shell there may be another one, e.g. fish.
        line = f"exec sh -c {shlex.quote(command)}"
        with self._started(line, stdout.feed, stderr.feed) as running:
            if running.wait(time.monotonic() + timeout_s, self._is_wanted):
                return Ended(self._returncode(running), cancelled=False)
            self._check_wanted()
            with self._connection.guard(CANCEL_S), suppress(OSError, EOFError):
                running.channel.shutdown_write()
            if running.wait(time.monotonic() + CANCEL_S, self._is_wanted):
                return Ended(self._returncode(running), cancelled=True)
            self._check_wanted()
            self._connection.abort(f"a cancelled command did not end within {CANCEL_S:g} s")
            raise self._connection.lost("cancelling a command")

    def send(self, local: Path, remote: str) -> None:
        """Write a file under exactly that path."""
        try:
            source = local.open("rb")
        except OSError as error:
            raise TransportError(
                f"{self._name}: cannot read {local} here: {error.strerror}."
            ) from error
        stderr = BoundedOutput()
        with source, self._started(f"cat >{shlex.quote(remote)}", _ignore, stderr.feed) as running:
            # The window opens as the device takes data, and lets us send more until the end.
            with self._connection.guard(STALL_S, running.taken):
                while block := self._read(source, local):
                    if not running.write(block, self._is_wanted):
                        break
                with suppress(OSError, EOFError):  # `wait` says how it ended
                    running.channel.shutdown_write()
                running.wait(float("inf"), self._is_wanted)
            self._check_wanted()
            if self._returncode(running, f"sending {remote}") != 0:
                raise TransportError(f"{self._name}: cannot write {remote}: {_reason(stderr)}.")

    def receive(self, remote: str, local: Path) -> None:
        """Fetch a file; on an error nothing is left under `local`."""
        # A login script may print something; the file begins behind the marker.
        marker = f"benchhub-{secrets.token_hex(8)}\n".encode()
        line = f"printf '%s\\n' {marker.decode().strip()}; cat <{shlex.quote(remote)}"
        part = local.with_name(f".{local.name}.{secrets.token_hex(4)}.part")
        stderr = BoundedOutput()
        try:
            with part.open("wb") as target:
                sink = _BehindMarker(marker, target)
                with (
                    self._started(line, sink.feed, stderr.feed) as running,
                    self._connection.guard(STALL_S, lambda: sink.seen_bytes),
                ):
                    running.wait(float("inf"), self._is_wanted)
                    self._check_wanted()
                    returncode = self._returncode(running, f"fetching {remote}")
            if returncode != 0 or not sink.found:
                raise TransportError(f"{self._name}: cannot read {remote}: {_reason(stderr)}.")
            part.replace(local)
        except OSError as error:
            raise TransportError(
                f"{self._name}: cannot write {local} here: {error.strerror or error}."
            ) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def sibling(self) -> SshLink:
        """Return a further link on the same connection, for another thread."""
        self._check_wanted()
        return SshLink(self._shared)

    def close(self) -> None:
        """End the link, and the connection with its last link."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            if self._running is not None:
                self._running.wake()
        self._shared.leave()

    @contextmanager
    def _started(
        self, command: str, stdout: Callable[[bytes], None], stderr: Callable[[bytes], None]
    ) -> Iterator[RunningCommand]:
        """Start a command on a channel of its own, which is closed afterwards in any case."""
        line = self._line(command)
        self._check_wanted()
        running = RunningCommand(self._connection.open_channel(), stdout, stderr)
        try:
            with self._lock:
                self._running = running
            self._start(running, line)
            try:
                yield running
            except (paramiko.SSHException, EOFError) as error:
                raise self._connection.lost("a command ran", error) from error
        finally:
            with self._lock:
                self._running = None
            with self._connection.guard(OPEN_S), suppress(paramiko.SSHException, OSError, EOFError):
                running.channel.close()

    def _start(self, running: RunningCommand, line: bytes) -> None:
        try:
            with self._connection.guard(OPEN_S):
                running.start(line)
        except (paramiko.SSHException, OSError, EOFError) as error:
            if self._connection.is_open():
                raise TransportError(
                    f"{self._name}: the SSH server refuses to run commands.",
                    "Its sshd_config or authorized_keys may force another one.",
                ) from error
            raise self._connection.lost("starting a command", error) from error

    def _line(self, command: str) -> bytes:
        line = command.encode("utf-8", "surrogateescape")
        if len(line) > LONGEST_LINE_BYTES:
            raise TransportError(
                f"{self._name}: a command line of {len(line)} bytes is too long; "
                f"{LONGEST_LINE_BYTES} are possible.",
                "Put long values into a file and push it.",
            )
        if b"\0" in line:
            raise TransportError(f"{self._name}: a command line cannot contain a NUL byte.")
        return line

    def _read(self, source: IO[bytes], local: Path) -> bytes:
        try:
            return source.read(BLOCK_BYTES)
        except OSError as error:
            raise TransportError(
                f"{self._name}: cannot read {local} here: {error.strerror}."
            ) from error

    def _returncode(self, running: RunningCommand, doing: str = "a command ran") -> int:
        returncode = running.returncode
        if returncode is None:
            raise self._connection.lost(doing)
        return returncode

    def _is_wanted(self) -> bool:
        return not self._closed.is_set()

    def _check_wanted(self) -> None:
        if self._closed.is_set():
            raise ConnectionLostError(f"{self._name}: the link was closed here.")


class _BehindMarker:
    """Writes what follows a marker."""

    def __init__(self, marker: bytes, target: IO[bytes]) -> None:
        self._marker = marker
        self._target = target
        self._before = b""
        self.found = False
        self.seen_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        self.seen_bytes += len(chunk)
        if not self.found:
            self._before += chunk
            _, middle, chunk = self._before.partition(self._marker)
            self.found = bool(middle)
        if self.found:
            self._target.write(chunk)


def _ignore(chunk: bytes) -> None:
    """Standard output of a command that has none."""


def _reason(stderr: BoundedOutput) -> str:
    """Return what the device's own message ends with, e.g. `No space left on device`."""
    lines = stderr.text().strip().splitlines()
    return lines[-1].rpartition(": ")[2].strip() if lines else "the device gives no reason"


def open_link(file: SshDeviceFile, workspace: Workspace) -> SshLink:
    """Connect to a device.

    Raises:
        ConfigError: ssh_config is wrong.
        ConnectionLostError: The device cannot be reached.
        AccessError: It does not let us in, or is not the one it was.
    """
    connection = Connection(file.name, hops_to(file), trusted_file(workspace))
    connection.open()
    return SshLink(SharedConnection(connection))
