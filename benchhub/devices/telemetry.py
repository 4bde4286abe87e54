"""The state of a device at one moment: Linux and Android alike; what is not told stays out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from benchhub.devices.dumpsys import read_battery, read_thermal
from benchhub.devices.told import decimal, integer, pairs
from benchhub.devices.transport import Transport
from benchhub.records import Telemetry

T = TypeVar("T")

# Android's services may take up to 10 s each before dumpsys gives up.
TIMEOUT_S = 30.0

# Shell builtins only, no process is started: this also runs beside a measurement.
_LIGHT = r"""
exec 2>/dev/null
read -r load rest </proc/loadavg && echo "load=$load"
while read -r key value unit; do
  case $key in MemAvailable:) echo "available_kb=$value"; break ;; esac
done </proc/meminfo
for f in /sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq; do
  c=${f%/cpufreq/*}; [ -r "$f" ] && read -r khz <"$f" && echo "khz.${c##*/}=$khz"
done
set -- /sys/devices/system/cpu/cpufreq/policy[0-9]*/scaling_governor
[ -e "$1" ] || set -- /sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor
for f do
  p=${f%/scaling_governor}; p=${p%/cpufreq}
  [ -r "$f" ] && read -r name <"$f" && echo "governor.${p##*/}=$name"
done
for z in /sys/class/thermal/thermal_zone*; do
  [ -r "$z/temp" ] && read -r type <"$z/type" && read -r temp <"$z/temp" && echo "temp.$type=$temp"
done
for h in /sys/class/hwmon/hwmon*; do
  read -r name <"$h/name" || continue
  case $name in coretemp|k8temp|k10temp|zenpower)
    read -r temp <"$h/temp1_input" && echo "temp.$name=$temp" ;;
  esac
done
[ -r /sys/class/power_supply ] && [ -x /sys/class/power_supply ] && echo "supplies=yes"
for s in /sys/class/power_supply/*; do
  [ -e "$s/capacity" ] || continue
  type=Battery; scope=System
  read -r type <"$s/type"; read -r scope <"$s/scope"
  [ "$type" = Battery ] && [ "$scope" != Device ] || continue
  echo "battery=yes"
  read -r x <"$s/capacity" && echo "battery.percent=$x"
  read -r x <"$s/status" && echo "battery.status=$x"
  read -r x <"$s/temp" && echo "battery.tenths_c=$x"
done
f=/sys/devices/platform/soc/soc:firmware/get_throttled
[ -r "$f" ] && read -r x <"$f" && echo "throttled=$x"
true
"""

# With programs of the device, for the moments before and after a measurement. The services'
# answers are told apart by a line before each.
_FULL = (
    _LIGHT
    + r"""
[ -r /sys/devices/platform/soc/soc:firmware/get_throttled ] || vcgencmd get_throttled
[ -x /system/bin/getprop ] || exit 0
echo "android=yes"
echo "service=battery"; dumpsys battery
echo "service=thermalservice"; dumpsys thermalservice
true
"""
)

# Bits of the Raspberry Pi's get_throttled, with 16 added for "has happened since boot":
# https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
_THROTTLED = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
_SINCE_BOOT = 16

# A zone out of this range is a placeholder, or tells another unit than sysfs promises.
_COLDEST_MC, _HOTTEST_MC, _NO_READING_MC = -40_000, 200_000, 1_000

# Words of sysfs; a full battery is not being charged.
_CHARGING = {"Charging": True, "Discharging": False, "Not charging": False, "Full": False}


def read_telemetry(transport: Transport, *, light: bool = False) -> Telemetry:
    """Ask a device for its state now.

    Args:
        transport: The way to it.
        light: Only what a shell can read without starting a program, for the time beside a
            measurement: no Android service is asked.

    Raises:
        TransportError: It does not answer.
    """
    script = _LIGHT if light else _FULL
    return parse_telemetry(transport.run(["sh", "-c", script], timeout_s=TIMEOUT_S).stdout)


def parse_telemetry(text: str) -> Telemetry:
    """Read what the telemetry command printed; anything may be missing."""
    own, services = _services(text)
    lines = list(pairs(own))
    first: dict[str, str] = {}
    for key, value in lines:
        first.setdefault(key, value)
    heat = read_thermal(services.get("thermalservice", ""))
    battery = read_battery(services.get("battery", ""))
    zones = _zones(lines)
    available = integer(first.get("available_kb"))
    tenths = integer(first.get("battery.tenths_c"))
    throttled = first.get("throttled")
    return Telemetry(
        load_1m=decimal(first.get("load")),
        cpu_khz=_prefixed(lines, "khz."),
        # sysfs is finer than the service, which may tell the same sensor under its name
        temperature_c={**heat.temperature_c, **zones},
        governors={
            key.removeprefix("governor."): value
            for key, value in lines
            if key.startswith("governor.")
        },
        memory_available_bytes=None if available is None else available * 1024,
        battery_present=_either(battery.present, _has_battery(first)),
        battery_percent=_either(battery.percent, _percent(first.get("battery.percent"))),
        battery_temperature_c=_either(
            battery.temperature_c, None if tenths is None else _celsius(tenths * 100)
        ),
        charging=_either(battery.charging, _CHARGING.get(first.get("battery.status", ""))),
        thermal_status=heat.status,
        throttled=throttle_flags(throttled, 0),
        throttled_since_boot=throttle_flags(throttled, _SINCE_BOOT),
    )


def throttle_flags(text: str | None, shift: int) -> tuple[str, ...] | None:
    """Read the Raspberry Pi's flags, `50005` or `0x50005`, from that bit on; None if not told."""
    digits = (text or "").removeprefix("0x")
    if not digits or len(digits) > 8 or set(digits) - set("0123456789abcdefABCDEF"):
        return None
    bits = int(digits, 16) >> shift
    return tuple(name for bit, name in enumerate(_THROTTLED) if bits >> bit & 1)


def _services(text: str) -> tuple[str, dict[str, str]]:
    """Part the answers of Android's services from the lines of the script itself."""
    own, *parts = text.replace("\r\n", "\n").split("\nservice=")
    answers = {}
    for part in parts:
        name, _, answer = part.partition("\n")
        answers[name] = answer
    return own, answers


def _prefixed(lines: list[tuple[str, str]], prefix: str) -> dict[str, int]:
    return {
        key.removeprefix(prefix): number
        for key, value in lines
        if key.startswith(prefix) and (number := integer(value)) is not None
    }


def _zones(lines: list[tuple[str, str]]) -> dict[str, float]:
    """Return the temperatures by type; of several zones of one type the hottest counts."""
    zones: dict[str, float] = {}
    for key, value in lines:
        number = integer(value) if key.startswith("temp.") else None
        celsius = None if number is None else _celsius(number)
        name = key.removeprefix("temp.")
        if celsius is not None:
            zones[name] = max(celsius, zones.get(name, celsius))
    return zones


def _celsius(millidegrees: int) -> float | None:
    if abs(millidegrees) < _NO_READING_MC or not _COLDEST_MC < millidegrees < _HOTTEST_MC:
        return None
    return millidegrees / 1000


def _has_battery(told: Mapping[str, str]) -> bool | None:
    if "battery" in told:
        return True
    # A phone has a battery, whether or not sysfs shows it to us.
    return False if "supplies" in told and "android" not in told else None


def _percent(text: str | None) -> float | None:
    number = integer(text)
    return float(number) if number is not None and 0 <= number <= 100 else None


def _either(one: T | None, other: T | None) -> T | None:
    return other if one is None else one
