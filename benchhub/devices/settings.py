"""Settings of a device that a measurement changes: cpufreq governors, properties of Android.

Also whether affinity works.

A change is planned, kept somewhere safe, applied, and undone afterwards, so that it can be undone
by whoever finds it in a lease as well. What a device does not permit is no error but a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchhub.devices.clusters import cpu_list, mask, parse_cpu_list
from benchhub.devices.told import pairs
from benchhub.devices.transport import Transport

TIMEOUT_S = 20.0

# One line a policy: `path=governor`, with what the plan needs to know behind it.
_READ = r"""
exec 2>/dev/null
set -- /sys/devices/system/cpu/cpufreq/policy[0-9]*/scaling_governor
[ -e "$1" ] || set -- /sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor
for f do
  [ -r "$f" ] && read -r name <"$f" && echo "governor:$f=$name"
  read -r names <"${f%scaling_governor}scaling_available_governors" && echo "known:$f=$names"
  [ -w "$f" ] && echo "writable:$f=yes"
done
true
"""

# Before the name of one of Android's properties where else the path of a file stands.
PROPERTY = "property:"

# Arguments: file, value it has to have now, value to write, for each file. A file that has another
# value is left alone. What each file has afterwards is printed.
_WRITE = r"""
exec 2>/dev/null
look() { case $1 in property:*) now=$(getprop "${1#*:}") ;; *) read -r now <"$1" ;; esac; }
put() { case $1 in property:*) setprop "${1#*:}" "$2" ;; *) echo "$2" >"$1" ;; esac; }
while [ $# -ge 3 ]; do
  look "$1" && [ "$now" = "$2" ] && put "$1" "$3"
  look "$1" && echo "$1=$now"
  shift 3
done
true
"""

_AFFINITY = r"""
command -v taskset >/dev/null 2>&1 || { echo taskset=missing; exit 0; }
taskset "$1" sh -c 'grep Cpus_allowed_list: /proc/self/status' 2>&1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting: a file on the device, the value it had and the value it gets.

    A path that begins with `PROPERTY` is the name of one of Android's properties.
    """

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What has to be changed, or why that is impossible.

    Attributes:
        changes: Settings that differ from the wish; empty if all are as wished.
        problem: A sentence; empty if the changes can be made.
    """

    changes: tuple[Change, ...] = ()
    problem: str = ""


def read_governors(transport: Transport) -> Mapping[str, str]:
    """Return the governor of each cpufreq policy by its file; empty if none is told.

    Raises:
        TransportError: The device does not answer.
    """
    return _told(_ask(transport, _READ), "governor:")


def plan_governor(transport: Transport, governor: str) -> ChangePlan:
    """Find out what a governor means on a device; nothing is changed.

    Raises:
        TransportError: The device does not answer.
    """
    text = _ask(transport, _READ)
    current, known = _told(text, "governor:"), _told(text, "known:")
    writable = _told(text, "writable:")
    changes = tuple(Change(path, old, governor) for path, old in current.items() if old != governor)
    if not current:
        return ChangePlan(problem=f"{transport.name}: no governor is told by this device.")
    for change in changes:
        choice = known.get(change.path)
        if choice is not None and governor not in choice.split():
            return ChangePlan(
                problem=f"{transport.name}: there is no governor '{governor}': {choice}."
            )
        if change.path not in writable:
            return ChangePlan(
                problem=f"{transport.name}: the governor is '{change.old}' and may not be "
                f"changed: {change.path} is not writable."
            )
    return ChangePlan(changes)


def apply(transport: Transport, changes: Sequence[Change]) -> str:
    """Make changes, each verified by reading it back.

    Either all are made or none: what was changed before a failure is undone.

    Returns:
        What went wrong, a sentence; empty if all are made.

    Raises:
        TransportError: The device does not answer; some changes may be made.
    """
    failed = _write(transport, changes)
    if not failed:
        return ""
    left = restore(transport, changes)
    return f"{_sentence(transport, failed, 'was not accepted')} {left}".rstrip()


def restore(transport: Transport, changes: Sequence[Change]) -> str:
    """Undo changes, also some that were planned and never made.

    A setting that has neither value was changed by somebody else and is left alone.

    Returns:
        What could not be undone, a sentence; empty if nothing is left.

    Raises:
        TransportError: The device does not answer.
    """
    undone = [Change(change.path, change.new, change.old) for change in changes]
    # The last change of a file is undone first.
    current = _told(_write_text(transport, undone[::-1]), "")
    left = [change for change in undone if current.get(change.path) == change.old != change.new]
    return _sentence(transport, left, "could not be restored") if left else ""


def affinity_problem(transport: Transport, cpus: Iterable[int]) -> str:
    """Start a process on those CPUs and see where it may run.

    Works with the taskset of util-linux, busybox and toybox.

    Returns:
        Why affinity does not work, a sentence; empty if it does.

    Raises:
        TransportError: The device does not answer.
    """
    wanted = tuple(sorted(set(cpus)))
    argv = ["sh", "-c", _AFFINITY, "sh", mask(wanted)]
    text = transport.run(argv, timeout_s=TIMEOUT_S).stdout.strip()
    if text == "taskset=missing":
        return f"{transport.name}: there is no taskset, so affinity cannot be set."
    key, _, value = text.rpartition("\n")[2].partition(":")
    try:
        applied = parse_cpu_list(value) if key == "Cpus_allowed_list" else ()
    except ValueError:
        applied = ()
    if applied == wanted:
        return ""
    place = f"{transport.name}: a process cannot be kept on CPUs {cpu_list(wanted)}"
    if applied:
        return f"{place}; the system allowed {cpu_list(applied)}."
    return f"{place}: {text[:200] or 'taskset printed nothing'}."


def _ask(transport: Transport, script: str, *arguments: str) -> str:
    return transport.run(["sh", "-c", script, "sh", *arguments], timeout_s=TIMEOUT_S).stdout


def _told(text: str, prefix: str) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in pairs(text) if key.startswith(prefix)}


def _write_text(transport: Transport, changes: Sequence[Change]) -> str:
    arguments = [part for change in changes for part in (change.path, change.old, change.new)]
    return _ask(transport, _WRITE, *arguments) if arguments else ""


def _write(transport: Transport, changes: Sequence[Change]) -> list[Change]:
    """Make changes and return those whose file does not have the new value."""
    current = _told(_write_text(transport, changes), "")
    return [change for change in changes if current.get(change.path) != change.new]


def _sentence(transport: Transport, changes: Sequence[Change], what: str) -> str:
    change = changes[0]
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    return f"{transport.name}: '{change.new}' {what} by {change.path}{more}."
