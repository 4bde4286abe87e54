"""Measures on a device of another machine, through the engine; see `Station`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import benchhub
from benchhub.errors import BenchhubError, ConnectionLostError, StoreError
from benchhub.execution.station import Job, Measured, StationLostError, Voice
from benchhub.lab import tasks
from benchhub.lab.calls import Calls
from benchhub.lab.deliveries import Deliveries
from benchhub.lab.messages import Asking, Attached, Busy, Lacking, Result, Results, Told
from benchhub.lab.orders import Parcel
from benchhub.lab.who import controller
from benchhub.records import DeviceRecord, Invocation, PlannedInvocation, Reading
from benchhub.results.codec import decode

# Between two questions whether the device is free.
ASK_AGAIN_S = 2.0


class RemoteStations:
    """Takes a device of the lab again and again.

    Args:
        job: What it is to do.
        voice: Is told what happens.
        deliveries: The way to the hosts.
        packed: Returns what hosts need for the run.
    """

    def __init__(
        self, job: Job, voice: Voice, deliveries: Deliveries, packed: Callable[[], Parcel]
    ) -> None:
        self._job = job
        self._voice = voice
        self._deliveries = deliveries
        self._packed = packed
        self._asking: Asking | None = None
        self._host = ""

    def attach(self, wanted: Collection[str]) -> RemoteStation:
        """Take the device and equip it; see `Stations`."""
        parcel = self._packed()
        job, name = self._job, self._job.device.name
        asking = Asking(parcel.digest, job.plan.run_id, name, controller(), benchhub.__version__)
        self._asking = asking
        words = (asking, tuple(sorted(wanted)))
        while not job.stop.is_set():
            answer = self._ask(*words)
            match answer:
                case Lacking():
                    with self._deliveries.of(answer.host):
                        # Another device may have brought them meanwhile.
                        answer = self._ask(*words)
                        if isinstance(answer, Lacking):
                            self._deliveries.bring(name, answer, parcel, self._voice, job.stop)
                            continue
                case Busy():
                    self._voice.waiting(f"waits for {answer.holder}")
                    job.stop.wait(ASK_AGAIN_S)
            if isinstance(answer, Told):
                raise answer.error(name)
            if isinstance(answer, Attached):
                self._host = answer.host
                return RemoteStation(job, self._voice, self._deliveries.calls, asking, answer)
        raise ConnectionLostError(f"{name}: the run was stopped.")

    def _ask(self, asking: Asking, wanted: tuple[str, ...]) -> object:
        name, stop = self._job.device.name, self._job.stop
        try:
            return self._deliveries.calls.ask(name, stop, tasks.attach, asking, wanted)
        except StationLostError:
            raise
        except ConnectionLostError as error:  # nothing is measured yet that could be to blame
            raise StationLostError(error.message, error.advice) from error

    def cancel(self) -> None:
        """End what runs there; see `Stations`."""
        if self._asking is not None and self._host:
            self._deliveries.calls.send(self._host, tasks.cancel, self._asking)


class RemoteStation:
    """A device in the hands of a run, on another machine.

    Args:
        job: What it is to do.
        voice: Is told what happens.
        calls: The line to its host.
        asking: Who asks.
        attached: What the host answered.
    """

    def __init__(
        self, job: Job, voice: Voice, calls: Calls, asking: Asking, attached: Attached
    ) -> None:
        self._job = job
        self._voice = voice
        self._calls = calls
        self._asking = asking
        self._answered: list[PlannedInvocation] = []
        self._lost = False
        self.session = attached.session
        self.record = decode(attached.record, DeviceRecord, f"record of {asking.device}")

    def measure(
        self, steps: Sequence[PlannedInvocation], profiled: Reading | None
    ) -> Iterator[Measured]:
        """Measure some steps as one task; see `Station`."""
        stored = [step for step in self._answered if self._job.folder.has(step)]
        words = (self.session, _numbers(steps), _numbers(stored), profiled)
        try:
            answer = self._calls.ask(
                self._asking.device, self._job.stop, tasks.measure, self._asking, *words
            )
        except ConnectionLostError:
            self._lost = True
            raise
        self._answered = [step for step in self._answered if step not in stored]
        if isinstance(answer, Told):
            raise answer.error(self._asking.device)
        if not isinstance(answer, Results):
            raise StationLostError(
                f"{self._asking.device}: its host was started again, or gave it to another run."
            )
        for step, result in zip(steps, answer.results, strict=False):
            self._answered.append(step)
            yield _read(step, result)
        if answer.trouble is not None:
            error = answer.trouble.error(self._asking.device)
            self._lost = isinstance(error, ConnectionLostError)
            raise error

    def close(self) -> None:
        """Give the device back, unless it was lost and the run takes it up again.

        A host that cannot be told takes it back by itself, after a while.
        """
        if self._lost and not self._job.stop.is_set():
            return
        # Also what an earlier controller stored, who could not tell it any more.
        mine = (one for one in self._job.plan.invocations if one.device == self._asking.device)
        words = (self._asking, _numbers([step for step in mine if self._job.folder.has(step)]))
        try:
            self._calls.ask(self._asking.device, self._job.stop, tasks.release, *words)
        except BenchhubError as error:
            self._voice.trouble(str(error))


def _numbers(steps: Sequence[PlannedInvocation]) -> tuple[int, ...]:
    return tuple(step.number for step in steps)


def _read(step: PlannedInvocation, result: Result) -> Measured:
    """Return a result as a record. Raises StoreError if it is not the one that was asked for."""
    found = decode(result.document, Invocation, f"{step.device}: result of step {step.number}")
    asked = step.number, step.device, step.case_id, step.round, step.purpose
    if (found.number, found.device, found.case_id, found.round, found.purpose) != asked:
        raise StoreError(
            f"{step.device}: its host answered with another step than {step.number}.",
            "Install the same version of benchhub on all machines of the lab.",
        )
    return found, result.artifacts
