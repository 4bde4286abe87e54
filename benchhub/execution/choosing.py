"""What `tool: auto` means on each device: the official program if there is one, else litert."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchhub.devices.inventory import Device
from benchhub.devices.lease import Sight
from benchhub.devices.survey import survey
from benchhub.devices.transport import Transport
from benchhub.downloads.limits import Limits
from benchhub.downloads.watcher import SILENT, Watcher
from benchhub.errors import BenchhubError, ToolError
from benchhub.execution.equipment import tool_settings
from benchhub.records import AUTO_TOOL
from benchhub.tools.official.cache import cached
from benchhub.tools.official.catalogue import Family, fetchable, tool_of
from benchhub.tools.official.fetch import fetch
from benchhub.tools.program.source import variable_of
from benchhub.tools.tool import make_tool, tool_names
from benchhub.workspace import Workspace

EMBEDDED = "litert"
# Taken for a device that does not answer now: it may be back when it is to be measured.
ASSUMED = "benchmark_model"
# There is something else to measure with, so a network that is not there is given up soon.
PATIENCE = Limits(connect_s=10.0, attempts=2)


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """What measures on a device.

    Attributes:
        device: Name of the device.
        tool: Name of the tool.
        why: Half a sentence.
        to_fetch: Its program is to be fetched first.
    """

    device: str
    tool: str
    why: str
    to_fetch: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.device}: {AUTO_TOOL} is {self.tool}: {self.why}."


def choose_tools(
    workspace: Workspace,
    devices: Sequence[Device],
    *,
    fetching: bool = True,
    watcher: Watcher = SILENT,
    way: Callable[[Device], Transport] | None = None,
) -> tuple[ToolChoice, ...]:
    """Decide for each device what measures there.

    What its file names comes first, then an official program that is in the workspace, then one
    that can be fetched, then litert where Python and the wheel are there. A device that does not
    answer is decided without it.

    Args:
        workspace: Where programs are, and go to.
        devices: The devices; all are asked at the same time.
        fetching: Whether programs are fetched; without it, it is only said that they would be.
        watcher: Is told how a fetch goes on.
        way: Opens a device to try litert there; None opens it as a run does.

    Raises:
        ToolError: Nothing can measure on one of them.
        ConfigError: The lock file of the official programs is wrong.
    """
    named = {device.name: _named(device) for device in devices}
    asked = [device for device in devices if named[device.name] is None]
    looks = {look.device.name: look for look in survey(asked, workspace)}
    chooser = _Chooser(
        workspace, fetching, watcher, way or (lambda device: device.file.open(workspace))
    )
    choices = []
    for device in devices:
        choice = named[device.name]
        if choice is None:
            look = looks[device.name]
            if look.facts is None:
                why = look.problem.message if look.problem else "it does not answer"
                choice = ToolChoice(device.name, ASSUMED, f"assumed, as it cannot be asked: {why}")
            else:
                choice = chooser.choose(device, look.facts.platform, look.sight)
        choices.append(choice)
    return tuple(choices)


def _named(device: Device) -> ToolChoice | None:
    """Return the choice if somebody named a program for the device."""
    tflite, litert = tool_of(Family.TFLITE), tool_of(Family.LITERT)
    file = {tflite: device.file.benchmark_model, litert: device.file.benchmark_litert_model}
    for tool, path in file.items():
        if path:
            return ToolChoice(device.name, tool, f"devices/{device.name}.yaml names one")
    for tool in file:
        if os.environ.get(variable_of(tool)):
            return ToolChoice(device.name, tool, f"{variable_of(tool)} names one")
    return None


@dataclass(slots=True)
class _Chooser:
    """Decides device after device; what could not be fetched for one is not tried for the next."""

    workspace: Workspace
    fetching: bool
    watcher: Watcher
    way: Callable[[Device], Transport]
    troubles: dict[tuple[Family, str], str] = field(default_factory=dict)

    def choose(self, device: Device, platform: str | None, sight: Sight | None) -> ToolChoice:
        """Return what measures on a device that answers. Raises as `choose_tools`."""
        families = [family for family in Family if tool_of(family) in tool_names()]
        for family in families:
            if program := cached(self.workspace, family, platform):
                shown = self.workspace.relative(program)
                return ToolChoice(device.name, tool_of(family), f"{shown} is there")
        lacking = f"there is no official program for {platform or 'its platform'}"
        for family in families:
            if platform is not None and fetchable(family, platform):
                if not self.fetching:
                    what = f"the official one for {platform} would be fetched"
                    return ToolChoice(device.name, tool_of(family), what, to_fetch=True)
                trouble = self._fetch(family, platform)
                if not trouble:
                    what = f"the official one for {platform} was fetched"
                    return ToolChoice(device.name, tool_of(family), what)
                lacking = f"the official program cannot be fetched: {trouble}"
                break  # the other family would be another program, and the network is the same
        return self._embedded(device, platform, sight, lacking.rstrip("."))

    def _fetch(self, family: Family, platform: str) -> str:
        """Fetch a program; return why that failed, or nothing."""
        key = family, platform
        if key not in self.troubles:
            try:
                fetch(self.workspace, family, platform, watcher=self.watcher, limits=PATIENCE)
            except ToolError as error:
                self.troubles[key] = error.message
        return self.troubles.get(key, "")

    def _embedded(
        self, device: Device, platform: str | None, sight: Sight | None, lacking: str
    ) -> ToolChoice:
        if sight is not None and sight.text and sight.stale() is None:
            why = f"{lacking}; whether Python is there was not tried, as somebody measures there"
            return ToolChoice(device.name, EMBEDDED, why)
        settings = tool_settings(device, EMBEDDED, platform, self.workspace)
        transport = self.way(device)
        try:
            identity = make_tool(EMBEDDED, settings).identify(transport)
        except ToolError as error:
            said = error.message.removeprefix(f"{device.name}: ").rstrip(".")
            raise ToolError(
                f"{device.name}: nothing can measure here: {lacking}; {said}.",
                f"{error.advice} Or name a program: `benchmark_model: FILE` in "
                f"devices/{device.name}.yaml.".strip(),
            ) from error
        except BenchhubError as error:
            why = f"assumed, as it was lost: {error.message}"
            return ToolChoice(device.name, EMBEDDED, why.rstrip("."))
        finally:
            transport.close()
        wheel = f"{identity.program} has ai-edge-litert {identity.version}"
        return ToolChoice(device.name, EMBEDDED, f"{lacking}; {wheel}")


def auto_tools(choices: Sequence[ToolChoice]) -> Mapping[str, str]:
    """Return the tool by device."""
    return {choice.device: choice.tool for choice in choices}
