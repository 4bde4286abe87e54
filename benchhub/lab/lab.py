"""A lab, as a controller uses it: its devices, and the stations of a run on them."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Mapping, Sequence

from distributed import Security

from benchhub.devices.inventory import Device, parse_device
from benchhub.errors import DeviceError, StoreError, UsageError
from benchhub.execution.station import Job, Voice
from benchhub.lab.calls import Calls
from benchhub.lab.deliveries import Deliveries
from benchhub.lab.lookout import Lookout
from benchhub.lab.members import LentDevice, Survey, connect, survey
from benchhub.lab.orders import Parcel, pack
from benchhub.lab.remote_station import RemoteStations
from benchhub.workspace import Workspace

# A scheduler that is started again within that time costs nothing but the time.
PATIENCE_S = 600.0


class Lab:
    """The devices of a lab, for one run. Close it.

    Args:
        address: `tls://host:port` of its scheduler.
        security: Of the role controller.
        tell: Is told what happens to the lab.

    Raises:
        UsageError: The address is none, or one without encryption.
        TransportError: No scheduler answers, or the certificates do not fit.
    """

    def __init__(self, address: str, security: Security, tell: Callable[[str], None]) -> None:
        self._calls = Calls(lambda: connect(address, security), PATIENCE_S, tell)
        self._deliveries = Deliveries(self._calls)
        self._voices: dict[str, Voice] = {}
        self._parcel: Parcel | None = None
        self._lock = threading.Lock()
        self.dashboard = self._look().dashboard
        self._lookout = Lookout(self._look, self._voices)

    def close(self) -> None:
        """Hang up."""
        self._lookout.close()
        self._calls.close()

    def devices(self, wanted: Sequence[str], workspace: Workspace) -> tuple[Device, ...]:
        """Return the devices of those names, in that order; `@word` means all of a label or host.

        Raises:
            DeviceError: Nobody in the lab has a device of that name, label or host.
            UsageError: No device is named.
            ConfigError: The file of a device is wrong.
        """
        there = {
            device.name: device for member in self._look().members for device in member.devices
        }
        names = dict.fromkeys(name for word in wanted for name in _named(word, there))
        if not names:
            raise UsageError("no device is named.", f"The lab has: {_listed(there)}.")
        return tuple(
            parse_device(there[name].yaml, f"{there[name].host}: {name}.yaml", workspace.devices)
            for name in names
        )

    def stations(self, job: Job, voice: Voice) -> RemoteStations:
        """Return the stations of a device of the lab; see `MakeStations`."""
        self._voices[job.device.name] = voice
        self._calls.hear(job.plan.run_id, self._hear)
        return RemoteStations(job, voice, self._deliveries, lambda: self._packed(job))

    def _look(self) -> Survey:
        return survey(self._calls.client)

    def _packed(self, job: Job) -> Parcel:
        """Pack the run once for all of its devices. Raises StoreError."""
        with self._lock:
            if self._parcel is None:
                try:
                    self._parcel = pack(job)
                except OSError as error:
                    raise StoreError(
                        f"{error.filename}: cannot be read: {error.strerror}."
                    ) from error
            return self._parcel

    def _hear(self, said: Mapping[str, str]) -> None:
        voice = self._voices.get(said["device"])
        if voice is not None:
            tell = voice.waiting if said["kind"] == "waiting" else voice.trouble
            tell(said["text"])


def _named(word: str, there: Mapping[str, LentDevice]) -> list[str]:
    if word.startswith("@"):
        matching = [
            name for name, one in there.items() if word[1:] in one.labels or word[1:] == one.host
        ]
        if not matching:
            raise DeviceError(f"no device or host of the lab is called or labelled '{word[1:]}'.")
        return matching
    if word not in there:
        close = difflib.get_close_matches(word, there, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"The lab has: {_listed(there)}."
        raise DeviceError(f"{word}: no host of the lab has it now.", hint)
    return [word]


def _listed(there: Mapping[str, LentDevice]) -> str:
    return ", ".join(sorted(there)) or "nothing"
