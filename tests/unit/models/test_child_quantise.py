"""Float32 files are quantised by ai-edge-quantizer, without TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from benchhub.errors import BenchhubError
from benchhub.models.child.job import JobError
from benchhub.models.child.packages import load
from benchhub.models.child.tflite_types import tensor_types
from benchhub.models.recipes import QUANTIZER_FORMS, read_recipe
from benchhub.models.worker import Done, Worker

from ...conversion import needs_quantizer
from ...judged_models import doubling_model
from .child_jobs import ends, outputs

RECORDED = Path(__file__).parents[2] / "recorded" / "models"
SMALL = RECORDED / "smallconv_f32.tflite"
RANDOM = {"where": "random", "samples": 8, "seed": 3}


def quantise(folder: Path, form: str, model: Path = SMALL, **more: Any) -> Done:
    request = {"folder": str(folder), "model": str(model), "form": form, "seed": 0}
    worker = Worker(folder, lambda _: None)
    return worker.do(
        "quantise", {**request, "representative": None, **more}, folder / form, form, 60
    )


@needs_quantizer
@pytest.mark.parametrize("form", QUANTIZER_FORMS)
def test_each_recipe_makes_a_smaller_file_that_computes_much_the_same(
    tmp_path: Path, form: str
) -> None:
    static = read_recipe(form).needs_data
    done = quantise(tmp_path, form, representative=RANDOM if static else None)
    path = done.out / "model.tflite"

    assert path.stat().st_size < SMALL.stat().st_size * (0.4 if "wi8" in form else 0.3)
    assert str(done.values["tool"]).startswith("ai-edge-quantizer 0.")
    kind = {"static_wi8_ai8": "int8", "static_wi8_ai16": "int16"}.get(form, "float32")
    assert ends(path) == (kind, kind)
    if not static:
        image = np.random.default_rng(0).random((1, 64, 64, 3), np.float32)
        right, found = (outputs(one, img=image)["output_0"] for one in (SMALL, path))
        assert 0 < np.abs(right - found).max() < np.abs(right).max() / 2


@needs_quantizer
def test_calibration_comes_out_the_same_each_time_and_random_data_are_noted(
    tmp_path: Path,
) -> None:
    first = quantise(tmp_path, "static_wi8_ai8", representative=RANDOM)
    content = (first.out / "model.tflite").read_bytes()
    again = quantise(tmp_path, "static_wi8_ai8", representative=RANDOM)

    assert (again.out / "model.tflite").read_bytes() == content
    (note,) = again.values["notes"]
    assert note.startswith("calibrated on random data: ")


@needs_quantizer
def test_a_file_without_signature_cannot_be_calibrated(tmp_path: Path) -> None:
    document = schema.ModelT.InitFromPackedBuf(SMALL.read_bytes(), 0)
    document.signatureDefs = None
    builder = flatbuffers.Builder()
    builder.Finish(document.Pack(builder), b"TFL3")
    model = tmp_path / "unsigned.tflite"
    model.write_bytes(builder.Output())
    assert not Interpreter(model_path=str(model)).get_signature_list()

    assert quantise(tmp_path, "weight_only_wi8", model).values["notes"] == []
    with pytest.raises(BenchhubError) as error:
        quantise(tmp_path, "static_wi8_ai8", model, representative=RANDOM)
    assert "unsigned.tflite: it has no signature." in str(error.value)


@needs_quantizer
def test_a_file_that_has_nothing_to_quantise_is_noted(tmp_path: Path) -> None:
    model = doubling_model(tmp_path / "doubling.tflite")
    done = quantise(tmp_path, "weight_only_wi8", model)
    assert done.values["notes"] == ["the quantizer found nothing that this recipe quantises"]
    made = (done.out / "model.tflite").read_bytes()
    assert tensor_types(made) == tensor_types(model.read_bytes())


@needs_quantizer
@pytest.mark.parametrize(
    ("form", "name", "data", "words"),
    [
        ("static_wi8_ai8", "smallconv_f32.tflite", None, "there are no representative data"),
        ("static_wi8_ai8", "lstm.tflite", "random", "a loop, such as an LSTM or GRU of Keras 3"),
        ("static_wi8_ai8", "smallconv_f32.tflite", "x.npz", "the model's input wants (64, 64, 3)"),
        ("dynamic_wi8", "text.bin", None, "text.bin: cannot be opened"),
        ("dynamic_wi8", "empty.bin", None, "empty.bin: cannot be opened"),
        ("dynamic_wi8", "nowhere.tflite", None, "nowhere.tflite: No such file"),
    ],
)
def test_what_cannot_be_quantised(
    tmp_path: Path, form: str, name: str, data: str | None, words: str
) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((5, 8), np.float32))
    where = str(tmp_path / data) if data == "x.npz" else data
    spec = {"where": where, "samples": None, "seed": 0} if data else None
    with pytest.raises(BenchhubError) as error:
        quantise(tmp_path, form, RECORDED / name, representative=spec)
    assert words in str(error.value)


def test_a_package_that_is_not_installed_is_told_with_its_extra() -> None:
    with pytest.raises(JobError) as error:
        load("no_such_quantizer.recipe", "quantize")
    assert error.value.kind == "tool"
    assert error.value.message.startswith("no-such-quantizer is not installed")
    assert error.value.advice == "pip install 'benchhub[quantize]'"


def test_half_an_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_there.py").write_text("import not_there_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(JobError) as error:
        load("half_there", "convert")
    assert "is installed and cannot be imported: No module named" in error.value.message
