"""How noisy a device is, measured on this machine: kept, used, and told."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from benchhub.records import Noise, Purpose, RunState, Side
from benchhub.results.codec import read_document

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .test_interrupt import wait_for_invocations

MEASURE = "measure: {profile_rounds: 1, num_runs: 10, warmup_runs: 1, timeout: 60}\n"
SUITE = f"{GOOD_MODEL}{ONE_CONFIGURATION}{MEASURE}"
CASE = "good/int8/xnnpack/t1"
MODEL = "suites/models/mobilenet_v2_035_96_int8.tflite"
# Answers as the real program did once, but for some of its processes, in no order, takes longer:
# the load of the machine that tests run on makes modes of its own.
SLOW_TURNS = (1, 4, 5, 8, 10, 13, 16, 17, 21)
TWO_SPEEDS = """\
#!/usr/bin/env python3
import pathlib, re, sys
recorded, turns = pathlib.Path("{recorded}"), pathlib.Path("{turns}")
if any("--help" in word for word in sys.argv):
    sys.exit((recorded / "help.stderr").read_text())
turn = len(turns.read_bytes()) if turns.exists() else 0
turns.write_bytes(bytes(turn + 1))
by = (1.5 if turn in {slow} else 1.0) * (1 + 0.001 * (turn * 7 % 11))
def longer(found):
    return found[1] + str(round(by * float(found[2]), 2))
