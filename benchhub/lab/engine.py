"""dask.distributed as a lab uses it: whether it is there, its settings, what it says.

The settings are here and nowhere else: what a user has for other work in ~/.config/dask or in
DASK_... does not change how a lab behaves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from benchhub.errors import UsageError

# A host that says nothing for this long is lost; it is looked for as often.
HOST_SILENCE_S = 10
CONNECT_S = 10
_SAID_AGAIN_S = 60.0
# A host that leaves hears from the scheduler that it does.
_HARMLESS = "Invalid Worker.status transition"
_TALKERS = (
    "bokeh",
    "distributed.client",
    "distributed.gc",
    "distributed.utils_perf",
    "tornado.access",
)
# What the scheduler says of a host that is lost; it is told in our words, too.
_TOLD = ("Worker failed to heartbeat", "do not use a nanny")

SETTINGS: dict[str, Any] = {
    # With 0, a task that merely waits on a lost host would fail with it.
    "distributed.scheduler.allowed-failures": 1,
    "distributed.scheduler.worker-ttl": f"{HOST_SILENCE_S}s",
    # Nothing moves: a task is for one device.
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [
        "distributed.http.scheduler.info",
        "distributed.http.health",
        "distributed.http.statics",
    ],
    "distributed.worker.http.routes": [],
    "distributed.comm.timeouts.connect": f"{CONNECT_S}s",
    "distributed.comm.timeouts.tcp": "20s",
    "distributed.comm.require-encryption": True,
    # The machine of a host may be what is measured: the engine does next to nothing there.
    "distributed.worker.profile.enabled": False,
    "distributed.diagnostics.nvml": False,
    # What it keeps of messages and tasks that are over, for its developers. With the usual 1000
    # messages a controller grows by 40 MB.
    "distributed.admin.low-level-log-length": 20,
    "distributed.diagnostics.computations.max-history": 1,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.tick.limit": "1h",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}


def check_installed() -> None:
    """Raise UsageError if the extra is not installed."""
    if find_spec("distributed") is None:
        raise UsageError("a lab needs dask.distributed.", "pip install 'benchhub[lab]'")


def settle(patience_s: float | None = None) -> None:
    """Give the engine its settings.

    Args:
        patience_s: How long a task waits for a host that has its device; None is for ever.
    """
    import dask  # noqa: PLC0415 - takes half a second
    import distributed  # noqa: F401, PLC0415 - brings the defaults of what is set here

    dask.config.refresh(paths=[], env={})
    patience = None if patience_s is None else f"{patience_s}s"
    dask.config.set({**SETTINGS, "distributed.scheduler.no-workers-timeout": patience})


def listen_to(tell: Callable[[str], None] | None) -> None:
    """Hand on what the engine warns of, a line each; None is for silence.

    The same warning is told once a minute: what knocks at a port knocks often.
    """
    import distributed  # noqa: F401, PLC0415 - it sets up logs of its own when it is loaded

    handler = logging.NullHandler() if tell is None else _Lines(tell)
    for name in ("distributed", "tornado", "bokeh", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    # Counters of the collector and visitors of the dashboard say nothing about a lab.
    for name in _TALKERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _Lines(logging.Handler):
    """Log records as lines."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Tell a record unless the same was told in the last minute."""
        message = record.getMessage()
        if any(words in message for words in _TOLD):
            return
        text = message.strip().splitlines()
        kind, now = f"{record.name}:{record.lineno}", time.monotonic()
        if text and text[0].startswith(_HARMLESS):
            return
        if not text or now - self._said.get(kind, -_SAID_AGAIN_S) < _SAID_AGAIN_S:
            return
        self._said[kind] = now
        cause = f" ({record.exc_info[1]})" if record.exc_info and record.exc_info[1] else ""
        self._tell(f"{record.levelname.lower()}: {text[0][:300]}{cause[:300]}")
