"""The models that other tests take for slower ones are what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchhub.models.tflite.facts import graph_facts
from benchhub.records import GraphFacts
from benchhub.workspace import packaged

from ..heavier_model import behind, heavier, rewritten, unfused

MODELS = ("float32", "int8")


def mobilenet(variant: str) -> bytes:
    return (packaged("suites") / f"models/mobilenet_v2_035_96_{variant}.tflite").read_bytes()


def facts(content: bytes, tmp_path: Path) -> GraphFacts:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    return graph_facts(path)


def output(content: bytes, *, delegate: bool) -> np.ndarray[Any, Any]:
    from ai_edge_litert.interpreter import (  # noqa: PLC0415 - slow to load
        Interpreter,
        OpResolverType,
    )

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.AUTO if delegate else kernels,
    )
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    noise = np.random.default_rng(7).uniform(-1, 1, given["shape"])
    values = noise * (100 if given["dtype"] == np.int8 else 1)
    interpreter.set_tensor(given["index"], values.astype(given["dtype"]))
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


@pytest.mark.parametrize("variant", MODELS)
@pytest.mark.parametrize("delegate", [True, False])
def test_outputs_stay_the_same_bit_by_bit(variant: str, *, delegate: bool) -> None:
    original = mobilenet(variant)
    expected = output(original, delegate=delegate)
    assert len(np.unique(expected)) > 1
    for made in (
        rewritten(original),
        heavier(original, 0.1),
        behind(original, 17, times=2, kernel=3),
        unfused(original, 3),
    ):
        assert np.array_equal(output(made, delegate=delegate), expected)


@pytest.mark.parametrize("variant", MODELS)
@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 2.0])
def test_the_share_is_that_of_the_work(variant: str, share: float, tmp_path: Path) -> None:
    original = mobilenet(variant)
    before, after = facts(original, tmp_path), facts(heavier(original, share), tmp_path)
    assert before.macs is not None
    assert after.macs is not None
    assert after.macs / before.macs - 1 == pytest.approx(share, rel=0.12)
    extra = [node.name for node in after.nodes if node.name.startswith("extra_")]
    assert sorted(extra) == [f"extra_{one + 1}" for one in range(len(extra))]
    assert len(after.nodes) == len(before.nodes) + len(extra)


def test_an_extra_operator_stands_where_it_was_asked_for(tmp_path: Path) -> None:
    after = facts(behind(mobilenet("int8"), 17), tmp_path)
    assert (after.nodes[18].op, after.nodes[18].name) == ("CONV_2D", "extra_1")


def test_an_activation_of_its_own_keeps_the_name(tmp_path: Path) -> None:
    original = mobilenet("float32")
    name = facts(original, tmp_path).nodes[3].name
    conv, relu = facts(unfused(original, 3), tmp_path).nodes[3:5]
    assert (conv.op, conv.name) == ("CONV_2D", f"{name}/before")
    assert (relu.op, relu.name) == ("RELU6", name)
