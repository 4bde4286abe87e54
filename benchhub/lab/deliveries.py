"""Brings the files of an order to a host that lacks them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from benchhub.downloads.limits import size_text
from benchhub.errors import StoreError
from benchhub.execution.station import Voice
from benchhub.lab import tasks
from benchhub.lab.calls import Calls
from benchhub.lab.messages import Lacking, Told
from benchhub.lab.orders import Parcel

PIECE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Brings files; devices of the same host wait for each other, so that each goes once.

    Attributes:
        calls: The line to the hosts.
        locks: One for each host.
    """

    calls: Calls
    locks: dict[str, threading.Lock] = field(default_factory=dict)

    @contextmanager
    def of(self, host: str) -> Iterator[None]:
        """Hold the way to a host."""
        with self.locks.setdefault(host, threading.Lock()):
            yield

    def bring(
        self, device: str, lacking: Lacking, parcel: Parcel, voice: Voice, stop: threading.Event
    ) -> None:
        """Bring files to the host of a device.

        Raises:
            StoreError: A file here is gone or has changed, or the host has no room.
            StationLostError: The host is gone.
        """
        try:
            total = sum(parcel.size_of(digest) for digest in lacking.digests)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be read: {error.strerror}.") from error
        voice.waiting(f"brings {len(lacking.digests)} files ({size_text(total)}) to its host")
        for digest in lacking.digests:
            if stop.is_set():
                return
            try:
                self._bring(device, digest, parcel, stop)
            except OSError as error:
                raise StoreError(
                    f"{parcel.sources.get(digest, digest)}: cannot be read: {error.strerror}."
                ) from error

    def _bring(self, device: str, digest: str, parcel: Parcel, stop: threading.Event) -> None:
        token, offset = uuid.uuid4().hex, 0
        with _opened(digest, parcel) as file:
            piece = file.read(PIECE_BYTES)
            while True:
                following = file.read(PIECE_BYTES)
                last = not following
                words = (digest, token, offset, piece, last)
                told = self.calls.ask(device, stop, tasks.put, *words)
                if isinstance(told, Told):
                    raise told.error(device)
                if last or stop.is_set():
                    return
                offset, piece = offset + len(piece), following


def _opened(digest: str, parcel: Parcel) -> IO[bytes]:
    if digest == parcel.digest:
        return BytesIO(parcel.document)
    return parcel.sources[digest].open("rb")
