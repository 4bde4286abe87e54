"""Measures a suite and says what comes of it: what is behind `benchhub run`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from benchhub.cli.fleet import Fleet
from benchhub.cli.frame import say, terminal_width
from benchhub.cli.making import MakingDisplay
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.report import report_path, write_report
from benchhub.devices.inventory import Device
from benchhub.errors import EXIT_NOT_AS_DEMANDED, BenchhubError, NoCasesError, UsageError
from benchhub.execution.planning import Choices, make_plan, undecided
from benchhub.execution.session import begin
from benchhub.records import Failure, Plan, Purpose, Run, Status
from benchhub.reports.extent import by_device, cases_by_device, is_uniform
from benchhub.reports.numbers import rough_time
from benchhub.results.codec import encode
from benchhub.results.store import RunFolder
from benchhub.suites.matrix import estimate_s
from benchhub.workspace import Workspace

INFRASTRUCTURE = BenchhubError.exit_code


def run(
    workspace: Workspace,
    suite: Path,
    words: Sequence[str],
    fleet: Fleet,
    choices: Choices,
    out: Path | None,
    *,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Plan a suite and measure it; return the exit code."""
    devices = fleet.find(words)
    choices = decided(workspace, suite, devices, choices, fleet, fetching=not dry_run, quiet=quiet)
    with MakingDisplay(quiet=quiet) as display:
        plan = make_plan(workspace, suite, devices, choices, display.tell, making=not dry_run)
    if dry_run:
        _print_plan(plan, as_json=as_json)
        return 0
    troubles = dict.fromkeys(_told(refusal.failure) for refusal in plan.refusals)
    if not plan.invocations:
        for message in troubles:
            say(message)
        code = {refusal.failure.exit_code for refusal in plan.refusals}
        return code.pop() if len(code) == 1 else NoCasesError.exit_code
    if not quiet:
        for line in (*troubles, *notes(plan)):
            say(line)
        say(headline(plan))
    folder = begin(plan, workspace)
    return carry_out(folder, fleet, workspace, out, quiet=quiet, as_json=as_json)


def decided(
    workspace: Workspace,
    suite: Path,
    devices: Sequence[Device],
    choices: Choices,
    fleet: Fleet,
    *,
    fetching: bool,
    quiet: bool,
) -> Choices:
    """Find out what `auto` is on each device, and say so. Raises UsageError."""
    auto = undecided(workspace, suite, devices, choices)
    if not auto:
        return choices
    if fleet.lab:
        raise UsageError(
            f"{auto[0].name}: its tool is `auto`, which cannot be found out through a lab.",
            "Name it: --tools benchmark_model",
        )
    # Downloads are for those who ask for them.
    from benchhub.cli.tools.display import FetchDisplay
    from benchhub.execution.choosing import auto_tools, choose_tools

    with FetchDisplay(quiet=quiet) as display:
        chosen = choose_tools(workspace, auto, fetching=fetching, watcher=display)
    for choice in chosen:
        say(str(choice))
    return replace(choices, auto=auto_tools(chosen))


def headline(plan: Plan) -> str:
    """Say in one line what a run is going to do."""
    measure = plan.measure
    profile = f" + {measure.profile_rounds} profile" if measure.profile_rounds else ""
    profile += " + a look at the outputs" if plan.verify else ""
    profile += " + a trace" if plan.trace else ""
    rounds = f"{measure.rounds} round{'s' * (measure.rounds != 1)}{profile} each"
    if is_uniform(plan):
        cases = next(iter(cases_by_device(plan).values()))
        what = f"{cases} case{'s' * (cases != 1)}, {rounds}, on {', '.join(plan.devices)}"
    else:
        what = f"{by_device(plan)}, {rounds}"
    # Devices measure at the same time: the one with the most work decides.
    work = Counter(step.device for step in plan.invocations)
    longest = max(plan.devices, key=lambda device: work[device])
    steps = [step for step in plan.invocations if step.device == longest]
    return f"{plan.suite}: {what} (about {rough_time(estimate_s(measure, steps))})"


def notes(plan: Plan) -> list[str]:
    """Return what to know of the variants that were made, each thing once."""
    whose: dict[str, dict[str, None]] = {}
    for case in plan.cases:
        variant = case.variant
        for note in variant.origin.notes if variant.origin else ():
            whose.setdefault(note, {})[f"{variant.model}/{variant.variant}"] = None
    return [f"{', '.join(names)}: {note}" for note, names in whose.items()]


