"""The inventory: one YAML file a device in devices/."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from benchhub.devices.device_file import DeviceFile
from benchhub.errors import ConfigError, DeviceError, UsageError
from benchhub.suites.document import Document, parse_document, read_document
from benchhub.suites.validation import did_you_mean, validate
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the inventory: its file, and where that file is."""

    file: DeviceFile
    folder: Path

    @property
    def name(self) -> str:
        """Name of the device."""
        return self.file.name

    @property
    def tool(self) -> str:
        """What measures on it where a suite names no tool."""
        return self.file.tool or self.file.default_tool


def device_files() -> Mapping[str, type[DeviceFile]]:
    """Return the kinds of device files by transport: entry points of `benchhub.transports`."""
    points = sorted(entry_points(group="benchhub.transports"), key=lambda point: point.name)
    return {point.name: point.load() for point in points}


def read_device(path: Path, name: str) -> Device:
    """Read one device file.

    Raises:
        ConfigError: It is wrong, or the name in it is not that of the file.
    """
    document = read_document(path, name)
    device = _read(document, path.parent)
    if device.name != path.stem:
        where = document.place(("name",))
        raise ConfigError(
            f"{where}: the device is called '{device.name}', its file '{path.name}'.",
            f"Call the file {device.name}.yaml.",
        )
    return device


def parse_device(text: str, name: str, folder: Path) -> Device:
    """Read the text of a device file of another machine.

    Args:
        text: The text.
        name: What it is called in messages.
        folder: What paths in it refer to.

    Raises:
        ConfigError: It is wrong.
    """
    return _read(parse_document(text, name), folder)


def _read(document: Document, folder: Path) -> Device:
    return Device(validate(document, _kind(document)), folder)


def _kind(document: Document) -> type[DeviceFile]:
    kinds = device_files()
    given = document.data.get("transport") if isinstance(document.data, dict) else None
    if given is None:
        return DeviceFile  # which says what is missing
    if str(given) not in kinds:
        raise ConfigError(
            f"{document.place(('transport',))}: there is no transport '{given}'"
            f"{did_you_mean(str(given), list(kinds))}"
        )
    return kinds[str(given)]


def all_devices(workspace: Workspace) -> tuple[Device, ...]:
    """Return every device of the inventory, by name. Raises ConfigError."""
    paths = sorted(workspace.devices.glob("*.yaml"))
    return tuple(read_device(path, workspace.relative(path)) for path in paths)


def find_devices(workspace: Workspace, wanted: Sequence[str]) -> tuple[Device, ...]:
    """Return the devices of those names, in that order; `@label` means all that have it.

    Raises:
        DeviceError: A name or label is not in the inventory.
        UsageError: No device is named.
        ConfigError: A device file is wrong.
    """
    files = {path.stem: path for path in sorted(workspace.devices.glob("*.yaml"))}
    found: dict[str, Device] = {}
    for word in wanted:
        if word.startswith("@"):
            matching = [
                device for device in all_devices(workspace) if word[1:] in device.file.labels
            ]
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