text = (recorded / "xnn_int8.stdout").read_text()
print(re.sub(r"((?:first|curr|min|max|avg)=|(?:avg\\)|inference): )([0-9.]+)", longer, text))
"""


def kept(shop: Shop, device: str = "host") -> Noise:
    return read_document(shop.root / "devices" / f"{device}.noise.json", Noise)


def doctor(shop: Shop) -> str:
    """What is said of the noise."""
    checks = shop.call("devices", "doctor", "host", "--json").json["checks"]
    (check,) = (check for check in checks if check["about"] == "noise")
    said: str = check["said"]
    return said.replace("\N{NO-BREAK SPACE}", " ")


def calibrate(shop: Shop, *words: str) -> tuple[str, str]:
    ended = shop.call("calibrate", "host", "--suite", shop.suite(SUITE), *words)
    assert ended.code == 0, ended.err
    return ended.out, ended.err


def test_it_is_measured_kept_and_used(shop: Shop) -> None:
    out, err = calibrate(shop, "--pairs", "5", "--seed", "7")
    assert "mine: 1 case, 5 pairs each, host against itself (about " in err
    assert max(len(line) for line in out.splitlines()) <= 80
    assert "noise    devices/host.noise.json" in out
    run, noise = shop.run(), kept(shop)
    assert run.state is RunState.FINISHED
    assert {one.purpose for one in run.invocations} == {Purpose.LATENCY}
    assert run.plan.sides[Side.BASELINE] == run.plan.sides[Side.CANDIDATE]
    (case,) = noise.cases
    assert (noise.device, noise.run_id, case.case_id) == ("host", run.plan.run_id, CASE)
    assert case.pairs == 5
    assert len(run.invocations) == 10
    assert case.sd_pair > 0
    times = [one.reading.latency.value_us for one in run.invocations if one.reading.latency]
    assert min(times) <= case.median_us <= max(times)

    ab = ("ab", shop.suite(SUITE), "--devices", "host", "--baseline", "suites/models", "--dry-run")
    assert "host: calibrated noise " in shop.call(*ab).err
    assert "calibrated" not in shop.call(*ab, "--looks", "6,9").err
    said = shop.suite(f"{SUITE}gate: {{looks: [6, 9]}}\n", "said")
    assert "calibrated" not in shop.call("ab", said, *ab[2:]).err
    assert "6 to 9 pairs" in shop.call("ab", said, *ab[2:]).err

    assert f" % in the noisiest of 1 case, calibrated on {noise.created[:10]}." in doctor(shop)
    path = shop.root / "devices" / "host.noise.json"
    path.write_text(path.read_text().replace('"build": "', '"build": "not '))
    assert "another build of the system: doubtful" in doctor(shop)
    assert "host: its calibration is of another build of the system" in shop.call(*ab).err
    path.write_text(path.read_text().replace('"cpu": "', '"cpu": "not '))
    other = shop.call(*ab)
    assert "host: its calibration is of another CPU" in other.err
    assert "8 to 24 pairs" in other.err
    assert "of another CPU and is not used" in doctor(shop)
    path.write_text("[]")
    assert "host.noise.json: no document of benchhub" in doctor(shop)
    damaged = shop.call(*ab)
    assert damaged.code == 0
    assert "It is not used. Make it again: benchhub calibrate host" in damaged.err


def test_as_data(shop: Shop) -> None:
    out, err = calibrate(shop, "--pairs", "4", "--json", "-q")
    assert err == ""
    facts = json.loads(out)
    assert facts["path"] == "devices/host.noise.json"
    assert facts["alarms"] == []
    (case,) = facts["cases"]
    assert (case["case"], case["pairs"]) == (CASE, 4)
    assert case["sd_pair"] == kept(shop).cases[0].sd_pair
    assert set(case["pairs_needed"]) == {"0.03", "0.05", "0.1"}
    assert facts["looks"][0] >= 8


def test_an_interrupted_calibration_goes_on(shop: Shop) -> None:
    process = shop.start("calibrate", "host", "--suite", shop.suite(SUITE), "--pairs", "8")
    wait_for_invocations(shop, 3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    run_id = shop.run().plan.run_id
    assert f"Go on: benchhub calibrate host --resume {run_id}" in err
    assert not (shop.root / "devices" / "host.noise.json").exists()
    ended = shop.call("calibrate", "host", "--resume", run_id)
    assert ended.code == 0, ended.err
    assert kept(shop).run_id == run_id
    assert kept(shop).cases[0].pairs == 8


def test_a_device_with_two_speeds(shop: Shop, recorded: Path) -> None:
    tool = shop.root / "suites" / "tool"
    outputs = recorded / "benchmark_model" / "tensorflow-2.14.1"
    turns = shop.root / "turns"
    tool.write_text(TWO_SPEEDS.format(recorded=outputs, turns=turns, slow=SLOW_TURNS))
    tool.chmod(0o755)
    suite = shop.suite(f"{SUITE}tools: [{{name: benchmark_model, path: tool}}]\n")
    ended = shop.call("calibrate", "host", "--suite", suite, "--pairs", "12")
    assert ended.code == 0, ended.err
    (case,) = kept(shop).cases
    assert case.modes is not None
    assert case.modes == pytest.approx((1.5, len(SLOW_TURNS) / 24), rel=0.01)
    out = " ".join(ended.out.split())
    assert f"{case.case_id} has two modes: 38 % of its processes take 1.50 times as long" in out
    assert "affinity" in out
    assert "too noisy to see 3 %: 48 pairs see " in out

    ab = ("ab", suite, "--devices", "host", "--baseline", "suites/models", "--dry-run")
    assert "host: too noisy to see 3 %: 48 pairs see " in shop.call(*ab).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "--suite", "suites/quickstart.yaml"), "there is no devices/nowhere.yaml"),
        (("host",), "which suite?"),
        (("host", "--suite", "suites/none.yaml"), "suites/none.yaml"),
        (("host", "--suite", "suites/quickstart.yaml", "--pairs", "3"), "3 is not in the range"),
        (("host", "--suite", "suites/quickstart.yaml", "--cases", "x/*"), "no case matches x/*"),
        (("host", "--resume", "latest"), "there are no runs yet"),
        (("host", "--resume", "latest", "--pairs", "9"), "leave the rest away"),
    ],
)
def test_what_is_wrong_is_said(shop: Shop, words: tuple[str, ...], said: str) -> None:
    ended = shop.call("calibrate", *words)
    assert ended.code in (2, 3, 5)
    assert said in ended.err
    assert not (shop.root / "devices" / "host.noise.json").exists()


def test_a_run_is_no_calibration(shop: Shop) -> None:
    suite = shop.suite(SUITE.replace("profile_rounds: 1", "profile_rounds: 0, rounds: 1"))
    assert shop.call("run", suite, "--devices", "host", "-q").code == 0
    ended = shop.call("calibrate", "host", "--resume", "latest")
    assert ended.code == 2
    assert "is no calibration of host" in ended.err


def test_a_model_that_is_none(shop: Shop) -> None:
    (shop.root / MODEL).write_bytes(b"no model")
    ended = shop.call("calibrate", "host", "--suite", shop.suite(SUITE), "-q")
    assert ended.code == 5
    assert "not a TFLite model" in ended.err
    assert "nothing is left to measure" in ended.err


@pytest.mark.rig("benchmark_model")
def test_a_program_that_cannot_measure_leaves_no_calibration(
    shop: Shop, benchmark_model: Path
) -> None:
    tool = shop.root / "suites" / "tool"
    helpful = f'case "$*" in *--help*) exec {benchmark_model} "$@" ;; esac'
    tool.write_text(f"#!/bin/sh\n{helpful}\nexit 7\n")
    tool.chmod(0o755)
    suite = shop.suite(f"{SUITE}tools: [{{name: benchmark_model, path: tool}}]\n")
    ended = shop.call("calibrate", "host", "--suite", suite, "--pairs", "4")
    assert ended.code == 3
    assert "host: no case has 4 pairs that count. " in ended.err
    assert "ended with exit code 7; it printed nothing. Look at its run: benchhub" in ended.err
    assert "benchhub report " in ended.err
    assert not (shop.root / "devices" / "host.noise.json").exists()
