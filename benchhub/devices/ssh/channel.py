"""One command on an SSH channel: feeds its output as it comes and tells how it ended."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.common import MSG_CHANNEL_CLOSE, MSG_CHANNEL_REQUEST

# What a command may print before it has to be read. OpenSSH's own 2 MB need an answer too often
# for a flood. All of it is read at once: paramiko moves what is left in its buffer.
WINDOW_BYTES = 1 << 24
# After a command's end somebody may still hold its pipes; what it printed itself is here by then.
HELD_S = 1.0
# How long a write waits before it looks whether the command is still there.
LOOKS_EACH_S = 0.5
# Longest wait of a lock that the platform takes.
WAIT_FOR_EVER_S = 3600.0


@dataclass(slots=True)
class Mark:
    """What paramiko does not keep of a channel."""

    bell: threading.Event
    signal: str | None = None
    closed_there: bool = False


def _note_request(channel: Any, message: paramiko.Message) -> None:
    """Keep the exit-signal (RFC 4254, 6.10), which paramiko drops, and pass everything on."""
    kind = message.get_text()
    message.get_boolean()
    mark = getattr(channel, "benchhub_mark", None)
    if mark is not None and kind == "exit-signal":
        mark.signal = message.get_text()
    message.rewind()
    message.get_int()  # the number of the channel, which is read by now
    _PARAMIKO[MSG_CHANNEL_REQUEST](channel, message)
    if mark is not None:
        mark.bell.set()


def _note_close(channel: Any, message: paramiko.Message) -> None:
    """Keep that the other side closed the channel: it was not the connection that broke."""
    mark = getattr(channel, "benchhub_mark", None)
    if mark is not None:
        mark.closed_there = True
    _PARAMIKO[MSG_CHANNEL_CLOSE](channel, message)


_PARAMIKO: dict[int, Callable[[Any, paramiko.Message], None]] = (
    paramiko.Transport._channel_handler_table  # noqa: SLF001 - the only place to learn of signals
)


class MarkingTransport(paramiko.Transport):  # type: ignore[misc]  # paramiko has no types
    """A transport whose channels remember how they ended."""

    _channel_handler_table = _PARAMIKO | {
        MSG_CHANNEL_REQUEST: _note_request,
        MSG_CHANNEL_CLOSE: _note_close,
    }


class _Bell:
    """Rings when a buffer has bytes or ends. Emptying one buffer does not silence the other."""

    def __init__(self, bell: threading.Event) -> None:
        self._bell = bell

    def set(self) -> None:
        self._bell.set()

    def clear(self) -> None:
        """Left to the reader, who clears before it looks."""


class RunningCommand:
    """A command that was started on a channel of its own."""

    def __init__(
        self,
        channel: Any,
        stdout: Callable[[bytes], None],
        stderr: Callable[[bytes], None],
    ) -> None:
        self.channel = channel
        self._stdout = stdout
        self._stderr = stderr
        self._sent_bytes = 0
        self._mark = Mark(threading.Event())
        channel.benchhub_mark = self._mark
        channel.in_buffer.set_event(_Bell(self._mark.bell))
        channel.in_stderr_buffer.set_event(_Bell(self._mark.bell))

    def start(self, line: bytes) -> None:
        """Start it. Raises what paramiko raises."""
        self.channel.exec_command(line)

    def write(self, block: bytes, wanted: Callable[[], bool]) -> bool:
        """Give it input; False if it takes no more, or at the end of `wanted`."""
        self.channel.settimeout(LOOKS_EACH_S)
        while block:
            if self.has_ended or not wanted():
                return False
            try:
                sent = self.channel.send(block)
            except TimeoutError:
                continue
            except OSError:
                return False
            if sent == 0:
                return False
            self._sent_bytes += sent
            block = block[sent:]
        return True

    def taken(self) -> tuple[int, int]:
        """Return what changes as long as the device takes input, and only then."""
        return self._sent_bytes, self.channel.out_window_size

    def wake(self) -> None:
        """Make `wait` look again whether it is still wanted."""
        self._mark.bell.set()

    def wait(self, until: float, wanted: Callable[[], bool]) -> bool:
        """Feed output until it ended; False if `until` (monotonic) or the end of `wanted` came."""
        held_until: float | None = None
        while wanted():
            self._mark.bell.clear()
            over = self.has_ended
            self._drain()
            if self.channel.closed or (over and self.channel.eof_received):
                self._drain()
                return True
            now = time.monotonic()
            if over and held_until is None:
                held_until = now + HELD_S
            if held_until is not None and now >= held_until:
                return True
            if now >= until:
                return False
            next_look = min(until, held_until or until) - now
            self._mark.bell.wait(min(next_look, WAIT_FOR_EVER_S))
        return False

    @property
    def has_ended(self) -> bool:
        """Whether the server told its end."""
        return self.channel.exit_status != -1 or self._mark.signal is not None

    @property
    def returncode(self) -> int | None:
        """Its exit code, 128 + N after signal N; None if the connection ended before it."""
        complete = self.channel.eof_received or self._mark.closed_there or not self.channel.closed
        if not (self.has_ended and complete):
            return None
        if self._mark.signal is None:
            return int(self.channel.exit_status)
        number = getattr(signal, f"SIG{self._mark.signal.partition('@')[0]}", None)
        return 128 + int(number) if isinstance(number, signal.Signals) else 255

    def _drain(self) -> None:
        # Turn by turn, so that a flood on one stream does not keep the other waiting.
        moved = True
        while moved:
            moved = False
            if self.channel.recv_ready() and (chunk := self.channel.recv(WINDOW_BYTES)):
                self._stdout(chunk)
                moved = True
            if self.channel.recv_stderr_ready() and (
                chunk := self.channel.recv_stderr(WINDOW_BYTES)
            ):
                self._stderr(chunk)
                moved = True
