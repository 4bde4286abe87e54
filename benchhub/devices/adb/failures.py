"""What goes wrong on an adb connection, said in benchhub's words. The only place that does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from adb_shell import exceptions as adb_shell_errors

from benchhub.devices.adb.stream import NotAdbError, ServiceRefusedError
from benchhub.errors import AccessError, ConnectionLostError, TransportError


class DeviceReasonError(Exception):
    """The device refused a transfer; the text is its own reason."""


class LocalFileError(Exception):
    """A file on this machine cannot be read or written; the text says which and why."""


_TIMEOUTS = (TimeoutError, adb_shell_errors.TcpTimeoutException, adb_shell_errors.AdbTimeoutError)
_ADB_SHELL = (
    adb_shell_errors.AdbCommandFailureException,
    adb_shell_errors.AdbConnectionError,
    adb_shell_errors.AdbTimeoutError,
    adb_shell_errors.DeviceAuthError,
    adb_shell_errors.DevicePathInvalidError,
    adb_shell_errors.InvalidChecksumError,
    adb_shell_errors.InvalidCommandError,
    adb_shell_errors.InvalidResponseError,
    adb_shell_errors.InvalidTransportError,
    adb_shell_errors.PushFailedError,
    adb_shell_errors.TcpTimeoutException,
    adb_shell_errors.UsbDeviceNotFoundError,
    adb_shell_errors.UsbReadFailedError,
    adb_shell_errors.UsbWriteFailedError,
)
_OWN = (DeviceReasonError, LocalFileError, NotAdbError, ServiceRefusedError)


@contextmanager
def translated(name: str, where: str) -> Iterator[None]:
    """Turn every error of sockets, adb-shell and this package into one of benchhub's.

    Args:
        name: The device's name, first in the message.
        where: Its address.
    """
    try:
        yield
    except (OSError, *_ADB_SHELL, *_OWN) as error:
        raise explain(name, where, error) from error


def explain(name: str, where: str, error: Exception) -> TransportError:  # noqa: PLR0911 - a table
    """Return the benchhub error for an error of sockets, adb-shell or this package."""
    said = " ".join(str(error).split())
    match error:
        case DeviceReasonError() | LocalFileError():
            return TransportError(f"{name}: {said}.")
        case ServiceRefusedError():
            reason = f": {said}" if said else " by adb"
            return TransportError(f"{name}: {where} refused what it was asked{reason}.")
        case NotAdbError():
            return TransportError(
                f"{name}: {where} does not speak adb as expected: {said}.",
                f"Check address and port in devices/{name}.yaml; a device with wireless debugging "
                "is reached through the adb server (`serial:`).",
            )
        case adb_shell_errors.DeviceAuthError():
            return AccessError(f"{name}: {where} does not accept our key: {said}.")
        case ConnectionRefusedError():
            return ConnectionLostError(
                f"{name}: nothing listens on {where} (connection refused).",
                "Switch adb over TCP on (adb tcpip 5555), or change `address:` in "
                f"devices/{name}.yaml.",
            )
        case socket.gaierror():
            return ConnectionLostError(
                f"{name}: the host of {where} is not known.",
                f"Check `address:` in devices/{name}.yaml.",
            )
        case adb_shell_errors.UsbDeviceNotFoundError():
            return ConnectionLostError(
                f"{name}: {where} is not there.",
                "Plug it in, switch USB debugging on, and stop the adb server (adb kill-server).",
            )
        case _ if isinstance(error, _TIMEOUTS):
            return ConnectionLostError(
                f"{name}: {where} does not answer ({said or 'timed out'}).",
                "Check that it is awake and connected, then try again.",
            )
        case _:
            reason = (error.strerror if isinstance(error, OSError) else "") or said
            return ConnectionLostError(
                f"{name}: the connection to {where} broke ({reason or type(error).__name__}).",
                "Check cable, network and power of the device, then try again.",
            )
