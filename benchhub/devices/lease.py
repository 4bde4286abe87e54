"""The exclusive right to one device: a file on the device itself, so that everybody sees it.

It holds who has the device and what was changed there. Whoever meets a lease whose owner is gone
first puts back what that one changed and ends what that one left running.

Nobody's clock is trusted: a lease ends by the device's own time since it was started, and with it.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from benchhub.devices.guard import end_processes
from benchhub.devices.perfetto import KEPT_THERE
from benchhub.devices.settings import Change, restore
from benchhub.devices.transport import Transport
from benchhub.errors import DeviceError, TransportError

COMMAND_TIMEOUT_S = 30.0
# A lease is renewed between invocations, when less than half of its time is left.
SPARE_S = 900.0
ATTEMPTS = 5
# A process has a smaller number, and no device is up for so long.
_MOST_PID = 1 << 31
_MOST_S = 1e11

# $1 path. Prints boot id, seconds since boot, then the lease, if there is one.
_LOOK = """
read -r boot </proc/sys/kernel/random/boot_id || boot=; echo "$boot"
read -r up rest </proc/uptime || up=0; echo "$up"
cat "$1" 2>/dev/null; true
"""

# $1 path, $2 what has to be there, $3 what shall be there; empty is nothing. mkdir is atomic
# everywhere, and a swap takes milliseconds: a lock that stays for seconds was left behind.
_SWAP = """
lock=$1.swap turns=0 tries=0
until mkdir "$lock" 2>/dev/null; do
  if [ -d "$lock" ]; then
    turns=$((turns + 1)); [ $turns -le 5 ] || { rmdir "$lock"; turns=0; }
    sleep 1
  else  # given back meanwhile, or the folder cannot be written
    tries=$((tries + 1)); [ $tries -le 5 ] || { mkdir "$1.probe" && rmdir "$1.probe"; exit 8; }
  fi
done
code=0
if [ "$(cat "$1" 2>/dev/null)" != "$2" ]; then code=9
elif [ -z "$3" ]; then rm -f "$1" || code=8
else { printf '%s\\n' "$3" >"$1.new" && mv -f "$1.new" "$1"; } || code=8
fi
rmdir "$lock"; exit $code
"""

_CLEAN = f"""
rm -rf "$1/scratch"
rm -f {KEPT_THERE} 2>/dev/null
find "$1" -name '.push-*' -exec rm -f {{}} + 2>/dev/null; true
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who has a device, since when, and what has to be put back.

    Attributes:
        owner: Name of the user.
        host: The machine that benchhub runs on.
        pid: Its process there.
        where: Boot and process namespace in which that number means something.
        started: When that process was started, in the kernel's ticks: numbers are used again.
        since: Local time with offset, ISO 8601.
        run_id: The run; empty outside one.
        session: What all processes on the device carry (`Transport.session`).
        boot_id: Boot of the device.
        expires_s: Time since boot of the device at which it ends if it is not renewed.
        changes: What has to be put back, oldest first.
    """

    owner: str
    host: str
    pid: int
    where: str
    started: str
    since: str
    run_id: str
    session: str
    boot_id: str
    expires_s: float
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        """Say who has it."""
        run = f", run {self.run_id}" if self.run_id else ""
        return f"{self.owner} on {self.host} (pid {self.pid}{run}) since {self.since}"


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen on a device.

    Attributes:
        boot_id: Its boot; empty where it does not tell.
        up_s: Seconds since then.
        text: The lease as it is there; empty if there is none.
        lease: The same, read; None also if it cannot be read.
    """

    boot_id: str
    up_s: float
    text: str
    lease: Lease | None

    def stale(self) -> str | None:
        """Say why the lease does not count any more, or None if it does."""
        lease = self.lease
        if lease is None:
            return None
        if lease.boot_id != self.boot_id:
            return "the device was restarted since"
        if lease.where == _where() and _started(lease.pid) != lease.started:
            return "its process is gone"
        if self.up_s > lease.expires_s:
            return "it was not renewed in time"
        return None


