"""Two stored runs of this machine held against each other, and names of runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchhub.records import Run
from benchhub.results.store import find_run

from ..heavier_model import heavier
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Ended, Shop

MEASURE = "measure: {rounds: 6, profile_rounds: 1, num_runs: 20, warmup_runs: 2, timeout: 60}\n"
SUITE = f"{GOOD_MODEL}{ONE_CONFIGURATION}{MEASURE}"
CASE = "good/int8/xnnpack/t1"
RECORDED = Path(__file__).parents[1] / "recorded" / "benchmark_model" / "litert-2026-08"
# An unchanged model does not regress also where other tests load the machine.
PATIENT = ("--min-effect", "60%")


def measure(shop: Shop, suite: str = SUITE, *words: str) -> str:
    """Measure a suite; return the id of the run."""
    ended = shop.call("run", shop.suite(suite), "--devices", "host", "-q", *words)
    assert ended.code == 0, ended.err
    return shop.run().plan.run_id


@dataclass(frozen=True)
class Stored:
    """A workspace with two runs of the same model."""

    root: Path
    runs: tuple[str, str]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    shop = Shop(tmp_path_factory.mktemp("stored") / "a workspace")
    shop.root.mkdir()
    assert shop.call("init").code == 0
    return Stored(shop.root, (measure(shop), measure(shop)))


@pytest.fixture
def pair(shop: Shop, stored: Stored) -> tuple[str, str]:
    """Two runs of the same model, this test's own to change."""
    shutil.copytree(stored.root, shop.root, dirs_exist_ok=True)
    return stored.runs


def compared(shop: Shop, *words: str) -> tuple[int, Any, Ended]:
    ended = shop.call("compare", *words, "--json", "--inconclusive", "pass")
    return ended.code, json.loads(ended.out) if ended.out else None, ended


def read(shop: Shop, run_id: str) -> Run:
    return find_run(shop.root / ".benchhub" / "runs", run_id).read()


def rewrite(shop: Shop, run_id: str, pattern: str, old: str, new: str) -> None:
    """Change the text of the documents of a run that match a pattern."""
    paths = list((shop.root / ".benchhub" / "runs" / run_id).glob(pattern))
    assert paths
    for path in paths:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def model(shop: Shop) -> Path:
    return shop.root / "suites" / "models" / "mobilenet_v2_035_96_int8.tflite"


def test_two_runs_and_a_baseline(shop: Shop, pair: tuple[str, str]) -> None:
    before = pair[1]
    assert shop.call("baseline", "set", "nightly", before).out == f"nightly is run {before}\n"
    model(shop).write_bytes(heavier(model(shop).read_bytes(), 2.0))
    after = measure(shop)

    ended = shop.call("compare", "nightly", "latest", *PATIENT, "--junit", "j.xml")
    assert ended.code == 1, ended.err
    assert ended.out.startswith("REGRESSED  1 of 1 case\n")
    assert "the two runs were not measured side by side" in " ".join(ended.out.split())
    assert "CONV_2D" in ended.out
    assert f"run {before} (nightly), mine" in ended.out
    assert 'type="regression"' in (shop.root / "j.xml").read_text()
    page = shop.root / "reports" / f"compare-{before}-{after}.html"
    assert page.name in ended.out
    assert "REGRESSED" in page.read_text()

    code, facts, _ = compared(shop, "nightly", after, *PATIENT)
    assert (code, facts["interleaved"]) == (1, False)
    (case,) = facts["cases"]
    # One profile of each side is not certain: on a busy machine others seem slower as well.
    assert any(op["name"].startswith("extra_") for op in case["blame"]["ops"])
    assert (case["case"], case["verdict"]) == (CASE, "REGRESSED")
    assert case["rests_on"] == "6 and 6 processes"
    code, facts, _ = compared(shop, after, "nightly", *PATIENT)
    assert (code, facts["cases"][0]["verdict"]) == (0, "IMPROVED")


def test_the_same_model_twice(shop: Shop, pair: tuple[str, str]) -> None:
    before, after = pair
    code, facts, _ = compared(shop, before, after, *PATIENT)
    assert code == 0
    assert facts["cases"][0]["verdict"] in ("PASS", "INCONCLUSIVE")
    assert any("only the time of the runs differs" in note for note in facts["notes"])
    ended = shop.call("compare", before, before)
    assert (ended.code, ended.out) == (2, "")
    assert "cannot be compared with itself" in ended.err


