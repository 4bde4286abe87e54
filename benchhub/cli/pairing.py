"""Measures two sides in pairs and says what comes of it: behind `benchhub ab` and `gate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchhub.cli.fleet import Fleet
from benchhub.cli.frame import say
from benchhub.cli.making import MakingDisplay
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.outcome import Outputs, answer
from benchhub.cli.running import decided
from benchhub.errors import UsageError
from benchhub.execution.comparing import Words, make_comparison
from benchhub.execution.planning import Choices
from benchhub.execution.session import begin
from benchhub.records import Plan, PlannedInvocation, Purpose, Run
from benchhub.reports.numbers import rough_time
from benchhub.results.codec import encode
from benchhub.results.store import RunFolder
from benchhub.suites.matrix import estimate_s
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class How:
    """How a comparison is carried out and told.

    Attributes:
        outputs: Where the answer goes.
        out: File of the report; None is among the reports.
        changed: Whether cases that are the same on both sides are left out.
        dry_run: Whether the plan is printed and nothing measured.
        quiet: Whether only the answer is printed.
    """

    outputs: Outputs
    out: Path | None
    changed: bool
    dry_run: bool
    quiet: bool


def compare(
    workspace: Workspace,
    asked: Words,
    words: Sequence[str],
    fleet: Fleet,
    choices: Choices,
    how: How,
) -> int:
    """Plan a comparison and measure it; return the exit code."""
    making, quiet = not how.dry_run, how.quiet
    devices = fleet.find(words)
    choices = decided(workspace, asked.suite, devices, choices, fleet, fetching=making, quiet=quiet)
    with MakingDisplay(quiet=quiet) as display:
        plan, told = make_comparison(
            workspace,
            asked,
            devices,
            choices,
            display.tell,
            making=making,
            changed=how.changed,
            reached=not fleet.lab,
        )
    if not quiet:
        for line in (*dict.fromkeys(one.failure.message for one in plan.refusals), *told):
            say(line)
        say(headline(plan))
    if how.dry_run:
        _print_plan(plan, as_json=how.outputs.as_json)
        return 0
    folder = begin(plan, workspace)
    return carry_on(folder, fleet, workspace, how.outputs, how.out, quiet=quiet)


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        click.echo(encode(plan).decode(), nl=False)
        return
    for case in plan.cases[::2]:
        click.echo(f"  {case.pair_id}")


def headline(plan: Plan) -> str:
    """Say in one line what a comparison is going to do."""
    pairs = len(plan.cases) // 2
    looks = plan.gate.looks if plan.gate else ()
    ends = dict.fromkeys((looks[0], looks[-1]))
    counts = " to ".join(str(look) for look in ends)
    times = " to ".join(dict.fromkeys(rough_time(_estimate_s(plan, look)) for look in ends))
    sides = [spec.text for spec in plan.sides.values()]
    return (
        f"{plan.suite}: {pairs} case{'s' * (pairs != 1)}, {counts} pairs each, on "
        f"{', '.join(plan.devices)} (about {times}): {sides[0]} against {sides[1]}"
    )


def _estimate_s(plan: Plan, rounds: int) -> float:
    """Return the time of that many pairs where there is the most work."""
    return max(
        (
            estimate_s(
                plan.measure, [one for one in plan.invocations if _counts(one, name, rounds)]
            )
            for name in plan.devices
        ),
        default=0.0,
    )


def _counts(step: PlannedInvocation, device: str, rounds: int) -> bool:
    # One profile of each side; what moved gets more.
    limit = rounds if step.purpose is Purpose.LATENCY else 1
    return step.device == device and step.round <= limit


def carry_on(
    folder: RunFolder,
    fleet: Fleet,
    workspace: Workspace,
    outputs: Outputs,
    out: Path | None,
    *,
    quiet: bool,
) -> int:
    """Measure what is left of a comparison and say what comes of it."""
    plan = folder.read_plan()
    if plan.gate is None:
        raise UsageError(
            f"run {folder.run_id} compares nothing.", f"benchhub run --resume {folder.run_id}"
        )
    going_on = GoingOn(
        again=f"benchhub ab --resume {folder.run_id}",
        kept=lambda: f"{_pairs(folder.read())} pairs are kept",
        incomplete="The comparison is not complete.",
    )
    measure(folder, fleet, workspace, going_on, quiet=quiet)
    from benchhub.analysis.judgement import judge
    from benchhub.cli.report import write_report

    run = folder.read()
    return answer(judge(run), outputs, lambda: write_report(folder, run, workspace, out))


def _pairs(run: Run) -> int:
    return sum(one.purpose is Purpose.LATENCY for one in run.invocations) // 2
