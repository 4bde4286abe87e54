"""What a command prints, bounded: the head holds the cause, the tail the end."""

from __future__ import annotations

# A failing Invoke repeats its message: 5 MB of stderr in half a second were measured. What is
# between head and tail is counted, not kept.
KEPT_HEAD_BYTES = 1 << 20
KEPT_TAIL_BYTES = 1 << 18


class BoundedOutput:
    """Keeps the head and the tail of a stream; `dropped` counts the bytes between."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.dropped = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        room = KEPT_HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        excess = len(self._tail) - KEPT_TAIL_BYTES
        if excess > 0:
            del self._tail[:excess]
            self.dropped += excess

    def text(self) -> str:
        """Return it as text, with replacement, and a note where bytes were cut."""
        if not self.dropped:
            return (self._head + self._tail).decode("utf-8", "replace")
        head, tail = (part.decode("utf-8", "replace") for part in (self._head, self._tail))
        return f"{head}\n[benchhub: {self.dropped} bytes were cut here]\n{tail}"