def test_what_is_not_comparable_is_refused_and_forced(shop: Shop, pair: tuple[str, str]) -> None:
    before = measure(shop, SUITE.replace("num_runs: 20", "num_runs: 10"))
    after = pair[0]
    build = read(shop, after).devices[0].facts.os
    assert build
    rewrite(shop, after, "devices/host.json", build, "Other OS 13")
    ended = shop.call("compare", before, after)
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    assert line.startswith(f"runs {before} and {after} cannot be compared: build of host: {build}")
    assert "measure: num_runs 10 against num_runs 20." in line
    assert line.endswith(
        "If that is what you compare: --differs build --differs measure. "
        "To compare them all the same: --force"
    )
    assert shop.call("compare", before, after, "--differs", "build").code == 2

    code, facts, _ = compared(
        shop, before, after, "--differs", "build", "--differs", "measure", *PATIENT
    )
    assert (code, facts["forced"]) == (0, [])
    code, facts, _ = compared(shop, before, after, "--force", *PATIENT)
    assert code == 0
    assert [text.split(" ")[0] for text in facts["forced"]] == ["build", "measure:"]
    ended = shop.call("compare", before, after, "--force", "--inconclusive", "pass", *PATIENT)
    assert "measure: num_runs 10 against num_runs 20" in " ".join(ended.out.split())


def test_a_governor_that_changed_is_refused(shop: Shop, pair: tuple[str, str]) -> None:
    before, after = pair
    for run_id, governor in ((before, "performance"), (after, "powersave")):
        run = read(shop, run_id)
        for one in run.invocations:
            (folder,) = (shop.root / ".benchhub" / "runs" / run_id).glob(
                f"invocations/host/{one.number:04d}-*"
            )
            data = json.loads((folder / "invocation.json").read_text())
            data["before"]["governors"] = {"policy0": governor}
            (folder / "invocation.json").write_text(json.dumps(data))
    ended = shop.call("compare", before, after)
    assert ended.code == 2
    assert "governor of host: performance against powersave" in ended.err


def test_different_models_and_too_few_processes(shop: Shop) -> None:
    before = measure(shop, f"{SUITE}", "--rounds", "2")
    other = SUITE.replace("good", "other")
    ended = shop.call("compare", before, measure(shop, other, "--rounds", "2"))
    assert ended.code == 5
    assert f"{before} has {CASE} on host" in ended.err
    both = SUITE.replace("variants: {", "variants: {copy: models/mobilenet_v2_035_96_int8.tflite, ")
    after = measure(shop, both, "--rounds", "2")
    ended = shop.call("compare", before, after, "--json")
    assert ended.code == 4
    (case,) = ended.json["cases"]
    assert case["verdict"] == "INCONCLUSIVE"
    assert "too few processes: 2 of the baseline, 2 of the candidate" in case["reason"]
    assert ended.json["unmatched"] == [
        "good/copy/xnnpack/t1 on host is in the candidate only: it is not compared."
    ]


def test_times_that_are_none_are_told(shop: Shop, pair: tuple[str, str]) -> None:
    before, after = pair
    folders = sorted(
        (shop.root / ".benchhub" / "runs" / after / "invocations" / "host").glob("*-latency-*")
    )
    for folder, value in zip(folders, ("NaN", "-3.5"), strict=False):
        path = folder / "invocation.json"
        data = json.loads(path.read_text())
        data["reading"]["latency"]["median_us"] = "VALUE"
        path.write_text(json.dumps(data).replace('"VALUE"', value))
    code, facts, ended = compared(shop, before, after, *PATIENT)
    assert code == 3, ended.err
    (case,) = facts["cases"]
    assert (case["verdict"], case["infrastructure"]) == ("INVALID", True)
    assert case["reason"] == (
        "2 of 6 processes of the candidate do not count: nan us is no time; -3.5 us is no time"
    )
    ended = shop.call("compare", before, after)
    assert ended.code == 3
    assert "nan us is no time" in " ".join(ended.out.split())


def imported(shop: Shop, folder: str, inferences: list[tuple[str, str]]) -> str:
    """Import logs of benchmark_model with these means and medians; return the id of the run."""
    log = (RECORDED / "plain_int8.stdout").read_text()
    assert "avg=136.311" in log
    (shop.root / folder).mkdir()
    for number, (mean, median) in enumerate(inferences):
        text = log.replace("136.311", mean).replace("median=134 p95=156", f"median={median} p95=1")
        (shop.root / folder / f"p{number}.stdout").write_text(text)
    paths = [f"{folder}/p{number}.stdout" for number in range(len(inferences))]
    ended = shop.call("import", *paths, "--device", "pixel4", "--case", "m/int8/xnnpack/t1")
    assert ended.code in (0, 3), ended.err
    return shop.run().plan.run_id


