"""The job that judges a model, in its process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from benchhub.errors import ModelError
from benchhub.models.worker import Done, Worker

from ...judged_models import (
    CLASSES,
    divided_model,
    doubling_model,
    nan_model,
    parted_model,
)
from ...mixed_model import lookup_model, mixed_model, scalar_model

JUDGES = """\
import numpy as np

def right(outputs, labels):
    assert outputs.dtype == np.float32
    return (outputs.argmax(axis=1) == labels).mean()

def parts(outputs, labels):
    assert list(outputs) == ["y", "most"]
    return {"mean": outputs["y"].mean(), "right": labels.mean()}

def broken(outputs, labels):
    return labels["nothing"]

def lost(outputs, labels):
    return float("nan")
"""


def evaluate(folder: Path, model: Path, **request: Any) -> Done:
    plain = {
        "folder": str(folder),
        "model": str(model),
        "signature": None,
        "inputs": {},
        "data": None,
        "metric": None,
        "batch_size": 4,
        "seed": 0,
        "reference": None,
    }
    return Worker(folder, [].append).do("evaluate", plain | request, folder / "job", "m/v", 60)


def data(folder: Path, **arrays: Any) -> dict[str, Any]:
    np.savez(folder / "data.npz", **arrays)
    return {"where": str(folder / "data.npz"), "samples": None, "seed": 0}


def of_nothing(path: Path) -> Path:
    """A graph without a signature."""
    return altered(scalar_model(path), lambda model: setattr(model, "signatureDefs", []))


def foreign(name: bytes) -> Callable[[Path], Path]:
    """A graph whose operator is nobody's."""

    def change(model: Any) -> None:
        code, operator = model.operatorCodes[0], model.subgraphs[0].operators[0]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
        code.customCode = name
        operator.builtinOptionsType, operator.builtinOptions = 0, None

    return lambda path: altered(scalar_model(path), change)


def altered(path: Path, change: Callable[[Any], object]) -> Path:
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


