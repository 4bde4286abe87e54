"""The YAML of a device that is reached over SSH."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from benchhub.devices.device_file import DeviceFile
from benchhub.devices.transport import Transport
from benchhub.workspace import Workspace


class SshDeviceFile(DeviceFile):
    """A Linux board with an SSH server. What is not said here comes from ~/.ssh/config."""

    transport: Literal["ssh"] = Field(description="How to reach it: ssh is an SSH server.")
    address: str = Field(
        min_length=1, description="Host name, IP address, or a Host of ~/.ssh/config."
    )
    user: str | None = Field(None, min_length=1, description="Login name there.")
    port: int | None = Field(None, ge=1, le=65535, description="TCP port; 22 otherwise.")
    identity: str | None = Field(
        None,
        min_length=1,
        description="Path of the private key; no other one is tried then. ~ is the home here.",
    )
    folder: str = Field(
        ".cache/benchhub",
        min_length=1,
        description="Where benchhub keeps its files there; relative to the home there.",
    )

    @field_validator("address")
    @classmethod
    def _one_host(cls, address: str) -> str:
        if address.startswith("-") or any(c.isspace() or ord(c) < 32 for c in address):
            raise ValueError("is no host name")
        if "@" in address:
            raise ValueError("names a host only; the login name belongs in `user:`")
        if address.count(":") == 1:
            raise ValueError("names a host only; the port belongs in `port:`")
        return address

    @field_validator("folder")
    @classmethod
    def _plain_folder(cls, folder: str) -> str:
        if folder.startswith("~"):
            raise ValueError("is relative to the home there already; leave out the ~")
        if any(ord(c) < 32 for c in folder):
            raise ValueError("contains a control character")
        return folder

    def open(self, workspace: Workspace) -> Transport:
        """Return the way to the device. Nothing is connected before it is used."""
        # Here, because paramiko and cryptography take a while to load.
        from benchhub.devices.remote import RemoteTransport  # noqa: PLC0415
        from benchhub.devices.ssh.link import open_link  # noqa: PLC0415

        return RemoteTransport(self.name, self.folder, lambda: open_link(self, workspace))
