"""Ends a connection on which nothing moves, so that no call waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Self

LOOKS_EACH_S = 1.0


def _nothing() -> Hashable:
    return None


class Guard(threading.Thread):
    """While it is entered: calls `expired` once after `limit_s` without a change of `measure`.

    A thread of its own, because the guarded one may be stuck in a write.
    """

    def __init__(
        self,
        limit_s: float,
        expired: Callable[[], None],
        measure: Callable[[], Hashable] = _nothing,
    ) -> None:
        super().__init__(daemon=True, name="benchhub-ssh-guard")
        self._limit_s = limit_s
        self._expired = expired
        self._measure = measure
        self._done = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()

    def run(self) -> None:
        """Look each second whether something moved."""
        last = self._measure()
        since = time.monotonic()
        while not self._done.wait(min(LOOKS_EACH_S, self._limit_s)):
            now = self._measure()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= self._limit_s:
                self._expired()
                return
