"""benchhub calibrate-peak: measure what a device reaches."""

from __future__ import annotations

from collections.abc import Sequence

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.run import exit_code, headline
from benchhub.devices.inventory import Device, find_devices
from benchhub.errors import UsageError
from benchhub.execution.calibration import (
    Extent,
    check_calibration,
    find_peaks,
    look_at,
    plan_calibration,
    thread_counts,
)
from benchhub.execution.session import begin
from benchhub.records import AUTO_TOOL, Peaks, Run, RunState
from benchhub.reports.peaks import render_peaks
from benchhub.results.codec import encode
from benchhub.results.peaks import write_peaks
from benchhub.results.store import RunFolder, find_run
from benchhub.workspace import Workspace

_MOST_THREADS = 1024


def _threads(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    words = [word.strip() for word in value.split(",") if word.strip()] if value else []
    if not all(word.isdecimal() and 0 < int(word) <= _MOST_THREADS for word in words):
        raise click.BadParameter(f"thread counts read like 1,2,4; this is '{value}'.")
    return tuple(sorted({int(word) for word in words}))


def _words(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))


@click.command("calibrate-peak")
@click.argument("device")
@click.option("--threads", callback=_threads, help="Thread counts; default 1,2,4,... all CPUs.")
@click.option(
    "--configurations",
    callback=_words,
    default="xnnpack,none",
    show_default=True,
    help="Delegates of the CPU.",
)
@click.option("--tool", help="What measures; default: what the device's file says, else litert.")
@click.option("--quick", is_flag=True, help="Fewer models, one process each.")
@click.option("--resume", metavar="RUN", help="Go on with an unfinished calibration.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@json_option
@verbose_option
@guarded
def command(
    device: str,
    threads: tuple[int, ...],
    configurations: tuple[str, ...],
    tool: str | None,
    resume: str | None,
    *,
    quick: bool,
    quiet: bool,
    as_json: bool,
    verbose: bool,
) -> int:
    """Measure what DEVICE reaches: multiply-accumulates and bytes a second.

    benchhub calibrate-peak host

    Large matrix products, convolutions and copies run for each type, thread count and delegate.
    The best of each is kept in devices/DEVICE.peaks.json; `benchhub ops` and the report hold
    operators against it.
    """
    del verbose
    workspace = here()
    devices = find_devices(workspace, (device,))
    if len(devices) != 1:
        raise UsageError("calibrate one device at a time.")
    one = devices[0]
    if resume:
        folder = find_run(workspace.runs, resume)
        check_calibration(folder.read_plan(), one)
    else:
        facts = look_at(one, workspace)
        extent = Extent(threads or thread_counts(facts), configurations, quick)
        chosen = _tool(workspace, one, tool, quiet=quiet)
        plan = plan_calibration(workspace, one, facts, extent, chosen)
        if not quiet:
            say(headline(plan))
        folder = begin(plan, workspace)
    run = _measure(folder, one, workspace, quiet=quiet)
    if run.state is RunState.FINISHED:
        peaks, untold = find_peaks(run)
        path = workspace.relative(write_peaks(workspace, peaks))
        _answer(peaks, untold, path, quiet=quiet, as_json=as_json)
    return exit_code(run)


def _tool(workspace: Workspace, device: Device, asked: str | None, *, quiet: bool) -> str:
    """Return what measures; says what `auto` came to."""
    tool = asked or device.tool
    if tool != AUTO_TOOL:
        return tool
    # Downloads are for those who ask for them.
    from benchhub.cli.tools.display import FetchDisplay
    from benchhub.execution.choosing import choose_tools

    with FetchDisplay(quiet=quiet) as display:
        (choice,) = choose_tools(workspace, (device,), watcher=display)
    say(str(choice))
    return choice.tool


def _measure(folder: RunFolder, device: Device, workspace: Workspace, *, quiet: bool) -> Run:
    going_on = GoingOn(
        again=f"benchhub calibrate-peak {device.name} --resume {folder.run_id}",
        kept=lambda: "nothing was calibrated yet",
        incomplete="The calibration is not complete, and nothing is kept of it yet.",
    )
    measure(folder, (device,), workspace, going_on, quiet=quiet)
    return folder.read()


def _answer(peaks: Peaks, untold: Sequence[str], path: str, *, quiet: bool, as_json: bool) -> None:
    for case_id in untold:
        say(f"{peaks.device}: {case_id} has no figure that can be trusted; it is left out.")
    if as_json:
        click.echo(encode(peaks).decode(), nl=False)
        return
    click.echo(("" if quiet else "\n") + render_peaks(peaks))
    if not quiet:
        click.echo(f"\nrun      {peaks.run_id}  (benchhub report {peaks.run_id})")
        click.echo(f"peaks    {path}")
