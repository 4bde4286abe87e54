"""The seam between a run and what measures on a device: this process, or another machine's."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchhub.devices.inventory import Device
from benchhub.errors import ConnectionLostError
from benchhub.execution.references import Reference
from benchhub.records import (
    Case,
    DeviceRecord,
    Failure,
    Invocation,
    Plan,
    PlannedInvocation,
    Reading,
)
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

Measured = tuple[Invocation, Mapping[str, bytes]]


class StationLostError(ConnectionLostError):
    """What measures on the device was lost, not the device: no case is to blame."""


class Shelf(Protocol):
    """Where outputs to compare with are."""

    def of(self, case: Case) -> Reference | Failure:
        """Return the reference of a case, or why there is none."""
        ...


class Voice(Protocol):
    """Is told what happens on a device, from the thread that works there."""

    def waiting(self, why: str) -> None:
        """It cools down, or somebody else has it."""
        ...

    def trouble(self, message: str) -> None:
        """Something happened that a person should know; the work goes on."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What a device is to do for a run.

    Attributes:
        plan: The plan.
        device: The device.
        workspace: Where models and programs are.
        references: What outputs are compared with.
        folder: Gets the files of each step.
        stop: Set when the work is to end early.
    """

    plan: Plan
    device: Device
    workspace: Workspace
    references: Shelf
    folder: RunFolder
    stop: threading.Event


class Station(Protocol):
    """A device in the hands of a run: equipped, with a lease."""

    @property
    def record(self) -> DeviceRecord:
        """What the device and its tools are, and the cases that it refuses."""
        ...

    @property
    def session(self) -> str:
        """The connection; a pair that straddles two does not count."""
        ...

    def measure(
        self, steps: Sequence[PlannedInvocation], profiled: Reading | None
    ) -> Iterator[Measured]:
        """Measure some steps, one after the other, as one task.

        It ends early after a step that failed, and if the work is being stopped.

        Args:
            steps: One step, or the two of a pair.
            profiled: What there is with operator times of the case that is traced.

        Yields:
            What each gave, with its raw artifacts by name.

        Raises:
            ConnectionLostError: The device was lost.
            StationLostError: What measures on it was lost.
        """
        ...

    def close(self) -> None:
        """Put everything back and let go."""
        ...


class Stations(Protocol):
    """Gives the stations of one device, one after the other."""

    def attach(self, wanted: Collection[str]) -> Station:
        """Take the device and equip it for the cases of those ids.

        Raises:
            DeviceError: Somebody else has it.
            TransportError: It cannot be reached.
            LostMeanwhileError: It could be reached at first.
        """
        ...

    def cancel(self) -> None:
        """End what runs there now; called by another thread after `stop` was set."""
        ...


class MakeStations(Protocol):
    """How a run gets at its devices."""

    def __call__(self, job: Job, voice: Voice) -> Stations:
        """Return the stations of the job's device; the voice is told what happens there."""
        ...
