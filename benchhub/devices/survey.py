"""Looks at all devices at once: who answers, what it is, how warm it is, who has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device, find_devices, read_device
from benchhub.devices.lease import Sight, look
from benchhub.devices.routes import open_beside
from benchhub.devices.telemetry import read_telemetry
from benchhub.devices.transport import Transport
from benchhub.errors import BenchhubError, ConfigError, ConnectionLostError, DeviceError
from benchhub.records import DeviceFacts, Telemetry
from benchhub.workspace import Workspace

# Connecting may take 10 s until it is given up, and the answers come within one or two.
PATIENCE_S = 15.0


@dataclass(slots=True)
class Look:
    """What was seen of a device; what it did not tell in time is None.

    Attributes:
        device: The device.
        facts: What it says of itself.
        sight: The lease on it.
        telemetry: Its state now.
        problem: Why something is missing.
        seconds: How long it took.
    """

    device: Device
    facts: DeviceFacts | None = None
    sight: Sight | None = None
    telemetry: Telemetry | None = None
    problem: BenchhubError | None = None
    seconds: float = 0.0

    @property
    def is_reachable(self) -> bool:
        """Whether it answered at all."""
        return self.facts is not None


def survey(
    devices: Sequence[Device], workspace: Workspace, patience_s: float = PATIENCE_S
) -> tuple[Look, ...]:
    """Ask all devices at the same time; none waits for another one.

    Args:
        devices: The devices.
        workspace: Where they are from.
        patience_s: What did not come by then is missing.
    """
    visits = [_Visit(device, workspace) for device in devices]
    for visit in visits:
        visit.start()
    deadline = time.monotonic() + patience_s
    for visit in visits:
        visit.join(max(0.0, deadline - time.monotonic()))
    return tuple(visit.end(patience_s) for visit in visits)


class _Visit(threading.Thread):
    """Asks one device. A daemon: a device that hangs does not keep the command from ending."""

    def __init__(self, device: Device, workspace: Workspace) -> None:
        super().__init__(daemon=True)
        self._workspace = workspace
        self._transport: Transport | None = None
        self._error: BaseException | None = None
        self._look = Look(device)

    def run(self) -> None:
        look_ = self._look
        began = time.monotonic()
        try:
            self._transport = transport = open_beside(look_.device.file, self._workspace)
            look_.facts = read_facts(transport)
            look_.sight = look(transport)
            look_.telemetry = read_telemetry(transport)
        except BenchhubError as error:
            look_.problem = error
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._error = error
        finally:
            look_.seconds = time.monotonic() - began
            if self._transport is not None:
                self._transport.close()

    def end(self, patience_s: float) -> Look:
        """Return what is known by now."""
        if self._error is not None:
            raise self._error
        seen = self._look
        if not self.is_alive():
            return seen
        missing = ConnectionLostError(
            f"{seen.device.name}: no answer within {patience_s:g} s.",
            f"Look closer: benchhub devices doctor {seen.device.name}",
        )
        # A copy: the thread may still write into its own.
        seen = Look(
            seen.device, seen.facts, seen.sight, seen.telemetry, seen.problem or missing, patience_s
        )
        if self._transport is not None:
            self._transport.close()
        return seen


@dataclass(frozen=True, slots=True)
class Choice:
    """Devices that were asked for, and the files that cannot be read."""

    devices: tuple[Device, ...]
    errors: tuple[ConfigError, ...] = field(default=())


def choose(workspace: Workspace, words: Sequence[str]) -> Choice:
    """Return the devices of those names and `@labels`, all without any; wrong files stand apart.

    Raises:
        DeviceError: A name or label is not in the inventory.
    """
    known, errors = _readable(workspace)
    if not words:
        return Choice(tuple(known.values()), tuple(errors.values()))
    chosen: dict[str, Device] = {}
    wrong: dict[str, ConfigError] = {}
    for word in words:
        if word in errors:
            wrong[word] = errors[word]
        elif word.startswith("@"):
            wrong |= errors  # one of them may have the label
            found = {n: d for n, d in known.items() if word[1:] in d.file.labels}
            if not found:
                raise DeviceError(f"no device in devices/ has the label '{word[1:]}'.")
            chosen |= found
        else:
            chosen |= {device.name: device for device in find_devices(workspace, [word])}
    return Choice(tuple(chosen.values()), tuple(wrong.values()))


def _readable(workspace: Workspace) -> tuple[dict[str, Device], dict[str, ConfigError]]:
    devices: dict[str, Device] = {}
    errors: dict[str, ConfigError] = {}
    for path in sorted(workspace.devices.glob("*.yaml")):
        try:
            devices[path.stem] = read_device(path, workspace.relative(path))
        except ConfigError as error:
            errors[path.stem] = error
    return devices, errors
