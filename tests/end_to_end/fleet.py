"""Devices of a workspace: real daemons, each with its file in devices/."""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchhub.records import RunState

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening
from ..rigs.sshd_device import Sshd
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .this_machine import ThisMachine

ADB_FOLDER = "data/local/tmp/benchhub"
SSH_FOLDER = ".cache/benchhub"
UNPACKED = Path(__file__).parents[1] / "rigs" / "unpacked"
PROGRAMS = {
    "linux_x86_64": UNPACKED / "benchmark_model",
    "android_x86_64": UNPACKED / "benchmark_model",
    "linux_arm64": UNPACKED / "benchmark_model_arm64",
}
# How a device is reached; a device in these tests is called like its way.
WAYS = ("ssh", "adb-direct", "adb-server")
# The same in the table of faults.
PLACES = ("ssh", "adb direct", "adb server")
# A lost device is given up after that many seconds in these tests.
RECONNECT_S = 40


@dataclass
class Station:
    """A device as a run sees it, and the rig behind it."""

    name: str
    rig: Adbd | Sshd | ThisMachine
    shop: Shop
    keys: dict[str, object] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """benchhub's folder there, seen from here."""
        if isinstance(self.rig, Adbd):
            return self.rig.seen / ADB_FOLDER
        if isinstance(self.rig, ThisMachine):
            return self.rig.root / ".benchhub"
        return self.rig.seen_home / SSH_FOLDER

    @property
    def lease_path(self) -> Path:
        return self.rig.lease if isinstance(self.rig, ThisMachine) else self.folder / "lease"

    def write(self, **keys: object) -> Station:
        """Write the device file, with further keys."""
        self.keys |= keys
        text = json.dumps({"name": self.name, **self.keys})
        (self.shop.root / "devices" / f"{self.name}.yaml").write_text(text)
        return self

    def lease(self) -> dict[str, object] | None:
        return json.loads(self.lease_path.read_text()) if self.lease_path.exists() else None

    def staged(self) -> dict[str, tuple[int, int]]:
        """Inode and time of change of each file that was staged, by path."""
        found = {}
        for path in sorted((self.folder / "stage").rglob("*")):
            if path.is_file():
                told = path.stat()
                found[str(path.relative_to(self.folder))] = told.st_ino, told.st_mtime_ns
        return found

    def assert_clean(self) -> None:
        """Nothing of a run is left there but staged files."""
        assert self.rig.left_over(10) == []
        assert not self.lease_path.exists()
        assert not list((self.folder / "scratch").glob("*"))
        assert not list(self.folder.rglob(".push-*"))


@dataclass
class Fleet:
    """Adds devices to a workspace; their rigs end with the test."""

    shop: Shop
    request: pytest.FixtureRequest

    def __post_init__(self) -> None:
        for platform, program in PROGRAMS.items():
            if program.is_dir():
                tools = self.shop.root / "tools" / "bm"
                tools.mkdir(parents=True, exist_ok=True)
                (tools / platform).symlink_to(program)

    def ssh(self, name: str, rig: Sshd, via: Listening | None = None) -> Station:
        at = via or rig
        known = self.shop.root / "devices" / "known_hosts"
        line = rig.known_hosts.read_text().split(" ", 1)[1]
        with known.open("a") as file:
            file.write(f"[{at.host}]:{at.port} {line}")
        keys = {
            "transport": "ssh",
            "address": at.host,
            "port": at.port,
            "user": rig.user,
            "identity": str(rig.key),
        }
        return self._add(name, rig, keys)

    def host(self, name: str) -> Station:
        """This machine, measured with the same program as the others."""
        keys = {"transport": "host", "tool": "benchmark_model"}
        return self._add(name, ThisMachine(self.shop.root), keys)

    def adb_direct(self, name: str, rig: Adbd, via: Listening | None = None) -> Station:
        at = via or rig
        keys = {"transport": "adb", "address": f"{at.host}:{at.port}"}
        return self._add(name, rig, keys)

    def adb_server(self, name: str, rig: Adbd, via: Listening | None = None) -> Station:
        server = self.request.getfixturevalue("adb_server")
        self.request.getfixturevalue("monkeypatch").setenv(
            "ANDROID_ADB_SERVER_PORT", str(server.port)
        )
        return self.behind(server, name, rig, via)

    def behind(
        self, server: AdbServer, name: str, rig: Adbd, via: Listening | None = None
    ) -> Station:
        """A phone that an adb server knows; `env` of the station leads to that server."""
        at = via or rig
        serial = f"{at.host}:{at.port}"
        server.run("connect", serial)
        server.run("-s", serial, "wait-for-device")
        station = self._add(name, rig, {"transport": "adb", "serial": serial})
        station.env["ANDROID_ADB_SERVER_PORT"] = str(server.port)
        return station

    def station(self, way: str, **options: object) -> Station:
        """A device of a new rig, named by the way that is used to reach it."""
        return self.attach(way, self.rig(way, **options))

    def stations(self, **options: object) -> list[Station]:
        """One device for each way."""
        return [self.station(way, **options) for way in WAYS]

    def proxied(self, **options: object) -> list[tuple[Station, FaultProxy]]:
        """The same behind proxies."""
        make = self.request.getfixturevalue("fault_proxy")
        found = []
        for way in WAYS:
            rig = self.rig(way, **options)
            proxy = make(rig)
            found.append((self.attach(way, rig, proxy), proxy))
        return found

    def rig(self, way: str, **options: object) -> Adbd | Sshd:
        made: Adbd | Sshd
        if way == "ssh":
            made = self.request.getfixturevalue("make_sshd")("host", **options)
        else:
            made = self.request.getfixturevalue("make_adbd")(**options)
        return made

    def attach(self, way: str, rig: Adbd | Sshd, via: Listening | None = None) -> Station:
        if isinstance(rig, Sshd):
            return self.ssh(way, rig, via)
        add = self.adb_direct if way == "adb-direct" else self.adb_server
        return add(way, rig, via)

    def _add(
        self, name: str, rig: Adbd | Sshd | ThisMachine, keys: Mapping[str, object]
    ) -> Station:
        common = {"benchmark_model": "../tools/bm", "reconnect": RECONNECT_S}
        return Station(name, rig, self.shop, {**keys, **common}).write()


