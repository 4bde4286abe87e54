"""What a device has to work with: its tools, identified, and the models, staged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchhub.devices.clusters import cpus_for, mask
from benchhub.devices.digest import sha256_of
from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device
from benchhub.devices.settings import affinity_problem
from benchhub.devices.staging import stage, stage_folder
from benchhub.devices.transport import Transport
from benchhub.errors import (
    AccessError,
    BenchhubError,
    ConfigError,
    ConnectionLostError,
    DeviceError,
)
from benchhub.records import (
    Case,
    DeviceFacts,
    DeviceRecord,
    Failure,
    Plan,
    Refusal,
    Side,
    ToolIdentity,
    named_files,
)
from benchhub.results.peaks import peaks_if_any
from benchhub.tools.tool import Tool, make_tool
from benchhub.workspace import Workspace

_AFFINITY_CODE = DeviceError.exit_code


# By side of a comparison, None outside of one, and name.
Which = tuple[Side | None, str]
Tools = dict[Which, tuple[Tool, ToolIdentity]]


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a device has to work with.

    Attributes:
        tools: Tool and identity by side and name; a tool that is not there has none.
        models: Path on the device by sha256.
        files: Path on the device by each file or folder that a delegate's options name.
        prefixes: What keeps a process on the CPUs of an affinity, by its name in the suite.
        record: What goes into the run folder, refused cases included.
    """

    tools: Tools
    models: dict[str, str]
    files: dict[str, str]
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
    tools: Tools = {}
    troubles: dict[Which, BenchhubError] = {}
    for side, name in dict.fromkeys((case.side, case.tool) for case in cases):
        own = tool_settings(device, name, facts.platform, workspace)
        # The device's own program comes first, unless the comparison is about programs.
        given = plan.sides[side].tools.get(name, {}) if side and _differs(plan, name) else {}
        try:
            tool = make_tool(name, {**plan.tools.get(name, {}), **own, **given})
            tools[side, name] = tool, replace(tool.identify(transport), side=side)
        except (ConnectionLostError, AccessError):
            raise
        except BenchhubError as error:
            troubles[side, name] = error
    prefixes, unfit = _affinities(cases, facts, transport)
    equipment = Equipment(
        tools, {}, {}, prefixes, DeviceRecord(device.name, device.file.transport, facts, ())
    )
    refusals: list[Refusal] = []
    for case in cases:
        refusal = _refusal(case, facts, tools, troubles) or unfit.get(case.configuration.affinity)
        refusal = refusal or _stage(case, equipment, transport, workspace)
        if refusal is not None:
            refusals.append(replace(refusal, case_id=case.id, device=device.name))
    record = replace(
        equipment.record,
        tools=_identities(tools),
        refusals=tuple(refusals),
        peaks=peaks_if_any(workspace, device.name, facts),
    )
    return replace(equipment, record=record)


def _differs(plan: Plan, tool: str) -> bool:
    """Whether both sides of a comparison name programs of their own."""
    first, *others = (spec.tools.get(tool, {}) for spec in plan.sides.values())
    return any(other != first for other in others)


def _identities(tools: Tools) -> tuple[ToolIdentity, ...]:
    """Return the programs, those that both sides have once."""
    found = [identity for _, identity in tools.values()]
    shared = Counter(replace(identity, side=None) for identity in found)
    return tuple(
        dict.fromkeys(
            replace(identity, side=None) if shared[replace(identity, side=None)] > 1 else identity
            for identity in found
        )
    )


def _stage(
    case: Case, equipment: Equipment, transport: Transport, workspace: Workspace
) -> Refusal | None:
    """Bring the files of a case to the device; say why that cannot be done."""
    variant, kind = case.variant, "model"
    try:
        if variant.sha256 not in equipment.models:
            local = workspace.root / variant.path
            equipment.models[variant.sha256] = stage(transport, local, variant.sha256)
        kind = "delegate"
        for name in named_files(case.configuration.options):
            if name not in equipment.files:
                equipment.files[name] = _stage_named(name, transport, workspace)
    except (ConnectionLostError, AccessError):
        raise
    except BenchhubError as error:
        return Refusal(case.id, None, _failure(kind, error))
    return None


def _stage_named(name: str, transport: Transport, workspace: Workspace) -> str:
    local = workspace.root / name
    if local.is_dir():
        return stage_folder(transport, local)
    if not local.is_file():
        raise ConfigError(
            f"{transport.name}: {name} does not exist.",
            "The libraries of a delegate are relative to the suite; a name without / is one "
            "of the device.",
        )
    return stage(transport, local, sha256_of(local), mode=0o555)


def tool_settings(
    device: Device, tool: str, platform: str | None, workspace: Workspace
) -> dict[str, str]:
    """Return what a device's file says of a tool, and where it is going to run."""
    file = device.file
    settings = {"root": str(workspace.root)}
    if platform:
        settings["platform"] = platform
    paths = {
        "benchmark_model": file.benchmark_model,
        "benchmark_litert_model": file.benchmark_litert_model,
    }
    if path := paths.get(tool):
        settings["path"] = workspace.relative(device.folder / path)
    if tool == "litert" and file.python is not None:
        settings["python"] = file.python
    if file.libraries is not None:
        settings["libraries"] = workspace.relative(device.folder / file.libraries)
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
    facts: DeviceFacts,
    tools: Tools,
    troubles: dict[Which, BenchhubError],
) -> Refusal | None:
    which = case.side, case.tool
    if which in troubles:
        return Refusal(case.id, None, _failure("tool", troubles[which]))
    tool, identity = tools[which]
    return tool.refuse(case, identity, facts)


def _failure(kind: str, error: BenchhubError) -> Failure:
    return Failure(kind, error.message, error.advice, error.exit_code)
