"""`tool: auto`: the official program where it can be had, else litert, else one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..rigs.file_server import File, FileServer
from ..rigs.launcher import launcher
from ..rigs.process_tree import free_port
from ..rigs.sshd_device import Sshd
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Ended, Shop
from .fleet import UNPACKED, Fleet, fleet, suite
from .test_litert_boards import environment

__all__ = ["environment", "fleet"]

pytestmark = pytest.mark.rig("benchmark_model")

OFFICIAL = "/linux_x86-64_benchmark_model"


@pytest.fixture
def maker() -> Iterator[FileServer]:
    """A web server that has the official program for Linux on x86-64."""
    real = UNPACKED / "benchmark_model" / "benchmark_model"
    with FileServer() as server:
        server.files[OFFICIAL] = File(launcher("x86_64", str(real)))
        yield server


def of(server: FileServer) -> dict[str, str]:
    return {"BENCHHUB_TOOLS_URL_TFLITE": server.url}


@pytest.fixture
def offline() -> dict[str, str]:
    return {"BENCHHUB_TOOLS_URL_TFLITE": f"http://127.0.0.1:{free_port()}"}


def choices(ended: Ended) -> list[str]:
    return [line for line in ended.err.splitlines() if ": auto is " in line]


def tools(shop: Shop) -> dict[str, tuple[str, ...]]:
    return {one.name: tuple(tool.name for tool in one.tools) for one in shop.run().devices}


def test_the_official_program_is_fetched_once(
    fleet: Fleet, shop: Shop, sshd: Sshd, maker: FileServer
) -> None:
    station = fleet.ssh("board", sshd)
    del station.keys["benchmark_model"]
    station.write()
    words = ("run", shop.suite(suite()), "--devices", "host,board", "--tools", "auto")
    ended = shop.call(*words, **of(maker))
    assert ended.code == 0, ended.err
    there = ".benchhub/tools/benchmark_model/linux_x86_64/benchmark_model"
    assert choices(ended) == [
        "host: auto is benchmark_model: the official one for linux_x86_64 was fetched.",
        f"board: auto is benchmark_model: {there} is there.",
    ]
    assert [asked.path for asked in maker.asked] == [OFFICIAL]
    run = shop.run()
    assert tools(shop) == {"host": ("benchmark_model",), "board": ("benchmark_model",)}
    assert {case.tool for case in run.plan.cases} == {"benchmark_model"}
    assert all(one.reading.latency for one in run.invocations)

    again = shop.call(*words, **of(maker))
    assert again.code == 0, again.err
    assert all("is there" in line for line in choices(again))
    assert len(maker.asked) == 1
    station.assert_clean()


def test_a_dry_run_fetches_nothing(shop: Shop, maker: FileServer) -> None:
    ended = shop.call(
        "run", shop.suite(suite()), "--devices", "host", "--tools", "auto", "--dry-run", **of(maker)
    )
    assert ended.code == 0, ended.err
    assert choices(ended) == [
        "host: auto is benchmark_model: the official one for linux_x86_64 would be fetched."
    ]
    assert "good/int8/xnnpack/t1@benchmark_model" in ended.out
    assert maker.asked == []
    assert not (shop.root / ".benchhub" / "tools").exists()


def test_offline_litert_measures(shop: Shop, offline: dict[str, str]) -> None:
    text = (shop.root / "devices" / "host.yaml").read_text()
    (shop.root / "devices" / "host.yaml").write_text(f"{text}\ntool: auto\n")
    ended = shop.call("run", shop.suite(suite()), "--devices", "host", **offline)
    assert ended.code == 0, ended.err
    (line,) = choices(ended)
    assert line.startswith("host: auto is litert: the official program cannot be fetched: ")
    assert " has ai-edge-litert 2." in line
    assert tools(shop) == {"host": ("litert",)}
    assert [case.id for case in shop.run().plan.cases] == ["good/int8/xnnpack/t1"]


def test_a_suite_can_say_auto(
    fleet: Fleet, shop: Shop, sshd: Sshd, environment: Path, offline: dict[str, str]
) -> None:
    board = fleet.ssh("board", sshd)  # its file names a program
    wheel = fleet.ssh("wheel", fleet.rig("ssh"))
    del wheel.keys["benchmark_model"]
    wheel.write(python=str(environment))
    text = shop.suite(suite() + "tools: [auto]\n")
    ended = shop.call("run", text, "--devices", "board,wheel", **offline)
    assert ended.code == 0, ended.err
    first, second = choices(ended)
    assert first == "board: auto is benchmark_model: devices/board.yaml names one."
    assert second.startswith("wheel: auto is litert: the official program cannot be fetched: ")
    assert tools(shop) == {"board": ("benchmark_model",), "wheel": ("litert",)}
    for station in (board, wheel):
        station.assert_clean()


def test_nothing_can_measure(fleet: Fleet, shop: Shop, sshd: Sshd, offline: dict[str, str]) -> None:
    station = fleet.ssh("board", sshd)
    del station.keys["benchmark_model"]
    station.write(tool="auto")
    ended = shop.call("run", shop.suite(suite()), "--devices", "board", **offline)
    assert ended.code == 3
    *_, line = ended.err.splitlines()  # before it, that it was tried again
    assert line.startswith(
        "board: nothing can measure here: the official program cannot be fetched: "
    )
    assert "; ai-edge-litert is not installed for /usr/bin/python3" in line
    assert "`benchmark_model: FILE` in devices/board.yaml." in line
    assert not list(shop.root.glob(".benchhub/runs/*"))


def test_a_device_that_is_away_costs_only_its_own_steps(
    fleet: Fleet, shop: Shop, sshd: Sshd, offline: dict[str, str]
) -> None:
    station = fleet.ssh("board", sshd)
    del station.keys["benchmark_model"]
    station.write()
    sshd.power_off()
    words = ("run", shop.suite(suite()), "--devices", "board,host", "--tools", "auto")
    ended = shop.call(*words, **offline)
    assert ended.code == 3
    away, host = choices(ended)
    assert away.startswith("board: auto is benchmark_model: assumed, as it cannot be asked: ")
    assert host.startswith("host: auto is litert: ")
    run = shop.run()
    assert run.end
    assert set(run.end.lost) == {"board"}
    assert [one.device for one in run.invocations] == ["host"]


def test_auto_has_no_path(shop: Shop) -> None:
    text = GOOD_MODEL + ONE_CONFIGURATION + "tools:\n- name: auto\n  path: bm\n"
    ended = shop.call("run", shop.suite(text), "--devices", "host", "--dry-run")
    assert ended.code == 2
    assert "suites/mine.yaml:7:3: auto takes no path" in ended.err


def test_the_doctor_tells_what_it_is(
    fleet: Fleet, shop: Shop, sshd: Sshd, offline: dict[str, str]
) -> None:
    station = fleet.ssh("board", sshd).write(tool="auto")

    def examined() -> dict[str, tuple[str, str]]:
        ended = shop.call("devices", "doctor", "board", "--json", **offline)
        return {one["about"]: (one["verdict"], one["said"]) for one in ended.json["checks"]}

    checks = examined()
    assert checks["auto"] == ("ok", "benchmark_model: devices/board.yaml names one.")
    assert checks["benchmark_model"][0] == "ok"
    del station.keys["benchmark_model"]
    station.write()
    checks = examined()
    would = "benchmark_model: the official one for linux_x86_64 would be fetched."
    assert checks["auto"] == ("ok", would)
    assert "benchmark_model" not in checks
    assert not station.folder.exists()
