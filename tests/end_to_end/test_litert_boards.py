"""The tool litert on a board that has Python and the wheel, and no benchhub."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from benchhub.records import Purpose, Status

from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening, MakeAdbd
from ..rigs.process_tree import rig_folder
from ..rigs.sshd_device import Sshd
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop, apart_from_load
from .fleet import Fleet, Station, fleet, suite

__all__ = ["fleet"]

# The system's: the user of the rig can start it, which is not sure of the one that runs the tests.
PYTHON = "/usr/bin/python3"

pytestmark = pytest.mark.rig("python3")

PROFILED = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + "measure: {rounds: 2, profile_rounds: 1, num_runs: 5, warmup_runs: 1, timeout: 60}\n"
)


@pytest.fixture
def environment() -> Iterator[Path]:
    """A Python with ai-edge-litert and nothing else of ours, for every user."""
    wheel = distribution("ai-edge-litert")
    wanted = ("ai_edge_litert/__init__.py", "ai_edge_litert/libLiteRt.so", "METADATA")
    with rig_folder() as folder:
        site = folder / "site"
        for file in wheel.files or ():
            if str(file).endswith(wanted):
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(str(wheel.locate_file(file))), site / file)
        python = folder / "python"
        python.write_text(f'#!/bin/sh\nPYTHONPATH={site} exec {PYTHON} "$@"\n')
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IRGRP | stat.S_IROTH)
            if path.is_dir() or path == python:
                path.chmod(0o755)
        yield python


@pytest.fixture
def measured(
    fleet: Fleet, sshd: Sshd, environment: Path, fault_proxy: Callable[[Listening], FaultProxy]
) -> tuple[Station, FaultProxy]:
    proxy = fault_proxy(sshd)  # to see how many bytes go there
    return fleet.ssh("board", sshd, proxy).write(tool="litert", python=str(environment)), proxy


def test_a_board_without_a_binary_is_measured(
    shop: Shop, measured: tuple[Station, FaultProxy]
) -> None:
    station, proxy = measured
    ended = shop.call("run", shop.suite(PROFILED), "--devices", "board")
    assert ended.code == 0, ended.err
    run = shop.run()
    assert {one.case_id for one in run.invocations} == {"good/int8/xnnpack/t1"}
    assert {apart_from_load(one) for one in run.invocations} == {Status.OK}
    for one in run.invocations:
        assert one.reading.latency
        assert one.reading.latency.n == 5
        assert one.reading.latency.median_us
    (profile,) = (one for one in run.invocations if one.purpose is Purpose.PROFILE)
    assert profile.reading.profile
    assert len(profile.reading.profile.ops) == 66  # 65 of XNNPACK and SOFTMAX
    assert profile.reading.placement
    assert profile.reading.placement.nodes_delegated == 64
    (tool,) = run.devices[0].tools
    assert profile.argv[:3] == (tool.program, tool.script, "measure")
    assert tool.family == "litert"
    assert Path(tool.path).name == "libLiteRt.so"

    first, proxy.passed["up"] = station.staged(), 0
    assert sorted(Path(name).suffix for name in first) == [".pyz", ".tflite"]
    assert shop.call("run", shop.suite(PROFILED), "--devices", "board").code == 0
    assert station.staged() == first
    assert proxy.passed["up"] < 60_000  # less than the program alone
    station.assert_clean()


def test_a_python_in_the_home(shop: Shop, measured: tuple[Station, FaultProxy]) -> None:
    station, _ = measured
    (station.rig.seen_home / "env").symlink_to(Path(str(station.keys["python"])).parent)
    station.write(python="~/env/python")
    ended = shop.call("run", shop.suite(suite()), "--devices", "board")
    assert ended.code == 0, ended.err
    (tool,) = shop.run().devices[0].tools
    assert tool.program == f"{station.rig.home}/env/python"


def test_the_doctor_brings_it_as_well(shop: Shop, measured: tuple[Station, FaultProxy]) -> None:
    station, _ = measured
    ended = shop.call("devices", "doctor", "board", "--json")
    checks = {check["about"]: check for check in ended.json["checks"]}
    assert checks["litert"]["verdict"] == "ok", checks["litert"]
    assert station.staged() == {}


@pytest.mark.parametrize(
    ("python", "said"),
    [
        (None, f"board: ai-edge-litert is not installed for {PYTHON}"),
        ("/nowhere/python3", "board: the Python /nowhere/python3 does not exist there"),
        ("/bin/false", "board: /bin/false cannot run the measuring program: exit code 1"),
    ],
)
def test_what_a_board_lacks_is_told_once_with_what_to_do(
    fleet: Fleet, shop: Shop, sshd: Sshd, python: str | None, said: str
) -> None:
    keys = {"python": python} if python else {}
    station = fleet.ssh("board", sshd).write(tool="litert", **keys)
    ended = shop.call("run", shop.suite(suite()), "--devices", "board")
    assert ended.code == 3
    (line,) = (line for line in ended.err.splitlines() if said in line)
    assert "devices/board.yaml" in line
    station.assert_clean()


def test_a_wheel_that_was_not_verified_and_cannot_be_loaded(
    fleet: Fleet, shop: Shop, sshd: Sshd, environment: Path
) -> None:
    """Such a wheel is used through its Python interface, which this environment has no part of."""
    (told,) = environment.parent.rglob("METADATA")
    told.write_text(re.sub(r"(?m)^Version: .*", "Version: 99.1.0", told.read_text()))
    fleet.ssh("board", sshd).write(tool="litert", python=str(environment))
    ended = shop.call("run", shop.suite(suite()), "--devices", "board")
    assert ended.code == 3
    assert "board: ai-edge-litert 99.1.0 cannot be loaded: " in ended.err


@pytest.mark.rig("board")
def test_a_board_without_python(fleet: Fleet, shop: Shop, board: Sshd) -> None:
    fleet.ssh("pi4", board).write(tool="litert")
    ended = shop.call("run", shop.suite(suite()), "--devices", "pi4")
    assert ended.code == 3
    assert "pi4: there is no python3, which litert needs." in ended.err
    assert "devices/pi4.yaml" in ended.err


def test_android_has_no_python(fleet: Fleet, shop: Shop, make_adbd: MakeAdbd) -> None:
    station = fleet.adb_direct("phone", make_adbd()).write(tool="litert")
    ended = shop.call("run", shop.suite(suite()), "--devices", "phone")
    assert ended.code == 3
    assert "phone: the tool 'litert' needs a Python, and Android has none." in ended.err
    assert station.staged() == {}
