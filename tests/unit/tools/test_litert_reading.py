"""A result document becomes a reading; whatever else comes back becomes a failure."""

from __future__ import annotations

import copy
import json
import signal
import statistics
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
    Severity,
)
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.tool import Artifacts

CASE = Case(ModelVariant("m", "v", "m.tflite", "0" * 64, 1), Configuration("x", "xnnpack", 1))
MEASURE = Measure(1, 1, 3, 0.0, 10.0, 1, 0.0, 0.0, 0.0, 60.0)
TOOL = LiteRtTool({})

ROW = {
    "op": "SOFTMAX",
    "kernel": "SOFTMAX",
    "name": "out",
    "node": 2,
    "subgraph": 0,
    "delegated": False,
    "calls": 1.0,
    "mean_us": 40.0,
    "min_us": 39,
    "max_us": 41,
    "std_us": 0.5,
}
INSIDE = {
    **ROW,
    "op": "Convolution",
    "kernel": "Convolution (NHWC, F32) IGEMM",
    "name": "",
    "node": None,
    "delegated": True,
    "mean_us": 900.0,
}
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "wheel": "2.3.0",
    "verified": True,
    "python": "3.12.1",
    "signature": "serving_default",
    "signatures": ["serving_default"],
    "subgraph": 0,
    "nodes": 3,
    "library": "/venv/libLiteRt.so",
    "inputs": [{"name": "x", "type": "float32", "shape": [1, 8], "file_shape": [-1, 8]}],
    "init_ns": 1_500_000,
    "compile_ns": 900_000,
    "first_inference_ns": 250_500,
    "warmup": {"n": 4, "mean_ns": 120_250.0},
    "timed": {"samples_ns": [1_000_100, 1_000_300, 1_000_200], "stopped_by": "done"},
    "memory": {
        "init_bytes": 7_000_000,
        "overall_bytes": 8_000_000,
        "rss_start_bytes": 23_000_000,
        "rss_init_bytes": 30_000_000,
        "rss_peak_bytes": 31_500_000,
        "source": "/proc/self/status",
    },
    "placement": {
        "fully_accelerated": False,
        "nodes_outside": 1,
        "partitions": 1,
        "delegate_ops": 1,
    },
    "profile": {"runs": 3, "invoke_us": 960.0, "ops": [INSIDE, ROW]},
}


def ended(returncode: int = 0, stderr: str = "") -> CommandResult:
    return CommandResult(("python",), returncode, "", stderr, 0.2)


def read(
    document: object = None,
    *,
    raw: bytes | None = None,
    case: Case = CASE,
    purpose: Purpose = Purpose.LATENCY,
    result: CommandResult | None = None,
) -> Reading:
    content = json.dumps(document).encode() if document is not None else raw
    files = {} if content is None else {"result.json": content}
    return TOOL.parse(case, MEASURE, purpose, Artifacts(result or ended(), files))


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(DOCUMENT), **parts}


def ids(reading: Reading) -> list[str]:
    return [finding.id for finding in reading.findings]


def test_latency_keeps_nanoseconds() -> None:
    reading = read(DOCUMENT)
    latency = reading.latency
    assert latency is not None
    assert latency.samples_us == (1000.1, 1000.3, 1000.2)
    assert (latency.n, latency.median_us, latency.min_us, latency.max_us) == (
        3,
        1000.2,
        1000.1,
        1000.3,
    )
    assert latency.std_us == pytest.approx(0.1)
    assert (latency.p5_us, latency.p95_us) == (pytest.approx(1000.11), pytest.approx(1000.29))
    assert (latency.statistic, latency.source) == ("median", "samples")
    assert reading.failure is None
    assert reading.findings == ()


def test_warm_up_start_and_memory() -> None:
    reading = read(DOCUMENT)
    assert reading.warmup is not None
    assert (reading.warmup.n, reading.warmup.mean_us) == (4, 120.25)
    assert (reading.init_us, reading.first_inference_us) == (1500.0, 250.5)
    assert reading.memory is not None
    assert (reading.memory.init_bytes, reading.memory.rss_peak_bytes) == (7_000_000, 31_500_000)
    assert reading.profile is None
    assert read(changed(warmup=None)).warmup is None


def test_one_sample_has_no_spread() -> None:
    reading = read(changed(timed={"samples_ns": [1500], "stopped_by": "done"}))
    assert reading.latency is not None
    assert (reading.latency.median_us, reading.latency.std_us) == (1.5, None)


@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=200))
def test_statistics_are_those_of_the_samples(samples: list[int]) -> None:
    latency = read(changed(timed={"samples_ns": samples, "stopped_by": "done"})).latency
    assert latency is not None
    in_us = [sample / 1000 for sample in samples]
    assert latency.mean_us == pytest.approx(statistics.fmean(in_us))
    assert latency.median_us == pytest.approx(statistics.median(in_us))
    assert latency.std_us == pytest.approx(statistics.stdev(in_us), rel=1e-6, abs=1e-6)
    cuts = statistics.quantiles(in_us, n=20, method="inclusive")
    assert (latency.p5_us, latency.p95_us) == (pytest.approx(cuts[0]), pytest.approx(cuts[-1]))


