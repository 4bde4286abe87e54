"""What Android's services say: `dumpsys battery` and `dumpsys thermalservice`. Pure.

Both are texts for people, which differ by release and maker; what is not understood is not told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchhub.devices.told import decimal, integer

# BatteryManager.BATTERY_STATUS_*: 2 charging, 3 discharging, 4 not charging, 5 full.
_CHARGING = {2: True, 3: False, 4: False, 5: False}

_BLOCK = "current temperatures from hal:"
_TEMPERATURE = re.compile(r"Temperature\{([^{}]*)\}")
# Blanks of one line: over many empty ones a search would take minutes.
_STATUS = re.compile(
    r"^[ \t]{0,99}Thermal Status:[ \t]{0,99}([0-9]{1,9})[ \t]{0,99}\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_OVERRIDDEN = re.compile(
    r"^[ \t]{0,99}IsStatusOverride:[ \t]{0,99}true[ \t]{0,99}\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_HIGHEST_STATUS = 6
# Sensors that are switched off read 0.0 or -99.9.
_COLDEST_C, _HOTTEST_C = -40.0, 200.0


@dataclass(frozen=True, slots=True)
class Battery:
    """What the battery service tells."""

    present: bool | None = None
    percent: float | None = None
    temperature_c: float | None = None
    charging: bool | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """What the thermal service tells: temperature by sensor, and its status of 0 to 6."""

    temperature_c: Mapping[str, float] = field(default_factory=dict)
    status: int | None = None


def read_battery(text: str) -> Battery:
    """Read `dumpsys battery`.

    Nothing is told while somebody has set the values by hand (`dumpsys battery set`, `unplug`).
    """
    if "UPDATES STOPPED" in text.upper():
        return Battery()
    told: dict[str, str] = {}
    for line in text.splitlines():
        key, found, value = line.partition(":")
        if found:
            told.setdefault(key.strip().casefold(), value.strip())
    present = {"true": True, "false": False}.get(told.get("present", "").casefold())
    if present is False:
        return Battery(present=False)
    tenths = integer(told.get("temperature"))
    return Battery(
        present=present,
        percent=_percent(integer(told.get("level")), integer(told.get("scale"))),
        temperature_c=None if tenths is None else _plausible(tenths / 10),
        charging=_CHARGING.get(integer(told.get("status")) or 0),
    )


def read_thermal(text: str) -> Heat:
    """Read `dumpsys thermalservice`.

    Only the block of current temperatures counts: the cached one can be stale. Types are numbered
    differently by makers, so sensors are known by their names.
    """
    status = _STATUS.search(text)
    level = integer(status[1]) if status and not _OVERRIDDEN.search(text) else None
    temperatures: dict[str, float] = {}
    for line in _current(text):
        for match in _TEMPERATURE.finditer(line):
            parts = (part.partition("=") for part in match[1].split(","))
            values = {key.strip(): value.strip() for key, _, value in parts}
            celsius, name = decimal(values.get("mValue")), values.get("mName")
            if name and celsius is not None and _plausible(celsius) is not None:
                temperatures[name] = max(celsius, temperatures.get(name, celsius))
    return Heat(temperatures, level if level is None or level <= _HIGHEST_STATUS else None)


def _current(text: str) -> list[str]:
    """Return the lines of the block: up to the next heading, which is not indented."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.strip().casefold() == _BLOCK]
    if not starts:
        return []
    block: list[str] = []
    for line in lines[starts[0] + 1 :]:
        if line.strip() and "Temperature{" not in line:
            break
        block.append(line)
    return block


def _percent(level: int | None, scale: int | None) -> float | None:
    if level is None or scale is None or scale <= 0 or not 0 <= level <= scale:
        return None
    return 100 * level / scale


def _plausible(celsius: float) -> float | None:
    return celsius if celsius != 0 and _COLDEST_C < celsius < _HOTTEST_C else None