def test_imported_logs(shop: Shop) -> None:
    good = [(f"13{number}.5", f"13{number}") for number in range(6)]
    bad = [("nan", "nan"), *((f"15{number}.5", f"15{number}") for number in range(5))]
    before, after = imported(shop, "a", good), imported(shop, "b", bad)
    ended = shop.call("compare", before, after, "--json")
    assert ended.code == 1, ended.err
    (case,) = ended.json["cases"]
    assert case["rests_on"] == "6 and 5 processes"
    (note,) = case["notes"]
    assert note.startswith("1 process of the candidate does not count: ")
    assert any(
        "Not checked, as not both runs tell it: device, cpu" in one for one in ended.json["notes"]
    )
    negative = [("-3.5", "-4"), ("inf", "inf"), *good[2:]]
    ended = shop.call("compare", before, imported(shop, "c", negative))
    assert ended.code == 3
    assert "2 of 6 processes of the candidate do not count" in " ".join(ended.out.split())


def test_names_of_runs(shop: Shop, pair: tuple[str, str]) -> None:
    first, second = pair
    assert "There are none yet" in shop.call("baseline", "list").err
    assert shop.call("compare", "nightly", "latest").code == 2
    assert shop.call("baseline", "set", "nightly", first).code == 0
    assert shop.call("baseline", "set", "v1", "nightly").out == f"v1 is run {first}\n"
    ended = shop.call("baseline", "set", "nightly", second)
    assert ended.out == f"nightly is run {second} (was {first})\n"
    assert shop.call("baseline", "list", "--json").json == {"nightly": second, "v1": first}
    assert shop.call("baseline", "list").out == f"nightly  {second}\nv1       {first}\n"
    shown = shop.call("baseline", "show", "v1")
    assert shown.out.startswith(f"v1 is run {first}: mine, 1 cases on host\n")
    assert [one["run_id"] for one in shop.call("baseline", "show", "--json").json] == [
        second,
        first,
    ]
    rows = {row["run_id"]: row["names"] for row in shop.call("runs", "--json").json}
    assert rows == {first: ["v1"], second: ["nightly"]}
    assert "finished, v1" in shop.call("runs").out
    assert shop.call("ops", "v1").code == 0
    assert shop.call("baseline", "remove", "v1").out == f"v1 is forgotten; run {first} stays\n"
    ended = shop.call("compare", "v1", "latest")
    assert (ended.code, ended.out) == (2, "")
    assert "there is no run 'v1'" in ended.err
    assert "The baselines are: nightly." in ended.err
    for name in ("latest", second, "../x"):
        assert shop.call("baseline", "set", name).code == 2
    assert shop.call("baseline", "show", "v1").code == 2
    (shop.root / ".benchhub" / "baselines.json").write_text("{")
    assert shop.call("compare", "nightly", "latest").code == 3
    ended = shop.call("runs")
    assert ended.code == 0
    assert first in ended.out
    assert "baselines.json: damaged" in ended.err


def test_a_comparison_is_shown_again(shop: Shop) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=shop.root, check=True)
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    name = shop.suite(SUITE.replace("rounds: 6", "rounds: 1"))
    for words in (("add", "."), ("commit", "-q", "-m", "first")):
        subprocess.run(["git", *who, *words], cwd=shop.root, check=True)
    plain = shop.call("run", name, "--devices", "host", "-q")
    assert plain.code == 0, plain.err
    run_id = shop.run().plan.run_id
    assert shop.call("baseline", "set", "first").code == 0
    ended = shop.call("compare", "first")
    assert ended.code == 2
    assert f"run {run_id} compares nothing" in ended.err

    # The commit of a stored run is one side, measured anew.
    model(shop).write_bytes(heavier(model(shop).read_bytes(), 2.0))
    paired = shop.call(
        "ab", name, "--devices", "host", "--baseline", "first", "--looks", "6", "-q", "--json",
        *PATIENT, "--inconclusive", "pass",
    )  # fmt: skip
    assert paired.code == 1, paired.err
    assert f"of run {run_id}" in paired.json["baseline"]["text"]
    again = shop.call("compare", "latest", "--json", "--inconclusive", "pass")
    assert (again.code, again.json["cases"]) == (paired.code, paired.json["cases"])
    assert shop.call("compare", "latest", "--force").code == 2
    ended = shop.call("compare", "first", "latest")
    assert ended.code == 2
    assert "compares two sides itself" in ended.err


@pytest.mark.parametrize("words", [(), ("a", "b", "c"), ("a", "b", "--differs", "model")])
def test_words_that_are_wrong(shop: Shop, words: tuple[str, ...]) -> None:
    assert shop.call("compare", *words).code == 2
