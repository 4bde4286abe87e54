"""Whether a device is fit to be measured: conditions of the suite against its telemetry. Pure."""

from __future__ import annotations

from benchhub.records import Conditions, Telemetry
from benchhub.records.temperature import decisive_temperature


def unmet(conditions: Conditions, telemetry: Telemetry) -> tuple[str, ...]:
    """Return what does not hold, or cannot be checked, a sentence without full stop each."""
    return (
        *_heat(conditions.start_temperature_below_c, telemetry),
        *_battery(conditions.battery_above_percent, telemetry),
        *_governor(conditions.governor, telemetry),
    )


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
