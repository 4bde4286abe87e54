"""Looks at a device while it measures, over a second way to it, so that the first is left alone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Self

from benchhub.devices.telemetry import read_telemetry
from benchhub.devices.transport import Transport
from benchhub.errors import TransportError
from benchhub.records import Telemetry


class Sampler:
    """Takes a light sample every so often until the block ends. Use as a context manager.

    Args:
        transport: A way to the device that nobody else uses meanwhile.
        interval_s: Time between two samples, and before the first; 0 takes none.
    """

    def __init__(self, transport: Transport, interval_s: float) -> None:
        self._transport = transport
        self._interval_s = interval_s
        self._samples: list[Telemetry] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def samples(self) -> tuple[Telemetry, ...]:
        """What was seen, each with the seconds since the block began."""
        return tuple(self._samples)

    def __enter__(self) -> Self:
        if self._interval_s > 0:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _sample(self) -> None:
        began = time.monotonic()
        while not self._over.wait(self._interval_s):
            try:
                state = read_telemetry(self._transport, light=True)
            except TransportError:
                return  # whoever measures meets the same, and says so
            self._samples.append(replace(state, at_s=time.monotonic() - began))
