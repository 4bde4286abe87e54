from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.host import HostTransport
from benchhub.devices.telemetry import parse_telemetry, read_telemetry, throttle_flags
from benchhub.records import Telemetry
from benchhub.results.codec import decode, encode

from .rooted import rooted
from .test_facts import SHELLS

THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"


@pytest.mark.parametrize("light", [True, False])
def test_this_machine(tmp_path: Path, *, light: bool) -> None:
    state = read_telemetry(HostTransport("host", tmp_path), light=light)
    assert state.load_1m is not None
    assert state.load_1m >= 0
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert state.memory_available_bytes is not None
    assert 0 < state.memory_available_bytes < total


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("light", [True, False])
def test_a_phone(tmp_path: Path, shell: tuple[str, ...], *, light: bool) -> None:
    phone = rooted(tmp_path, "phone", shell)
    state = read_telemetry(phone, light=light)
    assert state.cpu_khz == {f"cpu{i}": 902400 for i in range(4)} | {
        f"cpu{i}": 1209600 for i in range(4, 7)
    } | {"cpu7": 1593600}
    assert state.temperature_c["cpu-1-0"] == 43.9
    assert state.temperature_c["skin-therm"] == 33.6
    assert set(state.governors.values()) == {"schedutil"}
    assert state.battery_present is True
    assert (state.battery_percent, state.battery_temperature_c) == (83.0, 29.1)
    assert state.charging is True
    assert (state.throttled, state.thermal_status) == (None, None)


