"""A device that is reached over a connection: one behaviour for SSH and both adb routes."""

from __future__ import annotations

import posixpath
import signal
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from benchhub.devices import guard
from benchhub.devices.digest import sha256_of
from benchhub.devices.link import Ended, Link
from benchhub.devices.output import BoundedOutput
from benchhub.errors import CommandTimeoutError, ConnectionLostError, TransportError
from benchhub.records import CommandResult

# A command of our own on the device: moving a file, killing what is left.
OWN_TIMEOUT_S = 30.0
HASH_TIMEOUT_S = 120.0

_SHELL_SIGNAL = 128

# $1 temporary name, $2 digest, $3 mode, $4 final name. Exit code 9: other content arrived. busybox
# comes first because toybox is nine times slower where it was built without a crypto library.
_SETTLE = """
for tool in 'busybox sha256sum' sha256sum 'toybox sha256sum'; do
  found=$($tool <"$1" 2>/dev/null) && break
done
[ -n "$found" ] || exit 8
[ "${found%% *}" = "$2" ] || exit 9
chmod "$3" "$1" && mv -f "$1" "$4"
"""


class RemoteTransport:
    """Runs commands on a device in a folder of benchhub's own there.

    Connects at the first use, and again at the first use after the connection was lost.

    Args:
        name: Name of the device in messages.
        folder: Where commands run and relative paths refer to; made when needed.
        connect: Opens a connection.
        session: Mark of all processes that are started; drawn if it is not given.
    """

    store = "."
    lease_path = "lease"
    here = False

    def __init__(
        self, name: str, folder: str, connect: Callable[[], Link], session: str = ""
    ) -> None:
        self.name = name
        self.folder = folder
        self.session = session or uuid.uuid4().hex
        self._connect = connect
        self._link: Link | None = None
        self._closed = False
        self._unconfirmed: list[str] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """See `Transport.run`.

        Raises:
            ConnectionLostError: Also if it was lost on the way; the command is ended at the next
                contact if not by itself.
        """
        link = self._open_link()
        token = f"{self.session}.{uuid.uuid4().hex[:12]}"
        command = guard.guarded(token, self.folder, argv, env)
        stdout, stderr = BoundedOutput(), BoundedOutput()
        started = time.monotonic()
        try:
            ended = link.execute(command, stdout, stderr, timeout_s=timeout_s)
        except BaseException as error:
            self._unconfirmed.append(token)
            if not isinstance(error, TransportError) or isinstance(error, ConnectionLostError):
                self._drop()
            raise
        result = CommandResult(
            argv=tuple(argv),
            returncode=_returncode(ended),
            stdout=stdout.text(),
            stderr=stderr.text(),
            seconds=time.monotonic() - started,
            truncated_bytes=stdout.dropped + stderr.dropped,
        )
        if ended.cancelled:
            raise CommandTimeoutError(
                f"{self.name}: `{posixpath.basename(argv[0])}` did not end within {timeout_s:g} s; "
                "it and its child processes were ended.",
                result,
            )
        why = guard.refusal(token, result.stderr)
        if why is not None:
            raise TransportError(*self._not_started(argv[0], why))
        return result

    def push(self, local: Path, remote: str, *, mode: int = 0o644, sha256: str = "") -> None:
        """See `Transport.push`: under a temporary name, verified there by its digest, renamed."""
        target = posixpath.normpath(remote)
        parent = posixpath.dirname(target)
        temporary = posixpath.join(parent, f".push-{uuid.uuid4().hex}")
        size, digest = _measure(self.name, local, sha256)
        trouble = f"{self.name}: cannot copy {local} ({size / 1e6:.1f} MB) to {target}"
        self._own(["mkdir", "-p", parent or "."], trouble)
        try:
            self._over_link(lambda link: link.send(local, posixpath.join(self.folder, temporary)))
            settle = ["sh", "-c", _SETTLE, "sh", temporary, digest, f"{mode:o}", target]
            self._own(settle, trouble, timeout_s=HASH_TIMEOUT_S)
        except TransportError as error:
            self._remove(temporary, lost=isinstance(error, ConnectionLostError))
            reworded = type(error) in (TransportError, ConnectionLostError)
            if error.message.startswith(trouble) or not reworded:
                raise
            reason = error.message.removeprefix(f"{self.name}: ")
            advice = error.advice or self._way_out(reason)
            raise type(error)(f"{trouble}: {reason}", advice) from error

    def pull(self, remote: str, local: Path) -> None:
        """See `Transport.pull`."""
        path = posixpath.join(self.folder, remote)
        self._over_link(lambda link: link.receive(path, local))

    def sibling(self) -> RemoteTransport:
        """See `Transport.sibling`."""

        def connect() -> Link:
            return self._connect() if self._link is None else self._link.sibling()

        return RemoteTransport(self.name, self.folder, connect, self.session)

    def close(self) -> None:
        """See `Transport.close`."""
        self._closed = True
        self._drop()

    def _open_link(self) -> Link:
        if self._closed:
            raise ConnectionLostError(f"{self.name}: the connection was closed.")
        if self._link is None:
            self._link = self._connect()
            self._end_unconfirmed()
            if self._link is None:
                raise ConnectionLostError(f"{self.name}: the connection was lost again at once.")
        return self._link

    def _end_unconfirmed(self) -> None:
        """Kill what ran when the connection was lost: a guard learns of a cut link late."""
        left, self._unconfirmed = self._unconfirmed, []
        try:
            for token in left:
                self.run(guard.end_processes(token), timeout_s=OWN_TIMEOUT_S)
        except TransportError:
            self._unconfirmed += left
            raise

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _over_link(self, transfer: Callable[[Link], None]) -> None:
        link = self._open_link()
        try:
            transfer(link)
        except BaseException as error:
            if not isinstance(error, TransportError) or isinstance(error, ConnectionLostError):
                self._drop()
            raise

    def _own(self, argv: Sequence[str], trouble: str, *, timeout_s: float = OWN_TIMEOUT_S) -> None:
        """Run a command of our own; say `trouble` and the reason if it fails."""
        result = self.run(argv, timeout_s=timeout_s)
        match result.returncode:
            case 0:
                return
            case 8:
                reason = "there is no sha256sum to verify it with (coreutils, toybox or busybox)"
            case 9:
                reason = "its content is not what it should be"
            case code:
                said = result.stderr.strip().splitlines()
                reason = said[-1][:200] if said else f"exit code {code}"
        raise TransportError(f"{trouble}: {reason}.", self._way_out(reason))

    def _way_out(self, reason: str) -> str:
        """Return what to do about a file that does not arrive; empty where the reason says it."""
        another = f"choose another `folder:` for {self.name}."
        if "No space left" in reason or "quota exceeded" in reason:
            return f"Make room there, or {another}"
        if "Permission denied" in reason or "Read-only" in reason:
            return f"Permit it, or {another}"
        return ""

    def _remove(self, temporary: str, *, lost: bool) -> None:
        """Remove what an interrupted push left; a lost device is left alone, its lease cleans."""
        if not lost:
            with suppress(TransportError):
                self.run(["rm", "-f", temporary], timeout_s=OWN_TIMEOUT_S)

    def _not_started(self, program: str, why: str) -> tuple[str, str]:
        where = f"{self.name}: {program}"
        match why:
            case guard.MISSING:
                return f"{where} does not exist.", ""
            case guard.NOT_EXECUTABLE:
                another = f"choose another `folder:` for {self.name}."
                return (
                    f"{where} is not executable there.",
                    f"If its mode is right, the file system is mounted noexec: {another}",
                )
            case _:
                return (
                    f"{self.name}: the folder {self.folder} cannot be made.",
                    f"Choose another `folder:` for {self.name}.",
                )


def _returncode(ended: Ended) -> int:
    """Return a negative number for a signal: a shell tells of signal N as 128 + N."""
    number = ended.returncode - _SHELL_SIGNAL
    return -number if number in set(signal.Signals) else ended.returncode


def _measure(name: str, local: Path, sha256: str) -> tuple[int, str]:
    try:
        return local.stat().st_size, sha256 or sha256_of(local)
    except OSError as error:
        raise TransportError(f"{name}: cannot read {local}: {error.strerror or error}.") from error
