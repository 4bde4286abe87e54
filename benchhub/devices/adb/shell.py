"""Commands over adb: shell protocol v2, or a marker in the output for Androids without it.

Packets of shell v2: one byte of kind, the payload's length as little-endian uint32, the payload.
Kinds: 0 stdin, 1 stdout, 2 stderr, 3 exit code (one byte), 4 close stdin. Source: AOSP's
packages/modules/adb/shell_protocol.h. Devices have it since Android 7.
"""

from __future__ import annotations

import shlex
import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from benchhub.devices import link
from benchhub.devices.adb.failures import DeviceReasonError
from benchhub.devices.adb.stream import NotAdbError, Route, ServiceRefusedError, Stream
from benchhub.devices.link import Ended
from benchhub.devices.output import BoundedOutput

STDOUT, STDERR, EXIT, CLOSE_STDIN = 1, 2, 3, 4

# Linux allows one argument of 128 KiB, and the line is one argument of the device's sh.
LINE_LIMIT_BYTES = 120 * 1024
# adbd sends at most 1 MiB in a packet: more means that the stream is out of step.
PACKET_LIMIT_BYTES = 1 << 24

_HEADER = struct.Struct("<BI")
_POLL_S = 0.1

# $E keeps stderr. It is a POSIX shell's script: `( : >x )` is a subshell because a failing
# redirection of `:` ends the shell. The last lines stop at the first write that fails, so that
# after a cancel the code and stderr are still there to be fetched.
_MARKED = """M={mark} E={kept}
( : >"$E" ) 2>/dev/null || E=/dev/null
trap : HUP PIPE
echo "$M"
sh -c {line} 2>"$E"
R=$?
trap '' HUP PIPE
[ "$E" = /dev/null ] || echo "$R" >"$E.code"
echo && echo "$M" && cat "$E" && echo && echo "$M:$R" && {{
  [ "$E" = /dev/null ] || rm -f "$E" "$E.code"; }}
"""
_FETCH = '[ -s "{kept}.code" ] && cat "{kept}.code" "{kept}" && rm -f "{kept}.code" "{kept}"'


class Decoder(Protocol):
    """Takes a command's stream apart."""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (STDOUT or STDERR, bytes of it), and at last (EXIT, one byte)."""
        ...


class PacketDecoder:
    """Shell v2; holds back nothing but an incomplete header."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._kind = 0
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """See `Decoder.feed`; other kinds of packets come as they are. Raises NotAdbError."""
        view = memoryview(data)
        while view:
            if self._left:
                chunk, view = view[: self._left], view[self._left :]
                self._left -= len(chunk)
                yield self._kind, bytes(chunk)
                continue
            missing = _HEADER.size - len(self._header)
            self._header += view[:missing]
            view = view[missing:]
            if len(self._header) == _HEADER.size:
                self._kind, self._left = _HEADER.unpack(self._header)
                self._header.clear()
                if self._left > PACKET_LIMIT_BYTES:
                    raise NotAdbError(f"a packet of {self._left} bytes was announced")


class MarkerDecoder:
    """Output of the marked script: the mark, stdout, the mark, stderr, the mark and the code.

    On Androids without `exec:` a terminal puts a CR before every LF; the first line shows it, and
    undoing it gives the exact bytes.
    """

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._buffer = bytearray()
        self._kind = 0
        self._terminal = False
        self._held = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """See `Decoder.feed`."""
        self._buffer += self._plain(data)
        if self._kind == 0:
            start = self._buffer.find(b"\n")
            if start < 0:
                return
            # Anything before the mark was said by the shell that starts it.
            line = bytes(self._buffer[: start + 1])
            self._terminal = line.endswith(b"\r\n")
            rest = bytes(self._buffer[start + 1 :])
            if not line.rstrip(b"\r\n").endswith(self._mark):
                raise NotAdbError(f"the shell said {line[:200]!r}")
            self._buffer.clear()
            self._kind = STDOUT
            self._buffer += self._plain(rest)
        yield from self._outputs()

    def held_back(self) -> bytes:
        """Return the end of stdout that might have become the mark, when no more will come."""
        return bytes(self._buffer) if self._kind == STDOUT else b""

    def _outputs(self) -> Iterator[tuple[int, bytes]]:
        while self._kind in (STDOUT, STDERR):
            end = b"\n" + self._mark + (b"\n" if self._kind == STDOUT else b":")
            at = self._buffer.find(end)
            if at < 0:
                ready = len(self._buffer) - len(end) + 1
                if ready > 0:
                    yield self._kind, bytes(self._buffer[:ready])
                    del self._buffer[:ready]
                return
            if at:
                yield self._kind, bytes(self._buffer[:at])
            del self._buffer[: at + len(end)]
            self._kind += 1
        if self._kind == EXIT and b"\n" in self._buffer:
            digits = bytes(self._buffer[: self._buffer.index(b"\n")])
            if not digits.isdigit() or int(digits) > 255:
                raise NotAdbError(f"the shell gave the exit code {digits[:20]!r}")
            self._kind = CLOSE_STDIN
            yield EXIT, bytes([int(digits)])

    def _plain(self, data: bytes) -> bytes:
        if not self._terminal:
            return data
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        return data[: len(data) - len(self._held)].replace(b"\r\n", b"\n")


