from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.conditions import unmet
from benchhub.records import Conditions, Plan, Telemetry
from benchhub.records.temperature import decisive_temperature
from benchhub.results.codec import decode

COOL = Conditions(start_temperature_below_c=55.0)


def test_nothing_asked_is_always_met() -> None:
    assert unmet(Conditions(), Telemetry()) == ()


def test_a_hot_device() -> None:
    hot = Telemetry(temperature_c={"cpu-thermal": 58.1})
    assert unmet(COOL, hot) == ("cpu-thermal is 58.1 °C, has to be below 55.0 °C",)
    assert unmet(COOL, Telemetry(temperature_c={"cpu-thermal": 55.0})) != ()
    assert unmet(COOL, Telemetry(temperature_c={"cpu-thermal": 54.9})) == ()


def test_what_cannot_be_checked_does_not_hold() -> None:
    said = ("no temperature is told by this device",)
    assert unmet(COOL, Telemetry()) == said
    assert unmet(COOL, Telemetry(temperature_c={"battery": 20.0, "BAT": 20.0, "bms": 21.0})) == said
    governed = Conditions(governor="performance", battery_above_percent=30.0)
    assert unmet(governed, Telemetry()) == (
        "no battery level is told by this device",
        "no governor is told by this device",
    )


@pytest.mark.parametrize(
    ("zones", "decisive"),
    [
        ({"cpu-0-0": 41.0, "cpu-1-0": 44.0, "gpuss-0": 60.0, "battery": 70.0}, "cpu-1-0"),
        ({"CPU0": 40.0, "SKIN": 45.0}, "CPU0"),
        ({"AP": 40.0, "SKIN": 45.0, "BAT": 50.0}, "AP"),
        ({"BIG": 50.0, "LITTLE": 45.0, "G3D": 55.0}, "BIG"),
        ({"tsens_tz_sensor3": 40.0, "pmic": 60.0}, "tsens_tz_sensor3"),
        ({"mtktscpu": 40.0, "mtktsbattery": 60.0}, "mtktscpu"),
        ({"x86_pkg_temp": 40.0, "acpitz": 27.8, "iwlwifi_1": 50.0}, "x86_pkg_temp"),
        ({"soc_thermal": 40.0, "gpu_thermal": 50.0}, "soc_thermal"),
        ({"coretemp": 40.0}, "coretemp"),
        ({"skin-therm": 33.0, "modem-0": 39.0, "battery": 50.0}, "skin-therm"),
        ({"modem-0": 36.0, "map_thermal": 39.0, "batt_therm": 50.0}, "map_thermal"),
    ],
)
def test_which_temperature_counts(zones: dict[str, float], decisive: str) -> None:
    assert decisive_temperature(zones) == (decisive, zones[decisive])


def test_batteries() -> None:
    charged = Conditions(battery_above_percent=30.0)
    low = Telemetry(battery_present=True, battery_percent=12.0)
    assert unmet(charged, low) == ("battery is 12 %, has to be above 30 %",)
    assert unmet(charged, Telemetry(battery_percent=30.0)) != ()
    assert unmet(charged, Telemetry(battery_percent=31.0)) == ()
    assert unmet(charged, Telemetry(battery_present=False)) == ()


def test_governors() -> None:
    fixed = Conditions(governor="performance")
    state = Telemetry(governors={"policy0": "schedutil", "policy4": "performance"})
    assert unmet(fixed, state) == ("governor of policy0 is schedutil, has to be performance",)
    assert unmet(fixed, Telemetry(governors={"policy0": "performance"})) == ()


@given(st.dictionaries(st.text(), st.floats(-40, 200)))
def test_any_zones(zones: dict[str, float]) -> None:
    found = decisive_temperature(zones)
    assert found is None or zones[found[0]] == found[1]


def test_plans_of_older_folders_ask_for_nothing() -> None:
    old = (
        b'{"format": 1, "run_id": "", "suite": "s", "suite_path": "", "suite_text": "",'
        b'"created": "", "seed": 1, "benchhub_version": "0", "git_commit": null, "devices": [],'
        b'"tools": {}, "cases": [], "reference": null, "invocations": [], "refusals": [],'
        b'"measure": {"rounds": 1, "profile_rounds": 0, "num_runs": 1, "min_secs": 0,'
        b'"max_secs": 1, "warmup_runs": 0, "warmup_min_secs": 0, "run_delay_s": 0,'
        b'"cooldown_s": 0, "timeout_s": 1}}'
    )
    assert decode(old, Plan, "plan.json").conditions == Conditions()
