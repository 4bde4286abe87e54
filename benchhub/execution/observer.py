"""The seam to whoever watches a run: progress goes out, nothing comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchhub.records import Invocation, PlannedInvocation, Refusal


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a device has come.

    Attributes:
        device: Name of the device.
        done: Steps behind it, also skipped ones.
        total: Steps of the plan.
        left_s: Estimated seconds until its end; None before the first step.
    """

    device: str
    done: int
    total: int
    left_s: float | None


class Observer(Protocol):
    """Is told what happens, from the thread of the device."""

    def step_started(self, step: PlannedInvocation, progress: Progress) -> None:
        """One invocation begins."""
        ...

    def step_finished(self, invocation: Invocation, progress: Progress) -> None:
        """One invocation ended and is on disk."""
        ...

    def refused(self, refusal: Refusal) -> None:
        """A case will not be tried on a device."""
        ...

    def waiting(self, progress: Progress, why: str) -> None:
        """The device cools down, or is lost and tried again."""
        ...

    def trouble(self, device: str, message: str) -> None:
        """Something happened that a person should know; the run goes on."""
        ...

    def device_finished(self, progress: Progress) -> None:
        """All steps of the device are behind it."""
        ...
