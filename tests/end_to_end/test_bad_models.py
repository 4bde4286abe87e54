"""Models that cannot be measured: one clear message each, the other cases still run."""

from __future__ import annotations

from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

from .conftest import ONE_CONFIGURATION, QUICK, Shop

SMALL = "models/mobilenet_v2_035_96_int8.tflite"
BOTH_TOOLS = "tools: [litert, benchmark_model]\n"


def with_bad_model(shop: Shop, content: bytes | None, tools: str = "") -> str:
    if content is not None:
        (shop.root / "suites" / "models" / "bad.tflite").write_bytes(content)
    return shop.suite(
        "name: mine\nmodels:\n"
        "  - {name: bad, variants: {x: models/bad.tflite}}\n"
        f"  - {{name: good, variants: {{int8: {SMALL}}}}}\n" + ONE_CONFIGURATION + QUICK + tools
    )


def with_op_version(path: Path, version: int) -> bytes:
    """Return a real model whose first operator asks for a version that does not exist."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes()))
    model.operatorCodes[0].version = version
    builder = Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize(
    ("content", "message", "code"),
    [
        (None, "models/bad.tflite: the model file cannot be read: No such file", 2),
        (b"", "models/bad.tflite: the model file is empty.", 2),
        (bytes(range(256)) * 20, "models/bad.tflite: not a TFLite model", 2),
    ],
    ids=["missing", "empty", "random"],
)
def test_files_that_are_no_model(
    shop: Shop, content: bytes | None, message: str, code: int
) -> None:
    ended = shop.call("run", with_bad_model(shop, content), "--devices", "host")
    assert ended.code == code
    assert message in ended.out
    run = shop.run()
    assert [one.case_id for one in run.invocations] == ["good/int8/xnnpack/t1"]
    assert all(one.reading.latency for one in run.invocations)


@pytest.mark.rig("benchmark_model")
def test_a_truncated_model_fails_in_both_tools(shop: Shop, benchmark_model: Path) -> None:
    whole = (shop.root / "suites" / SMALL).read_bytes()
    suite = with_bad_model(shop, whole[: len(whole) // 2], BOTH_TOOLS)
    ended = shop.call(
        "run", suite, "--devices", "host", BENCHHUB_BENCHMARK_MODEL=str(benchmark_model)
    )
    assert ended.code == 2
    by_case = {one.case_id: one for one in shop.run().invocations}
    assert by_case["good/int8/xnnpack/t1"].reading.latency
    assert by_case["good/int8/xnnpack/t1@benchmark_model"].reading.latency
    for case in ("bad/x/xnnpack/t1", "bad/x/xnnpack/t1@benchmark_model"):
        failure = by_case[case].reading.failure
        assert failure is not None
        assert failure.exit_code == 2
        assert failure.message in ended.out
        assert failure.advice


@pytest.mark.rig("benchmark_model")
def test_an_operator_version_that_the_tool_does_not_know(shop: Shop, benchmark_model: Path) -> None:
    content = with_op_version(shop.root / "suites" / SMALL, 99)
    suite = with_bad_model(shop, content, BOTH_TOOLS)
    ended = shop.call(
        "run", suite, "--devices", "host", BENCHHUB_BENCHMARK_MODEL=str(benchmark_model)
    )
    assert ended.code == 2
    failures = {
        one.case_id: one.reading.failure for one in shop.run().invocations if one.reading.failure
    }
    assert set(failures) == {"bad/x/xnnpack/t1", "bad/x/xnnpack/t1@benchmark_model"}
    for failure in failures.values():
        assert "99" in failure.message
        assert failure.message in ended.out


def test_a_suite_of_bad_models_only(shop: Shop) -> None:
    suite = shop.suite(
        "name: mine\nmodels: [{name: bad, variants: {x: nowhere.tflite}}]\n"
        + ONE_CONFIGURATION
        + QUICK
    )
    ended = shop.call("run", suite, "--devices", "host")
    assert ended.code == 2
    assert "nowhere.tflite: the model file cannot be read" in ended.err
