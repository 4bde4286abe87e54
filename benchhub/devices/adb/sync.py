"""Files over adb's sync service, version 1, which every Android has.

Messages are a name of four letters, a little-endian uint32, and mostly that many bytes. SEND
"path,mode", then DATA of at most 64 KiB each, DONE with the time of change, answered by OKAY or
FAIL with a reason; RECV path is answered by DATA until DONE, or FAIL. Source: AOSP's
packages/modules/adb/SYNC.TXT.
"""

from __future__ import annotations

import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from benchhub.devices import link
from benchhub.devices.adb.failures import DeviceReasonError, LocalFileError
from benchhub.devices.adb.stream import NotAdbError, Route, Stream

_HEADER = struct.Struct("<4sI")
_CHUNK_BYTES = 64 * 1024
# With headers just below 1 MiB, the most that one adb packet carries.
_CHUNKS_PER_WRITE = 15
_PATH_LIMIT_BYTES = 1024
_MODE = 0o100644
# Between a broken write and the end of the stream, what the device said about it arrives.
_REASON_S = 2.0


def send(route: Route, local: Path, remote: str) -> None:
    """Write a local file under exactly that path on the device.

    Raises:
        DeviceReasonError: The device refused; the text is its reason.
        LocalFileError: The local file cannot be read.
        OSError, NotAdbError, ServiceRefusedError: As the route does.
    """
    path = _path(remote)
    with _reading(local) as file, _opened(route) as (stream, answers):
        buffer = bytearray(_HEADER.pack(b"SEND", len(path) + 6) + path + b",%05d" % _MODE)
        while data := _batch(local, file):
            buffer += data
            _write(stream, answers, buffer)
            buffer = bytearray()
        buffer += _HEADER.pack(b"DONE", int(time.time()) & 0xFFFFFFFF)
        _write(stream, answers, buffer)
        name, _ = answers.header()
        if name != b"OKAY":
            raise NotAdbError(f"the end of a transfer was answered by {name!r}")


def receive(route: Route, remote: str, local: Path) -> None:
    """Fetch a file; `local` gets its name only when it is complete. Raises as `send` does."""
    path = _path(remote)
    temporary = local.with_name(f".{local.name[:200]}.{uuid.uuid4().hex}")
    try:
        with _writing(temporary) as file, _opened(route) as (stream, answers):
            stream.send(_HEADER.pack(b"RECV", len(path)) + path, link.STALL_S)
            while True:
                name, size = _header_of(remote, answers)
                if name == b"DONE":
                    break
                if name != b"DATA":
                    raise NotAdbError(f"a file arrives with {name!r}")
                for part in answers.parts(size):
                    _store(local, file, part)
        with _local("write", local):
            temporary.replace(local)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _header_of(remote: str, answers: _Answers) -> tuple[bytes, int]:
    try:
        return answers.header()
    except DeviceReasonError as error:
        raise DeviceReasonError(f"cannot read {remote}: {error}") from error


def _path(remote: str) -> bytes:
    path = remote.encode("utf-8", "surrogateescape")
    if len(path) + 6 > _PATH_LIMIT_BYTES or b"\0" in path:
        raise DeviceReasonError(
            f"{remote[:60]!r}...: a path on it has at most {_PATH_LIMIT_BYTES - 6} bytes, no NUL"
        )
    return path


def _batch(local: Path, file: IO[bytes]) -> bytearray:
    """Return the next DATA messages of a file; empty at its end."""
    batch = bytearray()
    for _ in range(_CHUNKS_PER_WRITE):
        with _local("read", local):
            chunk = file.read(_CHUNK_BYTES)
        if not chunk:
            break
        batch += _HEADER.pack(b"DATA", len(chunk))
        batch += chunk
    return batch


def _write(stream: Stream, answers: _Answers, data: bytearray) -> None:
    """Send; look whether the device has said no, which it may at any time."""
    try:
        stream.send(data, link.STALL_S)
    except ConnectionError:
        answers.raise_reason(_REASON_S)
        raise
    answers.raise_reason(0.0)


class _Answers:
    """What the device says on a sync stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()

    def header(self) -> tuple[bytes, int]:
        """Return the next message's name and number; a FAIL is raised as DeviceReasonError."""
        while len(self._buffer) < _HEADER.size:
            self._more(link.STALL_S)
        name, size = _HEADER.unpack_from(self._buffer)
        del self._buffer[: _HEADER.size]
        if name in (b"DATA", b"FAIL") and size > _CHUNK_BYTES:
            raise NotAdbError(f"a message of {size} bytes was announced")
        if name == b"FAIL":
            text = b"".join(self.parts(size)).decode("utf-8", "replace")
            raise DeviceReasonError(text.strip().rstrip(".") or "it gives no reason")
        return name, size

    def parts(self, size: int) -> Iterator[bytes]:
        """Yield that many bytes as they come."""
        while size:
            if not self._buffer:
                self._more(link.STALL_S)
            part = bytes(self._buffer[:size])
            del self._buffer[:size]
            size -= len(part)
            yield part

    def raise_reason(self, wait_s: float) -> None:
        """Raise the device's FAIL if one is there or comes in that time; else return."""
        with suppress(TimeoutError, ConnectionError):
            while len(self._buffer) < _HEADER.size:
                self._more(wait_s)
        if self._buffer.startswith(b"FAIL"):
            self.header()

    def _more(self, timeout_s: float) -> None:
        data = self._stream.recv(timeout_s)
        if not data:
            raise ConnectionResetError("the device ended the transfer without a reason")
        self._buffer += data


@contextmanager
def _opened(route: Route) -> Iterator[tuple[Stream, _Answers]]:
    stream = route.open(b"sync:")
    try:
        yield stream, _Answers(stream)
    finally:
        stream.close()


@contextmanager
def _local(what: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LocalFileError(f"cannot {what} {path}: {error.strerror or error}") from error


def _store(local: Path, file: IO[bytes], part: bytes) -> None:
    with _local("write", local):
        file.write(part)


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    with _local("read", path):
        file = path.open("rb")
    with file:
        yield file


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    with _local("write", path):
        file = path.open("xb")
    try:
        yield file
    finally:
        with _local("write", path):
            file.close()
