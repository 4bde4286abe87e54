from __future__ import annotations

import os
from pathlib import Path

from benchhub.devices.facts import parse_facts, parse_telemetry, read_facts, read_telemetry
from benchhub.devices.host import HostTransport
from benchhub.records import DeviceFacts, Telemetry


def test_this_machine(tmp_path: Path) -> None:
    facts = read_facts(HostTransport("host", tmp_path))
    assert facts.kernel == os.uname().release
    assert facts.arch == os.uname().machine
    assert facts.cores == len(os.sched_getaffinity(0))
    assert facts.memory_bytes is not None
    assert facts.memory_bytes > 100e6
    load = read_telemetry(HostTransport("host", tmp_path)).load_1m
    assert load is not None
    assert load >= 0


def test_a_board_with_two_clusters() -> None:
    text = """kernel=6.1.0
arch=aarch64
os=Debian GNU/Linux 12
cpu=should not win
board=Raspberry Pi 4 Model B Rev 1.4
cores=4
memory_kb=3885396
governor=ondemand
min_khz=600000
max_khz=1500000
governor=performance
min_khz=800000
max_khz=2200000
"""
    assert parse_facts(text) == DeviceFacts(
        os="Debian GNU/Linux 12",
        kernel="6.1.0",
        arch="aarch64",
        cpu="Raspberry Pi 4 Model B Rev 1.4",
        cores=4,
        memory_bytes=3885396 * 1024,
        governors=("ondemand", "performance"),
        min_khz=600000,
        max_khz=2200000,
    )


def test_what_is_not_told_is_none() -> None:
    assert parse_facts("") == DeviceFacts(None, None, None, None, None, None)
    assert parse_facts("memory_kb=lots\ncores=\n").memory_bytes is None
    assert parse_telemetry("load=many\ntemp.cpu=\n") == Telemetry()


def test_telemetry() -> None:
    text = "load=0.42\nkhz.cpu0=1500000\ntemp.cpu-thermal=48250\ntemp.x=-1000\n"
    assert parse_telemetry(text) == Telemetry(
        0.42, {"cpu0": 1500000}, {"cpu-thermal": 48.25, "x": -1.0}
    )
