"""Runs through a lab: devices of two hosts, files once, comparisons, several controllers."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from benchhub.records import Purpose, Status

from .yard import DEVICES, EVERYWHERE, Yard

pytestmark = [pytest.mark.rig(name) for name in ("adbd", "benchmark_model", "sshd")]

EXACT = "verify: {max_abs: 100, max_rel: 1}\n"


def stamps(folder: Path) -> dict[str, int]:
    """Which file each one is, by name: one that is brought again is another one."""
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def test_a_run_on_devices_of_two_hosts(lab: Yard) -> None:
    ended = lab.call("run", lab.suite(2, EXACT), "--devices", EVERYWHERE)

    assert ended.code == 0, ended.err
    run = lab.run()
    assert run.plan.devices == DEVICES
    assert [record.name for record in run.devices] == list(DEVICES)
    measured = [one for one in run.invocations if one.purpose is Purpose.LATENCY]
    assert sorted(one.device for one in measured) == sorted(DEVICES * 2)
    verified = [one for one in run.invocations if one.purpose is Purpose.VERIFY]
    assert [one.reading.agreement is not None for one in verified] == [True] * len(DEVICES)
    assert {one.status for one in run.invocations} <= {Status.OK, Status.SUSPECT}
    assert lab.shop.call("report", "latest").code == 0
    lab.assert_clean()
    lab.assert_delivered()


def test_files_reach_a_host_once(lab: Yard) -> None:
    lab.call("run", lab.suite(), "--devices", "pi5")
    files = lab.east.root / ".benchhub" / "lab" / "files"
    before = stamps(files)

    assert lab.call("run", lab.suite(), "--devices", "@rack2").code == 0

    after = stamps(files)
    # Only the new run's order came; models and programs were there.
    assert len(after) == len(before) + 1
    assert {name: after[name] for name in before} == before


def test_a_comparison_measures_each_pair_over_one_connection(lab: Yard) -> None:
    words = ("--baseline", "suites/models", "--looks", "4", "--min-effect", "90%")
    ended = lab.call("ab", lab.suite(), "--devices", "pi4,pixel4", *words, "--inconclusive", "pass")

    assert ended.code == 0, ended.err
    run = lab.run()
    latency = [one for one in run.invocations if one.purpose is Purpose.LATENCY]
    pairs: dict[tuple[str, int], list[str]] = {}
    for one in latency:
        pairs.setdefault((one.device, one.round), []).append(one.session)
    assert len(pairs) == 8
    assert all(len(sessions) == 2 and len(set(sessions)) == 1 for sessions in pairs.values())
    lab.assert_clean()


def test_a_second_controller_waits_for_the_device(lab: Yard) -> None:
    first = lab.controller("first", "run", lab.suite(6, name="first"), "--devices", "pi4")
    lab.wait_for_stored(lab.stored() + 1, first)

    ended = lab.call("run", lab.suite(1, name="second"), "--devices", "pi4")

    assert ended.code == 0, ended.err
    assert first.ended() == 0, first.log
    one, other = (lab.run(row["run_id"]) for row in runs(lab)[:2])
    for run in (one, other):
        lab.assert_whole(run)
    started = {run.plan.suite_path: [i.started for i in run.invocations] for run in (one, other)}
    assert max(started["suites/first.yaml"]) < min(started["suites/second.yaml"])


def runs(lab: Yard) -> list[dict[str, str]]:
    told: list[dict[str, str]] = json.loads(lab.shop.call("runs", "--json").out)
    return told


def test_an_interrupt_gives_the_devices_back(lab: Yard) -> None:
    controller = lab.controller("interrupted", "run", lab.suite(8), "--devices", EVERYWHERE)
    lab.wait_for_stored(lab.stored() + 2, controller)

    assert controller.end(signal.SIGINT) == 130, controller.log

    lab.assert_clean()
    run_id = lab.run().plan.run_id
    assert f"benchhub run --resume {run_id} --lab {lab.ground.address}" in controller.log
    again = lab.call("run", "--resume", run_id)
    assert again.code == 0, again.err
    lab.assert_whole(lab.run(run_id))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--devices", "pi6"), "pi6: no host of the lab has it now. Did you mean 'pi"),
        (("--devices", "@rack9"), "no device or host of the lab is called or labelled 'rack9'."),
        ((), "no device is named. The lab has: pi4, pi5, pixel4."),
    ],
)
def test_a_device_that_nobody_has(lab: Yard, words: tuple[str, ...], said: str) -> None:
    ended = lab.call("run", lab.suite(), *words)

    assert ended.code in (2, 3)
    assert said in ended.err
