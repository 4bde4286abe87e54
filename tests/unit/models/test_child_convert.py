"""Exported networks become .tflite files in each form, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchhub.errors import ModelError
from benchhub.models.child.converter_errors import explained
from benchhub.models.child.tflite_types import float_operators, operators

from ...conversion import needs_tensorflow
from .child_jobs import IMAGE, Bench, ends, outputs, told

FORMS = ("float32", "float16", "dynamic", "int8", "int8_io", "int16x8")
IMAGES = {"where": "nets:images", "samples": None, "seed": 0}
FOURS = {"where": "nets:fours", "samples": None, "seed": 0}
SEQUENCES = {"where": "nets:sequences", "samples": 3, "seed": 0}
RANDOM = {"where": "random", "samples": None, "seed": 0}


def jobs(bench: Bench) -> dict[str, Any]:
    source, convert = bench.source, bench.convert
    function = {"kind": "concrete_function"}
    fixed, unrolled = {"batch_size": 1}, {"arguments": {"unroll": True}}
    rolled = {"representative": SEQUENCES}
    return {
        "net": source("nets:three", arguments={"told": "net"}),
        **{form: convert("net", form, representative=IMAGES) for form in FORMS},
        "int8 again": convert("net", "int8", representative=IMAGES),
        "random": convert("net", "int8", representative=RANDOM),
        "qat": convert("net", "int8", optimisation="qat"),
        "uncalibrated": convert("net", "int8"),
        "unfit": convert("net", "int8", representative=FOURS),
        "batched": source("nets:two", batch_size=8),
        "int8 of batches": convert("batched", "int8", representative=IMAGES),
        "too few": convert("batched", "int8", representative={**IMAGES, "samples": 7}),
        "gone": convert("nowhere", "float32"),
        "sine": source("nets:operators", **function),
        "sine int8_io": convert("sine", "int8_io", representative=FOURS),
        "sine int16x8": convert("sine", "int16x8", representative=FOURS),
        "determinant": source("nets:determinant", **function),
        "foreign": convert("determinant"),
        "flex": convert("determinant", select_tf_ops=True),
        "custom": convert("determinant", custom_ops=True),
        "open": source("nets:recurrent"),
        "open float32": convert("open"),
        "fixed": source("nets:recurrent", **fixed),
        "fixed dynamic": convert("fixed", "dynamic"),
        "unrolled": source("nets:recurrent", **unrolled),
        "unrolled int8": convert("unrolled", "int8", **rolled),
        "legacy": source("nets:recurrent_two", **fixed),
        "legacy int8": convert("legacy", "int8", **rolled),
        "legacy int16x8": convert("legacy", "int16x8", **rolled),
    }


@dataclass(frozen=True)
class Answers:
    """What all these jobs answered."""

    bench: Bench
    results: dict[str, dict[str, Any]]

    def model(self, name: str) -> Path:
        assert "done" in self.results[name], self.results[name]
        return self.bench.model(name)

    def notes(self, name: str) -> list[str]:
        self.model(name)
        notes: list[str] = self.results[name]["done"]["notes"]
        return notes


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    bench = Bench(tmp_path_factory.mktemp("convert"))
    return Answers(bench, bench.many(jobs(bench)))


@needs_tensorflow
@pytest.mark.parametrize(
    ("form", "types", "error"),
    [
        ("float32", ("float32", "float32"), 1e-6),
        ("float16", ("float32", "float32"), 2e-3),
        ("dynamic", ("float32", "float32"), 2e-2),
        ("int8", ("float32", "float32"), 3e-2),
        ("int8_io", ("int8", "int8"), None),
        ("int16x8", ("float32", "float32"), 2e-2),
    ],
)
def test_each_form(
    answers: Answers, form: str, types: tuple[str, str], error: float | None
) -> None:
    path = answers.model(form)
    assert ends(path) == types
    assert answers.notes(form) == []
    if error is not None:
        right = np.load(answers.bench.folder / "net.npy")[:1]
        found = outputs(path, image=IMAGE[:1])["output_0"]
        assert np.abs(found - right).max() < error
    if form not in ("float32", "dynamic"):  # these weights are too few to be worth it
        assert path.read_bytes() != answers.model("float32").read_bytes()


@needs_tensorflow
def test_calibration_comes_out_the_same_each_time(answers: Answers) -> None:
    again = answers.model("int8 again").read_bytes()
    assert answers.model("int8").read_bytes() == again
    assert answers.model("random").read_bytes() != again


@needs_tensorflow
def test_random_data_are_noted(answers: Answers) -> None:
    (note,) = answers.notes("random")
    assert note.startswith("calibrated on random data: ")


@needs_tensorflow
def test_ranges_that_training_has_learned_need_no_data(answers: Answers) -> None:
    assert "done" in answers.results["qat"]


@needs_tensorflow
def test_a_fixed_batch_is_calibrated_in_batches(answers: Answers) -> None:
    assert outputs(answers.model("int8 of batches"), image=np.repeat(IMAGE[:1], 8, 0))[
        "output_0"
    ].shape == (8, 5)
    assert "7 examples do not fill one batch of the model, which is 8" in told(
        answers.results["too few"]
    )


@needs_tensorflow
def test_operators_that_stay_in_float32_are_noted(answers: Answers) -> None:
    for form in ("int8_io", "int16x8"):
        assert answers.notes(f"sine {form}") == [
            f"stay in float32, as {form} has no kernels for them: SIN"
        ]
    content = answers.model("sine int8_io").read_bytes()
    assert operators(content) == {"FULLY_CONNECTED", "SIN", "QUANTIZE", "DEQUANTIZE"}
    assert float_operators(content) == ["SIN"]


@needs_tensorflow
def test_operators_that_tflite_does_not_have(answers: Answers) -> None:
    flex, custom = (answers.model(name).read_bytes() for name in ("flex", "custom"))
    assert operators(flex) == {"FlexMatrixDeterminant"}
    assert operators(custom) == {"MatrixDeterminant"}
    assert "TFLite has no operators for MatrixDeterminant." in told(answers.results["foreign"])
    assert "`select_tf_ops: true`" in told(answers.results["foreign"])


@needs_tensorflow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("uncalibrated", "data: int8 is calibrated, and there are no representative data."),
        ("unfit", "'image' has shape (4,) an example, the model's input wants (6, 6, 1)"),
        ("gone", "there is no such folder"),
        ("open float32", "an LSTM, GRU or RNN whose batch is open. Fix it in the source"),
        ("legacy int16x8", "does not support int16x8 for UNIDIRECTIONAL_SEQUENCE_LSTM"),
    ],
)
def test_what_cannot_be_converted(answers: Answers, name: str, words: str) -> None:
    assert words in told(answers.results[name])


@needs_tensorflow
@pytest.mark.parametrize("name", ["fixed dynamic", "unrolled int8", "legacy int8"])
def test_recurrent_networks_that_work(answers: Answers, name: str) -> None:
    found = outputs(answers.model(name), x=np.ones((1, 4, 3), np.float32))["output_0"]
    assert found.shape == (1, 3)
    assert np.isfinite(found).all()
    assert np.abs(found).max() > 0


@needs_tensorflow
def test_a_converter_that_dies_ends_its_job_only(answers: Answers) -> None:
    bench = answers.bench
    with pytest.raises(ModelError, match="crashed with SIGSEGV") as error:
        bench.alone("crash", bench.convert("fixed", "int8", representative=SEQUENCES))
    assert "unroll=True" in error.value.advice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x.cc:1: error: loc(fused): 'tf.Mul' op\nTF Select ops: Mul\n tf.Mul(tensor<?x3xf64>)",
            "TFLite has no operators for Mul. It computes in float64; use float32.",
        ),
        (
            "Custom ops: B, A, B\nDetails",
            "neither TFLite nor TensorFlow's runtime for it has the operators A, B.",
        ),
        (
            "TF Select ops: " + ", ".join("HGFEDCBA"),
            "TFLite has no operators for A, B, C, D, E, F and 2 more.",
        ),
        (
            "Encountered unresolved custom op: Foo.\nSee instructions",
            "calibration runs the model, and nothing here can run its operator Foo.",
        ),
        (
            "<unknown>:0: error: loc(fused[a, b]): 'tfl.x' op requires y\n<unknown>:0: note: z",
            "the converter cannot do it: 'tfl.x' op requires y.",
        ),
        ("", "the converter cannot do it: RuntimeError."),
    ],
)
def test_pages_of_the_converter_are_one_line(text: str, message: str) -> None:
    error = explained(RuntimeError(text))
    assert error.kind == "convert"
    assert error.message == message
