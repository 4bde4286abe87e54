"""A measured run in the formats of other tools, read by these tools."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, QUICK, Shop

COMPARE = Path(sys.executable).parent / "pytest-benchmark"


def test_a_measured_run_is_compared_by_pytest_benchmark(shop: Shop) -> None:
    suite = shop.suite(f"{GOOD_MODEL}{ONE_CONFIGURATION}{QUICK}")
    assert shop.call("run", suite, "--devices", "host", "--rounds", "2").code == 0
    ended = shop.call("export", "pytest-benchmark", "latest", "-o", "0001_mine.json")
    assert (ended.code, ended.out) == (0, "")
    (one,) = json.loads((shop.root / "0001_mine.json").read_text())["benchmarks"]
    run = shop.run()
    measured = [found.reading.latency for found in run.invocations]
    assert one["stats"]["data"] == pytest.approx(
        [found.value_us / 1e6 for found in measured if found]
    )
    done = subprocess.run(
        [str(COMPARE), "compare", "0001_mine.json", "--group-by=param:delegate"],
        cwd=shop.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "delegate=xnnpack" in done.stdout

    refused = shop.call("export", "junit", "latest")
    assert refused.code == 2
    assert "compares nothing" in refused.err


def test_a_comparison_is_written_again_from_its_run(shop: Shop) -> None:
    suite = shop.suite(f"{GOOD_MODEL}{ONE_CONFIGURATION}{QUICK}")
    (shop.root / "suites" / "models").rename(shop.root / "old")
    subprocess.run(["cp", "-r", "old", "suites/models"], cwd=shop.root, check=True)
    ended = shop.call(
        "gate", suite, "--devices", "host", "--baseline", "old", "--looks", "4",
        "--min-effect", "40%", "--junit", "j.xml", "--markdown", "m.md", "--json", "-q",
    )  # fmt: skip
    assert ended.code in (0, 1, 4), ended.err
    again = {name: shop.call("export", name) for name in ("junit", "markdown", "json")}
    assert {one.code for one in again.values()} == {0}
    assert again["junit"].out == (shop.root / "j.xml").read_text()
    assert again["markdown"].out == (shop.root / "m.md").read_text()
    told = ended.json
    assert (told.pop("exit_code"), told.pop("report")[:8]) == (ended.code, "reports/")
    assert again["json"].json == told
    (test,) = ET.fromstring(again["junit"].out).iter("testcase")  # noqa: S314 - our own
    assert test.get("classname") == "mine.host"
    assert float(test.get("time") or 0) > 0


def test_a_measured_run_is_read_by_those_it_is_written_for(shop: Shop) -> None:
    suite = shop.suite(f"{GOOD_MODEL}{ONE_CONFIGURATION}{QUICK}")
    assert shop.call("run", suite, "--devices", "host").code == 0
    (one,) = shop.run().invocations
    assert one.reading.latency is not None
    us = one.reading.latency.value_us
    name = "good/int8/xnnpack/t1 on host"

    def written(form: str) -> str:
        ended = shop.call("export", form)
        assert (ended.code, ended.err) == (0, ""), ended.err
        return ended.out

    (row,) = csv.DictReader(io.StringIO(written("csv")))
    assert (row["run_id"], float(row["value_us"])) == (shop.run().plan.run_id, us)
    assert json.loads(written("bencher"))[name]["latency"]["value"] == pytest.approx(us * 1000)
    (entry,) = json.loads(written("github-action-benchmark"))
    assert (entry["name"], entry["value"]) == (name, pytest.approx(us / 1000))
    (latency,) = (
        family
        for family in text_string_to_metric_families(written("openmetrics"))
        if family.name == "benchhub_latency_seconds"
    )
    assert latency.samples[0].value == pytest.approx(us / 1e6)
    (nightly,) = csv.DictReader(io.StringIO(written("otava")))
    assert float(nightly[name]) == pytest.approx(us)
    assert shop.call("export", "parquet", "-o", "run.parquet").code == 0
    assert pd.read_parquet(shop.root / "run.parquet").value_us.tolist() == [us]
