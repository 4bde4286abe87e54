"""Models and inputs that cannot be measured, with the real wheel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchhub.records import (
    InputSpec,
    Purpose,
)

from .litert_bench import MODELS, Bench, altered, too_new


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def custom(model: Any) -> None:
    code = model.operatorCodes[0]
    code.builtinCode = code.deprecatedBuiltinCode = 32
    code.customCode = b"MyOp"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (too_new, "Didn't find op for builtin opcode 'CONV_2D' version '99'"),
        (custom, "Encountered unresolved custom op: MyOp"),
    ],
)
def test_operators_that_the_runtime_does_not_have(
    bench: Bench, change: Callable[[Any], None], said: str
) -> None:
    failure = bench(altered(bench.folder, "smallconv_f32", change)).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("model", 2)
    assert said in failure.message


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x1c\0\0\0TFL3" + bytes(90)])
def test_useless_files_do_not_reach_the_runtime(bench: Bench, content: bytes) -> None:
    path = bench.folder / "bad.tflite"
    path.write_bytes(content)
    reading = bench(path)
    assert bench.result is not None
    assert bench.result.returncode == 1
    assert reading.failure is not None
    assert (reading.failure.kind, reading.failure.exit_code) == ("model", 2)
    assert str(path) in reading.failure.message


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_model_is_no_crash(bench: Bench, kept: float) -> None:
    content = (MODELS / "smallconv_f32.tflite").read_bytes()
    path = bench.folder / "short.tflite"
    path.write_bytes(content[: int(kept * len(content))])
    failure = bench(path).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("model", 2)


def test_a_missing_model(bench: Bench) -> None:
    failure = bench(bench.folder / "absent.tflite").failure
    assert failure is not None
    assert failure.kind == "model"
    assert "absent.tflite cannot be read: No such file or directory" in failure.message


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (InputSpec("idx", None, 0, 9), "the model has no input 'idx'"),
        (InputSpec("ids", (1, 2, 3)), "input 'ids' has 2 dimensions (1x16), not 3 (1x2x3)"),
        (InputSpec("ids", None, 0, 1e12), "the range 0,1e+12 does not fit"),
    ],
)
def test_wrong_inputs(bench: Bench, spec: InputSpec, said: str) -> None:
    failure = bench("embed", spec).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("model", 2)
    assert said in failure.message


@pytest.mark.parametrize("purpose", list(Purpose))
def test_values_that_the_model_cannot_take(bench: Bench, purpose: Purpose) -> None:
    failure = bench("embed", InputSpec("ids", None, 1000, 2000), purpose=purpose).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("exit", 3)
    assert "inference 1 failed" in failure.message
    assert "gather index out of bounds" in failure.message
    assert "range" in failure.advice


def test_a_static_model_that_cannot_be_resized(bench: Bench) -> None:
    failure = bench("smallconv_f32", InputSpec("img", (2, 64, 64, 3))).failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == ("model", 2)
    assert "failed to reshape" in failure.message
