"""Ctrl-C and SIGTERM for what runs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from benchhub.errors import EXIT_INTERRUPTED

T = TypeVar("T")
_STOPPING = (signal.SIGINT, signal.SIGTERM)

# What is ended so long and does not end is left to the end of the process.
GIVEN_UP_S = 5.0


class Stop:
    """Set by the first signal; the second one ends the process at once.

    Made within a running event loop.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._number = signal.SIGTERM
        self._loop = asyncio.get_running_loop()
        for number in _STOPPING:
            self._loop.add_signal_handler(number, self._receive, number)

    @property
    def is_set(self) -> bool:
        """Whether it shall stop."""
        return self._event.is_set()

    @property
    def code(self) -> int:
        """Exit code: who stops a service with SIGTERM is content."""
        return EXIT_INTERRUPTED if self._number == signal.SIGINT else 0

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it shall stop, at most so long; say whether it shall."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), timeout_s)
        return self.is_set

    async def unless(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do some work; return None as soon as it shall stop. Raises as the work does."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            return await working if working.done() else None
        finally:
            for task in (working, stopping):
                task.cancel()
            # What the engine does not give up at once ends with the process.
            await asyncio.wait((working, stopping), timeout=GIVEN_UP_S)

    def _receive(self, number: signal.Signals) -> None:
        self._number = number
        self._event.set()
        for each in _STOPPING:
            self._loop.remove_signal_handler(each)
