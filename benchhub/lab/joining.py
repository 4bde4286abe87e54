"""Whether a host may join a lab: each host and each device is there once. Pure.

Two hosts that join at the same moment do not see each other before; each looks again afterwards,
and the one whose name comes later gives way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from benchhub.errors import UsageError


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another host of the lab: its name, its address and its devices."""

    name: str
    address: str
    devices: frozenset[str]


def neighbours(identity: Mapping[str, Any]) -> tuple[Neighbour, ...]:
    """Return the hosts that a scheduler tells of."""
    return tuple(
        Neighbour(str(worker["name"]), address, frozenset(worker["resources"]))
        for address, worker in sorted(identity["workers"].items())
    )


def namesake(name: str, others: Collection[Neighbour]) -> Neighbour | None:
    """Return the host that has our name: another machine, or ourselves before we were lost."""
    return next((other for other in others if other.name == name), None)


def check_devices(name: str, devices: Collection[str], others: Collection[Neighbour]) -> None:
    """Check that nobody else lends our devices. Raises UsageError."""
    for other in others:
        if other.name == name:
            continue
        for device in devices:
            if device in other.devices:
                raise UsageError(
                    f"{device}: the host {other.name} ({other.address}) lends a device of this "
                    "name already.",
                    "Leave it out here, or call one of them otherwise: the file in devices/ and "
                    "its name.",
                )


def gives_way(name: str, devices: Collection[str], others: Collection[Neighbour]) -> None:
    """Check the same after joining, against those that we give way to. Raises UsageError."""
    check_devices(name, devices, [other for other in others if other.name < name])
