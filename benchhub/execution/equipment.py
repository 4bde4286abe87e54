"""What a device has to work with: its tools, identified, and the models, staged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device
from benchhub.devices.staging import stage
from benchhub.devices.transport import Transport
from benchhub.errors import BenchhubError
from benchhub.records import Case, DeviceRecord, Failure, Plan, Refusal, ToolIdentity
from benchhub.tools.tool import Tool, make_tool
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a device has to work with.

    Attributes:
        tools: Tool and identity by name; a tool that is not there has none.
        models: Path on the device by sha256.
        record: What goes into the run folder, refused cases included.
    """

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
