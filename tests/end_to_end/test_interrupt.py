"""Ctrl-C, SIGTERM and a killed controller: what was measured is kept, --resume goes on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from benchhub.records import RunState

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop

SUITE = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + "measure: {rounds: 6, profile_rounds: 0, min_secs: 0.4, warmup_runs: 1}\n"
)


def wait_for_invocations(shop: Shop, count: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(list(shop.root.glob(".benchhub/runs/*/invocations/*/*/invocation.json"))) >= count:
            return
        time.sleep(0.02)
    pytest.fail("no invocation was finished within a minute")


@pytest.mark.fault("{number.name} of the controller: while it measures", place="host")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_usable_and_can_be_resumed(
    shop: Shop, number: signal.Signals
) -> None:
    process = shop.start("run", shop.suite(SUITE), "--devices", "host")
    wait_for_invocations(shop, 2)
    process.send_signal(number)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "benchhub run --resume" in err
    run = shop.run()
    assert run.state is RunState.INTERRUPTED
    assert 2 <= len(run.invocations) < 6
    assert shop.call("report", "latest").code == 0
    before = {one.number: one for one in run.invocations}
    resumed = shop.call("run", "--resume", run.plan.run_id)
    assert resumed.code == 0
    again = shop.run()
    assert again.state is RunState.FINISHED
    assert again.plan == run.plan
    assert len(again.invocations) == 6
    assert {one.number: one for one in again.invocations if one.number in before} == before


@pytest.mark.fault("SIGKILL of the controller: between two records", place="host")
def test_a_killed_controller_loses_one_invocation_at_most(shop: Shop) -> None:
    process = shop.start("run", shop.suite(SUITE), "--devices", "host")
    wait_for_invocations(shop, 2)
    process.kill()
    process.communicate(timeout=30)
    assert shop.run().state is RunState.UNFINISHED
    assert "unfinished" in shop.call("runs").out
    assert shop.call("run", "--resume", "latest").code == 0
    assert len(shop.run().invocations) == 6


def test_a_model_that_is_edited_during_a_run_does_not_change_what_is_measured(
    shop: Shop,
) -> None:
    process = shop.start("run", shop.suite(SUITE), "--devices", "host")
    wait_for_invocations(shop, 1)
    Path(shop.root / "suites" / "models" / "mobilenet_v2_035_96_int8.tflite").write_bytes(b"new")
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert all(one.reading.latency for one in shop.run().invocations)


def test_resume_takes_no_other_wishes(shop: Shop) -> None:
    ended = shop.call("run", "suites/quickstart.yaml", "--resume", "latest")
    assert ended.code == 2
    assert "--resume goes on with a run as planned" in ended.err
