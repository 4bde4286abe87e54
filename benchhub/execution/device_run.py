"""The work of one device: tools identified, models staged, then step by step down the plan."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device
from benchhub.devices.staging import stage
from benchhub.devices.transport import Transport, run_check
from benchhub.errors import BenchhubError, StoreError
from benchhub.execution.invocation import Bench, invoke
from benchhub.execution.observer import Observer, Progress
from benchhub.records import (
    Case,
    DeviceRecord,
    Failure,
    Invocation,
    Plan,
    PlannedInvocation,
    Refusal,
    ToolIdentity,
)
from benchhub.results.store import RunFolder
from benchhub.tools.tool import Tool, make_tool
from benchhub.workspace import STATE, Workspace

# A case that fails twice in a row is left alone, so that one bad model does not cost the evening.
GIVE_UP_AFTER = 2
# Failures that will not go away by trying again.
FINAL = ("model", "refused", "timeout")

# The time left is told from the last steps, which include pauses and the controller's own work.
PACE_STEPS = 20


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a device has to work with: its tools, and what it cannot do."""

    tools: dict[str, tuple[Tool, ToolIdentity]]
    models: dict[str, str]
    record: DeviceRecord


def equip(
    plan: Plan, device: Device, transport: Transport, workspace: Workspace, wanted: set[str]
) -> Equipment:
    """Identify the tools and stage the models of the wanted cases.

    What is missing refuses the cases that need it; the others go on.

    Raises:
        TransportError: The device does not answer.
    """
    tools: dict[str, tuple[Tool, ToolIdentity]] = {}
    troubles: dict[str, BenchhubError] = {}
    for name, settings in plan.tools.items():
        try:
            tool = make_tool(name, {**settings, **_overrides(device, name, workspace)})
            tools[name] = tool, tool.identify(transport)
        except BenchhubError as error:
            troubles[name] = error
    models: dict[str, str] = {}
    refusals: list[Refusal] = []
    for case in plan.cases:
        if case.id not in wanted:
            continue
        refusal = _refusal(case, device.name, tools, troubles)
        if refusal is None and case.variant.sha256 not in models:
            try:
                local = workspace.root / case.variant.path
                models[case.variant.sha256] = stage(transport, local, case.variant.sha256)
            except BenchhubError as error:
                refusal = Refusal(case.id, device.name, _failure("model", error))
        if refusal:
            refusals.append(refusal)
    record = DeviceRecord(
        name=device.name,
        transport=device.file.transport,
        facts=read_facts(transport),
        tools=tuple(identity for _, identity in tools.values()),
        refusals=tuple(refusals),
    )
    return Equipment(tools, models, record)


def _overrides(device: Device, tool: str, workspace: Workspace) -> dict[str, str]:
    path = device.file.benchmark_model
    if tool != "benchmark_model" or path is None:
        return {}
    return {"path": workspace.relative(device.folder / path)}


def _refusal(
    case: Case,
    device: str,
    tools: dict[str, tuple[Tool, ToolIdentity]],
    troubles: dict[str, BenchhubError],
) -> Refusal | None:
    if case.tool in troubles:
        return Refusal(case.id, device, _failure("tool", troubles[case.tool]))
    tool, identity = tools[case.tool]
    refusal = tool.refuse(case, identity)
    return replace(refusal, device=device) if refusal else None


def _failure(kind: str, error: BenchhubError) -> Failure:
    return Failure(kind, error.message, error.advice, error.exit_code)


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
        folder: Path = self.folder.begin_step(step)
        bench = Bench(
            self.transport,
            tool,
            identity,
            self.plan.measure,
            self._scratch,
        )
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
