"""A run folder that is half written: what helps is said, and --resume completes it."""

from __future__ import annotations

import pytest

from benchhub.records import RunState
from benchhub.results.store import RunFolder

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, QUICK, Shop


@pytest.mark.fault("run folder: half written when the power went", place="controller")
def test_what_is_half_written_is_measured_again(shop: Shop) -> None:
    suite = shop.suite(GOOD_MODEL + ONE_CONFIGURATION + QUICK.replace("rounds: 1", "rounds: 2", 1))
    assert shop.call("run", suite, "--devices", "host").code == 0
    before = shop.run()
    folder = RunFolder(shop.root / ".benchhub" / "runs" / before.plan.run_id)
    damaged = folder.step_folder(before.invocations[1]) / "invocation.json"
    damaged.write_bytes(damaged.read_bytes()[:100])
    (folder.path / "run.json").write_bytes(b"")
    again = f"benchhub run --resume {folder.run_id}"

    shown = shop.call("report", "latest")
    assert (shown.code, len(shown.err.splitlines())) == (3, 1)
    assert f"{damaged}: damaged" in shown.err
    assert again in shown.err
    assert str(damaged) in shop.call("index", "rebuild").err

    resumed = shop.call(*again.split()[1:])
    assert resumed.code == 0, resumed.err
    assert f"host: {damaged}: damaged" in resumed.err
    assert f"{folder.path}/run.json: damaged" in resumed.err
    run = shop.run()
    assert run.state is RunState.FINISHED
    assert run.invocations[0] == before.invocations[0]
    assert [one.number for one in run.invocations] == [1, 2]
    assert len(list((folder.path / "attempts" / "host").iterdir())) == 1
    assert shop.call("report", "latest").code == 0
