"""The work of one device: step by step down the plan."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchhub.devices.inventory import Device
from benchhub.devices.transport import Transport
from benchhub.errors import BenchhubError, ConnectionLostError, StoreError
from benchhub.execution.attachment import Attachment, LostMeanwhileError, attach
from benchhub.execution.invocation import Bench, failed, invoke
from benchhub.execution.observer import Observer, Progress
from benchhub.execution.pairing import partners
from benchhub.execution.readiness import wait_until_ready
from benchhub.execution.references import References
from benchhub.execution.tracing import is_drawn, trace
from benchhub.execution.verification import verify
from benchhub.records import (
    Conditions,
    DeviceFacts,
    DeviceRecord,
    Failure,
    Invocation,
    Plan,
    PlannedInvocation,
    Purpose,
    Reading,
    Status,
)
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

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
        plan: The plan.
        folder: Its run folder.
        device: The device.
        workspace: Where models are.
        observer: Is told what happens.
        stop: Set when the run is to end early.
        references: What outputs are compared with.
    """

    def __init__(
        self,
        plan: Plan,
        folder: RunFolder,
        device: Device,
        workspace: Workspace,
        observer: Observer,
        stop: threading.Event,
        references: References,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.device = device
        self.workspace = workspace
        self.observer = observer
        self._stop = stop
        self._references = references
        self._steps = [step for step in plan.invocations if step.device == device.name]
        self._behind = 0
        self._in_a_row: Counter[str] = Counter()
        self._losses: Counter[int] = Counter()
        self._given_up: set[str] = set()
        self._untraced: set[str] = set()
        self._paces: list[float] = []
        self._sessions: list[str] = []
        self._transport: Transport | None = None
        self._referee: Referee | None = None
        self._partners = partners(plan)

    def run(self) -> None:
        """Do all steps that are left; a device that is lost is waited for.

        Raises:
            BenchhubError: The device cannot be had, or did not come back.
            StoreError: The disk is full; everything before is kept.
        """
        done = self.folder.done()
        left = [step for step in self._steps if (step.device, step.number) not in done]
        self._behind = len(self._steps) - len(left)
        error: ConnectionLostError | None = None
        while left and not self._stop.is_set():
            try:
                attachment = (
                    self._attach(left) if error is None else self._attach_again(left, error)
                )
            except LostMeanwhileError as lost:
                error = lost  # it was there, so it is waited for
                continue
            if attachment is None:
                break
            try:
                self._work(attachment, left)
            except ConnectionLostError as lost:
                error = lost
                if not self._stop.is_set():
                    self._give_up_after_losses(left, lost)
            finally:
                attachment.close(self._tell)
        if not self._stop.is_set():
            self.observer.device_finished(self._progress())

    def cancel(self) -> None:
        """End what runs on the device now; called by another thread after `stop` was set."""
        transport = self._transport
        if transport is not None:
            transport.close()

    def _work(self, attachment: Attachment, left: list[PlannedInvocation]) -> None:
        record = attachment.equipment.record
        refused = self._with_partners({refusal.case_id for refusal in record.refusals})
        if self.plan.gate:
            from benchhub.execution.referee import Referee  # noqa: PLC0415 - loads scipy

            self._referee = Referee(
                self.plan, self.device.name, record.facts.kind, self._measured()
            )
        session = attachment.transport.session
        while left and not self._stop.is_set():
            step = left[0]
            if step.case_id not in refused | self._given_up and self._wants(step, session):
                attachment.lease.renew()
                began = time.monotonic()
                self.observer.step_started(step, self._progress())
                if not _is_untimed(step, attachment.equipment.record.facts):
                    self._stop.wait(self.plan.measure.cooldown_s)
                invocation = self._measure(step, attachment)
                if invocation is None:
                    return
                self._paces.append(time.monotonic() - began)
                self._count(invocation)
                self._behind += 1
                self.observer.step_finished(invocation, self._progress())
            else:
                self._behind += 1
            left.pop(0)

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

    def _attach(self, left: Sequence[PlannedInvocation]) -> Attachment | None:
        def opened(transport: Transport) -> None:
            self._transport = transport
            self._sessions.append(transport.session)
            if self._stop.is_set():
                transport.close()

        wanted = {step.case_id for step in left}
        try:
            earlier = tuple(self._sessions)
            attachment = attach(self.plan, self.device, self.workspace, wanted, earlier, opened)
        except ConnectionLostError:
            if self._stop.is_set():
                return None
            raise
        try:
            _same_tools(self.folder, attachment.equipment.record)
            self.folder.write_device(attachment.equipment.record)
        except BenchhubError:
            attachment.close(self._tell)
            raise
        for refusal in attachment.equipment.record.refusals:
            self.observer.refused(refusal)
        return attachment

    def _attach_again(
        self, left: Sequence[PlannedInvocation], error: ConnectionLostError
    ) -> Attachment | None:
        """Try again with growing pauses. Raises ConnectionLostError if the device stays away."""
        limit_s = self.device.file.reconnect
        self._tell(f"{error.message} Trying again for {limit_s:g} s.")
        deadline = time.monotonic() + limit_s
        turn = 0
        while not self._stop.is_set():
            pause_s = BACK_OFF_S[min(turn, len(BACK_OFF_S) - 1)]
            if time.monotonic() + pause_s > deadline:
                raise ConnectionLostError(
                    f"{error.message} It did not come back within {limit_s:g} s.",
                    error.advice or "Check cable, network and power of the device.",
                ) from error
            self.observer.waiting(self._progress(), f"lost; trying again in {pause_s:.0f} s")
            self._stop.wait(pause_s)
            turn += 1
            try:
                attachment = self._attach(left)
            except ConnectionLostError:
                continue
            self._tell(f"{self.device.name}: is back; going on.")
            return attachment
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
        self.folder.begin_step(step)
        invocation = failed(step, failure)
        self.folder.write_invocation(invocation, {})
        self._count(invocation)
        self._behind += 1
        self.observer.step_finished(invocation, self._progress())
        left.pop(0)

    def _measure(self, step: PlannedInvocation, attachment: Attachment) -> Invocation | None:
        """Measure one step; None if the run is being stopped."""
        untimed = _is_untimed(step, attachment.equipment.record.facts)
        missing = wait_until_ready(
            attachment.second,
            Conditions() if untimed else self.plan.conditions,
            self._stop.wait,
            lambda why: self.observer.waiting(self._progress(), why),
        )
        if self._stop.is_set():
            return None
        folder = self.folder.begin_step(step)
        if missing:
            limit = f"{self.plan.conditions.cooldown_timeout_s:g} s"
            failure = Failure(
                "conditions",
                f"{self.device.name}: not measured: {'; '.join(missing)} after {limit}.",
                "Let it rest, or change `conditions` in the suite.",
                BenchhubError.exit_code,
            )
            invocation = failed(step, failure, Status.INVALID)
            self.folder.write_invocation(invocation, {})
            return invocation
        case = self.plan.case(step.case_id)
        equipment = attachment.equipment
        tool, identity = equipment.tools[case.side, case.tool]
        bench = Bench(
            transport=attachment.transport,
            second=attachment.second,
            tool=tool,
            identity=identity,
            measure=self.plan.measure,
            work_root=attachment.scratch,
            prefix=equipment.prefixes.get(case.configuration.affinity, ()),
            files=equipment.files,
        )
        model = equipment.models[case.variant.sha256]
        if step.purpose is Purpose.TRACE:
            lease, facts, profiled = attachment.lease, equipment.record.facts, self._profiled(step)
            (invocation, artifacts), why = trace(
                bench, lease, facts, case, step, model, folder, profiled
            )
            if why and why not in self._untraced:
                self._untraced.add(why)
                self._tell(f"{why} Traces are drawn from operator times.")
        elif step.purpose is Purpose.VERIFY and self.plan.verify:
            invocation, artifacts = verify(
                bench, case, step, model, folder, self._references.of(case), self.plan.verify
            )
        else:
            invocation, artifacts = invoke(bench, case, step, model, folder)
        self.folder.write_invocation(invocation, artifacts)
        return invocation

    def _profiled(self, step: PlannedInvocation) -> Reading | None:
        """Return what the run has of a case on this device that has operator times."""
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

    def _tell(self, message: str) -> None:
        self.observer.trouble(self.device.name, message)

    def _progress(self) -> Progress:
        recent, total = self._paces[-PACE_STEPS:], len(self._steps)
        left_s = sum(recent) / len(recent) * (total - self._behind) if recent else None
        return Progress(self.device.name, self._behind, total, left_s)


def _is_untimed(step: PlannedInvocation, facts: DeviceFacts) -> bool:
    """Say whether no time of a step counts, so that it needs no rested device."""
    return step.purpose is Purpose.VERIFY or is_drawn(step, facts)


def _same_tools(folder: RunFolder, record: DeviceRecord) -> None:
    """Refuse to resume a run with another program: its figures would not belong together."""
    before = {
        (identity.side, identity.name): identity.sha256
        for known in folder.read_devices()
        if known.name == record.name
        for identity in known.tools
    }
    for identity in record.tools:
        if before.get((identity.side, identity.name), identity.sha256) != identity.sha256:
            raise StoreError(
                f"{record.name}: {identity.path} is another program now than when run "
                f"{folder.run_id} began.",
                "Start a new run.",
            )
