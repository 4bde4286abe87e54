"""The work of one device: step by step down the plan."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchhub.errors import BenchhubError, ConnectionLostError, StoreError
from benchhub.execution.attachment import LostMeanwhileError
from benchhub.execution.invocation import failed
from benchhub.execution.observer import Observer, Progress
from benchhub.execution.pairing import partners
from benchhub.execution.station import Job, MakeStations, Measured, Station, StationLostError
from benchhub.records import (
    DeviceRecord,
    Failure,
    Invocation,
    PlannedInvocation,
    Purpose,
    Reading,
    RunState,
)
from benchhub.results.store import RunFolder

if TYPE_CHECKING:
    from benchhub.execution.referee import Referee

# A case that fails twice in a row is left alone, so that one bad model does not cost the evening.
GIVE_UP_AFTER = 2
# Failures that will not go away by trying again.
FINAL = ("model", "refused", "timeout", "lost")

# A step that loses the device as often is what loses it: the others are measured without it.
LOSSES_A_STEP = 2
# Pauses before a lost device is tried again; the last one is repeated.
BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 15.0)

# The time left is told from the last steps, which include pauses and the controller's own work.
PACE_STEPS = 20


class DeviceRun:
    """Goes down the steps of one device; what is on disk already is left out.

    Args:
        job: What the device is to do.
        observer: Is told what happens.
        make_stations: How to get at the device.
    """

    def __init__(self, job: Job, observer: Observer, make_stations: MakeStations) -> None:
        self.plan = job.plan
        self.folder = job.folder
        self.device = job.device
        self.observer = observer
        self._stop = job.stop
        self._stations = make_stations(job, self)
        self._steps = [step for step in self.plan.invocations if step.device == self.device.name]
        self._behind = 0
        self._in_a_row: Counter[str] = Counter()
        self._losses: Counter[int] = Counter()
        self._given_up: set[str] = set()
        self._paces: deque[float] = deque(maxlen=PACE_STEPS)
        self._referee: Referee | None = None
        self._partners = partners(self.plan)

    def run(self) -> None:
        """Do all steps that are left; a device that is lost is waited for.

        Raises:
            BenchhubError: The device cannot be had, or did not come back.
            StoreError: The disk is full; everything before is kept.
        """
        left = [step for step in self._steps if not self.folder.has(step)]
        self._behind = len(self._steps) - len(left)
        if self._steps and not left:
            self._put_right()
        error: ConnectionLostError | None = None
        while left and not self._stop.is_set():
            try:
                station = self._attach(left) if error is None else self._attach_again(left, error)
            except (LostMeanwhileError, StationLostError) as lost:
                error = lost  # it was there, so it is waited for
                continue
            if station is None:
                break
            try:
                self._work(station, left)
            except ConnectionLostError as lost:
                error = lost
                if not self._stop.is_set() and not isinstance(lost, StationLostError):
                    self._give_up_after_losses(left, lost)
            finally:
                station.close()
        if not self._stop.is_set():
            self.observer.device_finished(self._progress())

    def cancel(self) -> None:
        """End what runs on the device now; called by another thread after `stop` was set."""
        self._stations.cancel()

    def waiting(self, why: str) -> None:
        """Tell that the device is waited for."""
        self.observer.waiting(self._progress(), why)

    def trouble(self, message: str) -> None:
        """Tell something that a person should know."""
        self.observer.trouble(self.device.name, message)

    def _put_right(self) -> None:
        """Heal the device after a controller that was killed behind its last step."""
        end = self.folder.read_end()
        if end is not None and end.state is RunState.FINISHED:
            return
        try:
            self._stations.attach(()).close()
        except BenchhubError as error:
            self.trouble(f"{error.message} What is left there is put right at the next contact.")

    def _work(self, station: Station, left: list[PlannedInvocation]) -> None:
        record = station.record
        refused = self._with_partners({refusal.case_id for refusal in record.refusals})
        if self.plan.gate:
            from benchhub.execution.referee import Referee  # noqa: PLC0415 - loads scipy

            self._referee = Referee(
                self.plan, self.device.name, record.facts.kind, self._measured()
            )
        while left and not self._stop.is_set():
            step = left[0]
            if self._counts(step, refused) and self._wants(step, station.session):
                task = [step]
                if self._is_pair(left[:2]) and self._counts(left[1], refused):
                    task = left[:2]
                if not self._measure(station, task, left):
                    return
            else:
                self._behind += 1
                left.pop(0)

    def _counts(self, step: PlannedInvocation, refused: set[str]) -> bool:
        return step.case_id not in refused | self._given_up

    def _is_pair(self, steps: Sequence[PlannedInvocation]) -> bool:
        """Say whether these are both sides of one round, which are measured as one task."""
        if len(steps) < 2 or self._partners.get(steps[0].case_id) != steps[1].case_id:
            return False
        one, other = steps
        return (one.purpose, one.round) == (other.purpose, other.round)

    def _measure(
        self, station: Station, task: Sequence[PlannedInvocation], left: list[PlannedInvocation]
    ) -> bool:
        """Measure the steps of a task, which `left` begins with; False if it is being stopped."""
        measuring = station.measure(task, self._profiled(task[0]))
        for step in task:
            began = time.monotonic()
            self.observer.step_started(step, self._progress())
            measured = next(measuring, None)
            if measured is None:
                return not self._stop.is_set()
            self._keep(measured)
            self._paces.append(time.monotonic() - began)
            left.pop(0)
            if measured[0].reading.failure:
                return True  # what is left of the pair may not be wanted any more
        return True

    def _keep(self, measured: Measured) -> None:
        invocation, artifacts = measured
        self.folder.write_invocation(invocation, artifacts)
        self._count(invocation)
        self._behind += 1
        self.observer.step_finished(invocation, self._progress())

    def _wants(self, step: PlannedInvocation, session: str) -> bool:
        if self._referee is None:
            return True
        alone = self._partners.get(step.case_id) in self._given_up
        return self._referee.wants(step, session, alone=alone)

    def _with_partners(self, case_ids: set[str]) -> set[str]:
        """Add the other sides: one alone says nothing."""
        return case_ids | {self._partners[one] for one in case_ids if one in self._partners}

    def _measured(self) -> list[Invocation]:
        found = (self.folder.read_invocation(step) for step in self._steps)
        return [one for one in found if one is not None]

    def _attach(self, left: Sequence[PlannedInvocation]) -> Station | None:
        try:
            station = self._stations.attach({step.case_id for step in left})
        except ConnectionLostError:
            if self._stop.is_set():
                return None
            raise
        try:
            _same_tools(self.folder, station.record)
            self.folder.write_device(station.record)
        except BenchhubError:
            station.close()
            raise
        for refusal in station.record.refusals:
            self.observer.refused(refusal)
        return station

    def _attach_again(
        self, left: Sequence[PlannedInvocation], error: ConnectionLostError
    ) -> Station | None:
        """Try again with growing pauses. Raises ConnectionLostError if the device stays away."""
        limit_s = self.device.file.reconnect
        self.trouble(f"{error.message} Trying again for {limit_s:g} s.")
        deadline = time.monotonic() + limit_s
        turn = 0
        while not self._stop.is_set():
            pause_s = BACK_OFF_S[min(turn, len(BACK_OFF_S) - 1)]
            if time.monotonic() + pause_s > deadline:
                raise ConnectionLostError(
                    f"{error.message} It did not come back within {limit_s:g} s.",
                    error.advice or "Check cable, network and power of the device.",
                ) from error
            self.waiting(f"lost; trying again in {pause_s:.0f} s")
            self._stop.wait(pause_s)
            turn += 1
            try:
                station = self._attach(left)
            except ConnectionLostError:
                continue
            self.trouble(f"{self.device.name}: is back; going on.")
            return station
        return None

    def _give_up_after_losses(self, left: list[PlannedInvocation], error: BenchhubError) -> None:
        step = left[0]
        self._losses[step.number] += 1
        if self._losses[step.number] < LOSSES_A_STEP:
            return
        failure = Failure(
            "lost",
            f"{error.message} It happened {LOSSES_A_STEP} times with this case.",
            "The others are measured without it.",
            error.exit_code,
        )
        self._keep((failed(step, failure), {}))
        left.pop(0)

    def _profiled(self, step: PlannedInvocation) -> Reading | None:
        """Return what the run has with operator times of the case that is traced."""
        if step.purpose is not Purpose.TRACE:
            return None
        for other in self._steps:
            if other.case_id == step.case_id and other.purpose is Purpose.PROFILE:
                done = self.folder.read_invocation(other)
                if done and done.reading.profile:
                    return done.reading
        return None

    def _count(self, invocation: Invocation) -> None:
        if self._referee:
            self._referee.count(invocation)
        failure = invocation.reading.failure
        if failure is None:
            self._in_a_row[invocation.case_id] = 0
            return
        self._in_a_row[invocation.case_id] += 1
        if failure.kind in FINAL or self._in_a_row[invocation.case_id] >= GIVE_UP_AFTER:
            self._given_up.add(invocation.case_id)

    def _progress(self) -> Progress:
        recent, total = self._paces, len(self._steps)
        left_s = sum(recent) / len(recent) * (total - self._behind) if recent else None
        return Progress(self.device.name, self._behind, total, left_s)


def _same_tools(folder: RunFolder, record: DeviceRecord) -> None:
    """Refuse to resume a run with another program: its figures would not belong together."""
    known = folder.read_device(record.name)
    before = {
        (identity.side, identity.name): identity.sha256
        for identity in (known.tools if known else ())
    }
    for identity in record.tools:
        if before.get((identity.side, identity.name), identity.sha256) != identity.sha256:
            raise StoreError(
                f"{record.name}: {identity.path} is another program now than when run "
                f"{folder.run_id} began.",
                "Start a new run.",
            )
