"""One open adb connection as the transport above uses it, by either route."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchhub.devices.adb import shell, sync
from benchhub.devices.adb.failures import DeviceReasonError, LocalFileError, translated
from benchhub.devices.adb.stream import Route
from benchhub.devices.link import Ended
from benchhub.devices.output import BoundedOutput
from benchhub.errors import ConnectionLostError


class AdbLink:
    """See `Link`. Any error but a plain refusal drops the connection: it may be out of step.

    Args:
        name: Name of the device in messages.
        route: An open way to it, which the link owns from now on.
    """

    def __init__(self, name: str, route: Route) -> None:
        self._name = name
        self._route = route
        self._lock = threading.Lock()
        self._busy = False
        self._closed = False

    @property
    def shell_v2(self) -> bool:
        """Whether the device tells stdout, stderr and exit code apart by itself."""
        return self._route.shell_v2

    def execute(
        self, command: str, stdout: BoundedOutput, stderr: BoundedOutput, *, timeout_s: float
    ) -> Ended:
        """See `Link.execute`."""
        with self._in_use() as route:
            return shell.execute(route, command, stdout, stderr, timeout_s)

    def send(self, local: Path, remote: str) -> None:
        """See `Link.send`."""
        with self._in_use() as route:
            sync.send(route, local, remote)

    def receive(self, remote: str, local: Path) -> None:
        """See `Link.receive`."""
        with self._in_use() as route:
            sync.receive(route, remote, local)

    def sibling(self) -> AdbLink:
        """See `Link.sibling`."""
        return AdbLink(self._name, self._route.sibling())

    def close(self) -> None:
        """See `Link.close`."""
        with self._lock:
            was_closed, self._closed = self._closed, True
            if self._busy:
                self._route.abort()  # the thread that uses it lets go of it
            elif not was_closed:
                self._route.close()

    @contextmanager
    def _in_use(self) -> Iterator[Route]:
        with self._lock:
            if self._closed:
                raise self._closed_error()
            self._busy = True
        intact = False
        try:
            with translated(self._name, self._route.where):
                try:
                    yield self._route
                    intact = True
                except (DeviceReasonError, LocalFileError):
                    intact = True
                    raise
        except ConnectionLostError as error:
            with self._lock:
                closed_meanwhile = self._closed
            if closed_meanwhile:
                raise self._closed_error() from error
            raise
        finally:
            with self._lock:
                self._busy = False
                if not intact:
                    self._closed = True
                if self._closed:
                    self._route.close()

    def _closed_error(self) -> ConnectionLostError:
        return ConnectionLostError(f"{self._name}: the connection is closed.")