def test_a_profile_is_no_headline() -> None:
    reading = read(DOCUMENT, purpose=Purpose.PROFILE)
    assert reading.profile is not None
    assert (reading.profile.n, reading.profile.total_us) == (3, 940.0)
    first, second = reading.profile.ops
    assert (first.op, first.node, first.delegate, first.order) == (
        "Convolution",
        None,
        "xnnpack",
        0,
    )
    assert (second.op, second.node, second.name, second.delegate) == ("SOFTMAX", 2, "out", None)
    assert reading.latency is not None
    assert reading.latency.source == "profiled samples"
    assert (reading.init_us, reading.memory, reading.warmup) == (None, None, None)
    assert reading.findings == ()


def test_inner_graphs_are_not_in_the_total() -> None:
    ops = [INSIDE, ROW, {**ROW, "subgraph": 1, "node": 0, "mean_us": 30.0}]
    profile = {"runs": 3, "invoke_us": 960.0, "ops": ops}
    reading = read(changed(profile=profile), purpose=Purpose.PROFILE)
    assert reading.profile is not None
    assert reading.profile.total_us == 940.0


def test_the_graph_of_the_signature_is_subgraph_0() -> None:
    ops = [{**INSIDE, "subgraph": 2}, {**ROW, "subgraph": 2}, {**ROW, "subgraph": 0}]
    profile = {"runs": 3, "invoke_us": 960.0, "ops": ops}
    reading = read(changed(subgraph=2, profile=profile), purpose=Purpose.PROFILE)
    assert reading.profile is not None
    assert [op.subgraph for op in reading.profile.ops] == [0, 0, 2]
    assert reading.profile.total_us == 940.0


def test_op_times_that_contradict_the_latency() -> None:
    profile = {"runs": 3, "invoke_us": 960.0, "ops": [{**INSIDE, "mean_us": 90.0}, ROW]}
    assert ids(read(changed(profile=profile), purpose=Purpose.PROFILE)) == ["check.op_times"]
    profile["ops"] = [{**INSIDE, "mean_us": 2000.0}, ROW]
    assert ids(read(changed(profile=profile), purpose=Purpose.PROFILE)) == ["check.op_times"]


def test_a_slow_profiler_is_no_contradiction() -> None:
    """On slow cores it costs far more than on x86; that time is outside `Invoke`."""
    profile = {"runs": 3, "invoke_us": 300.0, "ops": [{**INSIDE, "mean_us": 250.0}, ROW]}
    assert ids(read(changed(profile=profile), purpose=Purpose.PROFILE)) == []


def test_rows_that_do_not_fit_the_graph() -> None:
    placement = {**DOCUMENT["placement"], "fully_accelerated": True}
    reading = read(changed(placement=placement), purpose=Purpose.PROFILE)
    assert ids(reading) == ["check.node_count"]


@pytest.mark.parametrize(
    ("delegate", "placement", "expected"),
    [
        ("xnnpack", DOCUMENT["placement"], ("xnnpack", 2, 1)),
        ("xnnpack", {"fully_accelerated": True}, ("xnnpack", 3, 1)),
        ("xnnpack", {"fully_accelerated": False}, (None, None, None)),
        (
            "xnnpack",
            {"fully_accelerated": False, "nodes_outside": 3, "partitions": 0, "delegate_ops": 0},
            ("none", 0, 0),
        ),
        ("xnnpack", None, (None, None, None)),
        ("none", {"fully_accelerated": False}, ("none", 0, 0)),
        ("none", DOCUMENT["placement"], ("xnnpack", 2, 1)),
        ("none", None, ("none", 0, 0)),
    ],
)
def test_placement(delegate: str, placement: object, expected: tuple[Any, ...]) -> None:
    case = replace(CASE, configuration=Configuration("c", delegate, 1))
    found = read(changed(placement=placement), case=case).placement
    assert found is not None
    assert (found.applied, found.nodes_delegated, found.partitions) == expected
    assert (found.requested, found.nodes_total) == (delegate, 3)


def test_a_delegate_that_took_nothing_is_told() -> None:
    nothing = {"fully_accelerated": False, "nodes_outside": 3, "partitions": 0, "delegate_ops": 0}
    finding = read(changed(placement=nothing)).findings[0]
    assert (finding.id, finding.severity) == ("delegate.none", Severity.SILENT)


def test_too_few_inferences_are_told() -> None:
    timed = {"samples_ns": [1000, 1000], "stopped_by": "max_secs"}
    finding = read(changed(timed=timed)).findings[0]
    assert (finding.id, finding.severity) == ("runs.cut_short", Severity.NOISE)
    assert "after 2 of 3 inferences" in finding.meaning
    timed = {"samples_ns": [1000, 1000, 1000], "stopped_by": "max_secs"}
    assert ids(read(changed(timed=timed))) == []