class HeldLease:
    """A lease that this process holds; made by `acquire`."""

    def __init__(self, transport: Transport, lease: Lease, sight: Sight, length_s: float) -> None:
        self._transport = transport
        self._lease = lease
        self._length_s = length_s
        self._offset_s = sight.up_s - time.monotonic()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What has to be put back."""
        return self._lease.changes

    def renew(self) -> None:
        """Make it last longer if half of its time is over.

        Raises:
            DeviceError: Somebody else has the device now.
            TransportError: The device does not answer.
        """
        now_s = time.monotonic() + self._offset_s
        if self._lease.expires_s - now_s < self._length_s / 2:
            self._become(replace(self._lease, expires_s=now_s + self._length_s))

    def note(self, changes: Sequence[Change]) -> None:
        """Write down what is about to be changed. Raises as `renew` does."""
        if changes:
            self._become(replace(self._lease, changes=(*self._lease.changes, *changes)))

    def restore(self) -> None:
        """Put back what was changed. Raises as `renew` does, and if the device refuses."""
        if self._lease.changes:
            self.undo(self._lease.changes)

    def undo(self, changes: Sequence[Change]) -> None:
        """Put back some of what was changed. Raises as `restore` does."""
        problem = restore(self._transport, changes)
        if problem:
            raise TransportError(problem, "Set it back by hand.")
        left = tuple(change for change in self._lease.changes if change not in changes)
        self._become(replace(self._lease, changes=left))

    def release(self) -> None:
        """Put everything back and give the device free. Raises as `renew` does."""
        self.restore()
        _swap(self._transport, _text(self._lease), "")

    def _become(self, lease: Lease) -> None:
        if not _swap(self._transport, _text(self._lease), _text(lease)):
            other = look(self._transport).lease
            raise DeviceError(f"{self._transport.name}: the lease was lost to {other or 'nobody'}.")
        self._lease = lease


def look(transport: Transport) -> Sight:
    """Look at the lease of a device. Raises TransportError."""
    argv = ["sh", "-c", _LOOK, "sh", transport.lease_path]
    result = transport.run(argv, timeout_s=COMMAND_TIMEOUT_S)
    boot_id, _, rest = result.stdout.partition("\n")
    up, _, text = rest.partition("\n")
    try:
        up_s = float(up)
    except ValueError:
        up_s = 0.0
    up_s = up_s if 0 <= up_s < _MOST_S else 0.0
    return Sight(boot_id.strip(), up_s, text.strip(), _parse(text))


def acquire(
    transport: Transport, run_id: str, longest_step_s: float, ours: Collection[str] = ()
) -> HeldLease:
    """Take a device, and heal it if its last user is gone.

    Args:
        transport: The way to it.
        run_id: Told to whoever wants the device meanwhile.
        longest_step_s: The longest time between two calls of `renew`.
        ours: Sessions of earlier connections of the same work; what they hold is taken over.

    Raises:
        DeviceError: Somebody has it; the message says who.
        TransportError: The device does not answer, or its folder cannot be written.
    """
    for _ in range(ATTEMPTS):
        sight = look(transport)
        before = sight.lease
        taken_over = sight.stale() is not None or (before is not None and before.session in ours)
        if sight.text and not taken_over:
            raise _busy(transport, before)
        length_s = 2 * (longest_step_s + SPARE_S)
        lease = Lease(
            owner=_user(),
            host=socket.gethostname(),
            pid=os.getpid(),
            where=_where(),
            started=_started(os.getpid()),
            since=datetime.now().astimezone().isoformat(timespec="seconds"),
            run_id=run_id,
            session=transport.session,
            boot_id=sight.boot_id,
            expires_s=sight.up_s + length_s,
            changes=before.changes if before and before.boot_id == sight.boot_id else (),
        )
        if _swap(transport, sight.text, _text(lease)):
            held = HeldLease(transport, lease, sight, length_s)
            if before is not None:
                _heal(transport, before, held)
            return held
    raise _busy(transport, look(transport).lease)


def clean(transport: Transport) -> None:
    """Remove what interrupted pushes and invocations left. The lease has to be held."""
    argv = ["sh", "-c", _CLEAN, "sh", transport.store]
    transport.run(argv, timeout_s=COMMAND_TIMEOUT_S)


def _heal(transport: Transport, before: Lease, held: HeldLease) -> None:
    if before.session:
        transport.run(end_processes(before.session), timeout_s=COMMAND_TIMEOUT_S)
    held.restore()
    clean(transport)


def _busy(transport: Transport, lease: Lease | None) -> DeviceError:
    if lease is None:
        return DeviceError(
            f"{transport.name}: {transport.lease_path} is there, but is no lease that this "
            "version can read.",
            f"If nobody measures there, remove it: benchhub devices clean {transport.name} --force",
        )
    return DeviceError(
        f"{transport.name}: in use by {lease}.", "Wait for its end, or choose another device."
    )


def _swap(transport: Transport, expected: str, text: str) -> bool:
    """Replace the lease if it still is as expected, in one step. Raises TransportError."""
    argv = ["sh", "-c", _SWAP, "sh", transport.lease_path, expected, text]
    result = transport.run(argv, timeout_s=COMMAND_TIMEOUT_S)
    if result.returncode in (0, 9):
        return result.returncode == 0
    said = result.stderr.strip().splitlines()
    raise TransportError(
        f"{transport.name}: the lease {transport.lease_path} cannot be written: "
        f"{said[-1][:200] if said else f'exit code {result.returncode}'}.",
        f"Choose another `folder:` for {transport.name}, or make room there.",
    )


def _text(lease: Lease) -> str:
    return json.dumps(asdict(lease))


def _parse(text: str) -> Lease | None:
    try:
        found = json.loads(text)
        changes = tuple(Change(**change) for change in found.pop("changes", ()))
        lease = Lease(**found, changes=changes)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return lease if _is_sound(lease) else None


def _is_sound(lease: Lease) -> bool:
    """Say whether its parts are what they are called: anyone can write the file."""
    told: dict[str, Any] = asdict(lease)
    pid, expires_s, changes = (told.pop(name) for name in ("pid", "expires_s", "changes"))
    texts = [*told.values(), *(text for change in changes for text in change.values())]
    return (
        all(isinstance(text, str) and text.isprintable() for text in texts)
        and type(pid) is int
        and 0 < pid < _MOST_PID
        and isinstance(expires_s, int | float)
        and 0 <= expires_s < _MOST_S
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without an entry for its user
        return f"uid {os.getuid()}"


def _where() -> str:
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot_id}/{os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no path
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> str:
    """Return when a process was started; empty if it is not there. proc(5), field 22 of stat."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "" if Path("/proc/self").exists() or not _alive(pid) else "unknown"
    return text.rpartition(")")[2].split()[19]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
