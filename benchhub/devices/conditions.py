"""Whether a device is fit to be measured: conditions of the suite against its telemetry. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from benchhub.records import Conditions, Telemetry

# Names of sensors are every maker's own choice: cpu-0-0, CPU0, cpu-thermal, mtktscpu, soc_thermal,
# tsens_tz_sensor3, x86_pkg_temp, Package id 0, coretemp, k10temp, acpitz, AP. BIG, MID and LITTLE
# are clusters of Exynos and Tensor chips.
_CPU = re.compile(
    r"cpu|(^|[^a-z])((soc|tsens|package|pkg|coretemp|k8temp|k10temp|zenpower|acpitz)"
    r"|(ap|big|mid|little)([^a-z]|$))"
)
_SKIN = re.compile(r"skin|shell")
_BATTERY = re.compile(r"batt|(^|[^a-z])(bat|bms)")


def unmet(conditions: Conditions, telemetry: Telemetry) -> tuple[str, ...]:
    """Return what does not hold, or cannot be checked, a sentence without full stop each."""
    return (
        *_heat(conditions.start_temperature_below_c, telemetry),
        *_battery(conditions.battery_above_percent, telemetry),
        *_governor(conditions.governor, telemetry),
    )


def decisive_temperature(temperature_c: Mapping[str, float]) -> tuple[str, float] | None:
    """Return name and degrees of the zone that says how warm a device is, if any does.

    The hottest zone of the CPU; without one the hottest of the skin; without one the hottest of
    all. A battery's never counts.
    """
    zones = {name: c for name, c in temperature_c.items() if not _BATTERY.search(name.casefold())}
    for kind in (_CPU, _SKIN, None):
        found = [name for name in zones if kind is None or kind.search(name.casefold())]
        if found:
            hottest = max(found, key=lambda name: (zones[name], name))
            return hottest, zones[hottest]
    return None


def _heat(below_c: float | None, telemetry: Telemetry) -> tuple[str, ...]:
    if below_c is None:
        return ()
    zone = decisive_temperature(telemetry.temperature_c)
    if zone is None:
        return ("no temperature is told by this device",)
    name, celsius = zone
    if celsius < below_c:
        return ()
    return (f"{name} is {celsius:.1f} °C, has to be below {below_c:.1f} °C",)


def _battery(above: float | None, telemetry: Telemetry) -> tuple[str, ...]:
    if above is None or telemetry.battery_present is False:
        return ()  # what has no battery runs on mains
    percent = telemetry.battery_percent
    if percent is None:
        return ("no battery level is told by this device",)
    return () if percent > above else (f"battery is {percent:g} %, has to be above {above:g} %",)


def _governor(wanted: str | None, telemetry: Telemetry) -> tuple[str, ...]:
    if wanted is None:
        return ()
    if not telemetry.governors:
        return ("no governor is told by this device",)
    wrong: dict[str, list[str]] = {}
    for name, governor in telemetry.governors.items():
        if governor != wanted:
            wrong.setdefault(governor, []).append(name)
    return tuple(
        f"governor of {', '.join(names)} is {governor}, has to be {wanted}"
        for governor, names in wrong.items()
    )
