from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.dumpsys import Battery, Heat, read_battery, read_thermal

# Written for these tests after the published form of the services; not read from a phone.
THERMAL = """IsStatusOverride: false
Thermal Status: 2
Cached temperatures:
 Temperature{mValue=99.0, mType=3, mName=stale, mStatus=0}
HAL Ready: true
HAL connection:
 ThermalHAL 2.0 connected: yes
Current temperatures from HAL:
 Temperature{mValue=39.1, mType=4, mName=SKIN, mStatus=2}
 Temperature{mValue=45.25, mType=1, mName=AP, mStatus=0}
 Temperature{mValue=0.0, mType=5, mName=USB, mStatus=0}
 Temperature{mValue=-99.9, mType=6, mName=PA, mStatus=0}
 Temperature{mValue=NaN, mType=6, mName=WIFI, mStatus=0}
 Temperature{mValue=31.0, mType=3, mName=BAT, mStatus=0}
Current cooling devices from HAL:
 CoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}
Temperature static thresholds from HAL:
 TemperatureThreshold{mType=3, mName=SKIN, mHotThrottlingThresholds=[NaN, 39.0]}
"""
BATTERY = """Current Battery Service state:
  AC powered: true
  status: 5
  present: true
  level: 190
  scale: 200
  voltage: 4122
  temperature: 305
"""


def test_only_what_the_sensors_say_now_counts() -> None:
    assert read_thermal(THERMAL) == Heat({"SKIN": 39.1, "AP": 45.25, "BAT": 31.0}, 2)


def test_an_empty_block_and_a_missing_one() -> None:
    head, _, tail = THERMAL.partition("Current temperatures from HAL:\n")
    cooling = tail[tail.index("Current cooling") :]
    empty = f"{head}Current temperatures from HAL:\n{cooling}"
    assert read_thermal(empty) == Heat({}, 2)
    assert read_thermal(head) == Heat({}, 2)
    assert read_thermal("Can't find service: thermalservice\n") == Heat()


@pytest.mark.parametrize("line", ["Thermal Status: 7", "Thermal Status: -1", "Thermal Status: x"])
def test_a_status_that_does_not_exist_is_not_told(line: str) -> None:
    assert read_thermal(line).status is None


def test_a_status_that_somebody_set_is_not_told() -> None:
    assert read_thermal(THERMAL.replace("Override: false", "Override: true")).status is None


def test_a_full_battery_is_not_being_charged() -> None:
    assert read_battery(BATTERY) == Battery(
        present=True, percent=95.0, temperature_c=30.5, charging=False
    )


@pytest.mark.parametrize(
    ("status", "charging"), [("1", None), ("2", True), ("3", False), ("4", False), ("", None)]
)
def test_charging(status: str, *, charging: bool | None) -> None:
    text = BATTERY.replace("status: 5", f"status: {status}")
    assert read_battery(text).charging is charging


def test_a_battery_that_is_not_there_or_not_believed() -> None:
    assert read_battery(BATTERY.replace("present: true", "present: false")) == Battery(
        present=False
    )
    stopped = "  (UPDATES STOPPED -- use 'reset' to restart)\n"
    assert read_battery(BATTERY.replace("  AC", f"{stopped}  AC")) == Battery()
    assert read_battery(BATTERY.replace("scale: 200", "scale: 0")).percent is None
    assert read_battery(BATTERY.replace("level: 190", "level: 201")).percent is None
    assert read_battery("Can't find service: battery\n") == Battery()


@given(st.text())
def test_any_text(text: str) -> None:
    read_battery(text)
    read_thermal(text)
    read_thermal(f"Current temperatures from HAL:\nTemperature{{mName=a, mValue={text}}}")
    read_battery(f"level: {text}\nscale: {text}\ntemperature: {text}\nstatus: {text}")


@pytest.mark.parametrize("blank", ["\n", " \n", "\t", " "])
def test_many_blanks_take_no_time_that_grows_with_their_square(blank: str) -> None:
    """Of a million it was half an hour."""
    heat = read_thermal(f"Thermal Status:{blank * 1_000_000}3\nThermal Status: 2\r\n")
    assert heat.status == 2
