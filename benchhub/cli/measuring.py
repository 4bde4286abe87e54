"""Measures what a plan wants, and says how to go on if that was cut short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchhub.cli.frame import say
from benchhub.cli.progress import ProgressDisplay
from benchhub.devices.inventory import Device
from benchhub.execution.session import carry_out
from benchhub.records import RunEnd
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class GoingOn:
    """What is said of a measurement that did not end.

    Attributes:
        again: Command that goes on with it.
        kept: Says what an interrupt has left, e.g. `12 pairs are kept`.
        incomplete: A sentence: a device was lost.
    """

    again: str
    kept: Callable[[], str]
    incomplete: str


def measure(
    folder: RunFolder,
    devices: Sequence[Device],
    workspace: Workspace,
    going_on: GoingOn,
    *,
    quiet: bool,
) -> RunEnd:
    """Do what is left of the plan of a run.

    Raises:
        KeyboardInterrupt: After it was said what is kept.
    """
    try:
        with ProgressDisplay(quiet=quiet) as display:
            end = carry_out(folder, devices, workspace, display)
    except KeyboardInterrupt:
        say(f"interrupted; {going_on.kept()}. Go on: {going_on.again}")
        raise
    if end.lost:
        say(f"{going_on.incomplete} Go on: {going_on.again}")
    return end
