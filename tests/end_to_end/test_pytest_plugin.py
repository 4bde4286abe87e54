"""Each case of a suite as a test of pytest, in processes of their own, on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchhub.records import RunState

from ..heavier_model import heavier
from .conftest import Shop
from .test_interrupt import wait_for_invocations

SUITE = """\
name: mine
models:
  - name: good
    variants:
      int8: models/mobilenet_v2_035_96_int8.tflite
      float32: models/mobilenet_v2_035_96_float32.tflite
configurations: [{delegate: xnnpack}]
measure: {rounds: 2, profile_rounds: 0, num_runs: 20, min_secs: 0.1, warmup_runs: 2, timeout: 60}
gate: {looks: [6], min_effect: 40%}
"""
INT8 = "suites/mine.yaml::host::good/int8/xnnpack/t1"
FLOAT32 = "suites/mine.yaml::host::good/float32/xnnpack/t1"
# pytest's own codes.
PASSED, FAILED, INTERRUPTED, USAGE = 0, 1, 2, 4
HEAVY = ("numpy", "scipy", "pandas", "pydantic", "click", "yaml", "paramiko", "matplotlib")


@dataclass(frozen=True)
class Project:
    """A workspace with a test of its own, and pytest in it."""

    shop: Shop

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
            cwd=self.shop.root,
            env={**os.environ, "TMPDIR": str(self.shop.root.parent), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, *words: str) -> tuple[int, str]:
        process = self.start(*words)
        out, _ = process.communicate(timeout=240)
        assert "Traceback" not in out, out
        assert "INTERNALERROR" not in out, out
        return process.returncode, out

    def measure(self, *words: str) -> tuple[int, str]:
        return self.call("--benchhub-suite", "suites/mine.yaml", *words)

    @property
    def runs(self) -> int:
        return len(list(self.shop.root.glob(".benchhub/runs/*")))


@pytest.fixture
def project(shop: Shop) -> Project:
    shop.suite(SUITE)
    (shop.root / "test_own.py").write_text("def test_own():\n    pass\n")
    return Project(shop)


def slow_down(project: Project) -> Path:
    """Make the int8 model of the suite slower; return the folder of the old ones."""
    models, old = project.shop.root / "suites" / "models", project.shop.root / "old"
    shutil.copytree(models, old)
    path = models / "mobilenet_v2_035_96_int8.tflite"
    path.write_bytes(heavier(path.read_bytes(), 2.0))
    return old


def junit_cases(project: Project) -> list[ET.Element]:
    tree = ET.parse(project.shop.root / "out.xml")  # noqa: S314 - pytest wrote it
    return list(tree.iter("testcase"))


def test_each_case_is_a_test(project: Project) -> None:
    code, out = project.measure("--benchhub-devices", "host", "-v", "--junitxml=out.xml")
    assert code == PASSED, out
    assert f"{INT8} PASSED" in out
    assert f"{FLOAT32} PASSED" in out
    assert "test_own" not in out
    assert project.runs == 1
    run = project.shop.run()
    assert run.state is RunState.FINISHED
    assert f"run      {run.plan.run_id}" in out
    report = next(line.split()[-1] for line in out.splitlines() if line.startswith("report "))
    assert (project.shop.root / report).is_file()
    cases = junit_cases(project)
    assert [one.get("name") for one in cases] == ["good/int8/xnnpack/t1", "good/float32/xnnpack/t1"]
    for one in cases:
        found = {each.get("name"): each.get("value") for each in one.iter("property")}
        assert found["status"] == "OK"
        assert found["n"] == "2"
        assert float(found["median_us"] or 0) > 0


def test_only_what_is_selected_is_measured(project: Project) -> None:
    code, out = project.measure("-k", "int8 or own", "test_own.py")
    assert code == PASSED, out
    assert "2 passed, 1 deselected" in out
    assert {one.case_id for one in project.shop.run().invocations} == {"good/int8/xnnpack/t1"}


def test_one_case_by_its_name(project: Project) -> None:
    code, out = project.measure(FLOAT32)
    assert code == PASSED, out
    assert "1 passed" in out
    assert {one.case_id for one in project.shop.run().invocations} == {"good/float32/xnnpack/t1"}


def test_two_suites_are_two_runs_and_each_is_measured_once(project: Project) -> None:
    project.shop.suite(SUITE.replace("name: mine", "name: other"), "other")
    again = (
        "--benchhub-suite",
        "suites/other.yaml",
        "--benchhub-suite",
        "suites/../suites/mine.yaml",
    )
    code, out = project.measure("-k", "int8", *again)
    assert code == PASSED, out
    assert "2 passed, 2 deselected" in out
    assert project.runs == 2


def test_looking_measures_nothing(project: Project) -> None:
    code, out = project.measure("--collect-only", "-q")
    assert code == PASSED, out
    assert out.splitlines()[:2] == [INT8, FLOAT32]
    assert project.runs == 0


def test_a_slower_model_fails_and_the_other_passes(project: Project) -> None:
    old = slow_down(project)
    code, out = project.measure("--benchhub-baseline", old.name, "--junitxml=out.xml")
    assert code == FAILED, out
    assert "1 failed, 1 passed" in out
    assert "good/int8/xnnpack/t1 on host: REGRESSED: slower by" in out
    found = {
        (case.get("name"), one.get("name")): one.get("value")
        for case in junit_cases(project)
        for one in case.iter("property")
    }
    assert float(found["good/int8/xnnpack/t1", "ratio"] or 0) > 1.4
    assert found["good/int8/xnnpack/t1", "n"] == "6"
    assert found["good/float32/xnnpack/t1", "verdict"] == "PASS"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), PASSED, "1 skipped"),
        (("--benchhub-inconclusive", "fail"), FAILED, "1 failed"),
    ],
)
def test_what_cannot_be_decided(
    project: Project, words: tuple[str, ...], code: int, told: str
) -> None:
    """Never passed with so small an effect, never regressed with so small an alpha."""
    gate = "{looks: [4], min_effect: 0.000001, pass_alpha: 0.000001, alpha: 0.000001}"
    project.shop.suite(SUITE.replace("{looks: [6], min_effect: 40%}", gate))
    shutil.copytree(project.shop.root / "suites" / "models", project.shop.root / "old")
    ended, out = project.measure("--benchhub-baseline", "old", "-k", "int8", "-rs", *words)
    assert ended == code, out
    assert told in out
    assert "INCONCLUSIVE: the data cannot tell" in out


def test_what_cannot_be_measured_fails_alone(project: Project) -> None:
    (project.shop.root / "suites" / "models" / "mobilenet_v2_035_96_int8.tflite").write_bytes(
        b"\0\0\0\0TFL3" + b"\xff" * 64
    )
    code, out = project.measure()
    assert code == FAILED, out
    assert "1 failed, 1 passed" in out


def test_a_device_that_is_not_there_is_an_error(project: Project) -> None:
    (project.shop.root / "devices" / "away.yaml").write_text(
        "name: away\ntransport: ssh\naddress: 127.0.0.1\nport: 9\nuser: nobody\n"
    )
    code, out = project.measure("--benchhub-devices", "away")
    assert code == FAILED, out
    assert "2 errors" in out
    assert "ERROR at setup of good/int8/xnnpack/t1@benchmark_model on away" in out
    assert "Go on: benchhub run --resume" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--benchhub-suite", "suites/none.yaml"), "suites/none.yaml: cannot be read"),
        (("--benchhub-suite", "suites/bad.yaml"), "suites/bad.yaml:1:1"),
        (("--benchhub-suite", "suites/mine.yaml", "--benchhub-devices", "hots"), "'host'?"),
        (("--benchhub-suite", "suites/mine.yaml", "--benchhub-devices", ""), "no device is named"),
        (("--benchhub-suite", "suites/mine.yaml", "--benchhub-baseline", "gone"), "'gone' is no"),
        (("--benchhub-suite", "suites/mine.yaml", "-n", "2"), "leave -n away"),
    ],
)
def test_what_is_wrong_is_told_before_anything_runs(
    project: Project, words: tuple[str, ...], told: str
) -> None:
    project.shop.suite("nmae: bad\n", "bad")
    code, out = project.call(*words)
    assert code == USAGE, out
    assert told in next(line for line in out.splitlines() if line.startswith("ERROR: benchhub:"))
    assert project.runs == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_measured(project: Project, number: signal.Signals) -> None:
    project.shop.suite(SUITE.replace("rounds: 2,", "rounds: 4,").replace("0.1", "0.4"))
    process = project.start("--benchhub-suite", "suites/mine.yaml")
    wait_for_invocations(project.shop, 2)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, out
    assert "INTERNALERROR" not in out
    run = project.shop.run()
    assert run.state is RunState.INTERRUPTED
    assert f"Go on: benchhub run --resume {run.plan.run_id}" in out
    assert 2 <= len(run.invocations) < 8
    assert project.shop.call("run", "--resume", run.plan.run_id).code == 0
    assert len(project.shop.run().invocations) == 8


def test_it_costs_nothing_where_it_is_not_asked_for(project: Project) -> None:
    (project.shop.root / "conftest.py").write_text(
        "import sys\n"
        "def pytest_sessionfinish():\n"
        "    names = sorted(name for name in sys.modules if name.startswith('benchhub'))\n"
        f"    print('loaded', names, sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    code, out = project.call("-p", "no:hypothesispytest", "-p", "no:benchmark", "-s", "test_own.py")
    assert code == PASSED, out
    assert "loaded ['benchhub', 'benchhub.pytest_plugin'] []" in out
