"""A host of a lab: one worker that lends the devices of this machine.

The worker belongs to one scheduler. When that is lost the worker ends, what is being measured goes
on in its threads, and a new worker joins as soon as there is a scheduler again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from distributed import Security, Worker, WorkerPlugin, rpc
from distributed.comm import connect
from distributed.core import Status

from benchhub.errors import BenchhubError, ConnectionLostError, UsageError
from benchhub.lab.address import Address
from benchhub.lab.engine import CONNECT_S, HOST_SILENCE_S, listen_to, settle
from benchhub.lab.joining import Neighbour, check_devices, gives_way, namesake, neighbours
from benchhub.lab.refusal import refused
from benchhub.lab.signals import Stop

# What the plugin and what it tells are called.
NAME = "benchhub"
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 15.0
LEAVING_S = 5.0
# Lost meanwhile; the last is how the engine says that our name is taken.
_NOT_JOINED = (OSError, TimeoutError, ValueError)
# Tasks that wait for their device take a thread each; one more answers questions.
SPARE_THREADS = 2


class Seating(Protocol):
    """Who sits at which device of this host: what the tasks share, whichever worker runs them."""

    def describe(self) -> dict[str, Any]:
        """Return the devices and who has them, as plain data. Never waits."""

    def close(self) -> None:
        """Stop measuring and give the devices back."""


class Seated(WorkerPlugin):  # type: ignore[misc]  # distributed is not typed here
    """The plugin through which tasks find the seats: `get_worker().plugins["benchhub"].seats`."""

    name = NAME

    def __init__(self, seats: Seating) -> None:
        self.seats = seats

    def setup(self, worker: Worker) -> None:
        """Nothing: the seats are older than the worker."""

    def teardown(self, worker: Worker) -> None:
        """Nothing: the seats outlive the worker."""


@dataclass(frozen=True, slots=True)
class Loan:
    """What a host lends to whom.

    Attributes:
        scheduler: Where it joins.
        name: Of the host; there is one of it in a lab.
        devices: Names of its devices.
        folder: For files of the engine.
        port: Where the scheduler reaches the host; 0 for any free one.
    """

    scheduler: Address
    name: str
    devices: tuple[str, ...]
    folder: Path
    port: int = 0


def lend(loan: Loan, seats: Seating, security: Security, tell: Callable[[str], None]) -> int:
    """Lend devices until a signal; return the exit code.

    Args:
        loan: What is lent to whom.
        seats: Is closed at the end.
        security: Of the role host.
        tell: Takes each line about what happens.

    Raises:
        UsageError: Another host has this name, or one of the devices.
        TransportError: The scheduler does not know our certificate, or we not its.
    """
    settle()
    listen_to(tell)
    try:
        return asyncio.run(_Host(loan, seats, security, tell).serve())
    finally:
        seats.close()


class _Member(Worker):  # type: ignore[misc]  # distributed is not typed here
    """A worker whose end waits for no task: what is being measured goes on."""

    def __init__(self, scheduler: str, **options: Any) -> None:
        super().__init__(scheduler, **options)
        self.left = asyncio.Event()

    async def close(
        self,
        timeout: float = LEAVING_S,  # noqa: ASYNC109 - as it is called by the engine
        executor_wait: bool = False,  # noqa: FBT001, FBT002
        nanny: bool = True,  # noqa: FBT001, FBT002
        reason: str = "worker-close",
    ) -> str | None:
        """Leave the lab."""
        del timeout, executor_wait
        self.left.set()
        ended: str | None = await super().close(LEAVING_S, False, nanny, reason)  # noqa: FBT003
        return ended


class _Host:
    """Joins, and joins again."""

    def __init__(
        self, loan: Loan, seats: Seating, security: Security, tell: Callable[[str], None]
    ) -> None:
        self._loan = loan
        self._seats = seats
        self._security = security
        self._tell = tell
        self._said = ""
        self._was_there = False

    async def serve(self) -> int:
        stop = Stop()
        pause_s = FIRST_PAUSE_S
        while not stop.is_set:
            try:
                member = await stop.unless(self._join())
            except ConnectionLostError as error:
                if not self._was_there:  # else its loss was told
                    self._say_once(f"{error.message} Trying again.")
            except BenchhubError as error:
                if not self._was_there:
                    raise
                self._say_once(str(error))
            else:
                pause_s = FIRST_PAUSE_S
                if member is not None:
                    await self._stay(member, stop)
                continue
            await stop.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return stop.code

    async def _stay(self, member: _Member, stop: Stop) -> None:
        """Be there until the scheduler is lost or a signal comes."""
        loan = self._loan
        what = "again at" if self._was_there else "lends " + ", ".join(loan.devices) + " to"
        self._tell(f"{loan.name} {what} {loan.scheduler}")
        self._was_there, self._said = True, ""
        await stop.unless(member.left.wait())
        if stop.is_set:
            await _leave(member)
            self._tell(f"{loan.name} leaves the lab")
        else:
            self._say_once(
                f"the scheduler at {loan.scheduler} is lost: what is being measured goes on"
            )

    async def _join(self) -> _Member:
        loan = self._loan
        await self._check_place()
        member = _Member(
            str(loan.scheduler),
            name=loan.name,
            nthreads=len(loan.devices) + SPARE_THREADS,
            resources=dict.fromkeys(loan.devices, 1),
            memory_limit=0,
            local_directory=str(loan.folder),
            security=self._security,
            protocol="tls",
            port=loan.port,
            dashboard_address="127.0.0.1:0",
            death_timeout=2 * CONNECT_S,
            plugins=(Seated(self._seats),),
            extensions={},  # the only one would tell the scheduler of spans
            metrics={NAME: self._holders},
            startup_information={NAME: self._description},
        )
        async with AsyncExitStack() as undo:
            undo.push_async_callback(member.close)
            try:
                await member
            except RuntimeError as error:  # so the engine calls what kept a worker from starting
                if not isinstance(error.__cause__, _NOT_JOINED):
                    raise
                raise refused(str(loan.scheduler), error) from error
            gives_way(loan.name, loan.devices, await self._neighbours())
            undo.pop_all()
        return member

    async def _check_place(self) -> None:
        loan = self._loan
        others = await self._neighbours()
        check_devices(loan.name, loan.devices, others)
        other = namesake(loan.name, others)
        if other is None:
            return
        if await self._answers(other):
            raise UsageError(
                f"{loan.name}: a host of this name is in the lab already, at {other.address}.",
                "Give this one another: --name",
            )
        raise ConnectionLostError(
            f"{loan.name}: the scheduler does not know yet that the last one is gone (it takes up "
            f"to {2 * HOST_SILENCE_S} s)."
        )

    async def _answers(self, other: Neighbour) -> bool:
        args = self._security.get_connection_args("worker")
        try:
            comm = await connect(other.address, timeout=CONNECT_S, **args)
        except (OSError, TimeoutError):
            return False
        await comm.close()
        return True

    async def _neighbours(self) -> tuple[Neighbour, ...]:
        address = str(self._loan.scheduler)
        args = self._security.get_connection_args("worker")
        try:
            async with rpc(address, timeout=CONNECT_S, connection_args=args) as scheduler:
                identity = await asyncio.wait_for(scheduler.identity(), CONNECT_S)
        except (OSError, TimeoutError) as error:
            raise refused(address, error) from error
        return neighbours(identity)

    def _description(self, _worker: Worker) -> dict[str, Any]:
        return self._seats.describe()

    def _holders(self, _worker: Worker) -> dict[str, Any]:
        return holders(self._seats.describe())

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._tell(text)
        self._said = text


def holders(description: dict[str, Any]) -> dict[str, Any]:
    """Return what changes of a description, by device: sent with each sign of life."""
    return {
        device["name"]: {key: device.get(key) for key in ("holder", "waiting")}
        for device in description["devices"]
    }


async def _leave(member: _Member) -> None:
    """Leave so that the scheduler does not count it as a death of what was running."""
    if member.status == Status.running:
        with suppress(OSError, TimeoutError):  # the scheduler is gone or busy
            await asyncio.wait_for(member.close_gracefully(reason="host stopped"), LEAVING_S)
    with suppress(TimeoutError):
        await asyncio.wait_for(member.close(), LEAVING_S)
