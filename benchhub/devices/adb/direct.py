"""The direct route: to an adb daemon by TCP or USB, without an adb server.

USB uses adb-shell's transport over libusb; nothing of it could be tested without a phone. A USB
device takes one connection, so siblings share it (`SharedLink`), and no adb server may be running.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from adb_shell import constants
from adb_shell import exceptions as adb_shell_errors
from adb_shell.transport.base_transport import BaseTransport

from benchhub.devices.adb import stream
from benchhub.devices.adb.failures import translated
from benchhub.devices.adb.packets import PacketConnection, Signer, TcpTransport
from benchhub.devices.adb.stream import Data, ServiceRefusedError, Stream
from benchhub.errors import AccessError, ConnectionLostError, TransportError

# How long a person has to accept our key on the device's screen.
DIALOG_S = 10.0


class DirectRoute:
    """One connection of our own to an adb daemon.

    Args:
        name: Name of the device in messages.
        where: Its address in messages.
        transport: Makes an adb-shell transport that is not connected yet.
        keys: RSA keys to show if it asks.

    Raises:
        ConnectionLostError: It cannot be reached or does not answer.
        TransportError: What answers is not an adb daemon.
        AccessError: It accepts none of the keys.
    """

    def __init__(
        self, name: str, where: str, transport: Callable[[], BaseTransport], keys: list[Signer]
    ) -> None:
        self.where = where
        self._name = name
        self._make_transport = transport
        self._keys = keys
        self._local_id = 0
        with translated(name, where):
            self._transport = transport()
            self._packets = PacketConnection(self._transport)
            try:
                self._connect()
            except BaseException:
                self._transport.close()
                raise
        self.shell_v2 = "shell_v2" in self._packets.features
        self.line_limit_bytes = self._packets.max_payload - 64

    def open(self, service: bytes) -> Stream:
        """See `Route.open`."""
        packets = self._packets
        self._local_id = local_id = self._local_id % 0xFFFFFFFF + 1
        packets.write_packet(
            constants.OPEN, local_id, 0, service + b"\0", timeout_s=stream.CONNECT_TIMEOUT_S
        )
        deadline = time.monotonic() + stream.CONNECT_TIMEOUT_S
        while True:
            packet = packets.read_packet(max(deadline - time.monotonic(), 0.0))
            if packet.arg1 != local_id:
                continue  # the late end of an earlier stream
            if packet.command == constants.OKAY:
                return _DirectStream(packets, local_id, packet.arg0)
            if packet.command == constants.CLSE:
                raise ServiceRefusedError

    def sibling(self) -> DirectRoute:
        """See `Route.sibling`."""
        if not isinstance(self._transport, TcpTransport):
            raise TransportError(
                f"{self._name}: a direct USB connection cannot be shared.",
                "Reach it through the adb server: `serial:` without `usb:`.",
            )
        return DirectRoute(self._name, self.where, self._make_transport, self._keys)

    def abort(self) -> None:
        """See `Route.abort`."""
        if isinstance(self._transport, TcpTransport):
            self._transport.abort()
        else:
            self._transport.close()

    def close(self) -> None:
        """See `Route.close`."""
        self._transport.close()

    def _connect(self) -> None:
        try:
            self._packets.handshake(self._keys, DIALOG_S)
        except adb_shell_errors.DeviceAuthError:
            raise AccessError(
                f"{self._name}: {self.where} asks for a key, and there is none.",
                "Give one: `key:` in its device file.",
            ) from None
        except OSError as error:
            if not self._packets.asked:
                raise
            raise AccessError(
                f"{self._name}: {self.where} does not know our key{_fingerprint(self._keys[0])}.",
                "Unlock it, accept the key on the device's screen, and try again.",
            ) from error


def tcp_route(name: str, host: str, port: int, keys: list[Signer]) -> DirectRoute:
    """Connect to a daemon by TCP. Raises as `DirectRoute` does."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return DirectRoute(name, where, lambda: TcpTransport(host, port), keys)


def usb_route(name: str, serial: str | None, keys: list[Signer]) -> DirectRoute:
    """Connect by USB: to the device of that serial, or the only one. Raises as `DirectRoute` does.

    Raises:
        TransportError: libusb1 is not installed.
        ConnectionLostError: No such device is plugged in.
    """
    where = f"USB device {serial}" if serial else "the USB device"
    return DirectRoute(name, where, lambda: _usb_transport(name, serial), keys)


def _usb_transport(name: str, serial: str | None) -> BaseTransport:
    try:
        from adb_shell.transport.usb_transport import UsbTransport  # noqa: PLC0415 - an extra
    except (ImportError, OSError) as error:
        raise TransportError(
            f"{name}: direct USB needs libusb1 ({error}).", "Install it: pip install benchhub[usb]"
        ) from error
    if serial is None:
        found = list(UsbTransport.find_all_adb_devices())
        if len(found) > 1:
            raise ConnectionLostError(
                f"{name}: {len(found)} adb devices are plugged in.",
                "Give its `serial:` in its device file.",
            )
    return UsbTransport.find_adb(serial=serial)


class _DirectStream:
    """A stream of packets; each WRTE is answered by an OKAY before the next may follow."""

    def __init__(self, packets: PacketConnection, local_id: int, remote_id: int) -> None:
        self._packets = packets
        self._ids = (local_id, remote_id)
        self._received: deque[bytes] = deque()
        self._unanswered = 0
        self._ended = False

    def send(self, data: Data, timeout_s: float) -> None:
        view, step = memoryview(data), self._packets.max_payload
        for start in range(0, len(view), step):
            if not self._ended:
                part = view[start : start + step]
                self._packets.write_packet(constants.WRTE, *self._ids, part, timeout_s=timeout_s)
                self._unanswered += 1
            while self._unanswered and not self._ended:
                self._take(timeout_s)
            if self._ended:
                raise BrokenPipeError("the device closed the stream")

    def recv(self, timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        while not self._received and not self._ended:
            self._take(max(deadline - time.monotonic(), 0.0))
        return self._received.popleft() if self._received else b""

    def close(self) -> None:
        if not self._ended:
            self._ended = True
            with suppress(OSError, *USB_ERRORS):  # the connection may be what broke
                self._packets.write_packet(constants.CLSE, *self._ids, timeout_s=1.0)

    def _take(self, timeout_s: float) -> None:
        """Read one packet and keep what is for us."""
        packet: Any = self._packets.read_packet(timeout_s)
        if packet.arg1 != self._ids[0]:
            return  # the late end of an earlier stream
        if packet.command == constants.WRTE:
            self._packets.write_packet(
                constants.OKAY, *self._ids, timeout_s=stream.CONNECT_TIMEOUT_S
            )
            self._received.append(packet.data)
        elif packet.command == constants.OKAY:
            self._unanswered -= 1
        elif packet.command == constants.CLSE:
            self._ended = True


USB_ERRORS = (adb_shell_errors.UsbReadFailedError, adb_shell_errors.UsbWriteFailedError)


def _fingerprint(key: Signer) -> str:
    text = getattr(key, "fingerprint", "")
    return f" ({text})" if text else ""
