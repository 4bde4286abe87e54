"""The YAML of a device: what all transports have in common. Descriptions go into the schema."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field

from benchhub.devices.host import HostTransport
from benchhub.devices.transport import Transport
from benchhub.suites.configurations import Name
from benchhub.suites.validation import Strict
from benchhub.workspace import Workspace


class DeviceFile(Strict):
    """A device and how to reach it; each transport adds its own keys."""

    default_tool: ClassVar[str] = "benchmark_model"

    name: Name = Field(description="As in --devices; the file is called like it.")
    transport: str = Field(description="How to reach it: host, ssh or adb.")
    labels: list[Name] = Field([], description="For --devices @label.")
    tool: Name | None = Field(
        None,
        description="What measures where a suite names no tool; auto: the official program if it "
        "can be had, else litert. Default: litert on the host, else benchmark_model.",
    )
    benchmark_model: str | None = Field(
        None,
        description="A benchmark_model for this device, relative to this file: the program, a "
        "folder with it and its libraries, or a folder of such folders by platform.",
    )
    benchmark_litert_model: str | None = Field(
        None, description="The same for LiteRT's program of that name."
    )
    python: str | None = Field(
        None, description="A Python of the device that has ai-edge-litert, for the tool litert."
    )
    libraries: str | None = Field(
        None,
        description="A folder with libraries of delegates for this device, relative to this "
        "file; brought there and put on the path of its loader.",
    )
    reconnect: float = Field(
        120.0,
        ge=0,
        le=86_400,
        description="Seconds to try again for when the device is lost during a run.",
    )

    @abstractmethod
    def open(self, workspace: Workspace) -> Transport:
        """Return the way to the device. Nothing is connected before it is used."""


class HostDeviceFile(DeviceFile):
    """The machine that benchhub runs on."""

    default_tool = "litert"

    transport: Literal["host"] = Field(description="This machine.")

    def open(self, workspace: Workspace) -> Transport:
        """Return the host; its commands run in the workspace folder."""
        return HostTransport(self.name, workspace.root)
