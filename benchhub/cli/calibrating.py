"""Measures how noisy a device is: what is behind `benchhub calibrate`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchhub.cli.fleet import inventory
from benchhub.cli.frame import say
from benchhub.cli.making import MakingDisplay
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.running import decided, exit_code
from benchhub.devices.inventory import Device
from benchhub.errors import NoCasesError
from benchhub.execution.planning import Choices
from benchhub.execution.self_comparison import plan_self_comparison
from benchhub.execution.session import begin
from benchhub.records import Plan, Run, RunState
from benchhub.reports.numbers import rough_time
from benchhub.results.store import RunFolder
from benchhub.suites.matrix import estimate_s
from benchhub.workspace import Workspace


def calibrate(
    workspace: Workspace,
    suite: Path,
    device: Device,
    choices: Choices,
    pairs: int,
    *,
    quiet: bool,
    as_json: bool,
) -> int:
    """Plan pairs of a suite against itself and measure them; return the exit code."""
    choices = decided(
        workspace, suite, (device,), choices, inventory(workspace), fetching=True, quiet=quiet
    )
    with MakingDisplay(quiet=quiet) as display:
        plan = plan_self_comparison(workspace, suite, device, choices, pairs, display.tell)
    _announce(plan, quiet=quiet)
    return carry_on(begin(plan, workspace), device, workspace, quiet=quiet, as_json=as_json)


def _announce(plan: Plan, *, quiet: bool) -> None:
    """Say what is going to be done. Raises NoCasesError if that is nothing."""
    if not quiet or not plan.invocations:
        for message in dict.fromkeys(one.failure.message for one in plan.refusals):
            say(message)
    if not plan.invocations:
        raise NoCasesError("nothing is left to measure.", "See the reasons above.")
    if quiet or plan.gate is None:
        return
    (pairs,), cases = plan.gate.looks, len({step.case_id for step in plan.invocations}) // 2
    # As many more are planned as may turn out not to count.
    steps = [step for step in plan.invocations if step.round <= pairs]
    say(
        f"{plan.suite}: {cases} case{'s' * (cases != 1)}, {pairs} pairs each, {plan.devices[0]} "
        f"against itself (about {rough_time(estimate_s(plan.measure, steps))})"
    )


def carry_on(
    folder: RunFolder, device: Device, workspace: Workspace, *, quiet: bool, as_json: bool
) -> int:
    """Measure what is left of a calibration and say what comes of it; return the exit code."""
    going_on = GoingOn(
        again=f"benchhub calibrate {device.name} --resume {folder.run_id}",
        kept=lambda: "nothing was calibrated yet",
        incomplete="The calibration is not complete, and nothing is kept of it yet.",
    )
    measure(folder, inventory(workspace), workspace, going_on, quiet=quiet)
    run = folder.read()
    if run.state is RunState.FINISHED:
        _answer(run, device.name, workspace, quiet=quiet, as_json=as_json)
    return exit_code(run)


def _answer(run: Run, device: str, workspace: Workspace, *, quiet: bool, as_json: bool) -> None:
    from benchhub.execution.self_comparison import read_calibration
    from benchhub.reports.noise import noise_facts, render_alarms, render_noise
    from benchhub.results.noise import write_noise

    found = read_calibration(run, device)
    path = workspace.relative(write_noise(workspace, found.noise))
    for sentence in found.untold:
        say(sentence)
    if as_json:
        facts = noise_facts(found.noise, found.gate, found.min_effect)
        told = {"alarms": found.alarms, "advice": found.advice, "not_counted": found.untold}
        click.echo(json.dumps({**facts, **told, "path": path}, indent=1))
        return
    notes = (render_alarms(found.alarms, len(found.noise.cases)), *found.advice)
    text = render_noise(found.noise, found.gate, found.min_effect, notes)
    click.echo(("" if quiet else "\n") + text)
    if not quiet:
        click.echo(f"\nrun      {run.plan.run_id}  (benchhub report {run.plan.run_id})")
        click.echo(f"noise    {path}")