def test_a_board_under_voltage(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    board.put(THROTTLED, "50001")
    state = read_telemetry(board, light=True)
    assert state.throttled == ("under-voltage",)
    assert state.throttled_since_boot == ("under-voltage", "throttled")
    assert state.temperature_c == {"cpu-thermal": 48.7}
    board.put(THROTTLED, "0")
    state = read_telemetry(board)
    assert (state.throttled, state.throttled_since_boot) == ((), ())


def test_vcgencmd_where_sysfs_does_not_tell(tmp_path: Path) -> None:
    program = tmp_path / "vcgencmd"
    program.write_text("#!/bin/sh\necho throttled=0x80008\n")
    program.chmod(0o755)
    board = rooted(tmp_path, "board", ("env", f"PATH={tmp_path}:{os.environ['PATH']}", "sh"))
    assert read_telemetry(board, light=True).throttled is None
    state = read_telemetry(board)
    assert state.throttled == state.throttled_since_boot == ("soft temperature limit",)


def test_policies_come_before_cpus(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    board.put("devices/system/cpu/cpufreq/policy0/scaling_governor", "performance")
    assert read_telemetry(board).governors == {"policy0": "performance"}


def test_batteries_of_mice_do_not_count(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    assert read_telemetry(board).battery_present is None  # its /sys has no power supplies
    board.put("class/power_supply/AC/online", "1")
    assert read_telemetry(board).battery_present is False
    board.put("class/power_supply/mouse/capacity", "40")
    board.put("class/power_supply/mouse/type", "Battery")
    board.put("class/power_supply/mouse/scope", "Device")
    state = read_telemetry(board)
    assert (state.battery_present, state.battery_percent) == (False, None)
    board.put("class/power_supply/BAT0/capacity", "71")
    board.put("class/power_supply/BAT0/type", "Battery")
    board.put("class/power_supply/BAT0/status", "Full")
    state = read_telemetry(board)
    assert (state.battery_present, state.battery_percent, state.charging) == (True, 71.0, False)


def test_sensors_of_x86(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    for number, (name, value) in enumerate((("k10temp", "55125"), ("nvme", "61000"))):
        board.put(f"class/hwmon/hwmon{number}/name", name)
        board.put(f"class/hwmon/hwmon{number}/temp1_input", value)
    assert read_telemetry(board, light=True).temperature_c["k10temp"] == 55.125
    assert "nvme" not in read_telemetry(board, light=True).temperature_c


def test_light_starts_no_program(tmp_path: Path) -> None:
    phone = rooted(tmp_path, "phone", ("env", "PATH=/nowhere", shutil.which("sh") or ""))
    moment = {"load_1m": None, "memory_available_bytes": None}
    alone = replace(read_telemetry(phone, light=True), **moment)
    phone.shell = ("sh",)
    assert alone == replace(read_telemetry(phone, light=True), **moment)
    assert alone.battery_percent == 83.0
    assert alone.temperature_c["cpu-1-0"] == 43.9


def test_unreadable_sys_tells_nothing(tmp_path: Path) -> None:
    phone = rooted(tmp_path, "phone")
    shutil.rmtree(phone.sys)
    state = read_telemetry(phone)
    nothing = Telemetry(load_1m=state.load_1m, memory_available_bytes=state.memory_available_bytes)
    assert state == nothing


def test_the_rigs_phone(recorded: Path) -> None:
    state = parse_telemetry((recorded / "device" / "phone.telemetry.txt").read_text())
    assert state.thermal_status == 0
    assert (state.battery_percent, state.battery_temperature_c) == (83.0, 29.1)
    assert (state.battery_present, state.charging) == (True, True)
    assert state.temperature_c == {
        "cpu-0-0": 41.2, "cpu-1-0": 43.9, "gpuss-0": 38.5,
        "battery": 29.1, "skin-therm": 33.6, "modem-0": 36.0,
    }  # fmt: skip


def test_the_rigs_board(recorded: Path) -> None:
    state = parse_telemetry((recorded / "device" / "board.telemetry.txt").read_text())
    assert state.temperature_c == {"cpu-thermal": 48.7}
    assert state.battery_present is None
    assert state.cpu_khz == {f"cpu{i}": 900000 for i in range(4)}


def test_a_phone_whose_sys_is_closed(recorded: Path) -> None:
    text = (recorded / "device" / "phone.telemetry.txt").read_text()
    own, _, services = text.partition("android=yes\n")
    closed = "".join(line + "\n" for line in own.splitlines() if line.startswith("load"))
    state = parse_telemetry(f"{closed}android=yes\n{services}")
    assert "modem-0" not in state.temperature_c
    assert state.temperature_c["skin-therm"] == 33.6
    assert (state.battery_percent, state.cpu_khz, state.governors) == (83.0, {}, {})


def test_values_that_no_zone_can_have() -> None:
    text = "temp.a=0\ntemp.b=42\ntemp.c=-274000\ntemp.d=255000\ntemp.e=-1000\ntemp.e=-2000\n"
    assert parse_telemetry(text).temperature_c == {"e": -1.0}


def test_what_is_not_told_is_none() -> None:
    assert parse_telemetry("load=many\ntemp.cpu=\nbattery.percent=101\n") == Telemetry()
    text = "load=0.42\nkhz.cpu0=1500000\ntemp.cpu-thermal=48250\n"
    assert parse_telemetry(text) == Telemetry(0.42, {"cpu0": 1500000}, {"cpu-thermal": 48.25})


@pytest.mark.parametrize("text", [None, "", "0x", "g", "-1", "1" * 9, "throttled"])
def test_flags_that_are_none(text: str | None) -> None:
    assert throttle_flags(text, 0) is None


@given(st.text(), st.text())
def test_any_text(own: str, service: str) -> None:
    parse_telemetry(own)
    parse_telemetry(f"load=1\nservice=battery\n{own}\nservice=thermalservice\n{service}")


def test_states_of_older_folders_are_read(recorded: Path) -> None:
    old = b'{"load_1m": 0.5, "cpu_khz": {"cpu0": 1}, "temperature_c": {}}'
    assert decode(old, Telemetry, "old") == Telemetry(0.5, {"cpu0": 1})
    state = parse_telemetry((recorded / "device" / "phone.telemetry.txt").read_text())
    state = replace(state, throttled=("throttled",), throttled_since_boot=(), at_s=1.5)
    assert decode(encode(state), Telemetry, "new") == state
