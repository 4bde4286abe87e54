"""What a Linux device says of itself: facts at the start of a run, telemetry around invocations.

One shell command collects the text, pure functions read it; a value that is not there is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchhub.devices.transport import Transport
from benchhub.records import DeviceFacts, Telemetry

TIMEOUT_S = 20.0

# Each line is `key=value`; a file that does not exist gives no line.
_FACTS = r"""
echo "kernel=$(uname -r)"; echo "arch=$(uname -m)"
[ -r /etc/os-release ] && (. /etc/os-release; echo "os=$PRETTY_NAME")
sed -n 's/^model name[[:space:]]*: /cpu=/p;s/^Model[[:space:]]*: /cpu=/p' /proc/cpuinfo | head -n 1
[ -r /proc/device-tree/model ] && echo "board=$(tr -d '\0' </proc/device-tree/model)"
echo "cores=$(nproc)"
sed -n 's/^MemTotal: *\([0-9]*\) kB/memory_kb=\1/p' /proc/meminfo
for c in /sys/devices/system/cpu/cpufreq/policy*; do
  [ -r "$c/scaling_governor" ] || continue
  echo "governor=$(cat "$c/scaling_governor")"
  echo "min_khz=$(cat "$c/scaling_min_freq")"; echo "max_khz=$(cat "$c/scaling_max_freq")"
done
true
"""

# Shell builtins only: this runs right before and after each measurement.
_TELEMETRY = r"""
read -r load rest </proc/loadavg && echo "load=$load"
for f in /sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq; do
  [ -r "$f" ] || continue
  c=${f#/sys/devices/system/cpu/}; read -r khz <"$f" && echo "khz.${c%%/*}=$khz"
done
for z in /sys/class/thermal/thermal_zone*; do
  [ -r "$z/temp" ] || continue
  read -r type <"$z/type"; read -r temp <"$z/temp" && echo "temp.$type=$temp"
done 2>/dev/null
true
"""


def read_facts(transport: Transport) -> DeviceFacts:
    """Ask a device for its facts.

    Raises:
        TransportError: It does not answer.
    """
    return parse_facts(transport.run(["sh", "-c", _FACTS], timeout_s=TIMEOUT_S).stdout)


def read_telemetry(transport: Transport) -> Telemetry:
    """Ask a device for its state now.

    Raises:
        TransportError: It does not answer.
    """
    return parse_telemetry(transport.run(["sh", "-c", _TELEMETRY], timeout_s=TIMEOUT_S).stdout)


def parse_facts(text: str) -> DeviceFacts:
    """Read the lines of the facts command."""
    pairs = list(_pairs(text))
    first: dict[str, str] = {}
    for key, value in pairs:
        first.setdefault(key, value)
    memory = _integer(first.get("memory_kb"))
    limits = {
        key: [number for k, value in pairs if k == key and (number := _integer(value)) is not None]
        for key in ("min_khz", "max_khz")
    }
    return DeviceFacts(
        os=first.get("os"),
        kernel=first.get("kernel"),
        arch=first.get("arch"),
        cpu=first.get("board") or first.get("cpu"),
        cores=_integer(first.get("cores")),
        memory_bytes=None if memory is None else memory * 1024,
        governors=tuple(dict.fromkeys(value for key, value in pairs if key == "governor")),
        min_khz=min(limits["min_khz"], default=None),
        max_khz=max(limits["max_khz"], default=None),
    )


def parse_telemetry(text: str) -> Telemetry:
    """Read the lines of the telemetry command."""
    khz: dict[str, int] = {}
    temperature: dict[str, float] = {}
    load: float | None = None
    for key, value in _pairs(text):
        number = _integer(value)
        if key == "load" and re.fullmatch(r"[0-9.]+", value):
            load = float(value)
        elif number is not None and key.startswith("khz."):
            khz[key.removeprefix("khz.")] = number
        elif number is not None and key.startswith("temp."):
            temperature[key.removeprefix("temp.")] = number / 1000  # sysfs tells millidegrees
    return Telemetry(load, khz, temperature)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, found, value = line.partition("=")
        if found and value:
            yield key, value


def _integer(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,18}", text) else None