def _told(failure: Failure) -> str:
    return f"{failure.message} {failure.advice}".rstrip()


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        click.echo(encode(plan).decode(), nl=False)
        return
    click.echo(headline(plan))
    refused = {refusal.case_id: refusal.failure for refusal in plan.refusals}
    for case in plan.cases:
        note = "" if case.variant.sha256 else "  to be made"
        note = f"  not possible: {_told(refused[case.id])}" if case.id in refused else note
        click.echo(f"  {case.id}{note}")
    for device in plan.devices:
        steps = [step for step in plan.invocations if step.device == device]
        tools = ", ".join(plan.device_tools.get(device, tuple(plan.tools)))
        click.echo(f"{device}: {len(steps)} invocations of {tools}, order by seed {plan.seed}")


def carry_out(
    folder: RunFolder,
    fleet: Fleet,
    workspace: Workspace,
    out: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> int:
    """Measure what is left of a run and say what comes of it; return the exit code."""
    plan = folder.read_plan()
    if plan.imported:
        raise UsageError(f"run {folder.run_id} was imported: there is nothing to go on with.")
    if plan.gate:
        raise UsageError(
            f"run {folder.run_id} is a comparison.", f"benchhub ab --resume {folder.run_id}"
        )
    going_on = GoingOn(
        again=f"benchhub run --resume {folder.run_id}",
        kept=lambda: f"{len(folder.done())} of {len(plan.invocations)} invocations are kept",
        incomplete="The run is not complete.",
    )
    measure(folder, fleet, workspace, going_on, quiet=quiet)
    run = folder.read()
    _answer(folder, run, workspace, out, quiet=quiet, as_json=as_json)
    return exit_code(run)


def _answer(
    folder: RunFolder,
    run: Run,
    workspace: Workspace,
    out: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    # What measures does not wait for what shows: scipy takes long to load.
    from benchhub.analysis.summary import summarise
    from benchhub.cli.blessing import SUFFIX, judge
    from benchhub.reports.facts import facts
    from benchhub.reports.terminal import render_summary

    summary = summarise(run)
    path = report_path(run, workspace, out).with_suffix(SUFFIX)
    if as_json:
        blessing, verdicts = judge(summary, path)
        report = write_report(folder, run, workspace, out)
        written = workspace.relative(path) if blessing else None
        paths = {"blessing": written, "report": report}
        click.echo(json.dumps({**facts(summary), "verdicts": verdicts, **paths}, indent=1))
        return
    click.echo(("" if quiet else "\n") + render_summary(summary, terminal_width()))
    blessing, verdicts = judge(summary, path)
    if verdicts:
        click.echo("\n" + "\n".join(verdicts))
    if not quiet:
        click.echo(f"\nrun      {folder.run_id}  (benchhub ops {folder.run_id})")
        if any(one.purpose is Purpose.TRACE and one.artifacts for one in run.invocations):
            traces = folder.path / "invocations" / "*" / f"*-{Purpose.TRACE}-*"
            click.echo(f"traces   {workspace.relative(traces)}")
        if blessing:
            click.echo(f"blessing {workspace.relative(path)}")
    report = write_report(folder, run, workspace, out)
    click.echo(f"report   {report}" if not quiet else report)


def exit_code(run: Run) -> int:
    """Return 0 if everything that was planned gave a number, else the code of what went wrong.

    Failures come first, each with its own code, several kinds together with that of the
    infrastructure: what was not measured cannot be as demanded. Only if nothing failed is a run
    that was not as the suite demands told by a code of its own, and then a model that may not be
    shipped.
    """
    failures = [refusal.failure for refusal in run.refusals]
    failures += [
        one.reading.failure
        for one in run.invocations
        # A trace that cannot be had is told; the figures stand without it.
        if one.reading.failure and one.purpose is not Purpose.TRACE
    ]
    failures += run.end.lost.values() if run.end else ()
    if _all_invalid(run):
        return INFRASTRUCTURE
    codes: Sequence[int] = sorted({failure.exit_code for failure in failures})
    if not codes:
        return _demanded_code(run)
    return codes[0] if len(codes) == 1 else INFRASTRUCTURE


def _demanded_code(run: Run) -> int:
    """Return 0 if delegates, outputs and what may be shipped are all as the suite demands."""
    from benchhub.analysis.summary import summarise
    from benchhub.cli.blessing import budget_code

    summary = summarise(run)
    if not all(case.as_demanded for device in summary.devices for case in device.cases):
        return EXIT_NOT_AS_DEMANDED
    return budget_code(summary)


def _all_invalid(run: Run) -> bool:
    """Say whether a case has no number that counts, because its device was not fit."""
    seen: dict[tuple[str, str], set[Status]] = {}
    for one in run.invocations:
        if one.purpose is Purpose.LATENCY:
            seen.setdefault((one.device, one.case_id), set()).add(one.status)
    return {Status.INVALID} in seen.values()
