"""What a new user does first, with real measurements by both tools."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchhub.records import Purpose, RunState, Status
from benchhub.reports.invocations import process

from .conftest import PROGRAM, Shop

FAST = ("--rounds", "2", "--seed", "1")
INFERENCES = 3


def measure_for_a_moment(shop: Shop) -> None:
    """Let the processes of the quickstart make few inferences, and not go on for half a second.

    On a busy machine two threads wait for each other, which costs both processors.
    """
    suite = shop.root / "suites" / "quickstart.yaml"
    text, count = re.subn(r"min_secs: [\d.]+", "min_secs: 0", suite.read_text())
    assert count == 2  # of the warm-up, too
    suite.write_text(text.replace("measure:\n", f"measure:\n  num_runs: {INFERENCES}\n"))


@pytest.mark.rig("benchmark_model")
def test_quickstart_with_both_tools(shop: Shop, benchmark_model: Path) -> None:
    measure_for_a_moment(shop)
    ended = shop.program(
        "run", "suites/quickstart.yaml", "--devices", "host", *FAST,
        "--tools", "litert,benchmark_model", BENCHHUB_BENCHMARK_MODEL=str(benchmark_model),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    run = shop.run()
    assert run.state is RunState.FINISHED
    assert len(run.plan.cases) == 16
    assert len(run.invocations) == 16 * 3
    for one in run.invocations:
        # On a busy machine two threads wait for each other outside the operators, which is told.
        doubts = {finding.id for finding in one.reading.findings} & {"check.op_times"}
        expected = Status.SUSPECT if doubts else Status.OK
        assert one.status is expected, (one.case_id, one.reading.findings)
        assert not doubts or one.purpose is Purpose.PROFILE
        latency = one.reading.latency
        assert latency is not None
        assert latency.n >= INFERENCES
        assert 1 < latency.min_us <= latency.value_us <= latency.max_us < 1e7
        assert (one.reading.profile is not None) == (one.purpose is Purpose.PROFILE)
        folder = next(shop.root.glob(f".benchhub/runs/*/invocations/host/{one.number:04d}-*"))
        assert {path.name for path in folder.iterdir()} == {*one.artifacts, "invocation.json"}
    lines = ended.out.splitlines()
    assert any(line.startswith("  fastest: mobilenet_v2 ") for line in lines)
    assert any(line.startswith("  slowest operators of ") for line in lines)
    assert lines[-1].startswith("report   reports/quickstart-")
    page = (shop.root / lines[-1].split()[1]).read_text()
    assert "CONV_2D" in page
    assert "mobilenet_v2/int8/none/t2@benchmark_model" in page
    assert str(shop.root) not in page


def test_looking_at_a_run(shop: Shop) -> None:
    measure_for_a_moment(shop)
    measured = shop.program(
        "run", "suites/quickstart.yaml", "--devices", "host", "--rounds", "1", "--json",
        "--cases", "*/none/t1",
    )  # fmt: skip
    assert measured.code == 0, measured.err
    cases = measured.json["devices"][0]["cases"]
    assert [case["case"] for case in cases] == [
        "mobilenet_v2/float32/none/t1",
        "mobilenet_v2/int8/none/t1",
    ]
    assert all(case["value_us"] > 0 and case["processes"] == 1 for case in cases)

    run_id = measured.json["run_id"]
    (row,) = shop.call("runs", "--json").json
    assert (row["run_id"], row["state"], row["done"]) == (run_id, "finished", 4)
    (shop.root / ".benchhub" / "index.sqlite").unlink()
    assert "1 runs" in shop.call("index", "rebuild").out
    assert run_id in shop.program("runs").out

    ops = shop.call("ops", run_id, "--case", "*/int8/*", "--top", "3")
    assert ops.code == 0
    assert "CONV_2D" in ops.out
    assert "ms measured without it" in ops.out.splitlines()[0]
    (one,) = json.loads(shop.call("ops", run_id, "--case", "*/int8/*", "--json").out)
    assert sum(row["share"] for row in one["ops"]) == pytest.approx(1.0)
    assert "CONV_2D" in shop.program("ops", "--by-type").out
    assert shop.call("ops", "--case", "nothing").code == 2

    again = shop.program("report", run_id, "--out", "again.html")
    assert again.code == 0
    first = (shop.root / measured.json["report"]).read_bytes()
    assert (shop.root / "again.html").read_bytes() == first


@pytest.mark.rig("benchmark_model")
def test_the_commands_of_the_report_repeat_the_processes(shop: Shop, benchmark_model: Path) -> None:
    measure_for_a_moment(shop)
    ended = shop.call(
        "run", "suites/quickstart.yaml", "--devices", "host", "--rounds", "1", "--seed", "1",
        "--cases", "*/int8/xnnpack/t1*", "--tools", "litert,benchmark_model",
        BENCHHUB_BENCHMARK_MODEL=str(benchmark_model),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    for one in shop.run().invocations:
        assert not (shop.root / one.work_dir).exists()
        done = subprocess.run(
            ["sh", "-c", " ".join(process(one))], cwd=shop.root, timeout=60, check=True
        )
        assert done.returncode == 0
        outputs = {path.name for path in (shop.root / one.work_dir).iterdir()}
        assert outputs == set(one.artifacts) - {"stdout.txt", "stderr.txt"}


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import json, runpy, sys\n"
        "sys.argv = [sys.argv[1], '--help']\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PROGRAM)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "Measure a suite" in done.stdout
    loaded = set(json.loads(done.stderr))
    heavy = {"numpy", "pandas", "matplotlib", "scipy", "paramiko", "tensorflow", "pydantic",
             "sqlalchemy", "rich", "yaml", "jinja2", "ai_edge_litert", "distributed"}  # fmt: skip
    assert not loaded & heavy


def test_init_keeps_what_is_there(shop: Shop) -> None:
    path = shop.root / "suites" / "quickstart.yaml"
    path.write_text("mine\n")
    ended = shop.call("init")
    assert ended.code == 0
    assert "is a workspace already" in ended.err
    assert path.read_text() == "mine\n"
    assert (shop.root / "reports").is_dir()
