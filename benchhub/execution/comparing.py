"""Makes the plan of a comparison from the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchhub.devices.inventory import Device
from benchhub.errors import UsageError
from benchhub.execution.pairing import Half, pair_up
from benchhub.execution.planning import Choices, make_plan
from benchhub.execution.sides import Origin, find_side
from benchhub.models.worker import Tell
from benchhub.records import DEFAULT_TOOL, GateSpec, Plan, SideSpec
from benchhub.suites.suite import Suite, read_suite
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Words:
    """What the command line says of a comparison.

    Attributes:
        suite: The suite: what is measured and how.
        baseline: See `benchhub.execution.sides.find_side`.
        candidate: Likewise; None is the suite as it is.
        gate: What replaces values of the suite's gate, by field.
    """

    suite: Path
    baseline: str | None
    candidate: str | None
    gate: Mapping[str, Any]


def make_comparison(
    workspace: Workspace,
    words: Words,
    devices: Sequence[Device],
    choices: Choices,
    tell: Tell,
    *,
    making: bool = True,
    changed: bool = False,
    reached: bool = True,
) -> tuple[Plan, tuple[str, ...]]:
    """Plan a comparison.

    Args:
        workspace: Where everything is.
        words: What is compared.
        devices: Where.
        choices: What else the command line says.
        tell: Is told which variants are being made.
        making: Whether variants are made.
        changed: Whether cases that are the same on both sides are left out.
        reached: Whether the devices can be asked from here; else their calibrations are not used.

    Returns:
        The plan, and sentences about what it does not or need not compare, and about the noise
        of the devices.

    Raises:
        UsageError: A side is nothing of the kind.
        ConfigError: A suite is wrong.
        NoCasesError: The sides have no case in common, or none that differs.
    """
    suite = read_suite(words.suite, workspace.relative(words.suite))
    halves = []
    for word in (words.baseline, words.candidate):
        origin = find_side(word, words.suite, workspace)
        mine = replace(choices, models=origin.models, program=origin.program)
        plan = make_plan(workspace, origin.suite, devices, mine, tell, making=making)
        plan = replace(plan, tools=_programs(origin, plan, workspace))
        halves.append(Half(_spec(origin, plan), plan))
    gate = gate_of(suite, words)
    plan, told = pair_up(halves[0], halves[1], gate, changed=changed)
    if not reached or chooses_looks(suite) or "looks" in words.gate:
        return plan, told
    from benchhub.execution.noise import fitted  # noqa: PLC0415 - loads scipy

    fit, noise = fitted(plan, gate, devices, workspace)
    if fit != gate:
        plan, told = pair_up(halves[0], halves[1], fit, changed=changed)
    return plan, (*told, *noise)


def gate_of(suite: Suite, words: Words) -> GateSpec:
    """Return how it is decided: the suite's gate with what the command line replaces."""
    return replace(suite.file.gate.record(), **words.gate)


def chooses_looks(suite: Suite) -> bool:
    """Say whether a suite says itself at how many pairs it is decided."""
    return "looks" in suite.file.gate.model_fields_set


def _programs(origin: Origin, plan: Plan, workspace: Workspace) -> dict[str, Mapping[str, str]]:
    """Return the settings of the tools with paths to programs that are there."""

    def present(path: str) -> str:
        return workspace.relative(origin.present(workspace.root / path))

    return {
        name: {key: present(value) if key == "path" else value for key, value in given.items()}
        for name, given in plan.tools.items()
    }


def _spec(origin: Origin, plan: Plan) -> SideSpec:
    if origin.program and not any(name != DEFAULT_TOOL for name in plan.tools):
        raise UsageError(
            f"{origin.text}: this suite measures with {DEFAULT_TOOL}, which runs no program.",
            "Add --tools benchmark_model.",
        )
    return SideSpec(
        text=origin.text,
        suite_path=plan.suite_path,
        suite_text=plan.suite_text,
        git_commit=origin.commit or plan.git_commit,
        tools={name: given for name, given in plan.tools.items() if given},
    )
