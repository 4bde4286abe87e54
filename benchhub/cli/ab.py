"""benchhub ab: measure two sides in pairs and say whether one is slower."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.cli.making import MakingDisplay
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.outcome import Outputs, answer, output_options
from benchhub.cli.run import decided, words
from benchhub.cli.shares import as_share
from benchhub.devices.inventory import find_devices
from benchhub.errors import UsageError
from benchhub.execution.comparing import Words, make_comparison
from benchhub.execution.planning import Choices
from benchhub.execution.session import begin
from benchhub.records import Plan, PlannedInvocation, Purpose, Rule, Run
from benchhub.reports.numbers import rough_time
from benchhub.results.store import RunFolder, find_run
from benchhub.suites.gate_entry import FEWEST_PAIRS
from benchhub.suites.matrix import estimate_s
from benchhub.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


def _looks(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        looks = tuple(int(word) for word in value.split(","))
    except ValueError:
        looks = ()
    if not looks or sorted(set(looks)) != list(looks) or looks[0] < FEWEST_PAIRS:
        raise click.BadParameter(
            f"'{value}': growing numbers of pairs from {FEWEST_PAIRS} on, e.g. 8,12,18,24."
        )
    return looks


@click.command("ab")
@click.argument("suite", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--devices", callback=words, help="Names from devices/, or @label; with commas.")
@click.option("--baseline", metavar="WHAT", help="Folder of models, suite, program, commit or run.")
@click.option("--candidate", metavar="WHAT", help="Likewise. Default: the suite as it is.")
@click.option("--tools", callback=words, help="Tools instead of the suite's, with commas.")
@click.option("--cases", callback=words, help="Only cases that match, e.g. '*/int8/*'.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the order of the cases.")
@click.option("--min-effect", callback=as_share, help="Slow-downs up to that are none, e.g. 3%.")
@click.option("--looks", callback=_looks, help="Pairs at which is decided, e.g. 8,12,18,24.")
@click.option("--rule", type=click.Choice([one.value for one in Rule]), help="See docs/gate.md.")
@click.option("--changed", is_flag=True, help="Leave out cases that are the same on both sides.")
@click.option("--dry-run", is_flag=True, help="Print the plan, measure nothing.")
@click.option("--resume", metavar="RUN", help="Go on with an unfinished comparison.")
@click.option("--out", type=_FILE, help="Report file.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@output_options
@json_option
@verbose_option
@guarded
def command(
    *,
    suite: Path | None,
    devices: tuple[str, ...],
    baseline: str | None,
    candidate: str | None,
    tools: tuple[str, ...],
    cases: tuple[str, ...],
    seed: int | None,
    min_effect: float | None,
    looks: tuple[int, ...] | None,
    rule: str | None,
    resume: str | None,
    out: Path | None,
    junit: Path | None,
    markdown: Path | None,
    inconclusive: str,
    github: bool | None,
    changed: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure SUITE on two sides, in pairs, and say for each case whether one is slower.

    benchhub ab suites/quickstart.yaml --devices host --baseline main

    The baseline is a folder of .tflite files, another suite, benchmark_model, or a commit of git;
    the candidate is the suite as it is. Pairs are measured until each case is decided.

    Exit code 1: a case regressed. 4: it cannot be told. 3: the device or the tool failed.
    """
    del verbose
    workspace = here()
    outputs = Outputs(junit, markdown, github, inconclusive, as_json)
    if resume:
        if suite or devices or baseline or candidate or tools or cases or changed or dry_run:
            raise UsageError("--resume goes on with a comparison as planned; leave the rest away.")
        folder = find_run(workspace.runs, resume)
        return carry_on(folder, workspace, outputs, out, quiet=quiet)
    if suite is None or baseline is None:
        raise UsageError(
            "which suite, against what?",
            "benchhub ab suites/quickstart.yaml --devices host --baseline main",
        )
    given = {"min_effect": min_effect, "looks": looks, "rule": Rule(rule) if rule else None}
    asked = Words(
        suite,
        baseline,
        candidate,
        {key: value for key, value in given.items() if value is not None},
    )
    found = find_devices(workspace, devices)
    choices = Choices(tools, cases, None, seed)
    choices = decided(workspace, suite, found, choices, fetching=not dry_run, quiet=quiet)
    with MakingDisplay(quiet=quiet) as display:
        plan, told = make_comparison(
            workspace, asked, found, choices, display.tell, making=not dry_run, changed=changed
        )
    if not quiet:
        for line in (*dict.fromkeys(one.failure.message for one in plan.refusals), *told):
            say(line)
        say(headline(plan))
    if dry_run:
        for case in plan.cases[::2]:
            click.echo(f"  {case.pair_id}")
        return 0
    return carry_on(begin(plan, workspace), workspace, outputs, out, quiet=quiet)


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
    folder: RunFolder, workspace: Workspace, outputs: Outputs, out: Path | None, *, quiet: bool
) -> int:
    """Measure what is left of a comparison and say what comes of it."""
    plan = folder.read_plan()
    if plan.gate is None:
        raise UsageError(
            f"run {folder.run_id} compares nothing.", f"benchhub run --resume {folder.run_id}"
        )
    devices = find_devices(workspace, plan.devices)
    going_on = GoingOn(
        again=f"benchhub ab --resume {folder.run_id}",
        kept=lambda: f"{_pairs(folder.read())} pairs are kept",
        incomplete="The comparison is not complete.",
    )
    measure(folder, devices, workspace, going_on, quiet=quiet)
    from benchhub.analysis.judgement import judge
    from benchhub.cli.report import write_report

    run = folder.read()
    return answer(judge(run), outputs, lambda: write_report(folder, run, workspace, out))


def _pairs(run: Run) -> int:
    return sum(one.purpose is Purpose.LATENCY for one in run.invocations) // 2
