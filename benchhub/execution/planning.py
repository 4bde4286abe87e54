"""Makes the plan of a run: everything that can be known and refused before a device is touched."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import benchhub
from benchhub.devices.host import HostTransport
from benchhub.devices.inventory import Device
from benchhub.devices.transport import Transport
from benchhub.errors import ConfigError, NoCasesError, TransportError
from benchhub.models.files import declared_variants, find_variants, with_models
from benchhub.models.sources import read_accuracy
from benchhub.models.worker import Tell
from benchhub.records import (
    AUTO_TOOL,
    DEFAULT_TOOL,
    AccuracySpec,
    Case,
    Failure,
    Limits,
    Plan,
    Purpose,
    Refusal,
)
from benchhub.results.codec import FORMAT
from benchhub.suites.configurations import locator
from benchhub.suites.matrix import expand, order
from benchhub.suites.suite import Suite, ToolEntry, read_suite
from benchhub.suites.validation import did_you_mean
from benchhub.tools.tool import tool_names
from benchhub.workspace import Workspace

GIT_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line says on top of the suite.

    Attributes:
        tools: Names that replace those of the suite; empty keeps them.
        cases: Patterns; only cases whose id matches one are planned; empty keeps all.
        rounds: Replaces the suite's number of rounds.
        seed: Seed of the order; None draws one.
        auto: What `auto` means on each device, by name.
        models: Folder whose .tflite files replace those of the suite; what it lacks is left out.
        program: Measuring program that replaces those of the suite.
    """

    tools: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    rounds: int | None = None
    seed: int | None = None
    auto: Mapping[str, str] = field(default_factory=dict)
    models: Path | None = None
    program: Path | None = None


def undecided(
    workspace: Workspace, suite_path: Path, devices: Sequence[Device], choices: Choices
) -> tuple[Device, ...]:
    """Return the devices whose tool is `auto`; `Choices.auto` has to say what that is.

    Raises:
        ConfigError: The suite is wrong.
    """
    suite = read_suite(suite_path, workspace.relative(suite_path))
    return tuple(device for device in devices if AUTO_TOOL in _asked(suite, device, choices))


def nobody(text: str) -> None:
    """Tell nobody."""
    del text


def make_plan(
    workspace: Workspace,
    suite_path: Path,
    devices: Sequence[Device],
    choices: Choices,
    tell: Tell = nobody,
    *,
    making: bool = True,
) -> Plan:
    """Read a suite and plan its work; `run_id` is empty until a run folder exists.

    Args:
        workspace: Where everything is.
        suite_path: The suite.
        devices: Where it is measured.
        choices: What the command line says.
        tell: Is told which variants are being made.
        making: Whether variants are made; else those that are not there have no digest.

    Raises:
        ConfigError: The suite is wrong.
        NoCasesError: No case is left.
    """
    name = workspace.relative(suite_path)
    suite, device_tools = _decided(suite_path, name, devices, choices)
    folder = suite_path.absolute().parent
    cases, refusals = _cases(suite, folder, workspace, choices, tell, making=making)
    measure = suite.file.measure.record()
    if choices.rounds is not None:
        measure = replace(measure, rounds=choices.rounds)
    refused = {refusal.case_id for refusal in refusals}
    seed = secrets.randbelow(2**32) if choices.seed is None else choices.seed
    names = tuple(device.name for device in devices)
    wanted = {_pair(case) for case in cases}

    def left_out(device: str, case: Case) -> bool:
        return case.id in refused or case.tool not in device_tools.get(device, (case.tool,))

    return Plan(
        format=FORMAT,
        run_id="",
        suite=suite.file.name,
        suite_path=name,
        suite_text=suite.document.text,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        seed=seed,
        benchhub_version=benchhub.__version__,
        git_commit=git_commit(HostTransport("host", workspace.root)),
        devices=names,
        tools={
            entry.name: _settings(entry, suite_path, workspace, choices.program)
            for entry in suite.file.tools
        },
        cases=cases,
        measure=measure,
        reference=suite.file.reference,
        invocations=order(cases, names, measure, seed, left_out, _once(suite)),
        refusals=refusals,
        conditions=suite.file.conditions.record(),
        device_tools=device_tools,
        verify=suite.file.verify.record() if suite.file.verify else None,
        trace=suite.file.trace,
        accuracy=_accuracy(suite, folder, workspace, wanted),
        limits=_limits(suite, wanted),
        canary=suite.file.canary,
    )


def _decided(
    suite_path: Path, name: str, devices: Sequence[Device], choices: Choices
) -> tuple[Suite, dict[str, tuple[str, ...]]]:
    """Return the suite with what the command line replaces, and the tools of each device."""
    suite = read_suite(suite_path, name)
    device_tools, said = _device_tools(suite, devices, choices)
    suite = _with_tools(suite, said)
    if choices.models is not None:
        suite = with_models(suite, choices.models)
    return suite, device_tools


