"""The YAML of an Android device. Descriptions go into the schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from benchhub.devices.device_file import DeviceFile
from benchhub.devices.remote import RemoteTransport
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from benchhub.devices.adb.link import AdbLink
    from benchhub.devices.adb.shared import SharedLink

DEFAULT_PORT = 5555
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%[^\s\]]+)?\]|[^\s:\[\]/]+)(?::(\d{1,5}))?")


class AdbDeviceFile(DeviceFile):
    """An Android device: through the adb server, or directly by TCP or USB."""

    transport: Literal["adb"] = Field(description="How to reach it: adb is an Android device.")
    serial: str | None = Field(
        None, description="As `adb devices` shows it: the way through the local adb server."
    )
    address: str | None = Field(
        None, description="HOST or HOST:PORT (5555) of its adb daemon: the direct way by TCP."
    )
    usb: bool = Field(
        default=False,
        description="The direct way by USB, without adb server; with `serial` if several.",
    )
    key: str | None = Field(
        None, description="Private RSA key for a direct way, instead of ~/.android/adbkey."
    )
    folder: str = Field(
        "/data/local/tmp/benchhub", description="Folder on the device for benchhub's files."
    )

    @field_validator("serial")
    @classmethod
    def _check_serial(cls, serial: str | None) -> str | None:
        if serial is not None and (not serial or re.search(r"\s", serial)):
            raise ValueError("a serial has no blanks; `adb devices` shows it")
        return serial

    @field_validator("address")
    @classmethod
    def _check_address(cls, address: str | None) -> str | None:
        if address is not None:
            split_address(address)
        return address

    @field_validator("folder")
    @classmethod
    def _check_folder(cls, folder: str) -> str:
        if not folder.startswith("/") or "\0" in folder:
            raise ValueError("the folder on the device is an absolute path, e.g. /data/local/tmp/x")
        return folder

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        if self.usb and self.address is not None:
            raise ValueError("`usb` and `address` are two ways to a device; give one")
        if not self.usb and (self.serial is None) == (self.address is None):
            raise ValueError(
                "give either `serial` (through the adb server) or `address` (direct, HOST:PORT)"
            )
        if self.key is not None and self.address is None and not self.usb:
            raise ValueError("`key` is for `address` and `usb`; the adb server has keys of its own")
        return self

    def open(self, workspace: Workspace) -> RemoteTransport:
        """See `DeviceFile.open`."""
        return RemoteTransport(self.name, self.folder, lambda: self.connect(workspace))

    def connect(self, workspace: Workspace) -> AdbLink | SharedLink:
        """Connect to the device.

        Raises:
            TransportError: It cannot be reached, or does not let us in.
            ConfigError: The key is broken.
        """
        # Reading the inventory must not load adb-shell and cryptography.
        from benchhub.devices.adb.link import AdbLink  # noqa: PLC0415

        if not self.usb and self.serial is not None:
            from benchhub.devices.adb.server import ServerRoute  # noqa: PLC0415

            return AdbLink(self.name, ServerRoute(self.name, self.serial))
        from benchhub.devices.adb import direct  # noqa: PLC0415
        from benchhub.devices.adb.keys import find_keys  # noqa: PLC0415

        keys = find_keys(self.name, Path(self.key) if self.key else None, workspace.index.parent)
        if self.address is not None:
            host, port = split_address(self.address)
            return AdbLink(self.name, direct.tcp_route(self.name, host, port, keys))
        from benchhub.devices.adb.shared import SharedLink  # noqa: PLC0415

        return SharedLink(AdbLink(self.name, direct.usb_route(self.name, self.serial, keys)))


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.

    Raises:
        ValueError: It is none of these.
    """
    match = _ADDRESS.fullmatch(address)
    port = int(match[2] or DEFAULT_PORT) if match else 0
    if match is None or not 0 < port < 65536:
        raise ValueError(f"'{address}' is no HOST or HOST:PORT; IPv6 is written [::1]:5555")
    return match[1].strip("[]"), port
