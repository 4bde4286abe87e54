"""How a process ended: by itself, or by a signal that the system or a shell tells of."""

from __future__ import annotations

import signal

# A shell reports a child that died of signal N as 128 + N.
_SHELL_SIGNAL = 128


def signal_name(returncode: int) -> str | None:
    """Return the signal that ended a process, e.g. `SIGSEGV`; None if it ended by itself."""
    number = -returncode if returncode < 0 else returncode - _SHELL_SIGNAL
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}" if returncode < 0 else None
