"""Several inputs, integer inputs with a range, dynamic inputs with a shape: both tools alike."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchhub.records import Status

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, QUICK, Shop

SUITE = """\
name: inputs
models:
  - name: two_in
    variants: {float32: models/two_in.tflite}
  - name: embed
    variants: {float32: models/embed.tflite}
    inputs: {ids: {shape: [1, 16], range: [0, 99]}}
  - name: lstm
    variants: {float32: models/lstm.tflite}
    inputs: {keras_tensor_312: {shape: [1, 5, 8]}}
configurations: [{delegate: none}]
tools: [litert, benchmark_model]
measure: {rounds: 1, num_runs: 7, warmup_runs: 2, timeout: 60}
"""


@pytest.mark.rig("benchmark_model")
def test_inputs_and_exact_numbers_of_runs(
    shop: Shop, benchmark_model: Path, recorded: Path
) -> None:
    for name in ("two_in", "embed", "lstm"):
        source = recorded / "models" / f"{name}.tflite"
        shutil.copy(source, shop.root / "suites" / "models")
    ended = shop.call(
        "run", shop.suite(SUITE), "--devices", "host", BENCHHUB_BENCHMARK_MODEL=str(benchmark_model)
    )
    assert ended.code == 0, ended.err
    run = shop.run()
    assert len(run.invocations) == 3 * 2 * 2
    for one in run.invocations:
        assert one.status in (Status.OK, Status.SUSPECT), one.reading
        assert one.reading.latency is not None
        assert one.reading.latency.n == 7
        if one.reading.warmup:
            assert one.reading.warmup.n == 2
    loops = {
        one.case_id: [op for op in one.reading.profile.ops if op.subgraph > 0]
        for one in run.invocations
        if one.reading.profile and one.case_id.startswith("lstm/")
    }
    assert len(loops) == 2
    for ops in loops.values():
        body = [op for op in ops if op.op == "FULLY_CONNECTED"]
        assert {op.calls for op in body} == {5.0}  # the body of WHILE runs once a time step


def test_what_does_not_fit_the_model_is_told(shop: Shop, recorded: Path) -> None:
    shutil.copy(recorded / "models" / "embed.tflite", shop.root / "suites" / "models")
    text = SUITE.replace("  - name: two_in\n    variants: {float32: models/two_in.tflite}\n", "")
    text = text[: text.index("  - name: lstm")] + text[text.index("configurations") :]
    text = text.replace(", benchmark_model]", "]")
    wrong = shop.call("run", shop.suite(text.replace("{ids:", "{id:")), "--devices", "host")
    assert wrong.code == 2
    assert "'id'" in wrong.out
    assert "ids" in wrong.out
    signature = text.replace("    inputs:", "    signature: nowhere\n    inputs:")
    missing = shop.call("run", shop.suite(signature), "--devices", "host")
    assert missing.code == 2
    assert "signature" in missing.out
    assert "nowhere" in missing.out


@pytest.mark.rig("benchmark_model")
def test_the_program_of_the_device_comes_before_that_of_the_suite(
    shop: Shop, benchmark_model: Path
) -> None:
    device = f"name: host\ntransport: host\nbenchmark_model: {benchmark_model}\n"
    (shop.root / "devices" / "host.yaml").write_text(device)
    suite = GOOD_MODEL + ONE_CONFIGURATION + QUICK
    suite += "tools: [{name: benchmark_model, path: nowhere}]\n"
    ended = shop.call("run", shop.suite(suite), "--devices", "host")
    assert ended.code == 0, ended.out
    (identity,) = shop.run().devices[0].tools
    assert (identity.family, identity.path) == ("tflite", str(benchmark_model))
    assert "num_threads" in identity.flags
    assert len(identity.sha256) == 64
