"""One device of a host: the run that has it, and those that wait for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from benchhub.devices.inventory import Device
from benchhub.execution.local_station import LocalStation, LocalStations
from benchhub.lab.messages import Asking, Busy

# A run that waits for a device asks again every few seconds; one that stopped asking is gone.
WAITING_S = 15.0


@dataclass(slots=True)
class Tenure:
    """A run that has the device.

    Attributes:
        asking: Who asked last, and for what.
        since: Local time with offset, ISO 8601.
        stop: Set when the run is to let go of it.
        stations: Gives stations for this run.
        station: The device, attached; None while it is lost.
    """

    asking: Asking
    since: str
    stop: threading.Event
    stations: LocalStations
    station: LocalStation | None = None

    def __str__(self) -> str:
        return f"run {self.asking.run_id} of {self.asking.controller} since {self.since}"

    def held(self, session: str) -> LocalStation | None:
        """Return the device, if the run still has it over that connection."""
        station = None if self.stop.is_set() else self.station
        return station if station is not None and station.session == session else None

    def leave(self) -> None:
        """Let go of the device for now; the run keeps it."""
        station, self.station = self.station, None
        if station is not None:
            station.close()

    def end(self) -> None:
        """End what runs on the device now; called by another thread."""
        self.stop.set()
        self.stations.cancel()


@dataclass(slots=True)
class Seat:
    """A device and its users.

    Attributes:
        device: The device.
        yaml: Text of its file.
        lock: Held by whoever works with it.
        tenure: The run that has it; None if nobody has.
        used: When it was used last, by the monotonic clock.
        waiting: Who wants it and when they asked last, by run, in the order of their coming.
        sessions: Connections to it so far; a run takes over what another one's left there.
    """

    device: Device
    yaml: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    tenure: Tenure | None = None
    used: float = 0.0
    waiting: dict[str, tuple[Asking, float]] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)

    def before(self, asking: Asking) -> Busy | None:
        """Say who is before a run, if anybody is; it waits from then on."""
        if self.tenure is not None:
            if self.tenure.asking.run_id == asking.run_id:
                return None
            self.waiting[asking.run_id] = asking, time.monotonic()
            return Busy(str(self.tenure))
        for other in self.queue():
            if other.run_id == asking.run_id:
                return None
            self.waiting[asking.run_id] = asking, time.monotonic()
            return Busy(f"run {other.run_id} of {other.controller}, which is next")
        return None

    def queue(self) -> list[Asking]:
        """Return who waits, the first one first."""
        now = time.monotonic()
        return [one for one, asked in list(self.waiting.values()) if now - asked < WAITING_S]

    def vacate(self) -> None:
        """Take the device back from its run."""
        tenure, self.tenure = self.tenure, None
        if tenure is not None:
            tenure.leave()

    def describe(self) -> dict[str, Any]:
        """Return what there is to know of it, for those who look on. JSON-able."""
        return {
            "name": self.device.name,
            "labels": list(self.device.file.labels),
            "transport": self.device.file.transport,
            "yaml": self.yaml,
            "holder": str(self.tenure or ""),
            "waiting": [f"run {one.run_id} of {one.controller}" for one in self.queue()],
        }
