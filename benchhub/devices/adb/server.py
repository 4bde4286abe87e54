"""The route through the local adb server, which most people have: USB phones and emulators.

A request is four hexadecimal digits of length and its text; the answer is OKAY, or FAIL and a
reason of the same form. `host:transport:SERIAL` ties the connection to a device, what follows are
the device's own services. Source: AOSP's packages/modules/adb/SERVICES.TXT and OVERVIEW.TXT.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass

from benchhub.devices import link
from benchhub.devices.adb import stream, tcp
from benchhub.devices.adb.failures import translated
from benchhub.devices.adb.stream import Data, NotAdbError, ServiceRefusedError
from benchhub.errors import AccessError, ConnectionLostError, TransportError

DEFAULT_PORT = 5037
_START_S = 20.0
_READ_BYTES = 1 << 18
_starting = threading.Lock()


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device that the adb server knows.

    Attributes:
        serial: Serial number, or HOST:PORT of one over the network.
        state: device, offline, unauthorized, ...
        model: As the device calls itself, with _ for what is no letter or digit; "" if unknown.
    """

    serial: str
    state: str
    model: str = ""


def list_devices(name: str = "adb") -> tuple[ListedDevice, ...]:
    """Return what the adb server knows; it is started if adb is installed and none runs.

    Args:
        name: First word of messages, mostly a device's name.

    Raises:
        ConnectionLostError: There is no server, or it does not answer.
        TransportError: What listens there is no adb server.
    """
    with translated(name, _server_text()):
        return read_listing(_ask(name, "host:devices-l"))


def read_listing(text: str) -> tuple[ListedDevice, ...]:
    """Parse the answer to `host:devices-l`: serial, state, then key:value, by blanks."""
    found = []
    for line in text.splitlines():
        serial, _, rest = line.partition(" ")
        words = rest.split()
        if not serial or not words:
            continue
        # "no permissions (...)" is the one state with blanks: a udev rule is missing.
        state = "no permissions" if words[:2] == ["no", "permissions"] else words[0]
        values = dict(word.split(":", 1) for word in words[1:] if ":" in word)
        found.append(ListedDevice(serial, state, values.get("model", "")))
    return tuple(found)


class ServerRoute:
    """The way to the device of a serial through the adb server; a connection for each service.

    Args:
        name: Name of the device in messages.
        serial: As `adb devices` shows it.

    Raises:
        ConnectionLostError: No server, or the device is unknown to it or offline.
        AccessError: The device has not accepted the server's key.
    """

    def __init__(self, name: str, serial: str) -> None:
        self.where = f"{serial} (adb server {_server_text()})"
        self._name = name
        self._serial = serial
        self._socket: socket.socket | None = None
        with translated(name, _server_text()):
            self._reach()
            features = _ask(name, f"host-serial:{serial}:features")
        self.shell_v2 = "shell_v2" in features.split(",")
        self.line_limit_bytes = 0xFFFF - 64  # a request tells its length in four digits

    def open(self, service: bytes) -> _ServerStream:
        """See `Route.open`."""
        sock = self._socket = _connect(self._name)
        try:
            try:
                _request(sock, f"host:transport:{self._serial}".encode())
            except ServiceRefusedError as error:
                raise self._not_usable(str(error)) from error
            try:
                _request(sock, service)
            except ServiceRefusedError as error:
                # Every device has these services, but old ones have no `exec:`.
                if str(error) == "closed" and not service.startswith(b"exec:"):
                    raise ConnectionResetError("the device is gone") from error
                raise
        except BaseException:
            sock.close()
            raise
        return _ServerStream(sock)

    def sibling(self) -> ServerRoute:
        """See `Route.sibling`."""
        return ServerRoute(self._name, self._serial)

    def abort(self) -> None:
        """See `Route.abort`."""
        if (sock := self._socket) is not None:
            tcp.wake(sock)

    def close(self) -> None:
        """See `Route.close`."""
        if self._socket is not None:
            self._socket.close()

    def _reach(self) -> None:
        """Return when the server says that the device can be used."""
        devices = read_listing(_ask(self._name, "host:devices-l"))
        state = {device.serial: device.state for device in devices}.get(self._serial)
        if state in (None, "offline") and ":" in self._serial:
            # After a break the server keeps a network device as offline, or has forgotten it.
            if state is not None:
                _ask(self._name, f"host:disconnect:{self._serial}", refusal_matters=False)
            _ask(self._name, f"host:connect:{self._serial}", refusal_matters=False)
            devices = read_listing(_ask(self._name, "host:devices-l"))
            state = {device.serial: device.state for device in devices}.get(self._serial)
        if state is None:
            known = ", ".join(device.serial for device in devices) or "none"
            raise ConnectionLostError(
                f"{self._name}: the adb server knows no device {self._serial} (it knows: {known}).",
                f"Plug it in, or change `serial:` in devices/{self._name}.yaml.",
            )
        if state not in ("device", "recovery", "rescue", "sideload"):
            raise self._not_usable(state)

    def _not_usable(self, reason: str) -> TransportError:
        said = reason.splitlines()[0] if reason else "no reason given"
        if "unauthorized" in reason or "authorizing" in reason:
            return AccessError(
                f"{self._name}: {self._serial} does not accept the adb server's key ({said}).",
                "Unlock it, accept the key on the device's screen, and try again.",
            )
        if "permissions" in reason:
            return AccessError(
                f"{self._name}: the adb server may not use the USB device {self._serial}.",
                "Add a udev rule (package android-sdk-platform-tools-common) and plug it again.",
            )
        return ConnectionLostError(
            f"{self._name}: {self._serial} cannot be used ({said}).",
            f"Plug it in again, or: adb reconnect {self._serial}",
        )


