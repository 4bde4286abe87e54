"""Known values go in, and what the model makes of them comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from benchhub.devices.host import HostTransport
from benchhub.records import Case, Configuration, ModelVariant, Purpose
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.litert.child.model_file import read_model
from benchhub.tools.tool import OUTPUT_FILE, Staged

from .litert_bench import IDENTITY, MEASURE, MODELS, altered, as_unverified

DELEGATES = ("xnnpack", "none")


def verified(folder: Path, model: Path, inputs: dict[str, bytes], delegate: str) -> dict[str, Any]:
    """Run the command for Purpose.VERIFY; return the document, and the outputs by name."""
    staged = {}
    for number, (name, content) in enumerate(inputs.items()):
        file = folder / f"in=put {number}.bin"
        file.write_bytes(content)
        staged[name] = file.name
    variant = ModelVariant("m", "v", str(model), "0" * 64, 1)
    case = Case(variant, Configuration("c", delegate, 1))
    command = LiteRtTool({}).command(
        case, MEASURE, Purpose.VERIFY, Staged(str(model), ".", {}, staged), IDENTITY
    )
    result = HostTransport("host", folder).run(command.argv, timeout_s=60)
    assert command.outputs == ("result.json", OUTPUT_FILE)
    document: dict[str, Any] = json.loads((folder / "result.json").read_text())
    document["returncode"] = result.returncode
    if result.returncode == 0:
        content = (folder / OUTPUT_FILE).read_bytes()
        for output in document["outputs"]:
            dtype = np.dtype(output["type"])
            size = int(np.prod(output["shape"])) * dtype.itemsize
            output["values"] = np.frombuffer(content[:size], dtype).reshape(output["shape"])
            content = content[size:]
        assert content == b""
    return document


def reference(model: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    outputs: dict[str, Any] = Interpreter(model_path=str(model)).get_signature_runner()(**inputs)
    return outputs


def random_inputs() -> dict[str, Any]:
    values = np.random.default_rng(7)
    return {name: values.normal(size=(1, 8)).astype(np.float32) for name in "ab"}


@pytest.mark.parametrize("delegate", DELEGATES)
def test_the_outputs_are_those_of_the_inputs(tmp_path: Path, delegate: str) -> None:
    model, inputs = MODELS / "two_in.tflite", random_inputs()
    raw = {name: array.tobytes() for name, array in inputs.items()}
    document = verified(tmp_path, model, raw, delegate)
    (output,) = document["outputs"]
    expected = reference(model, inputs)["output_0"]
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(output["values"], expected, atol=1e-5)
    assert (output["name"], output["type"], output["position"]) == ("output_0", "float32", 0)
    assert len(document["timed"]["samples_ns"]) == 1
    assert document["warmup"] is None
    assert [one["low"] for one in document["inputs"]] == [None, None]


def with_second_output(model: Any) -> None:
    graph, signature = model.subgraphs[0], model.signatureDefs[0]
    early = graph.operators[0].outputs[0]
    graph.outputs = [*graph.outputs, early]
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = b"a_first_one", early
    signature.outputs.append(entry)
    signature.inputs[0].name = b"a=1"


def test_several_outputs_lie_behind_each_other(tmp_path: Path) -> None:
    model = altered(tmp_path, "two_in", with_second_output)
    inputs = random_inputs()
    raw = {"a=1": inputs["a"].tobytes(), "b": inputs["b"].tobytes()}
    document = verified(tmp_path, model, raw, "xnnpack")
    expected = reference(model, {"a=1": inputs["a"], "b": inputs["b"]})
    assert len(document["outputs"]) == 2
    for output in document["outputs"]:
        np.testing.assert_allclose(output["values"], expected[output["name"]], atol=1e-5)
    positions = {output["name"]: output["position"] for output in document["outputs"]}
    assert positions == {"output_0": 0, "a_first_one": 1}


def test_the_public_api_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, inputs = MODELS / "two_in.tflite", random_inputs()
    raw = {name: array.tobytes() for name, array in inputs.items()}
    first = verified(tmp_path, model, raw, "xnnpack")
    as_unverified(tmp_path / "site", monkeypatch)
    second = verified(tmp_path, model, raw, "xnnpack")
    assert (first["verified"], second["verified"]) == (True, False)
    (mine,), (other,) = first["outputs"], second["outputs"]
    np.testing.assert_allclose(mine.pop("values"), other.pop("values"), atol=1e-5)
    assert mine == other
    inputs_of = [sorted(one["inputs"], key=lambda entry: entry["name"]) for one in (first, second)]
    assert inputs_of[0] == inputs_of[1]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"a": bytes(31)}, "input 'a' takes 32 bytes; in=put 0.bin has 31."),
        ({"a": b""}, "input 'a' takes 32 bytes; in=put 0.bin has 0."),
        ({"z": bytes(32)}, "the model has no input 'z'."),
    ],
)
def test_values_that_do_not_fit(tmp_path: Path, inputs: dict[str, bytes], message: str) -> None:
    document = verified(tmp_path, MODELS / "two_in.tflite", inputs, "xnnpack")
    assert document["returncode"] == 1
    assert document["error"]["message"] == message


def with_quantisation(model: Any) -> None:
    for tensor, scales in zip(model.subgraphs[0].tensors, ([0.5], [0.5, 0.25]), strict=False):
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = scales
        tensor.quantization.zeroPoint = [-3] * len(scales)


def test_the_file_tells_how_numbers_are_quantised(tmp_path: Path) -> None:
    tensors = read_model(str(altered(tmp_path, "two_in", with_quantisation))).subgraphs[0].tensors
    assert (tensors[0].scale, tensors[0].zero_point) == (0.5, -3)
    assert (tensors[1].scale, tensors[1].zero_point) == (None, None)
    assert (tensors[2].scale, tensors[2].zero_point) == (None, None)
