"""What the engine runs on a host: each task hands its words to the host's seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from distributed import Worker, get_worker

from benchhub.errors import BenchhubError
from benchhub.lab.messages import (
    TOPIC,
    Asking,
    Attached,
    Busy,
    Lacking,
    Results,
    Told,
    Vacant,
)
from benchhub.lab.seats import Seats
from benchhub.records import Reading

# Name of the plugin that holds a host's seats.
PLUGIN = "benchhub"


def attach(asking: Asking, wanted: Sequence[str]) -> Attached | Lacking | Busy | Told:
    """See `Seats.attach`."""
    worker = get_worker()
    return _seats(worker).attach(asking, worker.address, wanted)


def measure(
    asking: Asking,
    session: str,
    numbers: Sequence[int],
    stored: Sequence[int],
    profiled: Reading | None,
) -> Results | Vacant | Busy | Told:
    """See `Seats.measure`."""
    return _seats(get_worker()).measure(asking, session, numbers, stored, profiled)


def release(asking: Asking, stored: Sequence[int]) -> None:
    """See `Seats.release`."""
    _seats(get_worker()).release(asking, stored)


def cancel(asking: Asking) -> None:
    """See `Seats.cancel`."""
    _seats(get_worker()).cancel(asking)


def put(digest: str, token: str, offset: int, data: bytes, last: bool) -> Told | None:  # noqa: FBT001 - the engine calls by position
    """See `FileStore.write`; return what went wrong."""
    try:
        _seats(get_worker()).files.write(digest, token, offset, data, last=last)
    except BenchhubError as error:
        return Told.of(error)
    return None


def _seats(worker: Worker) -> Seats:
    seats: Seats = worker.plugins[PLUGIN].seats

    def tell(run_id: str, said: Mapping[str, str]) -> None:
        worker.log_event(f"{TOPIC}{run_id}", dict(said))

    seats.tell = tell
    return seats