@pytest.fixture
def fleet(shop: Shop, request: pytest.FixtureRequest) -> Fleet:
    return Fleet(shop, request)


def fake_tool(station: Station, script: str) -> Path:
    """Give a device a benchmark_model that answers --help like the real one, else runs `script`.

    The real program stays callable in the script as `"$real" "$@"`.
    """
    folder = station.shop.root / "tools" / f"fake-{station.name}"
    shutil.copytree(UNPACKED / "benchmark_model", folder / "real", dirs_exist_ok=True)
    program = folder / "benchmark_model"
    program.write_text(
        "#!/bin/sh\n"
        "real=${0%/*}/real/benchmark_model\n"
        'case "$*" in *--help*) exec "$real" "$@" ;; esac\n'
        f"{script}\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    station.write(benchmark_model=f"../tools/{folder.name}")
    return program


def wait_for(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


def names(stations: Sequence[Station]) -> str:
    return ",".join(station.name for station in stations)


def lines_of(station: Station, err: str) -> list[str]:
    """What was said about a device."""
    return [line for line in err.splitlines() if line.startswith(f"{station.name}: ")]


def processing(station: Station, marker: str) -> bool:
    """Whether a process with that in its command line is there."""
    return any(marker in line for line in station.rig.processes())


def finished(shop: Shop, device: str = "*") -> int:
    """How many invocations are on disk."""
    pattern = f".benchhub/runs/*/invocations/{device}/*/invocation.json"
    return len(list(shop.root.glob(pattern)))


def writable_by_all(*paths: Path) -> None:
    for path in paths:
        os.chmod(path, 0o666)  # noqa: S103,PTH101 - files of a rig


def suite(rounds: int = 1, **measure: object) -> str:
    """One small case, some times, three inferences each."""
    told: dict[str, object] = {
        "rounds": rounds,
        "profile_rounds": 0,
        "num_runs": 3,
        "min_secs": 0,
        "warmup_runs": 1,
        "warmup_min_secs": 0,
        "timeout": 60,
        "telemetry_interval": 0,
    }
    return GOOD_MODEL + ONE_CONFIGURATION + f"measure: {json.dumps(told | measure)}\n"


def assert_complete(shop: Shop, devices: int = 1) -> None:
    """Every invocation of the plan is there once and has its three inferences."""
    run = shop.run()
    assert run.state is RunState.FINISHED
    planned = sorted((step.device, step.number) for step in run.plan.invocations)
    assert sorted((one.device, one.number) for one in run.invocations) == planned
    assert all(one.reading.latency and one.reading.latency.n == 3 for one in run.invocations)
    assert len({device for device, _ in planned}) == devices