def execute(
    route: Route, line: str, stdout: BoundedOutput, stderr: BoundedOutput, timeout_s: float
) -> Ended:
    """Run a line of shell; see `Link.execute`.

    Raises:
        DeviceReasonError: The line is too long for the device.
        OSError, NotAdbError, ServiceRefusedError: As the route does, or no end was confirmed.
    """
    command = line.encode("utf-8", "surrogateescape")
    _check_length(route, command)
    if not route.shell_v2:
        return _execute_marked(route, command, stdout, stderr, timeout_s)
    stream = route.open(b"shell,v2,raw:" + command)
    try:
        outputs = {STDOUT: stdout, STDERR: stderr}
        decoder = PacketDecoder()
        code = _follow(stream, decoder, outputs, time.monotonic() + timeout_s)
        if code is not None:
            return Ended(code, cancelled=False)
        stream.send(_HEADER.pack(CLOSE_STDIN, 0), link.CANCEL_S)
        code = _follow(stream, decoder, outputs, time.monotonic() + link.CANCEL_S)
        if code is None:
            raise TimeoutError(f"no end of the command within {link.CANCEL_S:g} s of its cancel")
        return Ended(code, cancelled=True)
    finally:
        stream.close()


def _check_length(route: Route, command: bytes) -> None:
    limit = min(LINE_LIMIT_BYTES, route.line_limit_bytes)
    if len(command) > limit or b"\0" in command:
        said = "NUL in it" if b"\0" in command else f"{len(command)} bytes"
        raise DeviceReasonError(
            f"a command line with {said} cannot be sent; at most {limit} bytes can, without NUL"
        )


def _follow(
    stream: Stream, decoder: Decoder, outputs: dict[int, BoundedOutput], deadline: float
) -> int | None:
    """Collect output until the exit code comes; None if the deadline was first.

    Raises:
        ConnectionResetError: The stream ended without an exit code: the daemon or link is gone.
    """
    while (left := deadline - time.monotonic()) > 0:
        try:
            data = stream.recv(left)
        except TimeoutError:
            return None
        if not data:
            raise ConnectionResetError("the command's stream ended without an exit code")
        for kind, chunk in decoder.feed(data):
            if kind == EXIT:
                return chunk[0]
            if kind in outputs:
                outputs[kind].feed(chunk)
    return None


def _execute_marked(
    route: Route, command: bytes, stdout: BoundedOutput, stderr: BoundedOutput, timeout_s: float
) -> Ended:
    """Run it without shell v2: closing the stream is the only cancel there."""
    mark = f"benchhub-{uuid.uuid4().hex}"
    kept = f"/data/local/tmp/.{mark}"
    quoted = shlex.quote(command.decode("utf-8", "surrogateescape"))
    script = _MARKED.format(mark=mark, kept=kept, line=quoted).encode("utf-8", "surrogateescape")
    _check_length(route, script)
    stream = _open_raw(route, script)
    outputs = {STDOUT: stdout, STDERR: stderr}
    decoder = MarkerDecoder(mark.encode())
    try:
        code = _follow(stream, decoder, outputs, time.monotonic() + timeout_s)
        if code is not None:
            with suppress(OSError):  # it still removes its files
                stream.recv(link.CANCEL_S)
            return Ended(code, cancelled=False)
    finally:
        stream.close()
    stdout.feed(decoder.held_back())
    deadline = time.monotonic() + link.CANCEL_S
    while time.monotonic() < deadline:
        first, _, said = _output(route, _FETCH.format(kept=kept).encode()).partition(b"\n")
        if first.strip().isdigit():
            stderr.feed(said)
            return Ended(int(first), cancelled=True)
        time.sleep(_POLL_S)
    raise TimeoutError(f"no end of the command within {link.CANCEL_S:g} s of its cancel")


def _open_raw(route: Route, command: bytes) -> Stream:
    with suppress(ServiceRefusedError):
        return route.open(b"exec:" + command)
    return route.open(b"shell:" + command)


def _output(route: Route, command: bytes) -> bytes:
    """Return what a short command of our own prints."""
    stream = _open_raw(route, command)
    try:
        parts = iter(lambda: stream.recv(link.CANCEL_S), b"")
        return b"".join(parts)
    finally:
        stream.close()
