"""The figures of a suite over many runs, through the command line: some measured, most re-dated."""

from __future__ import annotations

import random
import shutil
import statistics
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.records import Invocation, Plan
from benchhub.results.store import RunFolder, find_run, run_folders

from ..past_runs import past_id, put_run
from .conftest import ONE_CONFIGURATION, Shop

CANARY = "good/float32/xnnpack/t1"
CASE = "good/int8/xnnpack/t1"
SUITE = (
    "name: mine\n"
    "models:\n"
    "  - name: good\n"
    "    variants:\n"
    "      int8: models/mobilenet_v2_035_96_int8.tflite\n"
    "      float32: models/mobilenet_v2_035_96_float32.tflite\n"
    + ONE_CONFIGURATION
    + "measure: {rounds: 3, profile_rounds: 0, num_runs: 5, warmup_runs: 1, timeout: 60}\n"
)
NIGHTS = 24
SINCE = 16


def put_nights(shop: Shop, source: RunFolder, slower: float) -> None:
    """Write earlier nights: a drift of 5 % that both cases share, and a case that got slower."""
    run = source.read()
    medians = {
        case.id: statistics.median(
            one.reading.latency.value_us
            for one in run.invocations
            if one.case_id == case.id and one.reading.latency
        )
        for case in run.plan.cases
    }
    for night in range(NIGHTS):
        dice = random.Random(night)  # noqa: S311 - an example, no secret
        drift = 1 + dice.gauss(0, 0.05)
        late = slower if night >= SINCE else 0.0

        def scale(
            one: Invocation, dice: random.Random = dice, late: float = late, drift: float = drift
        ) -> float:
            assert one.reading.latency
            mine = 1 + late if one.case_id == CASE else 1.0
            wanted = medians[one.case_id] * drift * mine * (1 + dice.gauss(0, 0.004))
            return wanted / one.reading.latency.value_us

        def model(plan: Plan, night: int = night) -> Plan:
            if night < SINCE:
                return plan
            cases = [
                replace(case, variant=replace(case.variant, sha256="77" * 32))
                if case.id == CASE
                else case
                for case in plan.cases
            ]
            return replace(plan, cases=tuple(cases))

        put_run(source, night, scale, plan=model)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a run that was really measured."""
    shop = Shop(tmp_path_factory.mktemp("measured") / "a workspace")
    shop.root.mkdir()
    assert shop.call("init").code == 0
    suite = shop.suite(f"{SUITE}canary: {CANARY}\n")
    assert shop.call("run", suite, "--devices", "host", "-q").code == 0
    return shop.root


@pytest.fixture
def measured(shop: Shop, workspace: Path) -> RunFolder:
    """That run, this test's own to change."""
    shutil.copytree(workspace, shop.root, dirs_exist_ok=True)
    return find_run(shop.root / ".benchhub" / "runs", "latest")


def test_runs_of_today_are_points(shop: Shop, measured: RunFolder) -> None:
    for _ in range(2):
        assert shop.call("run", "suites/mine.yaml", "--devices", "host", "-q").code == 0
    ended = shop.call("history")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("mine: 3 runs, ")
    assert "divided by the canary" in ended.out
    assert "Too few runs to tell: a change needs 8 at least." in ended.out
    (facts,) = [one for one in shop.call("history", "--json").json["series"] if one["case"] == CASE]
    run = measured.read()
    values = {
        case_id: statistics.median(
            one.reading.latency.value_us
            for one in run.invocations
            if one.case_id == case_id and one.reading.latency
        )
        for case_id in (CASE, CANARY)
    }
    first = facts["points"][0]
    assert (first["run_id"], first["processes"]) == (run.plan.run_id, 3)
    assert first["value_us"] == pytest.approx(values[CASE])
    assert first["canary_us"] == pytest.approx(values[CANARY])
    assert first["figure"] == pytest.approx(values[CASE] / values[CANARY])


def test_a_slower_case_is_an_alert_and_no_exit_code(shop: Shop, measured: RunFolder) -> None:
    put_nights(shop, measured, slower=0.06)
    ended = shop.call("history", "mine", "--last", str(NIGHTS + 1), COLUMNS="80")
    assert ended.code == 0, ended.err
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "1 of 1 series moved: 1 slow-down." in ended.out
    assert "there the model is another file" in ended.out
    page = (shop.root / "reports" / "history-mine.html").read_text()
    assert "report   reports/history-mine.html" in ended.out
    assert CASE in page.replace("<wbr>", "")

    facts = shop.call("history", "--case", CASE, "--json").json
    assert facts["report"] is None
    (alert,) = facts["changes"]
    assert alert["run_id"] == past_id(SINCE)
    assert alert["last_run_before"] == past_id(SINCE - 1)
    assert alert["commit"] == f"{SINCE:02x}" * 20
    assert alert["change"] == pytest.approx(0.06, abs=0.01)
    assert alert["p"] <= 0.01
    assert any("the model is another file" in text for text in alert["events"])


def test_the_same_noise_without_the_slow_down_is_none(shop: Shop, measured: RunFolder) -> None:
    put_nights(shop, measured, slower=0.0)
    facts = shop.call("history", "--case", CASE, "--json", "--out", "page.html").json
    assert facts["changes"] == []
    assert facts["report"] == "page.html"
    assert (shop.root / "page.html").is_file()


def test_without_a_canary_the_cost_is_told(shop: Shop) -> None:
    suite = shop.suite(SUITE)
    assert shop.call("run", suite, "--devices", "host", "-q").code == 0
    ended = shop.call("history")
    assert "No canary: nothing tells a slower device from a slower model." in ended.out
    assert "24 to 50 %" in ended.out


def test_bad_questions(shop: Shop, measured: RunFolder) -> None:
    assert len(run_folders(shop.root / ".benchhub" / "runs")) == 1
    for words, code, said in (
        (("nothing",), 2, "there is no run of suite 'nothing'. There are of mine."),
        (("--case", "x/*"), 2, "no case matches 'x/*' on '*'. Devices: host."),
        (("--device", "pi4"), 2, "no case matches '*' on 'pi4'. Devices: host."),
        (("--last", "0"), 2, "0 is not in the range"),
        (("--out", "suites"), 2, "is a directory"),
    ):
        ended = shop.call("history", *words)
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert said in ended.err
    del measured


def test_a_canary_that_is_no_case_is_refused_before_anything_is_measured(shop: Shop) -> None:
    suite = shop.suite(f"{SUITE}canary: good/int8/xnnpack/t2\n")
    ended = shop.call("run", suite, "--devices", "host")
    assert ended.code == 2
    line = SUITE.count("\n") + 1
    assert ended.err.strip() == (
        f"{suite}:{line}:1: canary 'good/int8/xnnpack/t2' is no case of this suite. Did you mean "
        f"'{CASE}'?"
    )
    assert run_folders(shop.root / ".benchhub" / "runs") == []


def test_no_runs_yet(shop: Shop) -> None:
    ended = shop.call("history")
    assert ended.code == 2
    assert "there are no runs yet" in ended.err
