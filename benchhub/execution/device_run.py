"""The work of one device: step by step down the plan."""

from __future__ import annotations

import time
from collections import Counter

from benchhub.devices.inventory import Device
from benchhub.devices.transport import Transport, run_check
from benchhub.errors import StoreError
from benchhub.execution.equipment import Equipment, equip
from benchhub.execution.invocation import Bench, invoke
from benchhub.execution.observer import Observer, Progress
from benchhub.records import DeviceRecord, Invocation, Plan, PlannedInvocation
from benchhub.results.store import RunFolder
from benchhub.workspace import STATE, Workspace

# A case that fails twice in a row is left alone, so that one bad model does not cost the evening.
GIVE_UP_AFTER = 2
# Failures that will not go away by trying again.
FINAL = ("model", "refused", "timeout")

# The time left is told from the last steps, which include pauses and the controller's own work.
PACE_STEPS = 20


class DeviceRun:
    """Goes down the steps of one device; what is on disk already is left out.

    Args:
        plan: The plan.
        folder: Its run folder.
        device: The device.
        transport: The way to it.
        workspace: Where models are.
        observer: Is told what happens.
    """

    def __init__(
        self,
        plan: Plan,
        folder: RunFolder,
        device: Device,
        transport: Transport,
        workspace: Workspace,
        observer: Observer,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.device = device
        self.transport = transport
        self.workspace = workspace
        self.observer = observer
        self._scratch = f"{STATE}/scratch/{plan.run_id}-{device.name}"
        self._in_a_row: Counter[str] = Counter()
        self._given_up: set[str] = set()
        self._paces: list[float] = []

    def run(self) -> None:
        """Do all steps that are left.

        Raises:
            TransportError: The device does not answer any more.
            StoreError: The disk is full; everything before is kept.
        """
        steps = [step for step in self.plan.invocations if step.device == self.device.name]
        done = self.folder.done()
        left = [step for step in steps if (step.device, step.number) not in done]
        behind = len(steps) - len(left)
        equipment = self._equip({step.case_id for step in left})
        refused = {refusal.case_id for refusal in equipment.record.refusals}
        for step in left:
            if step.case_id not in refused | self._given_up:
                began = time.monotonic()
                self.observer.step_started(step, self._progress(behind, len(steps)))
                time.sleep(self.plan.measure.cooldown_s)
                invocation = self._measure(step, equipment)
                self._paces.append(time.monotonic() - began)
                self._count(invocation)
                self.observer.step_finished(invocation, self._progress(behind + 1, len(steps)))
            behind += 1
        self.observer.device_finished(self._progress(behind, len(steps)))

    def _equip(self, wanted: set[str]) -> Equipment:
        equipment = equip(self.plan, self.device, self.transport, self.workspace, wanted)
        _same_tools(self.folder, equipment.record)
        self.folder.write_device(equipment.record)
        for refusal in equipment.record.refusals:
            self.observer.refused(refusal)
        return equipment

    def _measure(self, step: PlannedInvocation, equipment: Equipment) -> Invocation:
        case = self.plan.case(step.case_id)
        tool, identity = equipment.tools[case.tool]
        folder = self.folder.begin_step(step)
        bench = Bench(self.transport, tool, identity, self.plan.measure, self._scratch)
        model = equipment.models[case.variant.sha256]
        invocation, artifacts = invoke(bench, case, step, model, folder)
        self.folder.write_invocation(invocation, artifacts)
        return invocation

    def _count(self, invocation: Invocation) -> None:
        failure = invocation.reading.failure
        if failure is None:
            self._in_a_row[invocation.case_id] = 0
            return
        self._in_a_row[invocation.case_id] += 1
        if failure.kind in FINAL or self._in_a_row[invocation.case_id] >= GIVE_UP_AFTER:
            self._given_up.add(invocation.case_id)

    def _progress(self, done: int, total: int) -> Progress:
        recent = self._paces[-PACE_STEPS:]
        left_s = sum(recent) / len(recent) * (total - done) if recent else None
        return Progress(self.device.name, done, total, left_s)

    def close(self) -> None:
        """Remove what was left on the device."""
        run_check(self.transport, ["rm", "-rf", self._scratch])


def _same_tools(folder: RunFolder, record: DeviceRecord) -> None:
    """Refuse to resume a run with another program: its figures would not belong together."""
    before = {
        identity.name: identity.sha256
        for known in folder.read().devices
        if known.name == record.name
        for identity in known.tools
    }
    for identity in record.tools:
        if before.get(identity.name, identity.sha256) != identity.sha256:
            raise StoreError(
                f"{record.name}: {identity.path} is another program now than when run "
                f"{folder.run_id} began.",
                "Start a new run.",
            )
