"""What a device reaches, and operators held against it: on this machine and over the rigs."""

from __future__ import annotations

import json
import signal

import pytest

from benchhub.records import Peaks, Status
from benchhub.results.codec import read_document

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop, apart_from_load
from .fleet import Fleet, finished, fleet, wait_for

__all__ = ["fleet"]

LEAST = ("--quick", "--threads", "1", "--configurations", "xnnpack")
PROFILED = (
    GOOD_MODEL + ONE_CONFIGURATION + "measure: {rounds: 1, profile_rounds: 1, num_runs: 20}\n"
)
DWELL_S = 60.0


def kept(shop: Shop, device: str) -> Peaks:
    return read_document(shop.root / "devices" / f"{device}.peaks.json", Peaks)


def check(peaks: Peaks, device: str) -> None:
    assert peaks.device == device
    assert [(one.dtype, one.threads, one.configuration) for one in peaks.peaks] == [
        ("float32", 1, "xnnpack"),
        ("int8", 1, "xnnpack"),
    ]
    for peak in peaks.peaks:
        assert peak.compute_by in ("matmul", "conv1x1")
        assert peak.gmacs_per_s is not None
        # From the slowest emulated board to the widest matrix unit of a server.
        assert 0.01 < peak.gmacs_per_s < 100_000
        assert peak.gbytes_per_s is not None
        assert 0.01 < peak.gbytes_per_s < 10_000
        assert [one.bytes for one in peak.copies] == [2**20, 2**23, 2**26]


def test_calibrate_run_and_ops(shop: Shop) -> None:
    suite = shop.suite(PROFILED)
    assert shop.call("run", suite, "--devices", "host", "-q").code == 0
    before = shop.call("ops")
    assert "head-room is known after: benchhub calibrate-peak host" in before.out
    assert "GMAC/s" in before.out

    calibration = shop.call("calibrate-peak", "host", *LEAST)
    assert calibration.code == 0, calibration.err
    assert "peaks: 10 cases, 2 rounds each, on host" in calibration.err
    assert "peaks    devices/host.peaks.json" in calibration.out
    peaks = kept(shop, "host")
    check(peaks, "host")
    run = shop.run()
    assert (run.plan.run_id, run.plan.suite) == (peaks.run_id, "peaks")
    assert {apart_from_load(one) for one in run.invocations} == {Status.OK}

    (earlier,) = [id_ for id_ in runs(shop) if id_ != peaks.run_id]
    later = shop.call("ops", earlier)
    assert "rows are ranked by it" in later.out
    assert f"on {peaks.measured[:10]} with litert" in later.out
    (facts,) = shop.call("ops", earlier, "--json").json
    assert facts["ranked_by"] == "headroom"
    assert facts["covered"] > 0.9
    assert facts["calibrated"] == peaks.measured
    told = [op for op in facts["ops"] if op["headroom_us"] is not None]
    assert told
    assert [op["headroom_us"] for op in told] == sorted(
        (op["headroom_us"] for op in told), reverse=True
    )
    for op in told:
        assert op["roofline"] > 0
        assert op["headroom_us"] == pytest.approx(op["mean_us"] * (1 - min(op["roofline"], 1)))
    by_time = shop.call("ops", earlier, "--by", "time", "--json").json[0]["ops"]
    times = [op["mean_us"] for op in by_time]
    assert times == sorted(times, reverse=True)

    # The next run writes it down, and keeps it when the file is gone or damaged.
    assert shop.call("run", suite, "--devices", "host", "-q").code == 0
    (record,) = shop.run().devices
    assert record.peaks == peaks
    (shop.root / "devices" / "host.peaks.json").write_text("{")
    assert "rows are ranked by it" in shop.call("ops", "latest").out
    damaged = shop.call("ops", earlier)
    assert damaged.code == 3
    assert "host.peaks.json: damaged" in damaged.err
    assert "benchhub calibrate-peak host" in damaged.err


def runs(shop: Shop) -> list[str]:
    return sorted(path.name for path in (shop.root / ".benchhub" / "runs").iterdir())


@pytest.mark.rig("benchmark_model")
def test_over_adb(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("adb-direct")
    ended = shop.call("calibrate-peak", station.name, *LEAST, **station.env)
    assert ended.code == 0, ended.err
    peaks = kept(shop, station.name)
    check(peaks, station.name)
    assert peaks.tool.startswith("benchmark_model")
    station.assert_clean()


@pytest.mark.rig("benchmark_model")
def test_an_interrupted_calibration_goes_on(fleet: Fleet, shop: Shop) -> None:
    station = fleet.station("ssh")
    name = station.name
    process = shop.start("calibrate-peak", name, *LEAST, **station.env)
    wait_for(lambda: finished(shop) >= 2, "two invocations", DWELL_S)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=DWELL_S)
    assert process.returncode == 130
    (run_id,) = runs(shop)
    assert f"Go on: benchhub calibrate-peak {name} --resume {run_id}" in err
    assert not (shop.root / "devices" / f"{name}.peaks.json").exists()
    there = finished(shop)
    ended = shop.call("calibrate-peak", name, "--resume", run_id, "--json", **station.env)
    assert ended.code == 0, ended.err
    assert runs(shop) == [run_id]
    assert finished(shop) == 20 > there
    check(kept(shop, name), name)
    assert ended.json == json.loads((shop.root / "devices" / f"{name}.peaks.json").read_text())
    station.assert_clean()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "there is no devices/nowhere.yaml"),
        (("host", "--threads", "two"), "thread counts read like 1,2,4"),
        (("host", "--configurations", "gpu"), "does not know what 'gpu' computes with"),
        (("host", "--tool", "nothing"), "no tool is called 'nothing'"),
        (("host", "--resume", "latest"), "there are no runs yet"),
    ],
)
def test_what_is_wrong_is_said(shop: Shop, words: tuple[str, ...], said: str) -> None:
    ended = shop.call("calibrate-peak", *words)
    assert ended.code in (2, 3)
    assert said in ended.err
    assert not runs_there(shop)


def runs_there(shop: Shop) -> bool:
    return (shop.root / ".benchhub" / "runs").is_dir() and bool(runs(shop))
