"""The scheduler of a lab: it knows hosts and devices, and hands tasks to them."""

from __future__ import annotations

import asyncio
import errno
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from distributed import Scheduler, SchedulerPlugin, Security
from distributed.scheduler import DEFAULT_EXTENSIONS

from benchhub.errors import UsageError
from benchhub.lab.address import Address
from benchhub.lab.engine import SETTINGS, listen_to, settle
from benchhub.lab.signals import Stop

ALLOWED_FAILURES: int = SETTINGS["distributed.scheduler.allowed-failures"]
# Where the scheduler keeps the link of its dashboard for those who ask.
DASHBOARD = ["benchhub", "dashboard"]
# Spans would keep something of every task for as long as the scheduler lives.
_EXTENSIONS = {name: one for name, one in DEFAULT_EXTENSIONS.items() if name != "spans"}
# What is served without the dashboard is for nobody else.
_NOWHERE = "127.0.0.1:0"
_ANYWHERE = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Offer:
    """What a scheduler offers.

    Attributes:
        listen: Where hosts and controllers find it.
        dashboard: `host:port` or `:port` of the dashboard; None for none.
        patience_s: How long a task waits for a host that has its device.
    """

    listen: Address
    dashboard: str | None
    patience_s: float


class _Register(SchedulerPlugin):  # type: ignore[misc]  # distributed is not typed here
    """Tells which hosts come and go."""

    name = "benchhub-register"

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._names: dict[str, str] = {}

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        host = scheduler.workers[worker]
        self._names[worker] = str(host.name)
        self._tell(f"host {host.name} at {worker} joined with {', '.join(sorted(host.resources))}")

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: object) -> None:
        del scheduler
        self._tell(f"host {self._names.pop(worker, '')} at {worker} is gone")


def serve(offer: Offer, security: Security, tell: Callable[[str], None]) -> int:
    """Run until a signal; return the exit code.

    Args:
        offer: Where and how.
        security: Of the role scheduler.
        tell: Takes each line about what happens.

    Raises:
        UsageError: The port is taken, or the address is not one of this machine.
    """
    settle(offer.patience_s)
    listen_to(tell)
    return asyncio.run(_serve(offer, security, tell))


async def _serve(offer: Offer, security: Security, tell: Callable[[str], None]) -> int:
    stop = Stop()
    scheduler = await _start(offer, security)
    try:
        tell(f"scheduler at {_reached_at(offer.listen, scheduler)}")
        tell(_dashboard_line(offer, scheduler))
        scheduler.add_plugin(_Register(tell))
        await stop.wait()
        tell("the scheduler ends: hosts keep what they have measured and wait for the next one")
    finally:
        await scheduler.close()
    return stop.code


async def _start(offer: Offer, security: Security) -> Scheduler:
    shows = offer.dashboard is not None and has_dashboard()
    try:
        with warnings.catch_warnings():
            # That a port is taken is seen in the link.
            warnings.simplefilter("ignore")
            scheduler = Scheduler(
                host=str(offer.listen),
                security=security,
                allowed_failures=ALLOWED_FAILURES,
                extensions=_EXTENSIONS,
                dashboard=shows,
                dashboard_address=offer.dashboard if shows else _NOWHERE,
            )
            await scheduler
    except (OSError, RuntimeError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(cause, OSError):
            raise
        raise _cannot_listen(offer.listen, cause) from error
    scheduler.set_metadata(DASHBOARD, _link(scheduler) if shows else "")
    return scheduler


def has_dashboard() -> bool:
    """Say whether the dashboard can be shown: it needs bokeh."""
    return find_spec("bokeh") is not None


def _cannot_listen(listen: Address, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"{listen}: the port is taken.",
            "Is there a scheduler already? benchhub lab status says so. Else: --listen with "
            "another port",
        )
    return UsageError(f"{listen}: cannot listen there ({error.strerror or error}).", "--listen")


def _reached_at(listen: Address, scheduler: Scheduler) -> str:
    """Return what hosts and controllers are given; for all interfaces, that of the main one."""
    return str(scheduler.address if listen.host in _ANYWHERE or not listen.port else listen)


def _dashboard_line(offer: Offer, scheduler: Scheduler) -> str:
    if offer.dashboard is None:
        return "no dashboard"
    if not has_dashboard():
        return "no dashboard: bokeh is missing (pip install 'benchhub[lab]')"
    return f"dashboard at {dashboard_of(scheduler)}"


def dashboard_of(scheduler: Scheduler) -> str:
    """Return the link of the dashboard; empty if there is none."""
    return str(scheduler.get_metadata(DASHBOARD, default=""))


def _link(scheduler: Scheduler) -> str:
    server = scheduler.http_server
    host = server.address if server.address not in ("0.0.0.0", "::") else scheduler.ip  # noqa: S104
    return f"http://{host}:{server.port}/status"
