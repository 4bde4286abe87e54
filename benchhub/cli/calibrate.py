"""benchhub calibrate: measure how noisy a device is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.cli.making import MakingDisplay
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.run import decided, exit_code, words
from benchhub.devices.inventory import Device, find_devices
from benchhub.errors import NoCasesError, UsageError
from benchhub.execution.planning import Choices
from benchhub.execution.session import begin
from benchhub.records import Plan, Run, RunState
from benchhub.reports.numbers import rough_time
from benchhub.results.store import RunFolder, find_run
from benchhub.suites.gate_entry import FEWEST_PAIRS, MOST_PAIRS
from benchhub.suites.matrix import estimate_s
from benchhub.workspace import Workspace

# The standard deviation is known to -24 and +46 % then (95 %).
_PAIRS = 20


@click.command("calibrate")
@click.argument("device")
@click.option("--suite", type=click.Path(path_type=Path, dir_okay=False), help="What is measured.")
@click.option(
    "--pairs",
    type=click.IntRange(FEWEST_PAIRS, MOST_PAIRS),
    help=f"Pairs of each case. Default: {_PAIRS}.",
)
@click.option("--tools", callback=words, help="Tools instead of the suite's, with commas.")
@click.option("--cases", callback=words, help="Only cases that match, e.g. '*/int8/*'.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the order of the cases.")
@click.option("--resume", metavar="RUN", help="Go on with an unfinished calibration.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@json_option
@verbose_option
@guarded
def command(
    device: str,
    *,
    suite: Path | None,
    pairs: int | None,
    tools: tuple[str, ...],
    cases: tuple[str, ...],
    seed: int | None,
    resume: str | None,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure how noisy DEVICE is: a suite against itself, in pairs.

    benchhub calibrate pixel4 --suite suites/quickstart.yaml

    Says how many pairs see a slow-down of 3, 5 and 10 %, and the smallest one that a comparison can
    see. Kept in devices/DEVICE.noise.json; ab and gate choose their looks by it.
    """
    del verbose
    # They load scipy, which `--help` does not wait for.
    from benchhub.execution.self_comparison import (
        check_self_comparison,
        plan_self_comparison,
    )

    workspace = here()
    devices = find_devices(workspace, (device,))
    if len(devices) != 1:
        raise UsageError("calibrate one device at a time.")
    one = devices[0]
    if resume:
        if suite or pairs or tools or cases or seed is not None:
            raise UsageError("--resume goes on with a calibration as planned; leave the rest away.")
        folder = find_run(workspace.runs, resume)
        check_self_comparison(folder.read_plan(), one)
    else:
        if suite is None:
            raise UsageError(
                "which suite?", f"benchhub calibrate {device} --suite suites/quickstart.yaml"
            )
        choices = Choices(tools, cases, None, seed)
        choices = decided(workspace, suite, devices, choices, fetching=True, quiet=quiet)
        with MakingDisplay(quiet=quiet) as display:
            plan = plan_self_comparison(
                workspace, suite, one, choices, pairs or _PAIRS, display.tell
            )
        _announce(plan, quiet=quiet)
        folder = begin(plan, workspace)
    return _carry_on(folder, one, workspace, quiet=quiet, as_json=as_json)


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


def _carry_on(
    folder: RunFolder, device: Device, workspace: Workspace, *, quiet: bool, as_json: bool
) -> int:
    going_on = GoingOn(
        again=f"benchhub calibrate {device.name} --resume {folder.run_id}",
        kept=lambda: "nothing was calibrated yet",
        incomplete="The calibration is not complete, and nothing is kept of it yet.",
    )
    measure(folder, (device,), workspace, going_on, quiet=quiet)
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
