"""Examines a device: what works, what is limited, what would go wrong, and what to do about it.

Nothing stays on the device that was not there before. Each check is a sentence for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from benchhub.devices.lease import Sight
from benchhub.devices.settings import plan_governor, read_governors
from benchhub.devices.told import pairs
from benchhub.devices.transport import Transport
from benchhub.records import DeviceFacts, Telemetry
from benchhub.records.temperature import decisive_temperature

TIMEOUT_S = 30.0
# How the folder begins that is made in benchhub's folder on the device, and removed.
MINE = ".doctor-"
# Models, programs and outputs of an invocation come to less than that, mostly.
ENOUGH_SPACE_BYTES = 200_000_000

# adb shells have exit codes and a standard error of their own since Android 7.
SHELL_V2_API = 24

# $1 folder of benchhub, $2 name of a folder in it that is ours. Says what it found as key=value,
# and as `base` the folder above that was there already.
_FOLDER = r"""
folder=$1 mine=$1/$2 base=$1
while [ ! -d "$base" ]; do
  case $base in ?*/*) base=${base%/*} ;; /*) base=/ ;; *) base=. ;; esac
done
echo "base=$base"
first() { printf '%s\n' "$1" | head -n 1; }
said=$(mkdir -p "$mine" 2>&1) || { echo "refused=$(first "${said:-mkdir failed}")"; exit 0; }
# By cat, because shells do not say why their own printf fails.
said=$({ printf '#!%s\necho ran\n' "$(command -v sh)" | cat >"$mine/probe"; } 2>&1)
[ -z "$said" ] || echo "refused=$(first "$said")"
[ "$(cat "$mine/probe" 2>/dev/null | tail -n 1)" = "echo ran" ] && echo written=yes
chmod 755 "$mine/probe" 2>/dev/null
echo "ran=$("$mine/probe" 2>&1 | head -n 1)"
echo "space=$(df -k "$mine" 2>/dev/null | tail -n 1)"
"""

# $1 folder of benchhub, $2 ours in it, $3 what was there before.
_LEAVE = r"""
rm -rf "$1/$2"
folder=$1
while [ "$folder" != "$3" ] && rmdir "$folder" 2>/dev/null; do
  case $folder in ?*/*) folder=${folder%/*} ;; *) break ;; esac
done
true
"""

_PROGRAMS = r"""
for program in setsid grep taskset; do
  command -v $program >/dev/null 2>&1 && echo "$program=yes"
done
for tool in sha256sum 'toybox sha256sum' 'busybox sha256sum' 'shasum -a 256'; do
  $tool </dev/null >/dev/null 2>&1 && echo "sha256=$tool" && break
done
true
"""

# `df -k`: size, used, available in KiB, use in percent; some leave the percentage out.
_DF = re.compile(r"\s([0-9]{1,15})\s+([0-9]{1,15})\s+([0-9]{1,15})(?:\s+[0-9]{1,3}%)?(?:\s|$)")
_SIZE = r"([0-9]{1,15}(?:\.[0-9]{1,9})?)([KMGT])"
_DF_HUMAN = re.compile(rf"\s{_SIZE}\s+{_SIZE}\s+{_SIZE}\s")
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Verdict(StrEnum):
    """What a check came to."""

    OK = "ok"
    NOTE = "note"  # it works, with a limit that is good to know
    PROBLEM = "problem"
    UNKNOWN = "unknown"  # could not be checked


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        about: One or two words.
        verdict: What it came to.
        said: A sentence.
        advice: What to do; empty where there is nothing.
    """

    about: str
    verdict: Verdict
    said: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class FolderProbe:
    """What was found in benchhub's folder on a device.

    Attributes:
        base: The lowest folder on the way that was there before.
        written: Whether a file could be written.
        refused: Why not, in the device's words.
        ran: What a script printed that was started there.
        free_bytes: Space for files; None if the device does not tell.
    """

    base: str
    written: bool
    refused: str
    ran: str
    free_bytes: int | None


def probe_folder(transport: Transport, folder: str, mine: str) -> FolderProbe:
    """Write a script into benchhub's folder and run it. `leave_folder` removes it.

    Args:
        transport: A way to the device beside that folder.
        folder: The folder.
        mine: Name in it, of a folder that is made.

    Raises:
        TransportError: The device does not answer.
    """
    argv = ["sh", "-c", _FOLDER, "sh", folder, mine]
    return parse_folder(transport.run(argv, timeout_s=TIMEOUT_S).stdout)


def leave_folder(transport: Transport, folder: str, mine: str, base: str) -> None:
    """Remove what was made in the folder, and the folder if it was not there before.

    Raises:
        TransportError: The device does not answer.
    """
    transport.run(["sh", "-c", _LEAVE, "sh", folder, mine, base], timeout_s=TIMEOUT_S)


def parse_folder(text: str) -> FolderProbe:
    """Read what the script printed; anything may be missing."""
    told = dict(pairs(text))
    return FolderProbe(
        base=told.get("base", ""),
        written="written" in told,
        refused=told.get("refused", ""),
        ran=told.get("ran", ""),
        free_bytes=_free_bytes(told.get("space", "")),
    )


def check_folder(probe: FolderProbe, folder: str, file: str) -> list[Check]:
    """Say whether benchhub's folder can be used.

    Args:
        probe: What was found.
        folder: The folder.
        file: The device file, for advice.
    """
    other = f"Choose another `folder:` in {file}."
    if not probe.written:
        reason = probe.refused.rpartition(": ")[2].rstrip(".") or "no reason is given"
        full = "No space" in reason
        advice = f"Make room there: benchhub devices clean, or c{other[1:]}" if full else other
        checks = [
            Check("folder", Verdict.PROBLEM, f"{folder} cannot be written: {reason}.", advice)
        ]
        checks.append(Check("execution", Verdict.UNKNOWN, "needs a folder that can be written."))
    else:
        checks = [
            Check("folder", Verdict.OK, f"{folder} can be written."),
            _execution(probe, folder, other),
        ]
    return [*checks, _space(probe, folder)]


def _execution(probe: FolderProbe, folder: str, other: str) -> Check:
    if probe.ran == "ran":
        return Check("execution", Verdict.OK, f"programs in {folder} can be started.")
    reason = probe.ran.rpartition(": ")[2] or "nothing was printed"
    return Check(
        "execution",
        Verdict.PROBLEM,
        f"no program can be started in {folder} ({reason}): mostly its file system is mounted "
        "noexec.",
        other,
    )


def _space(probe: FolderProbe, folder: str) -> Check:
    free = probe.free_bytes
    if free is None:
        return Check("space", Verdict.UNKNOWN, "df does not tell how much is free.")
    size = f"{free / 1e9:.0f} GB" if free >= 1e10 else f"{free / 1e6:.0f} MB"
    said = f"{size} are free for {folder}."
    if free >= ENOUGH_SPACE_BYTES:
        return Check("space", Verdict.OK, said)
    return Check(
        "space",
        Verdict.PROBLEM,
        f"only {said}",
        f"Models, programs and outputs may need {ENOUGH_SPACE_BYTES / 1e6:.0f} MB: make room, or "
        "choose another `folder:`.",
    )


def _free_bytes(line: str) -> int | None:
    if found := _DF.search(f" {line}"):
        return int(found[3]) * 1024
    if found := _DF_HUMAN.search(f" {line} "):  # toolbox of Android 7: `1.9G 1.2G 0.7G 4096`
        return int(float(found[5]) * _UNITS[found[6]])
    return None


def check_programs(transport: Transport) -> list[Check]:
    """Say whether the device has the small programs that benchhub uses.

    Raises:
        TransportError: It does not answer.
    """
    told = dict(pairs(transport.run(["sh", "-c", _PROGRAMS], timeout_s=TIMEOUT_S).stdout))
    return programs(told, local=transport.here)


def programs(told: dict[str, str], *, local: bool) -> list[Check]:
    """Judge the answer of the device: names of programs that it has.

    Args:
        told: Names, and as `sha256` what computes that.
        local: The device is this machine, where setsid and grep are not used.
    """
    get = "Install coreutils, toybox or busybox there."
    checks = []
    if "sha256" in told:
        checks.append(Check("sha256", Verdict.OK, f"{told['sha256']} verifies files."))
    else:
        checks.append(
            Check(
                "sha256", Verdict.PROBLEM, "there is no sha256sum: files cannot be verified.", get
            )
        )
    if not local:
        if "grep" not in told:
            said = "there is no grep: processes that a program leaves behind cannot be found."
            checks.append(Check("grep", Verdict.PROBLEM, said, get))
        if "setsid" not in told:
            said = "there is no setsid: a program that ignores signals is ended less surely."
            checks.append(
                Check("setsid", Verdict.NOTE, said, "Install util-linux or busybox there.")
            )
        if {"grep", "setsid"} <= told.keys():
            checks.append(Check("processes", Verdict.OK, "grep and setsid are there."))
    if "taskset" in told:
        checks.append(Check("affinity", Verdict.OK, "taskset is there."))
    else:
        said = "there is no taskset: cases with `affinity` are refused."
        checks.append(
            Check("affinity", Verdict.NOTE, said, "Install util-linux, toybox or busybox.")
        )
    return checks


def check_platform(facts: DeviceFacts) -> list[Check]:
    """Say which builds run there, and whether that is a surprise."""
    bits = f"{facts.user_bits}-bit user land" if facts.user_bits else ""
    told = ", ".join(part for part in (facts.arch, bits, facts.libc) if part)
    if facts.platform is None:
        abis = f", ABIs {', '.join(facts.abis)}" if facts.abis else ""
        return [
            Check(
                "platform",
                Verdict.PROBLEM,
                f"no builds are known for this device ({told or 'it tells nothing'}{abis}).",
                "Name a program that was built for it: `benchmark_model: FILE` in its file.",
            )
        ]
    if facts.kind == "linux" and facts.user_bits == 32 and facts.arch in ("aarch64", "x86_64"):
        return [
            Check(
                "platform",
                Verdict.NOTE,
                f"{facts.platform}: a 32-bit user land on a 64-bit kernel ({told}); 64-bit "
                "programs do not start there.",
                f"Use builds for {facts.platform}.",
            )
        ]
    return [Check("platform", Verdict.OK, f"{facts.platform} ({told}).")]


def check_android(facts: DeviceFacts) -> list[Check]:
    """Say what is particular to this Android; nothing for other systems."""
    if facts.kind != "android":
        return []
    level = facts.api_level
    if level is None:
        checks = [Check("android", Verdict.UNKNOWN, "it does not tell its API level.")]
    elif level < SHELL_V2_API:
        said = (
            f"API {level} is older than Android 7: a way without shell v2 is used, untested there."
        )
        checks = [Check("android", Verdict.NOTE, said)]
    else:
        checks = [Check("android", Verdict.OK, f"{facts.os}, API {level}.")]
    if facts.from_shell:
        said = "results are from a shell process, not an app; foreground apps can be faster."
        checks.append(Check("process", Verdict.NOTE, said))
    return checks


def check_governor(transport: Transport, governor: str = "performance") -> list[Check]:
    """Say whether a suite may set the governor.

    Args:
        transport: The way to the device.
        governor: What a suite would most likely ask for.

    Raises:
        TransportError: The device does not answer.
    """
    current = sorted(set(read_governors(transport).values()))
    if not current:
        said = "no governor is told: `governor` in a suite's conditions cannot be used."
        return [Check("governor", Verdict.NOTE, said)]
    now = ", ".join(current)
    problem = plan_governor(transport, governor).problem.removeprefix(f"{transport.name}: ")
    if not problem:
        said = f"{now}" + ("." if current == [governor] else f"; '{governor}' can be set.")
        return [Check("governor", Verdict.OK, said)]
    advice = "Leave `governor` out of the suite's conditions, or permit the change there."
    return [Check("governor", Verdict.NOTE, problem, advice)]


def check_telemetry(telemetry: Telemetry) -> list[Check]:
    """Say what a run will know of the state of the device."""
    zone = decisive_temperature(telemetry.temperature_c)
    told = []
    if zone:
        told.append(f"{zone[0]} {zone[1]:.1f} °C")
    if telemetry.battery_percent is not None:
        told.append(f"battery {telemetry.battery_percent:.0f} %")
    if telemetry.cpu_khz:
        told.append(f"frequencies of {len(telemetry.cpu_khz)} CPUs")
    text = ", ".join(told)
    checks = []
    if zone is None:
        said = "no temperature is told: `start_temperature_below` in a suite cannot be used."
        checks.append(Check("telemetry", Verdict.NOTE, f"{said} Told: {text or 'nothing'}."))
    else:
        checks.append(Check("telemetry", Verdict.OK, f"{text}."))
    if telemetry.throttled:
        said = f"held back now: {', '.join(telemetry.throttled)}."
        advice = "Look after power supply and cooling."
        checks.append(Check("throttling", Verdict.PROBLEM, said, advice))
    elif telemetry.thermal_status:
        said = f"thermal status {telemetry.thermal_status} of 6: the device holds itself back."
        checks.append(Check("throttling", Verdict.PROBLEM, said, "Let it cool down."))
    return checks


def check_lease(sight: Sight, name: str) -> list[Check]:
    """Say whether a run would get the device."""
    if not sight.text:
        return [Check("lease", Verdict.OK, "nobody has the device.")]
    if sight.lease is None:
        said = "there is a lease that this version cannot read."
        advice = f"If nobody measures there: benchhub devices clean {name} --force"
        return [Check("lease", Verdict.PROBLEM, said, advice)]
    why = sight.stale()
    if why is None:
        return [Check("lease", Verdict.PROBLEM, f"in use by {sight.lease}.", "Wait for its end.")]
    changed = len(sight.lease.changes)
    undone = f" and puts back {changed} setting{'s' * (changed != 1)}" if changed else ""
    said = f"stale, {why} (was {sight.lease}). The next run takes it over{undone}."
    return [Check("lease", Verdict.NOTE, said, f"At once: benchhub devices clean {name}")]
