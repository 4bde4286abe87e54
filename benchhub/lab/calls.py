"""Questions to the hosts of a lab, and their answers; a scheduler that is lost is waited for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, wait
from contextlib import suppress
from typing import Any

from distributed import Client, Future
from distributed.client import ClosedClientError
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker, NoValidWorkerError

from benchhub.errors import BenchhubError, ConnectionLostError
from benchhub.execution.station import StationLostError
from benchhub.lab.members import CLOSED
from benchhub.lab.messages import TOPIC

# The engine's ways of saying that the scheduler is gone. CommClosedError is an OSError.
_LOST = (CancelledError, ClosedClientError, OSError)
# So often it is looked whether the run is to stop.
POLL_S = 1.0
# What a host needs to end what runs there, and to answer.
STOPPING_S = 30.0
BACK_OFF_S = 2.0

Hear = Callable[[Mapping[str, str]], None]


class Calls:
    """A line to the hosts of a lab; safe for several threads.

    Args:
        connect: Makes a connection to the scheduler; see `members.connect`.
        patience_s: How long a scheduler that was lost is waited for.
        tell: Is told when it is lost, and when it is back.
    """

    def __init__(
        self, connect: Callable[[], Client], patience_s: float, tell: Callable[[str], None]
    ) -> None:
        self._connect = connect
        self._patience_s = patience_s
        self._tell = tell
        self._hearing: dict[str, Hear] = {}
        self._lock = threading.Lock()
        self._turn = 0
        self._gone = False
        self._sent: list[Future] = []
        self._client = connect()

    @property
    def client(self) -> Client:
        """The connection as it is now."""
        return self._client

    def close(self) -> None:
        """Hang up."""
        _close(self._client)

    def hear(self, run_id: str, hear: Hear) -> None:
        """Have it told what hosts say while they work on a run."""
        self._hearing[f"{TOPIC}{run_id}"] = hear
        with suppress(*_LOST):  # it is asked for again when the scheduler is back
            self._subscribe()

    def ask(self, device: str, stop: threading.Event, task: Callable[..., Any], *words: Any) -> Any:
        """Have a task done by the host of a device, and wait for what it returns.

        The task may be done twice: when the host or the scheduler was lost meanwhile.

        Raises:
            StationLostError: No host has the device, or the scheduler stays away.
            ConnectionLostError: The host was lost twice while it did this.
        """
        while True:
            client, turn, future = self._client, self._turn, None
            try:
                future = client.submit(task, *words, pure=False, resources={device: 1})
                return _answer(client, future, device, stop)
            except KilledWorker as error:
                raise ConnectionLostError(
                    f"{device}: its host was lost again and again while it worked on this.",
                    "See what became of the host: benchhub lab status",
                ) from error
            except NoValidWorkerError as error:
                raise StationLostError(
                    f"{device}: no host of the lab has it now.", "See: benchhub lab status"
                ) from error
            except (*_LOST, *CLOSED) as error:
                of_task = future is not None and future.status == "error"
                if of_task or (isinstance(error, CLOSED) and not _deaf(client, future)):
                    raise  # a bug
                self._again(turn, error, stop)

    def send(self, host: str, task: Callable[..., Any], *words: Any) -> None:
        """Have a task done by one host, beside what it does; nobody waits for it."""
        with suppress(*_LOST):
            # The engine forgets what nobody holds.
            self._sent.append(self._client.submit(task, *words, pure=False, workers=[host]))

    def _again(self, turn: int, error: BaseException, stop: threading.Event) -> None:
        """Connect again, once for all threads. Raises StationLostError."""
        with self._lock:
            if self._turn != turn:
                return
            _close(self._client)
            self._tell("The scheduler of the lab is lost; trying again.")
            deadline = time.monotonic() + (0.0 if self._gone else self._patience_s)
            while not stop.wait(BACK_OFF_S):
                try:
                    self._client = self._connect()
                    self._subscribe()
                except (BenchhubError, *_LOST) as trouble:
                    if time.monotonic() > deadline:
                        self._gone = True
                        raise StationLostError(
                            f"The scheduler of the lab is lost: {trouble}"
                        ) from error
                    continue
                self._turn += 1
                self._gone = False
                self._tell("The scheduler of the lab is back; going on.")
                return
        raise StationLostError("The scheduler of the lab is lost.") from error

    def _subscribe(self) -> None:
        for topic, hear in self._hearing.items():
            self._client.subscribe_topic(topic, lambda event, hear=hear: hear(event[1]))


def _answer(client: Client, future: Future, device: str, stop: threading.Event) -> Any:
    """Wait for what a task returns; not with `result`, which waits on where a connection ended.

    Raises:
        StationLostError: The run is stopped, and the host says nothing.
        CommClosedError: The scheduler is lost, and the engine does not tell of the task any more.
    """
    # It is never cancelled: the engine fetches the results of several tasks in one go.
    answer = asyncio.run_coroutine_threadsafe(_gathered(client, future), client.loop.asyncio_loop)
    deadline: float | None = None
    while not wait((answer,), POLL_S).done:
        if stop.is_set():
            deadline = deadline or time.monotonic() + STOPPING_S
            if time.monotonic() > deadline:
                raise StationLostError(f"{device}: its host did not answer in time.")
        if _deaf(client, future) and not answer.done():
            raise CommClosedError("the connection to the scheduler is lost")
    return answer.result()


async def _gathered(client: Client, future: Future) -> Any:
    (result,) = await client.gather([future], asynchronous=True)
    return result


def _deaf(client: Client, future: Future | None) -> bool:
    """Say whether a connection never hears of a task any more.

    The engine forgets its tasks when it loses the scheduler. One that another thread hands in at
    that moment it forgets without a word.
    """
    comm = client.scheduler_comm
    lost = client.status != "running" or comm is None or comm.closed()
    return lost or (future is not None and future.key not in client.futures)


def _close(client: Client) -> None:
    with suppress(OSError, TimeoutError):  # it may be gone
        client.close(timeout=POLL_S)
