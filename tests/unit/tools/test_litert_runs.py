"""Real measurements: child processes, the real wheel, real models."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from benchhub.records import (
    InputSpec,
    Measure,
    Purpose,
    Status,
    XnnpackOptions,
)
from benchhub.records.trust import status_of

from .litert_bench import MEASURE, MODELS, Bench, altered, as_unverified, ids, too_new


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_latency(bench: Bench) -> None:
    reading = bench("smallconv_f32")
    latency = reading.latency
    assert latency is not None
    assert latency.n == len(latency.samples_us) == MEASURE.num_runs
    assert any(sample != int(sample) for sample in latency.samples_us)
    assert 5 < latency.value_us < 100_000
    assert reading.warmup is not None
    assert reading.warmup.n == MEASURE.warmup_runs
    assert reading.init_us is not None
    assert reading.init_us > latency.min_us
    assert reading.first_inference_us is not None
    assert reading.first_inference_us > latency.min_us
    assert reading.profile is None
    assert status_of(reading) is Status.OK


def test_without_warm_up_the_first_inference_is_a_timed_one(bench: Bench) -> None:
    measure = Measure(1, 1, 3, 0.0, 20.0, 0, 0.0, 0.0, 0.0, 60.0)
    reading = bench("two_in", measure=measure)
    assert reading.latency is not None
    assert reading.warmup is None
    assert reading.first_inference_us == reading.latency.samples_us[0]


def test_num_runs_and_min_secs_are_both_floors(bench: Bench) -> None:
    measure = Measure(1, 1, 3, 0.05, 20.0, 1, 0.02, 0.0, 0.0, 60.0)
    reading = bench("smallconv_f32", measure=measure)
    assert reading.latency is not None
    assert reading.latency.n > 3
    assert sum(reading.latency.samples_us) > 20_000
    assert reading.warmup is not None
    assert reading.warmup.n > 1


def test_max_secs_stops_and_is_told(bench: Bench) -> None:
    measure = Measure(1, 1, 1_000_000, 0.0, 0.1, 1, 0.0, 0.0, 0.0, 60.0)
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        reading = bench("smallconv_f32", measure=measure, purpose=purpose)
        assert reading.latency is not None
        assert reading.latency.n < 1_000_000
        assert ids(reading) == ["runs.cut_short"]


def test_memory_is_that_of_the_child_alone(bench: Bench) -> None:
    ballast = bytearray(b"x" * (200 << 20))
    memory = bench("smallconv_f32").memory
    assert memory is not None
    assert memory.init_bytes is not None
    assert memory.overall_bytes is not None
    assert memory.rss_init_bytes is not None
    assert memory.rss_peak_bytes is not None
    assert 0 < memory.init_bytes <= memory.overall_bytes < 100 << 20
    assert memory.rss_init_bytes <= memory.rss_peak_bytes < len(ballast)


def test_fully_delegated(bench: Bench) -> None:
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        placement = bench("smallconv_f32", purpose=purpose).placement
        assert placement is not None
        assert (placement.applied, placement.nodes_delegated, placement.nodes_total) == (
            "xnnpack",
            8,
            8,
        )
        assert placement.partitions == 1


def test_partly_delegated_is_the_same_in_both_kinds_of_process(bench: Bench) -> None:
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        reading = bench("embed", purpose=purpose)
        placement = reading.placement
        assert placement is not None
        assert (placement.applied, placement.nodes_delegated, placement.nodes_total) == (
            "xnnpack",
            2,
            6,
        )
        assert placement.partitions == 1
        assert status_of(reading) is Status.OK


def test_built_in_kernels(bench: Bench) -> None:
    slow = bench("smallconv_f32", delegate="none")
    assert slow.placement is not None
    assert (slow.placement.applied, slow.placement.nodes_delegated) == ("none", 0)
    fast = bench("smallconv_f32")
    assert slow.latency is not None
    assert fast.latency is not None
    assert slow.latency.min_us > 1.5 * fast.latency.min_us


def only_integers(model: Any) -> None:
    """Keep LESS, ADD and SELECT on int32, which XNNPACK does not take."""
    graph = model.subgraphs[0]
    graph.operators = graph.operators[:3]
    graph.outputs = graph.operators[2].outputs
    model.signatureDefs[0].outputs[0].tensorIndex = int(graph.outputs[0])


def test_a_delegate_that_takes_nothing_is_a_fallback(bench: Bench) -> None:
    path = altered(bench.folder, "embed", only_integers)
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        reading = bench(path, purpose=purpose)
        assert reading.placement is not None
        assert (reading.placement.applied, reading.placement.nodes_delegated) == ("none", 0)
        assert ids(reading) == ["delegate.none"]
        assert status_of(reading) is Status.FALLBACK


def test_profile_of_built_in_kernels_names_every_node(bench: Bench) -> None:
    reading = bench("smallconv_f32", delegate="none", purpose=Purpose.PROFILE)
    profile = reading.profile
    assert profile is not None
    assert [row.node for row in profile.ops] == list(range(8))
    assert [row.op for row in profile.ops][:2] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    truth = schema.ModelT.InitFromPackedBuf((MODELS / "smallconv_f32.tflite").read_bytes(), 0)
    graph = truth.subgraphs[0]
    assert [row.name for row in profile.ops] == [
        graph.tensors[node.outputs[0]].name.decode() for node in graph.operators
    ]
    assert all(row.calls == 1 and row.delegate is None for row in profile.ops)
    assert profile.n == MEASURE.num_runs
    assert profile.total_us == pytest.approx(sum(row.mean_us for row in profile.ops))
    assert reading.latency is not None
    assert reading.latency.n == MEASURE.num_runs
    # The operators are most of this model's time, whatever the machine's load.
    assert 0.5 < profile.total_us / reading.latency.mean_us < 1.05
    for row in profile.ops:
        assert row.min_us is not None
        assert row.max_us is not None
        assert row.min_us <= row.mean_us <= row.max_us


def test_profile_of_xnnpack_names_kernels(bench: Bench) -> None:
    profile = bench("smallconv_f32", purpose=Purpose.PROFILE).profile
    assert profile is not None
    assert {row.delegate for row in profile.ops} == {"xnnpack"}
    assert profile.ops[0].op == "Convolution"
    assert profile.ops[0].kernel.startswith("Convolution (NHWC, F32)")
    assert profile.ops[0].node is None


def test_more_inferences_than_one_emptying_of_the_profiler(bench: Bench) -> None:
    measure = Measure(1, 1, 1500, 0.0, 20.0, 5, 0.0, 0.0, 0.0, 60.0)
    reading = bench("embed", purpose=Purpose.PROFILE, measure=measure)
    assert reading.profile is not None
    assert reading.profile.n == 1500
    assert [row.calls for row in reading.profile.ops] == [1.0] * 7
    assert reading.failure is None


def test_a_loop_is_counted_once_in_the_total(bench: Bench) -> None:
    shape = InputSpec("keras_tensor_312", (1, 5, 8))
    reading = bench("lstm", shape, delegate="none", purpose=Purpose.PROFILE)
    profile = reading.profile
    assert profile is not None
    loop = next(row for row in profile.ops if row.op == "WHILE")
    body = [row for row in profile.ops if row.subgraph == 2]
    assert body
    assert {row.calls for row in body} == {5.0}
    assert {row.calls for row in profile.ops if row.subgraph == 1} == {6.0}
    main = [row for row in profile.ops if row.subgraph == 0]
    assert profile.total_us == pytest.approx(sum(row.mean_us for row in main))
    assert loop.mean_us >= sum(row.mean_us for row in body)
    assert "check.node_count" not in ids(reading)


def test_an_open_shape_is_measured_and_told(bench: Bench) -> None:
    reading = bench("lstm")
    assert ids(reading) == ["input.default_shape"]
    assert "measured as 1x1x8" in reading.findings[0].meaning
    longer = bench("lstm", InputSpec("keras_tensor_312", (1, 40, 8)))
    assert ids(longer) == []
    assert reading.latency is not None
    assert longer.latency is not None
    assert longer.latency.min_us > 3 * reading.latency.min_us


def renamed(model: Any) -> None:
    model.signatureDefs[0].inputs[0].name = b"a=b:0"


def test_an_input_with_an_odd_name(bench: Bench) -> None:
    path = altered(bench.folder, "embed", renamed)
    assert bench(path, InputSpec("a=b:0", (1, 7), 0, 9)).failure is None
    document = json.loads((bench.folder / "result.json").read_text())
    assert document["inputs"] == [
        {
            "name": "a=b:0",
            "tensor": "serving_default_ids:0",
            "type": "int32",
            "shape": [1, 7],
            "scale": None,
            "zero_point": None,
            "file_shape": [1, 16],
            "low": 0.0,
            "high": 9.0,
        }
    ]


def second_graph(model: Any) -> None:
    """Add a second graph, which is another model, under a second signature."""
    other = copy.deepcopy(model.subgraphs[0])
    model.subgraphs.append(other)
    other.name = b"other"
    signature = copy.deepcopy(model.signatureDefs[0])
    signature.signatureKey, signature.subgraphIndex = b"second", 1
    model.signatureDefs.append(signature)
    other.operators = other.operators[:1]
    other.outputs = other.operators[0].outputs
    signature.outputs[0].tensorIndex = int(other.outputs[0])


def test_signatures(bench: Bench) -> None:
    path = altered(bench.folder, "two_in", second_graph)
    first = bench(path)
    assert ids(first) == ["signature.first"]
    assert first.placement is not None
    assert first.placement.nodes_total == 3
    second = bench(path, signature="second", delegate="none", purpose=Purpose.PROFILE)
    assert ids(second) == []
    assert second.profile is not None
    assert [(row.op, row.subgraph) for row in second.profile.ops] == [("CONCATENATION", 0)]
    assert second.placement is not None
    assert second.placement.nodes_total == 1
    failure = bench(path, signature="train").failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("model", 2)
    assert failure.advice == "It has: serving_default, second."


def without_signatures(model: Any) -> None:
    model.signatureDefs = []


def test_a_model_without_signatures(bench: Bench) -> None:
    path = altered(bench.folder, "embed", without_signatures)
    reading = bench(path, InputSpec("serving_default_ids:0", (1, 9), 0, 9))
    assert reading.failure is None
    assert reading.latency is not None


@pytest.mark.parametrize("delegate", ["xnnpack", "none"])
def test_an_unverified_wheel_measures_through_the_public_api(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, delegate: str
) -> None:
    as_unverified(bench.folder / "wheel", monkeypatch)
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        reading = bench("embed", InputSpec("ids", (1, 5), 0, 9), delegate=delegate, purpose=purpose)
        assert reading.failure is None
        assert reading.latency is not None
        assert reading.latency.n == MEASURE.num_runs
        assert reading.profile is None
        assert ids(reading) == ["litert.unverified"]
        assert reading.placement is not None
        assert reading.placement.applied == delegate
        assert reading.placement.nodes_delegated == (2 if delegate == "xnnpack" else 0)
    failure = bench("embed", InputSpec("ids", None, 1000, 2000), delegate=delegate).failure
    assert failure is not None
    assert failure.kind == "exit"
    assert "gather index out of bounds" in failure.message
    failure = bench(altered(bench.folder, "smallconv_f32", too_new), delegate=delegate).failure
    assert failure is not None
    assert failure.kind == "model"
    assert "Didn't find op for builtin opcode 'CONV_2D'" in failure.message


def test_by_hand_the_result_is_printed() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "benchhub.tools.litert.child",
            "measure",
            f"--graph={MODELS / 'two_in.tflite'}",
            "--num_runs=3",
            "--min_secs=0",
            "--warmup_min_secs=0",
        ],
        capture_output=True,
        check=True,
    )
    document = json.loads(done.stdout)
    assert len(document["timed"]["samples_ns"]) == 3
    assert [entry["name"] for entry in document["inputs"]] == ["b", "a"]


CPU_FLAGS = set(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split())


@pytest.mark.skipif(not CPU_FLAGS & {"f16c", "asimdhp"}, reason="this CPU has no half precision")
def test_half_precision(bench: Bench) -> None:
    half = bench("smallconv_f32", options=XnnpackOptions(fp16=True), purpose=Purpose.PROFILE)
    assert half.profile is not None
    assert half.placement is not None
    assert half.placement.precision == "fp16"
    assert any("F16" in row.kernel for row in half.profile.ops)
    full = bench("smallconv_f32", purpose=Purpose.PROFILE)
    assert full.placement is not None
    assert full.placement.precision == ""


def test_a_weight_cache_is_kept_and_used(bench: Bench) -> None:
    model = bench.folder / "staged.tflite"
    model.write_bytes((MODELS / "smallconv_f32.tflite").read_bytes())
    options = XnnpackOptions(weight_cache=True)
    assert bench(model, options=options).failure is None
    cache = bench.folder / "staged.tflite.xnnpack.t1.litert.xnnpack"
    kept = cache.stat()
    assert kept.st_size > 100_000
    assert bench(model, options=options).failure is None
    assert cache.stat().st_mtime_ns == kept.st_mtime_ns
