"""How long a download waits, how often it tries, how much it takes; and how sizes are written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one download.

    Attributes:
        connect_s: For a connection, TLS included.
        silence_s: Without a single byte.
        slow_s: Every span of this length has to bring `slow_bytes`.
        slow_bytes: See `slow_s`.
        attempts: In a row that brought less than `advance_bytes` each.
        advance_bytes: What an attempt has to bring to be worth another one.
        backoff_s: Before the second attempt; doubles with each.
        longest_backoff_s: No wait is longer, whatever the server asks for.
        redirects: In a row.
        most_bytes: Of one file; far more than any program has.
    """

    connect_s: float = 15.0
    silence_s: float = 30.0
    slow_s: float = 60.0
    slow_bytes: int = 60 * 1024
    attempts: int = 5
    advance_bytes: int = 1 << 18
    backoff_s: float = 1.0
    longest_backoff_s: float = 30.0
    redirects: int = 5
    most_bytes: int = 1 << 30


def size_text(count: int) -> str:
    """Write a number of bytes as `6.7 MB`, or `312 kB` where that is shorter."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