@pytest.mark.parametrize(
    "make",
    [
        mixed_model,
        lookup_model,
        of_nothing,
        lambda path: doubling_model(path, scale=0.1),
        lambda path: parted_model(path, batch=3),
    ],
)
def test_a_check_of_models_that_are_fine(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    done = evaluate(tmp_path, make(tmp_path / "m.tflite"))
    assert done.values["n"] == 1
    assert not done.values["nan"]
    assert not list(done.out.iterdir())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (nan_model, "its output 'y' is NaN in 6 of 6 values"),
        (foreign(b"FlexErf"), "has no kernel for FlexErf"),
        (foreign(b"Mine"), "has no kernel for Mine"),
        (lambda path: path.write_bytes(b"1234TFL3") and path, "cannot run it: "),
    ],
)
def test_a_check_that_fails(tmp_path: Path, make: Callable[[Path], Path], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        evaluate(tmp_path, make(tmp_path / "m.tflite"))


def test_metric_and_outputs_of_labelled_data(tmp_path: Path) -> None:
    model = doubling_model(tmp_path / "m.tflite")
    x = np.eye(CLASSES, dtype=np.float32)[[0, 1, 2, 3, 4]]
    spec = data(tmp_path, x=x, y=[0, 1, 2, 0, 4])
    done = evaluate(tmp_path, model, data=spec, metric="top1", keep=True)
    # The one that is wrong is class 0, which comes first among zeros after the largest.
    assert done.values["accuracy"] == {"metric": "top1", "values": {"top1": 0.8, "top5": 1.0}}
    assert (done.values["n"], done.values["source"]) == (5, "data.npz")
    assert done.values["difference"] is None
    with np.load(done.out / "outputs.npz") as outputs:
        assert outputs["names"].tolist() == ["y"]
        assert (outputs["arr_0"] == 2 * x).all()


def test_one_hot_labels(tmp_path: Path) -> None:
    x = np.eye(CLASSES, dtype=np.float32)
    spec = data(tmp_path, x=x, labels=np.roll(x, 1, axis=0))
    done = evaluate(tmp_path, doubling_model(tmp_path / "m.tflite"), data=spec, metric="top1")
    assert done.values["accuracy"]["values"]["top1"] == 0.0


def test_the_difference_of_integers_to_real_values(tmp_path: Path) -> None:
    real = doubling_model(tmp_path / "real.tflite")
    whole = doubling_model(tmp_path / "whole.tflite", scale=0.5)
    spec = data(tmp_path, x=np.float32([[0, 0.5, 1, 0.25, 0.2, 2], [3, 0, 0, 0, 0, 0.5]]))
    first = evaluate(tmp_path, real, data=spec, metric="top1", keep=True)
    assert first.values["accuracy"] is None
    outputs = first.out.rename(tmp_path / "kept") / "outputs.npz"
    done = evaluate(tmp_path, whole, data=spec, metric="top1", reference=str(outputs))
    # 0.25 becomes 0.5 and 0.2 nothing; twice that.
    found = done.values["difference"]
    assert found["max_abs"] == 0.5
    assert found["mean_abs"] == pytest.approx(0.9 / 12)
    assert found["top1_agreement"] == 1.0
    assert not list(done.out.iterdir())


def test_random_data_give_no_accuracy(tmp_path: Path) -> None:
    spec = {"where": "random", "samples": None, "seed": 3}
    done = evaluate(tmp_path, doubling_model(tmp_path / "m.tflite"), data=spec, metric="top1")
    assert done.values["accuracy"] is None
    assert (done.values["n"], done.values["source"]) == (64, "random")


def test_functions_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "judges.py").write_text(JUDGES)
    x = np.eye(CLASSES, dtype=np.float32)
    spec = data(tmp_path, x=x, y=[0, 1, 2, 3, 4, 0])
    done = evaluate(
        tmp_path, doubling_model(tmp_path / "m.tflite"), data=spec, metric="judges:right"
    )
    accuracy = done.values["accuracy"]
    assert accuracy == {"metric": "right", "values": {"right": pytest.approx(5 / 6)}}
    assert str(tmp_path / "judges.py") in done.depends
    two = parted_model(tmp_path / "two.tflite")
    spec = data(tmp_path, a=x, b=x / 2, y=[0, 0, 0, 0, 0, 1])
    accuracy = evaluate(tmp_path, two, data=spec, metric="judges:parts").values["accuracy"]
    assert accuracy["metric"] == "mean"
    assert accuracy["values"] == {
        "mean": pytest.approx(1 / 12), "right": pytest.approx(1 / 6)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("judges:broken", "judges.py:12: IndexError"),
        ("judges:lost", "the metric judges:lost returned nan"),
        ("judges:nowhere", "no function 'nowhere'"),
        ("top5", "there is a label 7"),
    ],
)
def test_a_metric_that_fails_leaves_the_rest(tmp_path: Path, metric: str, message: str) -> None:
    (tmp_path / "judges.py").write_text(JUDGES)
    model = doubling_model(tmp_path / "m.tflite")
    spec = data(tmp_path, x=np.eye(CLASSES, dtype=np.float32), y=[0, 1, 2, 3, 4, 7])
    first = evaluate(tmp_path, model, data=spec, keep=True)
    outputs = first.out.rename(tmp_path / "kept") / "outputs.npz"
    done = evaluate(tmp_path, model, data=spec, metric=metric, reference=str(outputs))
    assert done.values["accuracy"] is None
    assert message in done.values["problems"]["accuracy"]["message"]
    assert done.values["difference"]["max_abs"] == 0.0


def test_infinite_outputs_are_told(tmp_path: Path) -> None:
    model = divided_model(tmp_path / "m.tflite")
    x = np.ones((4, CLASSES), np.float32)
    first = evaluate(tmp_path, model, data=data(tmp_path, x=x), keep=True)
    outputs = first.out.rename(tmp_path / "kept") / "outputs.npz"
    x[1, 2] = 0
    spec = data(tmp_path, x=x, y=[0, 2, 0, 0])
    done = evaluate(tmp_path, model, data=spec, metric="top1", reference=str(outputs))
    assert done.values["accuracy"]["values"]["top1"] == 1.0
    assert done.values["notes"] == ["output 'y' is infinite in 1 of 24 values"]
    assert "not all finite" in done.values["problems"]["difference"]["message"]


def test_data_of_another_shape(tmp_path: Path) -> None:
    spec = data(tmp_path, x=np.zeros((3, 64), np.float32))
    with pytest.raises(ModelError, match=r"'x' has shape \(64,\) an example"):
        evaluate(tmp_path, doubling_model(tmp_path / "m.tflite"), data=spec, metric="top1")
