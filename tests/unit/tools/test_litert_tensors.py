"""What the child tells of inputs and outputs, and documents that tell something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchhub.records import Tensor
from benchhub.tools.litert.child.failure import MeasureError
from benchhub.tools.litert.document import MalformedError
from benchhub.tools.litert.tensors import tensors_of

from .litert_bench import MODELS

A = {"name": "a", "type": "float32", "shape": [1, 8], "scale": None, "zero_point": None}
B = {**A, "name": "b", "type": "int8", "scale": 0.5, "zero_point": -3}
OUTPUT = {**A, "name": "output_0", "shape": []}


def document(**parts: Any) -> bytes:
    return json.dumps({"inputs": [A, B], "outputs": [OUTPUT], **parts}).encode()


def test_inputs_are_put_in_the_order_of_the_graph() -> None:
    told = tensors_of(document(), str(MODELS / "two_in.tflite"), None)
    assert told.inputs == (
        Tensor("b", "int8", (1, 8), 0.5, -3),
        Tensor("a", "float32", (1, 8)),
    )
    assert told.outputs == (Tensor("output_0", "float32", ()),)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        document(inputs=None),
        document(inputs=[A]),
        document(inputs=[A, {**B, "name": "c"}]),
        document(outputs=[{**OUTPUT, "shape": [-1]}]),
        document(outputs=[{**OUTPUT, "shape": [1 << 30, 1 << 30]}]),
        document(outputs=[{**OUTPUT, "type": 7}]),
        document(outputs=[{**OUTPUT, "scale": -0.5}]),
    ],
)
def test_a_document_that_tells_something_else(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        tensors_of(raw, str(MODELS / "two_in.tflite"), None)


def test_a_model_that_is_not_the_one_that_was_run(tmp_path: Path) -> None:
    with pytest.raises(MeasureError):
        tensors_of(document(), str(tmp_path / "nowhere.tflite"), None)
    with pytest.raises(MalformedError):
        tensors_of(document(), str(MODELS / "embed.tflite"), None)