def test_what_the_suite_left_open_is_told() -> None:
    several = changed(signatures=["encode", "decode"], signature="encode")
    finding = read(several).findings[0]
    assert (finding.id, finding.severity) == ("signature.first", Severity.INFO)
    assert "'encode'" in finding.meaning
    chosen = replace(CASE, variant=replace(CASE.variant, signature="encode"))
    assert ids(read(several, case=chosen)) == []

    entry = {"name": "x", "type": "float32", "shape": [1, 1, 8], "file_shape": [1, -1, 8]}
    finding = read(changed(inputs=[entry])).findings[0]
    assert finding.id == "input.default_shape"
    assert "measured as 1x1x8" in finding.meaning
    spec = InputSpec("x", (1, 1, 8))
    shaped = replace(CASE, variant=replace(CASE.variant, inputs=(spec,)))
    assert ids(read(changed(inputs=[entry]), case=shaped)) == []


def test_an_unverified_wheel_has_latency_but_no_op_times() -> None:
    document = changed(wheel="9.9.9", verified=False, placement=None, profile=None)
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        reading = read(document, purpose=purpose)
        assert reading.failure is None
        assert reading.latency is not None
        assert reading.profile is None
        assert ids(reading) == ["litert.unverified"]
        assert "9.9.9" in reading.findings[0].meaning
        assert "2.3.0" in reading.findings[0].advice


@pytest.mark.parametrize(("kind", "code"), [("model", 2), ("tool", 3), ("exit", 3)])
def test_the_error_of_the_child_with_the_runtime_s_reason(kind: str, code: int) -> None:
    error = {"kind": kind, "message": "the runtime cannot compile m: status 3.", "advice": "Do x."}
    stderr = (
        "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
        "ERROR: gather index out of bounds\nERROR: Something else failed.\n"
    )
    failure = read({"format": 1, "error": error}, result=ended(1, stderr)).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code, failure.advice) == (kind, code, "Do x.")
    assert failure.message == ("the runtime cannot compile m: status 3: gather index out of bounds")


@pytest.mark.parametrize("returncode", [-signal.SIGSEGV, 128 + signal.SIGSEGV])
def test_a_crash_names_the_signal_and_the_last_line(returncode: int) -> None:
    stderr = "ERROR: bad weights\nINFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n\n"
    failure = read(result=ended(returncode, stderr)).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("crash", 3)
    assert failure.message == "the measuring process was ended by SIGSEGV: ERROR: bad weights"


def test_a_crash_after_the_result_is_a_crash() -> None:
    failure = read(DOCUMENT, result=ended(-signal.SIGABRT)).failure
    assert failure is not None
    assert failure.message == "the measuring process was ended by SIGABRT."


def test_no_result() -> None:
    failure = read(result=ended(1, "/usr/bin/python: No module named benchhub\n")).failure
    assert failure is not None
    assert failure.kind == "exit"
    assert failure.message.endswith("exit code 1: /usr/bin/python: No module named benchhub")
    failure = read(result=ended(0)).failure
    assert failure is not None
    assert failure.kind == "no_result"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "Expecting value"),
        (b'{"format": "\xff"}', "codec"),
        (b"[1]", "not a JSON object"),
        (b"{}", "'format' is missing"),
        (b'{"format": 2}', "'format' is 2, not 1"),
        (json.dumps(changed(init_ns=float("nan"))).encode(), "NaN is no figure"),
        (json.dumps(changed(init_ns=-1)).encode(), "'init_ns' is not a figure"),
        (json.dumps(changed(init_ns=10**40)).encode(), "'init_ns' is not a whole number"),
        (json.dumps(changed(timed={"samples_ns": []})).encode(), "'samples_ns' is empty"),
        (json.dumps(DOCUMENT).encode()[:-40], "Unterminated string"),
        (b"[" * 200_000, "recursion"),
    ],
)
def test_a_damaged_result_is_no_figure(raw: bytes, said: str) -> None:
    reading = read(raw=raw)
    assert reading.latency is None
    assert reading.failure is not None
    assert reading.failure.kind == "no_result"
    assert said in reading.failure.message


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A document with some of its values replaced or removed, at any depth."""
    document = copy.deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(1, 3))):
        here: Any = document
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(here[key], (dict, list)) and draw(st.booleans()):
                here = here[key]
                continue
            if draw(st.booleans()):
                here[key] = draw(LEAVES)
            else:
                del here[key]
            break
    return json.dumps(document).encode()


@given(
    st.one_of(mutated(), st.binary(max_size=200)),
    st.sampled_from(list(Purpose)),
    st.sampled_from([0, 1, 2, -6, -11, -99, 139, 255]),
    st.text(max_size=50),
)
@settings(max_examples=400, deadline=None)
def test_no_output_raises(raw: bytes, purpose: Purpose, returncode: int, stderr: str) -> None:
    reading = read(raw=raw, purpose=purpose, result=ended(returncode, stderr))
    assert (reading.failure is None) != (reading.latency is None)
    if reading.latency is not None:
        assert reading.latency.min_us <= reading.latency.mean_us <= reading.latency.max_us
