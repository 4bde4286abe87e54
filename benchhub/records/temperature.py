"""Which of many thermal zones says how warm a device is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

# Names of sensors are every maker's own choice: cpu-0-0, CPU0, cpu-thermal, mtktscpu, soc_thermal,
# tsens_tz_sensor3, x86_pkg_temp, Package id 0, coretemp, k10temp, acpitz, AP. BIG, MID and LITTLE
# are clusters of Exynos and Tensor chips.
_CPU = re.compile(
    r"cpu|(^|[^a-z])((soc|tsens|package|pkg|coretemp|k8temp|k10temp|zenpower|acpitz)"
    r"|(ap|big|mid|little)([^a-z]|$))"
)
_SKIN = re.compile(r"skin|shell")
_BATTERY = re.compile(r"batt|(^|[^a-z])(bat|bms)")


def decisive_temperature(temperature_c: Mapping[str, float]) -> tuple[str, float] | None:
    """Return name and degrees of the zone that says how warm a device is, if any does.

    The hottest zone of the CPU; without one the hottest of the skin; without one the hottest of
    all. A battery's never counts.
    """
    names = _decisive(tuple(temperature_c))
    if not names:
        return None
    hottest = max(names, key=lambda name: (temperature_c[name], name))
    return hottest, temperature_c[hottest]


@lru_cache(maxsize=256)  # a run has thousands of samples of the same zones
def _decisive(names: tuple[str, ...]) -> tuple[str, ...]:
    zones = [name for name in names if not _BATTERY.search(name.casefold())]
    for kind in (_CPU, _SKIN):
        found = tuple(name for name in zones if kind.search(name.casefold()))
        if found:
            return found
    return tuple(zones)
