"""A real external delegate with the real program: what ran is what is told, everywhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchhub.records import Purpose, Status
from benchhub.results import invocations_frame

from ..conftest import RIGS
from .conftest import Ended, Shop, apart_from_load

pytestmark = pytest.mark.rig("benchmark_model", "delegate")

SUITE = """\
name: delegates
models:
  - name: smallconv
    variants: {{float32: models/smallconv_f32.tflite}}
configurations:
  - {{delegate: xnnpack, name: cpu}}
  - delegate: external
    name: tpu
    library: libraries/libtestdelegate.so
    options: {{{options}}}
{more}
tools: [benchmark_model]
measure: {{rounds: 1, num_runs: 5, warmup_runs: 1, timeout: 60}}
"""
UNTOLD = (
    "It cannot be told how many nodes ran on external delegate; the suite demands at least 50 %."
)
CASE = "smallconv/float32/tpu/t1@benchmark_model"


@pytest.fixture
def bench(shop: Shop, recorded: Path) -> Shop:
    shutil.copy(recorded / "models" / "smallconv_f32.tflite", shop.root / "suites" / "models")
    libraries = shop.root / "suites" / "libraries"
    libraries.mkdir()
    shutil.copy(RIGS["delegate"], libraries)
    return shop


def measured(shop: Shop, program: Path, options: str = "", more: str = "", *flags: str) -> Ended:
    text = SUITE.format(options=options, more=f"    {more}" if more else "")
    words = ("run", shop.suite(text), "--devices", "host", *flags)
    return shop.call(*words, BENCHHUB_BENCHMARK_MODEL=str(program))


def statuses(shop: Shop) -> dict[str, set[Status]]:
    found: dict[str, set[Status]] = {}
    for one in shop.run().invocations:
        found.setdefault(one.case_id, set()).add(apart_from_load(one))
    return found


def test_a_delegate_that_takes_no_node_is_a_fallback(bench: Shop, benchmark_model: Path) -> None:
    ended = measured(bench, benchmark_model)

    assert ended.code == 6, ended.err
    assert statuses(bench)[CASE] == {Status.FALLBACK}
    assert "  1 case fell back: smallconv float32 tpu t1 (benchmark_model) ran on the CPU" in (
        ended.out
    )
    assert "not on the external delegate" in ended.out
    lines = ended.out.splitlines()
    (row,) = [line for line in lines if "  FALLBACK  " in line]
    name, _, asked = row.partition("  asked for ")
    assert "tpu" not in name
    assert asked.startswith("tpu")
    (fastest,) = [line for line in lines if "fastest: " in line or "only number" in line]
    assert "cpu" in fastest
    frame = invocations_frame([bench.run()])
    asked = frame[frame.requested == "external"]
    assert len(asked) == 2
    assert set(asked.ran_on) <= {"cpu", "xnnpack"}
    assert set(asked.status) == {"FALLBACK"}
    (report,) = (bench.root / "reports").glob("delegates-*.html")
    assert "ran on the CPU" in report.read_text()


def test_a_fallback_that_is_allowed_is_no_trouble(bench: Shop, benchmark_model: Path) -> None:
    ended = measured(
        bench, benchmark_model, more="budgets: {allow_fallback: true, min_delegated: 0.5}"
    )

    assert ended.code == 0, ended.err
    assert statuses(bench)[CASE] == {Status.FALLBACK}


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ("", 0, ""),
        ("budgets: {max_partitions: 1}", 0, ""),
        (
            "budgets: {min_delegated: 0.5}",
            6,
            UNTOLD,
        ),
    ],
)
def test_a_delegate_that_takes_one_node_is_partial(
    bench: Shop, benchmark_model: Path, more: str, code: int, words: str
) -> None:
    """TFLite 2.14 tells the partitions of a delegate, and not how many nodes it took."""
    ended = measured(bench, benchmark_model, "take: RESHAPE", more, "--json")

    assert ended.code == code, ended.out + ended.err
    run = bench.run()
    assert statuses(bench)[CASE] == {Status.PARTIAL}
    (case,) = [one for one in ended.json["devices"][0]["cases"] if one["case"] == CASE]
    assert (case["stands"], case["applied"]) == (True, "external")
    assert case["partitions"] == 1
    assert case["budgets_missed"] == ([words] if words else [])
    (profiled,) = [
        one for one in run.invocations if (one.case_id, one.purpose) == (CASE, Purpose.PROFILE)
    ]
    assert profiled.reading.profile is not None
    delegates = [op.delegate for op in profiled.reading.profile.ops if op.delegate == "external"]
    assert delegates == ["external"]
    json.dumps(ended.json)


def test_a_delegate_that_cannot_be_made_is_a_failure(bench: Shop, benchmark_model: Path) -> None:
    """The old program crashes then, which is an answer too."""
    ended = measured(bench, benchmark_model, "fail: no device")

    assert ended.code == 3
    assert statuses(bench)[CASE] == {Status.FAILED}
    assert "An external delegate was made; a crash after it means" in ended.out
