"""Measures what a plan wants, and says how to go on if that was cut short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchhub.cli.fleet import Fleet
from benchhub.cli.frame import say
from benchhub.cli.progress import ProgressDisplay
from benchhub.errors import ConfigError
from benchhub.execution.session import carry_out
from benchhub.records import RunEnd
from benchhub.results.settings import read_settings
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
    fleet: Fleet,
    workspace: Workspace,
    going_on: GoingOn,
    *,
    quiet: bool,
) -> RunEnd:
    """Do what is left of the plan of a run.

    Raises:
        DeviceError: A device of the plan is not there any more.
        KeyboardInterrupt: After it was said what is kept.
    """
    devices = fleet.find(folder.read_plan().devices)
    again = f"{going_on.again}{fleet.options}"
    try:
        with ProgressDisplay(quiet=quiet) as display:
            end = carry_out(folder, devices, workspace, display, fleet.make_stations)
        _share(folder, workspace)
    except KeyboardInterrupt:
        _share(folder, workspace)
        say(f"interrupted; {going_on.kept()}. Go on: {again}")
        raise
    if end.lost:
        say(f"{going_on.incomplete} Go on: {again}")
    return end


def _share(folder: RunFolder, workspace: Workspace) -> None:
    """Bring a run into the index of a team; one's own index is brought up to date when it is asked.

    What was measured never fails for it.
    """
    try:
        if read_settings(workspace).store is None:
            return
    except ConfigError as error:
        say(str(error))
        return
    from benchhub.results.index import bring_in

    if line := bring_in(workspace, folder):
        say(line)
