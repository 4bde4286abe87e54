"""The inventory: one YAML file a device in devices/. Field descriptions go into its JSON Schema."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchhub.devices.host import HostTransport
from benchhub.devices.transport import Transport
from benchhub.errors import ConfigError, DeviceError, UsageError
from benchhub.suites.document import read_document
from benchhub.suites.suite import Name
from benchhub.suites.validation import Strict, validate
from benchhub.workspace import Workspace


class DeviceFile(Strict):
    """A device and how to reach it."""

    name: Name = Field(description="As in --devices; the file is called like it.")
    transport: Literal["host"] = Field(description="How to reach it: host is this machine.")
    labels: list[Name] = Field([], description="For --devices @label.")
    benchmark_model: str | None = Field(
        None, description="Path of a benchmark_model for this device, relative to this file."
    )


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the inventory: its file, and where that file is."""

    file: DeviceFile
    folder: Path

    @property
    def name(self) -> str:
        """Name of the device."""
        return self.file.name


def read_device(path: Path, name: str) -> Device:
    """Read one device file.

    Raises:
        ConfigError: It is wrong, or the name in it is not that of the file.
    """
    document = read_document(path, name)
    device = Device(validate(document, DeviceFile), path.parent)
    if device.name != path.stem:
        where = document.place(("name",))
        raise ConfigError(
            f"{where}: the device is called '{device.name}', its file '{path.name}'.",
            f"Call the file {device.name}.yaml.",
        )
    return device


def find_devices(workspace: Workspace, wanted: Sequence[str]) -> tuple[Device, ...]:
    """Return the devices of those names, in that order; `@label` means all that have it.

    Raises:
        DeviceError: A name or label is not in the inventory.
        UsageError: A device is named twice, or none is.
        ConfigError: A device file is wrong.
    """
    files = {path.stem: path for path in sorted(workspace.devices.glob("*.yaml"))}
    found: dict[str, Device] = {}
    for word in wanted:
        if word.startswith("@"):
            everything = [read_device(path, workspace.relative(path)) for path in files.values()]
            matching = [device for device in everything if word[1:] in device.file.labels]
            if not matching:
                raise DeviceError(f"no device in devices/ has the label '{word[1:]}'.")
        elif word in files:
            matching = [read_device(files[word], workspace.relative(files[word]))]
        else:
            close = difflib.get_close_matches(word, files, n=1)
            hint = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(files)}."
            raise DeviceError(f"{word}: there is no devices/{word}.yaml.", hint)
        found |= {device.name: device for device in matching}
    if not found:
        raise UsageError("no device is named.", "Say where: --devices host")
    return tuple(found.values())


def open_transport(device: Device, workspace: Workspace) -> Transport:
    """Return the way to that device."""
    return HostTransport(device.name, workspace.root)
