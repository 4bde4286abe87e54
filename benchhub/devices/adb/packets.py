"""adb packets over adb-shell's connection, without what adb-shell 0.4.4 does wrong.

Private methods of adb-shell are overridden, so it is pinned to 0.4.4. Its handshake (CNXN, AUTH) is
used as it is. Replaced are the reading and writing of packets: it ignores short writes, spins at
the end of the stream, forgets the features a device announces, and sums up every byte.
Format of a packet: six little-endian uint32 (command, arg0, arg1, length, sum, inverted command),
then the payload; from version 0x01000001 (Android 9) on nobody checks the sum. Source: AOSP's
packages/modules/adb/protocol.txt.
"""

from __future__ import annotations

import logging
import socket
import struct
from typing import Any, NamedTuple, Protocol

from adb_shell import constants
from adb_shell.adb_device import _AdbIOManager
from adb_shell.adb_message import AdbMessage, checksum
from adb_shell.hidden_helpers import _AdbTransactionInfo
from adb_shell.transport.base_transport import BaseTransport

from benchhub.devices import link
from benchhub.devices.adb import stream, tcp
from benchhub.devices.adb.stream import Data, NotAdbError

logging.getLogger("adb_shell").setLevel(logging.ERROR)

MAX_PAYLOAD = constants.MAX_ADB_DATA
_HEADER = struct.Struct("<6I")
_VERSION_WITHOUT_SUMS = 0x01000001
_STLS = int.from_bytes(b"STLS", "little")
_BANNER = b"features=shell_v2"


class Signer(Protocol):
    """A private key as adb-shell's handshake wants it."""

    def Sign(self, data: bytes) -> bytes:  # noqa: N802 - adb-shell's name
        """Return the signature of the device's token."""
        ...

    def GetPublicKey(self) -> bytes:  # noqa: N802 - adb-shell's name
        """Return what the device shows and keeps."""
        ...


class Packet(NamedTuple):
    """One packet from the device."""

    command: bytes
    arg0: int
    arg1: int
    data: bytes


class TcpTransport(BaseTransport):  # type: ignore[misc]  # adb-shell has no types
    """adb-shell's transport over a socket; the end of the stream is an error."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def connect(self, transport_timeout_s: float) -> None:
        """Open the connection."""
        self._socket = tcp.connect(*self._address, transport_timeout_s)

    def close(self) -> None:
        """Close it; may be called twice."""
        if self._socket is not None:
            tcp.wake(self._socket)
            self._socket.close()
            self._socket = None

    def abort(self) -> None:
        """Wake up the thread that waits."""
        if (sock := self._socket) is not None:
            tcp.wake(sock)

    def bulk_read(self, numbytes: int, transport_timeout_s: float) -> bytes:
        """Return up to that many bytes."""
        if data := tcp.receive(self._open_socket(), numbytes, transport_timeout_s):
            return data
        raise ConnectionResetError("the device closed the connection")

    def bulk_write(self, data: Data, transport_timeout_s: float) -> int:
        """Send all of it."""
        tcp.send_all(self._open_socket(), data, transport_timeout_s)
        return len(data)

    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionAbortedError("the connection is closed")
        return self._socket


class PacketConnection(_AdbIOManager):  # type: ignore[misc]  # adb-shell has no types
    """A connection to an adb daemon: handshake, then packets in and out.

    Attributes:
        features: What the device says it can, e.g. shell_v2.
        max_payload: Bytes that one packet may carry to the device.
        asked: Whether the handshake came to asking the person at the device.
    """

    def __init__(self, transport: BaseTransport) -> None:
        super().__init__(transport)
        self.features: frozenset[str] = frozenset()
        self.max_payload = MAX_PAYLOAD
        self.asked = False
        self._with_sums = True
        self._partial = bytearray()

    def handshake(self, keys: list[Signer], dialog_s: float) -> None:
        """Connect and authenticate; wait `dialog_s` for a person to accept our key.

        Raises:
            OSError: As the transport does; TimeoutError also if nobody accepted the key.
            NotAdbError: The peer is something else.
            adb_shell.exceptions.DeviceAuthError: It wants a key and we have none.
        """
        info = _AdbTransactionInfo(
            None, None, stream.CONNECT_TIMEOUT_S, stream.CONNECT_TIMEOUT_S, None
        )
        _, device_max = self.connect(_BANNER, keys, dialog_s, self._note_asked, info)
        self.max_payload = max(min(device_max, MAX_PAYLOAD), constants.MAX_LEGACY_ADB_DATA)

    def read_packet(self, timeout_s: float) -> Packet:
        """Return the next packet; TimeoutError leaves the connection in step."""
        header = self._exactly(_HEADER.size, timeout_s)
        code, arg0, arg1, length, _, magic = _HEADER.unpack(header)
        if code == _STLS:
            raise NotAdbError("it wants a paired, encrypted connection (wireless debugging)")
        command = constants.WIRE_TO_ID.get(code)
        if command is None or magic != code ^ 0xFFFFFFFF or length > MAX_PAYLOAD:
            raise NotAdbError(f"it sent {header[:16]!r}")
        data = self._exactly(length, link.STALL_S) if length else b""
        if command == constants.CNXN:
            self._with_sums = arg0 < _VERSION_WITHOUT_SUMS
            self.features = features_of(data)
        return Packet(command, arg0, arg1, data)

    def write_packet(
        self, command: bytes, arg0: int, arg1: int, data: Data = b"", *, timeout_s: float
    ) -> None:
        """Send one packet."""
        code = constants.ID_TO_WIRE[command]
        total = checksum(bytes(data)) if self._with_sums else 0
        header = _HEADER.pack(code, arg0, arg1, len(data), total, code ^ 0xFFFFFFFF)
        if isinstance(self._transport, TcpTransport):
            self._transport.bulk_write(b"".join((header, data)), timeout_s)
            return
        self._transport.bulk_write(header, timeout_s)  # two transfers are the rule over USB
        if data:
            self._transport.bulk_write(bytes(data), timeout_s)

    def _exactly(self, size: int, timeout_s: float) -> bytes:
        """Return that many bytes; after a TimeoutError what has come is there for the next call."""
        while len(self._partial) < size:
            chunk = self._transport.bulk_read(size - len(self._partial), timeout_s)
            if len(chunk) == size:
                return bytes(chunk)
            self._partial += chunk
        data, self._partial = bytes(self._partial), bytearray()
        return data

    def _note_asked(self, _: object) -> None:
        self.asked = True

    # What adb-shell's handshake calls.
    def _read_packet_from_device(self, adb_info: Any) -> Packet:
        return self.read_packet(adb_info.transport_timeout_s)

    def _send(self, msg: AdbMessage, adb_info: Any) -> None:
        name = constants.WIRE_TO_ID[msg.command]
        version = _VERSION_WITHOUT_SUMS if name == constants.CNXN else msg.arg0
        timeout_s = adb_info.transport_timeout_s
        self.write_packet(name, version, msg.arg1, msg.data, timeout_s=timeout_s)


def features_of(banner: bytes) -> frozenset[str]:
    """Return the features in a device's greeting, `device::name=value;...;features=a,b`."""
    for part in banner.decode("utf-8", "replace").rstrip("\0").split(";"):
        _, found, names = part.partition("features=")
        if found:
            return frozenset(filter(None, names.split(",")))
    return frozenset()
