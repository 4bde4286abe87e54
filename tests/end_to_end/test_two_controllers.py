"""Two controllers ask for one run: the second is told who has it and spoils nothing."""

from __future__ import annotations

import pytest

from benchhub.records import RunState

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .test_interrupt import wait_for_invocations

SUITE = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + "measure: {rounds: 4, profile_rounds: 0, min_secs: 1, warmup_runs: 1}\n"
)


@pytest.mark.fault("two controllers: a run is resumed while it runs", place="controller")
def test_a_run_that_runs_is_not_resumed(shop: Shop) -> None:
    first = shop.start("run", shop.suite(SUITE), "--devices", "host")
    wait_for_invocations(shop, 1)
    second = shop.call("run", "--resume", "latest")
    assert second.code == 3, second.out
    run_id = shop.run().plan.run_id
    assert f"run {run_id} is in the hands of process {first.pid} on " in second.err
    assert len(second.err.splitlines()) == 1
    _out, err = first.communicate(timeout=120)
    assert first.returncode == 0, err
    run = shop.run()
    assert run.state is RunState.FINISHED
    assert [one.number for one in run.invocations] == [1, 2, 3, 4]
    assert not list(shop.root.glob(".benchhub/runs/*/attempts"))