class _ServerStream:
    """A service through the server: the bytes on its connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, data: Data, timeout_s: float) -> None:
        tcp.send_all(self._socket, data, timeout_s)

    def recv(self, timeout_s: float) -> bytes:
        return tcp.receive(self._socket, _READ_BYTES, timeout_s)

    def close(self) -> None:
        self._socket.close()


def server_address() -> tuple[str, int]:
    """Return host and port of the adb server, from the variables that adb itself reads."""
    port = os.environ.get("ANDROID_ADB_SERVER_PORT", "")
    host = os.environ.get("ANDROID_ADB_SERVER_ADDRESS") or "127.0.0.1"
    return host, int(port) if port.isdecimal() else DEFAULT_PORT


def _server_text() -> str:
    return "{}:{}".format(*server_address())


def _connect(name: str) -> socket.socket:
    """Connect to the server; start it if nothing listens and adb is installed."""
    host, port = server_address()
    try:
        return tcp.connect(host, port, stream.CONNECT_TIMEOUT_S)
    except ConnectionRefusedError:
        with _starting:
            try:  # another thread may have started it meanwhile
                return tcp.connect(host, port, stream.CONNECT_TIMEOUT_S)
            except ConnectionRefusedError:
                _start_server(name, host, port)
        return tcp.connect(host, port, stream.CONNECT_TIMEOUT_S)


def _start_server(name: str, host: str, port: int) -> None:
    adb = shutil.which("adb")
    if adb is None or host not in ("127.0.0.1", "localhost", "::1"):
        here = "and adb is not installed" if adb is None else "which is not this machine"
        raise ConnectionLostError(
            f"{name}: no adb server listens on {host}:{port}, {here}.",
            "Install Android's platform-tools, or use `address:` instead of `serial:` in "
            f"devices/{name}.yaml.",
        )
    # The server keeps what it inherits open, so a pipe would never end.
    with tempfile.TemporaryFile() as said:
        try:
            status = subprocess.run(
                [adb, "start-server"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=_START_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise TimeoutError("adb start-server does not come to an end") from None
        said.seek(0)
        lines = said.read(65536).decode("utf-8", "replace").strip().splitlines()
    if status != 0:
        raise ConnectionLostError(
            f"{name}: `adb start-server` fails: {lines[-1] if lines else f'exit code {status}'}.",
            "See what it says in a terminal.",
        )


def _ask(name: str, question: str, *, refusal_matters: bool = True) -> str:
    """Return the server's answer to one question."""
    with _connect(name) as sock:
        try:
            _request(sock, question.encode())
        except ServiceRefusedError:
            if refusal_matters:
                raise
            return ""
        return _counted(sock)


def _request(sock: socket.socket, text: bytes) -> None:
    """Send one request.

    Raises:
        ServiceRefusedError: It was answered by FAIL; the text is the reason.
        NotAdbError: By something else.
    """
    if len(text) > 0xFFFF:
        raise ServiceRefusedError(f"a request of {len(text)} bytes is too long")
    tcp.send_all(sock, b"%04x" % len(text) + text, link.STALL_S)
    answer = _exactly(sock, 4)
    if answer == b"FAIL":
        raise ServiceRefusedError(_counted(sock))
    if answer != b"OKAY":
        raise NotAdbError(f"it answered {answer!r}")


def _counted(sock: socket.socket) -> str:
    digits = _exactly(sock, 4)
    try:
        size = int(digits, 16)
    except ValueError:
        raise NotAdbError(f"it answered {digits!r}") from None
    return _exactly(sock, size).decode("utf-8", "replace")


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = tcp.receive(sock, size - len(data), stream.CONNECT_TIMEOUT_S)
        if not chunk:
            raise ConnectionResetError("the adb server closed the connection")
        data += chunk
    return data
