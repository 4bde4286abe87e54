"""Measures what a device reaches: what is behind `benchhub calibrate-peak`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from benchhub.cli.fleet import inventory
from benchhub.cli.frame import say
from benchhub.cli.measuring import GoingOn, measure
from benchhub.cli.running import exit_code, headline
from benchhub.devices.inventory import Device
from benchhub.execution.calibration import (
    Extent,
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
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line.

    Attributes:
        threads: Thread counts; empty where the device decides.
        configurations: Delegates of the CPU.
        tool: What measures; None is the device's.
        quick: Fewer models, one process each.
    """

    threads: tuple[int, ...]
    configurations: tuple[str, ...]
    tool: str | None
    quick: bool


def begun(workspace: Workspace, device: Device, wish: Wish, *, quiet: bool) -> RunFolder:
    """Plan a calibration and write its plan."""
    facts = look_at(device, workspace)
    extent = Extent(wish.threads or thread_counts(facts), wish.configurations, wish.quick)
    chosen = _tool(workspace, device, wish.tool, quiet=quiet)
    plan = plan_calibration(workspace, device, facts, extent, chosen)
    if not quiet:
        say(headline(plan))
    return begin(plan, workspace)


def carry_on(
    folder: RunFolder, device: Device, workspace: Workspace, *, quiet: bool, as_json: bool
) -> int:
    """Measure what is left of a calibration and say what comes of it; return the exit code."""
    run = _measure(folder, device, workspace, quiet=quiet)
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
    measure(folder, inventory(workspace), workspace, going_on, quiet=quiet)
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
