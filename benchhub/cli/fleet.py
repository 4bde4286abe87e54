"""Where a run finds its devices: in the inventory, or in a lab."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchhub.cli.frame import say
from benchhub.devices.inventory import Device, find_devices
from benchhub.errors import UsageError
from benchhub.execution.local_station import LocalStations
from benchhub.execution.station import MakeStations
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices, and the way to them.

    Attributes:
        find: Returns the devices of some words; see `find_devices`.
        make_stations: How a run gets at them.
        lab: Address of the lab; empty for the inventory.
    """

    find: Callable[[Sequence[str]], tuple[Device, ...]]
    make_stations: MakeStations
    lab: str = ""

    @property
    def options(self) -> str:
        """What a command needs that goes on there, e.g. ` --lab tls://lab.local:8786`."""
        return f" --lab {self.lab}" if self.lab else ""


def inventory(workspace: Workspace) -> Fleet:
    """Return the devices of the workspace."""
    return Fleet(lambda words: find_devices(workspace, words), LocalStations)


@contextmanager
def fleet_of(
    workspace: Workspace, lab: str | None, tls: Path | None, *, quiet: bool
) -> Iterator[Fleet]:
    """Give the fleet of a lab, or the inventory if none is named.

    Raises:
        UsageError: The address or the certificates are wrong, or the extra is not installed.
        TransportError: The lab does not answer.
    """
    if not lab:
        if tls is not None:
            raise UsageError("--tls is for a lab.", "Say which: --lab tls://HOST:8786")
        yield inventory(workspace)
        return
    from benchhub.cli.lab.options import tls_folder
    from benchhub.lab.security import security_of

    security = security_of(tls_folder(tls), "controller")
    from benchhub.lab.lab import Lab

    there = Lab(lab, security, say)
    if there.dashboard and not quiet:
        say(f"lab: {lab}, dashboard {there.dashboard}")
    try:
        yield Fleet(lambda words: there.devices(words, workspace), there.stations, lab)
    finally:
        there.close()
