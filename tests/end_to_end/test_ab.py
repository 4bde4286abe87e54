"""Two sides measured in pairs on this machine: verdicts, the operator to blame, exit codes."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from benchhub.execution.pairing import sides_of
from benchhub.records import Plan, Purpose, RunState

from ..checkout import git
from ..heavier_model import behind, heavier
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .test_interrupt import wait_for_invocations

MEASURE = "measure: {profile_rounds: 1, num_runs: 20, min_secs: 0.2, warmup_runs: 2, timeout: 60}\n"
SUITE = f"{GOOD_MODEL}{ONE_CONFIGURATION}{MEASURE}"
CASE = "good/int8/xnnpack/t1"
# An unchanged model passes also where other tests load the machine: medians over enough inferences.
PATIENT = ("--min-effect", "40%", "--looks", "6,10,14,20")


@pytest.fixture
def old(shop: Shop) -> Path:
    """The models as they were."""
    shutil.copytree(shop.root / "suites" / "models", shop.root / "old")
    return shop.root / "old"


def model(shop: Shop) -> Path:
    return shop.root / "suites" / "models" / "mobilenet_v2_035_96_int8.tflite"


def slow_down(shop: Shop, share: float = 2.0) -> None:
    model(shop).write_bytes(heavier(model(shop).read_bytes(), share))


def ab(shop: Shop, *words: str, suite: str = SUITE) -> tuple[int, Any]:
    ended = shop.call("ab", shop.suite(suite), "--devices", "host", "--json", "-q", *words)
    assert ended.out, ended.err
    return ended.code, ended.json


@pytest.mark.usefixtures("old")
def test_a_slow_down_is_regressed_and_its_operator_is_named(shop: Shop) -> None:
    slow_down(shop)
    files = ("--junit", "out/j.xml", "--markdown", "out/c.md", "--out", "out/r.html")
    ended = shop.call(
        "gate", shop.suite(SUITE), "--devices", "host", "--baseline", "old", *PATIENT, *files
    )
    assert ended.code == 1, ended.err
    assert ended.out.startswith("REGRESSED  1 of 1 case\n")
    assert "CONV_2D" in ended.out
    assert "extra_" in ended.out
    for name in ("j.xml", "c.md", "r.html"):
        assert "REGRESSED" in (shop.root / "out" / name).read_text() or name == "j.xml"
    assert 'type="regression"' in (shop.root / "out" / "j.xml").read_text()
    run = shop.run()
    assert run.state is RunState.FINISHED
    assert len(run.invocations) < len(run.plan.invocations)


@pytest.mark.usefixtures("old")
def test_an_unchanged_model_passes(shop: Shop) -> None:
    code, facts = ab(shop, "--baseline", "old", *PATIENT)
    assert code == 0
    (case,) = facts["cases"]
    assert (case["case"], case["verdict"], case["device"]) == (CASE, "PASS", "host")
    run = shop.run()
    latency = [one for one in run.invocations if one.purpose is Purpose.LATENCY]
    assert len(latency) in (12, 20, 28)
    # Both sides of a pair, and only then the next one.
    for one, two in zip(latency[::2], latency[1::2], strict=True):
        assert (one.round, one.case_id.rpartition("~")[0]) == (two.round, CASE)
    ended = shop.call("ab", "--resume", run.plan.run_id, "--json", "-q")
    assert ended.code == 0
    assert [one["verdict"] for one in ended.json["cases"]] == ["PASS"]
    assert len(shop.run().invocations) == len(run.invocations)


# Half of the processes of either side share their CPU with a loop that never rests.
UNSTEADY = """#!/bin/sh
case "$1" in --help) exec {real} "$@";; esac
count=$(cat "$0.count" 2>/dev/null || echo 0)
echo $((count + 1)) > "$0.count"
case $((count % 4)) in 0|3) exec taskset -c 0 {real} "$@";; esac
taskset -c 0 sh -c 'while :; do :; done' &
taskset -c 0 {real} "$@"
code=$?
kill $!
exit $code
"""


def test_a_noisy_device_is_inconclusive(shop: Shop, benchmark_model: Path, old: Path) -> None:
    program = shop.root / "suites" / "unsteady"
    program.write_text(UNSTEADY.format(real=benchmark_model))
    program.chmod(0o755)
    suite = f"{SUITE}tools: [{{name: benchmark_model, path: unsteady}}]\n"
    words = ("--baseline", old.name, "--looks", "4,8", "--seed", "3")
    code, facts = ab(shop, *words, suite=suite)
    (case,) = facts["cases"]
    assert (code, case["verdict"], case["pairs_counted"]) == (4, "INCONCLUSIVE", 8), case["reason"]
    for way, expected in (("pass", 0), ("fail", 1)):
        again = shop.call("ab", "--resume", "latest", "-q", "--inconclusive", way)
        assert again.code == expected


def test_against_a_commit_only_what_changed(shop: Shop) -> None:
    suite = shop.suite(
        SUITE.replace(
            "    variants: {int8:",
            "    variants: {float32: models/mobilenet_v2_035_96_float32.tflite, int8:",
        )
    )

    git(shop.root, "init", "-q", "-b", "main")
    git(shop.root, "add", "suites", "devices")
    git(shop.root, "commit", "-q", "-m", "first")
    commit = git(shop.root, "rev-parse", "HEAD")
    slow_down(shop)
    words = ("gate", suite, "--devices", "host", "--baseline", "main", "--changed")
    planned = shop.call(*words, "--dry-run")
    assert planned.code == 0
    assert planned.out.split() == [CASE]
    assert "1 case left out: the same on both sides." in planned.err
    ended = shop.call(*words, *PATIENT, "--json", "-q")
    assert ended.code == 1, ended.err
    assert ended.json["baseline"]["git_commit"] == commit
    git(shop.root, "checkout", "-q", "--", "suites")
    assert shop.call(*words).code == 5


def test_another_program_as_baseline(shop: Shop, benchmark_model: Path, tmp_path: Path) -> None:
    """The same program by another name: a difference of the tool alone."""
    other = tmp_path / "older"
    other.write_text(f'#!/bin/sh\nexec {benchmark_model} "$@"\n')
    other.chmod(0o755)
    suite = f"{SUITE}tools: [{{name: benchmark_model, path: {benchmark_model}}}]\n"
    code, facts = ab(shop, "--baseline", str(other), *PATIENT, suite=suite)
    assert code == 0
    assert facts["baseline"]["text"] == f"program {other}"
    (record,) = shop.run().devices
    paths = {str(tool.side): tool.path for tool in record.tools}
    assert paths == {"baseline": str(other), "candidate": str(benchmark_model)}


@pytest.mark.usefixtures("old")
def test_an_interrupted_comparison_goes_on(shop: Shop) -> None:
    slow_down(shop)
    suite = shop.suite(SUITE.replace("min_secs: 0.2", "min_secs: 0.4"))
    words = ("--baseline", "old", "--min-effect", "40%", "--looks", "5")
    process = shop.start("ab", suite, "--devices", "host", *words)
    wait_for_invocations(shop, 3)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    run = shop.run()
    assert f"benchhub ab --resume {run.plan.run_id}" in err
    wrong = shop.call("run", "--resume", run.plan.run_id)
    assert wrong.code == 2
    assert f"benchhub ab --resume {run.plan.run_id}" in wrong.err
    ended = shop.call("ab", "--resume", run.plan.run_id, "--json", "-q")
    assert ended.code == 1
    (case,) = ended.json["cases"]
    # A pair whose sides were measured before and after the interrupt is none.
    assert case["pairs_invalid"] <= 1
    again = {one.number: one for one in shop.run().invocations}
    assert all(again[one.number] == one for one in run.invocations)


@pytest.mark.usefixtures("old")
def test_a_candidate_that_is_no_model(shop: Shop) -> None:
    model(shop).write_bytes(b"no model")
    code, facts = ab(shop, "--baseline", "old", "--looks", "4")
    (case,) = facts["cases"]
    assert (code, case["verdict"]) == (1, "REGRESSED")
    assert "the candidate" in case["reason"]


def test_what_is_no_baseline(shop: Shop) -> None:
    suite = shop.suite(SUITE)
    empty = shop.root / "empty"
    empty.mkdir()
    for words, code, said in (
        (("--baseline", "v9.9"), 2, "'v9.9' is no folder of models"),
        (("--baseline", ""), 2, "the name of a side is empty"),
        ((), 2, "which suite, against what?"),
        (("--baseline", "empty"), 2, "none of the files of suites/mine.yaml is there"),
        (("--baseline", "old", "--min-effect", "300%"), 2, "a share such as 0.03, or 3%"),
        (("--baseline", "old", "--looks", "8,4"), 2, "growing numbers of pairs"),
    ):
        ended = shop.call("ab", suite, "--devices", "host", *words)
        assert (ended.code, said in ended.err) == (code, True), ended.err
    assert not list(shop.root.glob(".benchhub/runs/*"))


def test_sides_of_a_stored_plan(shop: Shop, old: Path) -> None:
    original = model(shop).read_bytes()
    model(shop).write_bytes(behind(original, 0))
    ab(shop, "--baseline", old.name, "--looks", "4")
    plan: Plan = shop.run().plan
    ((before, after),) = sides_of(plan)
    assert before.variant.path.startswith("old/")
    assert before.variant.sha256 != after.variant.sha256
    text = (shop.root / ".benchhub" / "runs" / plan.run_id / "plan.json").read_text()
    assert json.loads(text)["sides"]["baseline"]["text"] == "models of old"
