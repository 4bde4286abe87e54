from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchhub.errors import StoreError
from benchhub.models.peak_models import PeakModel, build, peak_models, write_peak_model
from benchhub.models.tflite.facts import graph_facts

MIB = 1024 * 1024
SMALL = peak_models(quick=False, most_bytes=MIB)


@pytest.mark.parametrize("model", SMALL, ids=lambda model: model.file)
def test_the_figures_are_those_of_the_file(model: PeakModel, tmp_path: Path) -> None:
    facts = graph_facts(write_peak_model(model, tmp_path))
    (node,) = facts.nodes
    assert (node.op, node.macs, node.dtype) == (model.op, model.macs, model.dtype)
    if not model.macs:
        assert node.bytes == model.bytes
        assert 0.99 * model.amount < model.bytes <= model.amount


@pytest.mark.parametrize("model", SMALL, ids=lambda model: model.file)
def test_the_runtime_runs_it(model: PeakModel) -> None:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - slow to load

    interpreter = Interpreter(model_content=build(model))
    interpreter.allocate_tensors()
    inputs = interpreter.get_input_details()
    for detail in inputs:
        ones = np.ones(detail["shape"], detail["dtype"])
        interpreter.set_tensor(detail["index"], ones)
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.isfinite(output.astype(float)).all()
    if model.op == "CONCATENATION":
        assert (output == 1).all()
    elif model.op == "ADD":
        assert (output == 2).all()
    else:
        assert len(np.unique(output)) > 1


def test_the_same_bytes_again(tmp_path: Path) -> None:
    model = SMALL[0]
    assert build(model) == build(model)
    path = write_peak_model(model, tmp_path)
    before = path.stat().st_mtime_ns
    write_peak_model(model, tmp_path)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"damaged")
    write_peak_model(model, tmp_path)
    assert path.read_bytes() == build(model)


def test_names_are_unique_and_quick_is_less() -> None:
    full, quick = peak_models(quick=False), peak_models(quick=True)
    for models in (full, quick):
        assert len({(model.name, model.dtype) for model in models}) == len(models)
        assert {model.dtype for model in models if model.macs} == {"float32", "int8"}
        assert {model.dtype for model in models if model.amount} == {"float32", "int8"}
    assert len(quick) < len(full) / 2


def test_small_boards_get_smaller_copies() -> None:
    assert max(model.amount for model in peak_models(quick=False)) == 192 * MIB
    assert max(model.amount for model in peak_models(quick=False, most_bytes=64e6)) == 16 * MIB


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        write_peak_model(SMALL[0], tmp_path / "file")