def _cases(
    suite: Suite,
    folder: Path,
    workspace: Workspace,
    choices: Choices,
    tell: Tell,
    *,
    making: bool,
) -> tuple[tuple[Case, ...], tuple[Refusal, ...]]:
    """Return the cases with their files, and those that have none."""
    locate = locator(lambda file: workspace.relative(folder / file))
    cases = expand(suite, declared_variants(suite), locate)
    cases = _chosen(cases, choices.cases, suite.document.name)
    wanted = {_pair(case) for case in cases}
    found = find_variants(suite, folder, workspace, wanted, tell, making=making)
    cases = tuple(replace(case, variant=found.variants[_pair(case)]) for case in cases)
    return cases, _refuse(cases, found.failures)


def _pair(case: Case) -> tuple[str, str]:
    return case.variant.model, case.variant.variant


def _accuracy(
    suite: Suite, folder: Path, workspace: Workspace, wanted: Collection[tuple[str, str]]
) -> dict[str, AccuracySpec]:
    """Return how the variants of each model are judged."""
    models = {model for model, _ in wanted}
    return {
        model.name: read_accuracy(model.accuracy, folder, workspace)
        for model in suite.file.models
        if model.accuracy and model.name in models
    }


def _limits(suite: Suite, wanted: Collection[tuple[str, str]]) -> dict[str, Limits]:
    """Return what each model has to meet to be shipped."""
    models = {model for model, _ in wanted}
    found = {
        model.name: (model.budget or suite.file.budget).record()
        for model in suite.file.models
        if model.name in models
    }
    return {name: limits for name, limits in found.items() if limits.asked}


def _once(suite: Suite) -> tuple[Purpose, ...]:
    """Return what is done once for each case, after all measurements."""
    asked = {Purpose.VERIFY: suite.file.verify is not None, Purpose.TRACE: suite.file.trace}
    return tuple(purpose for purpose, wanted in asked.items() if wanted)


def _asked(suite: Suite, device: Device, choices: Choices) -> tuple[str, ...]:
    """Return the tools that are asked for on a device: command line, suite, device file."""
    return choices.tools or tuple(e.name for e in suite.file.tools) or (device.tool,)


def _device_tools(
    suite: Suite, devices: Sequence[Device], choices: Choices
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return the tools by device if they are not the same everywhere, and where each was said."""
    tools: dict[str, tuple[str, ...]] = {}
    said = dict.fromkeys(choices.tools, "--tools")
    for device in devices:
        asked = _asked(suite, device, choices)
        decided = [choices.auto.get(device.name, one) if one == AUTO_TOOL else one for one in asked]
        tools[device.name] = tuple(dict.fromkeys(decided))
    own = not (choices.tools or suite.file.tools)
    if own:
        said = {tools[device.name][0]: f"devices/{device.name}.yaml" for device in devices}
    elif any(AUTO_TOOL in _asked(suite, device, choices) for device in devices):
        said = {one: said.get(one, AUTO_TOOL) for names in tools.values() for one in names}
    else:
        tools = {}
    return tools, said


def _with_tools(suite: Suite, said: Mapping[str, str]) -> Suite:
    """Replace the tools of the suite by others, if any; settings are kept.

    Args:
        suite: The suite.
        said: Where each of the others was said, by name.
    """
    given = {entry.name: entry for entry in suite.file.tools}
    entries = [given.get(name) or ToolEntry(name=name) for name in said or given]
    known = tool_names()
    for index, entry in enumerate(entries):
        if entry.name not in known:
            where = said.get(entry.name) or suite.document.place(("tools", index))
            hint = did_you_mean(entry.name, list(known))
            raise ConfigError(f"{where}: no tool is called '{entry.name}'{hint}")
    return replace(suite, file=suite.file.model_copy(update={"tools": entries}))


def _settings(
    entry: ToolEntry, suite_path: Path, workspace: Workspace, program: Path | None
) -> Mapping[str, str]:
    if program is not None and entry.name != DEFAULT_TOOL:
        return {"path": workspace.relative(program)}
    if entry.path is None:
        return {}
    return {"path": workspace.relative(suite_path.absolute().parent / entry.path)}


def _chosen(cases: Sequence[Case], patterns: Sequence[str], where: str) -> tuple[Case, ...]:
    if not patterns:
        return tuple(cases)
    kept = tuple(case for case in cases if any(fnmatchcase(case.id, word) for word in patterns))
    if not kept:
        raise NoCasesError(
            f"{where}: no case matches {' or '.join(patterns)}.",
            f"Cases read like {cases[0].id}; * is a wildcard.",
        )
    return kept


def _refuse(
    cases: Sequence[Case], failures: Mapping[tuple[str, str], Failure]
) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(case.id, None, failure) for case in cases if (failure := failures.get(_pair(case)))
    )


def git_commit(transport: Transport) -> str | None:
    """Return the commit of the workspace, `+` appended if tracked files differ from it.

    None outside a git checkout or without git.
    """
    try:
        head = transport.run(["git", "rev-parse", "HEAD"], timeout_s=GIT_TIMEOUT_S)
        if head.returncode != 0:
            return None
        status = transport.run(
            ["git", "status", "--porcelain", "--untracked-files=no"], timeout_s=GIT_TIMEOUT_S
        )
    except TransportError:
        return None
    return head.stdout.strip() + ("+" if status.stdout.strip() else "")
