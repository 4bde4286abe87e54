"""The devices of one host, and what its tasks do with them."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import benchhub
from benchhub.devices.inventory import Device
from benchhub.errors import BenchhubError, ConnectionLostError, StoreError, UsageError
from benchhub.execution.local_station import LocalStation, LocalStations
from benchhub.execution.station import Job
from benchhub.lab.file_store import FileStore
from benchhub.lab.messages import Asking, Attached, Busy, Lacking, Results, Told, Vacant
from benchhub.lab.mirror import SentReferences, mirror
from benchhub.lab.orders import Order
from benchhub.lab.outbox import Outbox
from benchhub.lab.seat import Seat, Tenure
from benchhub.records import PlannedInvocation, Reading
from benchhub.results.codec import encode, read_document
from benchhub.workspace import STATE, Workspace

LOOK_S = 1.0
# So many runs are kept in memory.
ORDERS = 16

# Tells the controllers of a run: its id, then device, kind and text.
Tell = Callable[[str, Mapping[str, str]], None]


class Seats:
    """Lends the devices of a host to runs, one run at a time each.

    Args:
        workspace: The host's workspace: its device files, and `.benchhub/lab/`.
        devices: The devices.
        idle_s: A run that did not come back for that long loses its device.
    """

    def __init__(self, workspace: Workspace, devices: Sequence[Device], idle_s: float) -> None:
        folder = workspace.root / STATE / "lab"
        self.workspace = workspace
        self.tell: Tell = _nobody
        self.files = FileStore(folder / "files")
        self.files.sweep()
        self._idle_s = idle_s
        self._seats = {device.name: Seat(device, _text(device)) for device in devices}
        self._outbox = Outbox(folder / "results")
        self._outbox.sweep()
        self._work = folder / "work"
        shutil.rmtree(self._work, ignore_errors=True)  # links to what the store has
        self._orders: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._free_idle, name="seats", daemon=True)
        self._watch.start()

    def attach(
        self, asking: Asking, host: str, wanted: Sequence[str]
    ) -> Attached | Lacking | Busy | Told:
        """Give a device to a run, equipped for some cases.

        Args:
            asking: Who asks, and for what.
            host: Address of this host.
            wanted: Ids of the cases.
        """
        try:
            seat = self._seat(asking)
            with seat.lock:
                if busy := seat.before(asking):
                    return busy
                if lacking := self._lacking(asking.order):
                    return Lacking(host, lacking)
                return self._attach(seat, asking, host, wanted)
        except BenchhubError as error:
            return Told.of(error)

    def measure(
        self,
        asking: Asking,
        session: str,
        numbers: Sequence[int],
        stored: Sequence[int],
        profiled: Reading | None,
    ) -> Results | Vacant | Busy | Told:
        """Measure steps of the plan, unless that was done before.

        Args:
            asking: Who asks, and for what.
            session: The connection that the run knows of.
            numbers: The steps, in the order of the plan.
            stored: Steps whose results the controller has on its disk.
            profiled: What there is with operator times of the case that is traced.
        """
        try:
            seat = self._seat(asking)
            with seat.lock:
                self._outbox.drop(asking.run_id, asking.device, stored)
                if busy := seat.before(asking):
                    return busy
                steps = self._steps(asking, numbers)
                if kept := self._outbox.read(asking.run_id, steps):
                    return Results(kept)
                station = seat.tenure.held(session) if seat.tenure else None
                if station is None or not steps:
                    return Vacant()
                # What is there cannot be read, and would stay the one that counts.
                self._outbox.drop(asking.run_id, asking.device, numbers)
                return self._measure(seat, station, steps, profiled)
        except BenchhubError as error:
            return Told.of(error)

    def release(self, asking: Asking, stored: Sequence[int]) -> None:
        """Take the device back from a run that has done with it."""
        seat = self._seats[asking.device]
        with seat.lock:
            self._outbox.drop(asking.run_id, asking.device, stored)
            seat.waiting.pop(asking.run_id, None)
            if seat.tenure is not None and seat.tenure.asking.run_id == asking.run_id:
                seat.vacate()

    def cancel(self, asking: Asking) -> None:
        """End what a run does on a device now; called while another thread does it."""
        tenure = self._seats[asking.device].tenure
        if tenure is not None and tenure.asking.run_id == asking.run_id:
            tenure.end()

    def close(self) -> None:
        """Give all devices back, whatever they do. Nothing can be attached afterwards."""
        self._closing.set()
        for seat in self._seats.values():
            if tenure := seat.tenure:
                tenure.end()
        for seat in self._seats.values():
            with seat.lock:
                seat.vacate()
        self._watch.join()

    def describe(self) -> dict[str, Any]:
        """Return what there is to know of the devices, for those who look on. JSON-able."""
        return {
            "version": benchhub.__version__,
            "devices": [seat.describe() for seat in self._seats.values()],
        }

    def _seat(self, asking: Asking) -> Seat:
        """Return the seat of a device. Raises UsageError."""
        if asking.version != benchhub.__version__:
            raise UsageError(
                f"{asking.device}: its host runs benchhub {benchhub.__version__}, this is "
                f"{asking.version}.",
                "Install the same version on all machines of a lab.",
            )
        seat = self._seats.get(asking.device)
        if seat is None or self._closing.is_set():
            raise UsageError(f"{asking.device}: its host does not have it any more.")
        return seat

    def _lacking(self, digest: str) -> tuple[str, ...]:
        """Return which files have to be brought before the order can be worked on."""
        if lacking := self.files.lacking([digest]):
            return lacking
        return self.files.lacking(self._known(digest).order.files.values())

    def _known(self, digest: str) -> _Known:
        """Return an order that was brought. Raises StoreError if it was not."""
        with self._lock:
            if digest not in self._orders:
                path = self.files.path(digest)
                order = read_document(path, Order)
                steps = {(step.device, step.number): step for step in order.plan.invocations}
                self._orders[digest] = _Known(order, steps)
                if len(self._orders) > ORDERS:
                    del self._orders[next(iter(self._orders))]  # read again if it is needed
            return self._orders[digest]

    def _attach(self, seat: Seat, asking: Asking, host: str, wanted: Sequence[str]) -> Attached:
        tenure = seat.tenure
        if tenure is None or tenure.asking.order != asking.order or tenure.stop.is_set():
            seat.vacate()
            tenure = self._tenure(seat, asking)
        seat.tenure = tenure
        seat.waiting.pop(asking.run_id, None)
        tenure.asking = asking
        tenure.leave()
        seat.used = time.monotonic()
        try:
            tenure.station = tenure.stations.attach(wanted)
        except ConnectionLostError:
            raise  # the run waits for it
        except BenchhubError:
            seat.vacate()
            raise
        seat.used = time.monotonic()
        return Attached(host, encode(tenure.station.record), tenure.station.session)

    def _tenure(self, seat: Seat, asking: Asking) -> Tenure:
        order = self._known(asking.order).order
        with self._lock:
            self._work.mkdir(exist_ok=True)
            work = mirror(order, self.files, self.workspace, self._work / asking.order[:16])
        box, stop = self._outbox.folder(asking.run_id), threading.Event()
        job = Job(order.plan, seat.device, work, SentReferences(order, work), box, stop)
        stations = LocalStations(job, _Voice(asking, lambda: self.tell), seat.sessions)
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        return Tenure(asking, since, stop, stations)

    def _steps(self, asking: Asking, numbers: Sequence[int]) -> list[PlannedInvocation]:
        if self.files.lacking([asking.order]):
            return []
        steps = self._known(asking.order).steps
        found = (steps.get((asking.device, number)) for number in numbers)
        return [step for step in found if step is not None]

    def _measure(
        self,
        seat: Seat,
        station: LocalStation,
        steps: Sequence[PlannedInvocation],
        profiled: Reading | None,
    ) -> Results:
        job = station.job
        trouble: Told | None = None
        try:
            for invocation, artifacts in station.measure(steps, profiled):
                job.folder.write_invocation(invocation, artifacts)
        except BenchhubError as error:
            trouble = Told.of(error)
            if seat.tenure is not None:
                seat.tenure.leave()
        seat.used = time.monotonic()
        return Results(self._outbox.read(job.plan.run_id, steps), trouble)

    def _free_idle(self) -> None:
        """Take devices back from runs that do not come any more, so that others get them."""
        while not self._closing.wait(LOOK_S):
            for seat in self._seats.values():
                if seat.tenure is None or not seat.lock.acquire(blocking=False):
                    continue
                try:
                    if time.monotonic() - seat.used > self._idle_s:
                        with suppress(BenchhubError):  # healed by whoever comes next
                            seat.vacate()
                finally:
                    seat.lock.release()


@dataclass(frozen=True, slots=True)
class _Known:
    """An order that was brought, and its steps by device and number."""

    order: Order
    steps: Mapping[tuple[str, int], PlannedInvocation]


class _Voice:
    """Tells the controllers of a run what happens on a device; see `Voice`."""

    def __init__(self, asking: Asking, tell: Callable[[], Tell]) -> None:
        self._asking = asking
        self._tell = tell

    def waiting(self, why: str) -> None:
        """It cools down."""
        self._say("waiting", why)

    def trouble(self, message: str) -> None:
        """Something happened that a person should know."""
        self._say("trouble", message)

    def _say(self, kind: str, text: str) -> None:
        said = {"device": self._asking.device, "kind": kind, "text": text}
        self._tell()(self._asking.run_id, said)


def _nobody(run_id: str, said: Mapping[str, str]) -> None:
    """Tell nobody, before the host is part of a lab."""
    del run_id, said


def _text(device: Device) -> str:
    path = device.folder / f"{device.name}.yaml"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}.") from error
