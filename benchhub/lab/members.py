"""The hosts of a lab and their devices, as a controller sees them.

Asked of the scheduler alone, which hears of each host every second: a host that stands still keeps
nobody waiting, it is told as one that does not answer.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

from distributed import Client, Scheduler, Security

from benchhub.errors import ConnectionLostError
from benchhub.lab.address import parse_address
from benchhub.lab.engine import CONNECT_S, listen_to, settle
from benchhub.lab.host import NAME
from benchhub.lab.refusal import refused

# Signs of life come every half second to second; in a lab of hundreds of hosts every three.
SILENT_S = 5.0
# What the engine raises if its connection is closed while it is used: it has no loop any more, no
# scheduler, or no result.
CLOSED = (AttributeError, RuntimeError, UnboundLocalError)


@dataclass(frozen=True, slots=True)
class LentDevice:
    """A device of a lab.

    Attributes:
        name: Its name.
        host: Name of its host.
        labels: For `--devices @label`.
        transport: How its host reaches it.
        yaml: Its file.
        holder: The run that has it, for people; empty if none has.
        waiting: Runs that wait for it, for people.
        running: Tasks that run now.
        queued: Tasks that wait.
    """

    name: str
    host: str
    labels: tuple[str, ...]
    transport: str
    yaml: str
    holder: str
    waiting: tuple[str, ...]
    running: int
    queued: int


@dataclass(frozen=True, slots=True)
class Member:
    """A host of a lab.

    Attributes:
        name: Its name.
        address: Where it is.
        version: Of its benchhub.
        silent_s: Seconds since its last sign of life.
        devices: Its devices.
    """

    name: str
    address: str
    version: str
    silent_s: float
    devices: tuple[LentDevice, ...]

    @property
    def answers(self) -> bool:
        """Whether it gives signs of life."""
        return self.silent_s < SILENT_S


@dataclass(frozen=True, slots=True)
class Survey:
    """A lab at one moment.

    Attributes:
        members: Its hosts, by name.
        lost: Tasks that wait for a device which no host lends, by device.
        dashboard: Link of the dashboard; empty if there is none.
    """

    members: tuple[Member, ...]
    lost: dict[str, int]
    dashboard: str


def connect(address: str, security: Security, timeout_s: float = CONNECT_S) -> Client:
    """Return a connection to the scheduler of a lab; the caller closes it.

    Args:
        address: `tls://host:port`.
        security: Of the role controller.
        timeout_s: How long to try, also again after the scheduler was lost.

    Raises:
        UsageError: The address is none, or one without encryption.
        TransportError: The certificates do not fit.
        ConnectionLostError: No scheduler answers.
    """
    address = str(parse_address(address))
    settle()
    listen_to(None)
    try:
        with warnings.catch_warnings():
            # Versions of the libraries are benchhub's concern: it compares its own.
            warnings.simplefilter("ignore")
            return Client(address, security=security, timeout=timeout_s, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise refused(address, error) from error


def survey(client: Client, timeout_s: float = CONNECT_S) -> Survey:
    """Ask the scheduler for hosts, devices, who has them, and what waits.

    Raises:
        ConnectionLostError: It does not answer in time.
    """

    async def ask() -> dict[str, Any]:
        found: dict[str, Any] = await client.run_on_scheduler(look_around)
        return found

    where = client.scheduler.address if client.scheduler else "the lab"
    try:
        found = client.sync(ask, callback_timeout=timeout_s)
    except (OSError, TimeoutError, *CLOSED) as error:
        raise ConnectionLostError(
            f"{where}: the scheduler does not answer.", "Try again."
        ) from error
    return _read(found)


def members(client: Client, timeout_s: float = CONNECT_S) -> tuple[Member, ...]:
    """Return the hosts of the lab, by name. Raises as `survey` does."""
    return survey(client, timeout_s).members


def look_around(dask_scheduler: Scheduler) -> dict[str, Any]:
    """Return what the scheduler knows, as plain data. Runs in its process."""
    from benchhub.lab.scheduler import dashboard_of  # noqa: PLC0415 - only there

    now = time.time()
    running: Counter[str] = Counter()
    queued: Counter[str] = Counter()
    executing = {task for worker in dask_scheduler.workers.values() for task in worker.executing}
    for task in dask_scheduler.tasks.values():
        if task.state in ("processing", "no-worker", "queued", "waiting"):
            counter = running if task in executing else queued
            counter.update((task.resource_restrictions or {}).keys())
    return {
        "hosts": [
            {
                "name": str(worker.name),
                "address": address,
                "silent_s": max(0.0, now - worker.last_seen),
                "described": worker.extra.get(NAME, {}),
                "holders": worker.metrics.get(NAME, {}),
            }
            for address, worker in dask_scheduler.workers.items()
        ],
        "running": dict(running),
        "queued": dict(queued),
        "dashboard": dashboard_of(dask_scheduler),
    }


def _read(found: dict[str, Any]) -> Survey:
    hosts = sorted(found["hosts"], key=lambda host: str(host["name"]))
    there = tuple(_member(host, found["running"], found["queued"]) for host in hosts)
    lent = {device.name for member in there for device in member.devices}
    lost = {name: count for name, count in found["queued"].items() if name not in lent}
    return Survey(there, lost, found["dashboard"])


def _member(host: dict[str, Any], running: dict[str, int], queued: dict[str, int]) -> Member:
    described, holders = host["described"], host["holders"]

    def device(told: dict[str, Any]) -> LentDevice:
        name = str(told["name"])
        now = holders.get(name, told)
        return LentDevice(
            name=name,
            host=host["name"],
            labels=tuple(told["labels"]),
            transport=told["transport"],
            yaml=told["yaml"],
            holder=now["holder"] or "",
            waiting=tuple(now["waiting"] or ()),
            running=running.get(name, 0),
            queued=queued.get(name, 0),
        )

    return Member(
        name=host["name"],
        address=host["address"],
        version=str(described.get("version", "")),
        silent_s=host["silent_s"],
        devices=tuple(device(told) for told in described.get("devices", ())),
    )
