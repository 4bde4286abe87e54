"""What a device has to work with: its tools, identified, and the models, staged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchhub.devices.clusters import cpus_for, mask
from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device
from benchhub.devices.settings import affinity_problem
from benchhub.devices.staging import stage
from benchhub.devices.transport import Transport
from benchhub.errors import AccessError, BenchhubError, ConnectionLostError, DeviceError
from benchhub.records import (
    Case,
    DeviceFacts,
    DeviceRecord,
    Failure,
    Plan,
    Refusal,
    ToolIdentity,
)
from benchhub.tools.tool import Tool, make_tool
from benchhub.workspace import Workspace

_AFFINITY_CODE = DeviceError.exit_code


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a device has to work with.

    Attributes:
        tools: Tool and identity by name; a tool that is not there has none.
        models: Path on the device by sha256.
        prefixes: What keeps a process on the CPUs of an affinity, by its name in the suite.
        record: What goes into the run folder, refused cases included.
    """

    tools: dict[str, tuple[Tool, ToolIdentity]]
    models: dict[str, str]
    prefixes: dict[str, tuple[str, ...]]
    record: DeviceRecord


def equip(
    plan: Plan, device: Device, transport: Transport, workspace: Workspace, wanted: set[str]
) -> Equipment:
    """Identify the tools and stage the models of the wanted cases.

    What is missing refuses the cases that need it; the others go on.

    Raises:
        TransportError: The device does not answer.
    """
    facts = read_facts(transport)
    cases = [case for case in plan.cases if case.id in wanted]
    tools: dict[str, tuple[Tool, ToolIdentity]] = {}
    troubles: dict[str, BenchhubError] = {}
    for name in dict.fromkeys(case.tool for case in cases):
        own = tool_settings(device, name, facts.platform, workspace)
        try:
            tool = make_tool(name, {**plan.tools.get(name, {}), **own})
            tools[name] = tool, tool.identify(transport)
        except (ConnectionLostError, AccessError):
            raise
        except BenchhubError as error:
            troubles[name] = error
    prefixes, unfit = _affinities(cases, facts, transport)
    models: dict[str, str] = {}
    refusals: list[Refusal] = []
    for case in cases:
        refusal = _refusal(case, device.name, tools, troubles) or unfit.get(
            case.configuration.affinity
        )
        if refusal is not None:
            refusal = replace(refusal, case_id=case.id, device=device.name)
        if refusal is None and case.variant.sha256 not in models:
            try:
                local = workspace.root / case.variant.path
                models[case.variant.sha256] = stage(transport, local, case.variant.sha256)
            except (ConnectionLostError, AccessError):
                raise
            except BenchhubError as error:
                refusal = Refusal(case.id, device.name, _failure("model", error))
        if refusal:
            refusals.append(refusal)
    record = DeviceRecord(
        name=device.name,
        transport=device.file.transport,
        facts=facts,
        tools=tuple(identity for _, identity in tools.values()),
        refusals=tuple(refusals),
    )
    return Equipment(tools, models, prefixes, record)


def tool_settings(
    device: Device, tool: str, platform: str | None, workspace: Workspace
) -> dict[str, str]:
    """Return what a device's file says of a tool, and where it is going to run."""
    settings = {"root": str(workspace.root)}
    if platform:
        settings["platform"] = platform
    path = device.file.benchmark_model
    if tool == "benchmark_model" and path is not None:
        settings["path"] = workspace.relative(device.folder / path)
    return settings


def _affinities(
    cases: Sequence[Case], facts: DeviceFacts, transport: Transport
) -> tuple[dict[str, tuple[str, ...]], dict[str, Refusal]]:
    """Return argv prefixes by affinity, and refusals of those that do not work on the device."""
    prefixes: dict[str, tuple[str, ...]] = {}
    refusals: dict[str, Refusal] = {}
    for affinity in sorted({case.configuration.affinity for case in cases} - {""}):
        try:
            cpus = cpus_for(affinity, facts)
            problem = affinity_problem(transport, cpus)
        except ValueError as error:
            problem, cpus = f"{transport.name}: {error}", ()
        if problem:
            failure = Failure(
                "refused", problem, "Leave out `affinity`, or choose other CPUs.", _AFFINITY_CODE
            )
            refusals[affinity] = Refusal("", None, failure)
        else:
            prefixes[affinity] = ("taskset", mask(cpus))
    return prefixes, refusals


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
