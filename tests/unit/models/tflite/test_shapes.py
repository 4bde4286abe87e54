"""Shapes that are worked out are those of the runtime, for every batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from benchhub.models.tflite.graph import Shape, parse
from benchhub.models.tflite.shapes import resolve

from .forge import GRAPHS, MOBILENETS, RECORDED, Forge

# What the runtime cannot prepare, or not for another batch.
WITHOUT_RUNTIME = {"custom", "flex"}
FIXED = {"fused_lstm", "lstm", "smallconv_f32", "branch"}
PATHS = [
    path
    for path in (*sorted(GRAPHS.glob("*.tflite")), *sorted(RECORDED.glob("*.tflite")), *MOBILENETS)
    if path.stem not in WITHOUT_RUNTIME
]


def _of_the_runtime(path: Path, given: dict[int, Shape]) -> dict[int, Shape]:
    """Run it once, since some shapes are only known then."""
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=kernels)
    for index, shape in given.items():
        interpreter.resize_tensor_input(index, shape)
    interpreter.allocate_tensors()
    for one in interpreter.get_input_details():
        interpreter.set_tensor(one["index"], np.ones(one["shape"], one["dtype"]))
    interpreter.invoke()
    return {
        one["index"]: tuple(int(size) for size in one["shape"])
        for one in interpreter.get_tensor_details()
    }


@pytest.mark.parametrize(
    ("path", "batch"),
    [(path, batch) for path in PATHS for batch in (None, 3) if not batch or path.stem not in FIXED],
    ids=lambda one: one.stem if isinstance(one, Path) else str(one),
)
def test_shapes_are_those_of_the_runtime(path: Path, batch: int | None) -> None:
    graph = parse(path.read_bytes()).graphs[0]
    given = {}
    if batch:
        for index in graph.inputs:
            rest = graph.tensors[index].signature[1:]
            given[index] = (batch, *(14 if size < 0 else size for size in rest))
    truth = _of_the_runtime(path, given)
    found = resolve(graph, given)
    used = {i for node in graph.nodes for i in (*node.inputs, *node.outputs) if i >= 0}
    unknown = {index for index in used if found[index] is None}
    assert {index: found[index] for index in used - unknown} == {
        index: truth[index] for index in used - unknown
    }
    # Only what a loop hands out is not known.
    assert len(unknown) == (1 if path.stem == "lstm" else 0)


def test_a_file_resized_against_its_shapes_is_worked_out_anew() -> None:
    """Every tensor of the file says batch 1, without leaving it open."""
    forge = Forge()
    x = forge.tensor("x", (1, 4))
    weights = forge.tensor("w", (3, 4), content=bytes(48))
    y, z = forge.tensor("y", (1, 3)), forge.tensor("z", (1, 3))
    forge.node("FULLY_CONNECTED", (x, weights, -1), (y,), "FullyConnectedOptions")
    forge.node("HASHTABLE_FIND", (y,), (z,))
    forge.graph.inputs, forge.graph.outputs = [x], [z]
    graph = parse(forge.content()).graphs[0]
    assert resolve(graph)[y : z + 1] == [(1, 3), (1, 3)]
    assert resolve(graph, {x: (5, 4)})[y : z + 1] == [(5, 3), None]


def test_contradictions_are_unknown() -> None:
    """The operators say another shape than the file."""
    forge = Forge()
    x = forge.tensor("x", (1, 4), signature=(-1, 4))
    y = forge.tensor("y", (1, 5), signature=(-1, 5))
    forge.node("ABS", (x,), (y,))
    forge.graph.inputs = [x]
    assert resolve(parse(forge.content()).graphs[0])[y] is None


def test_reshape_of_old_files_has_its_shape_in_the_output_only() -> None:
    forge = Forge()
    x = forge.tensor("x", (1, 10, 6), signature=(-1, 10, 6))
    y = forge.tensor("y", (1, 6), signature=(-1, 6))
    forge.node("RESHAPE", (x,), (y,))
    forge.graph.inputs = [x]
    assert resolve(parse(forge.content()).graphs[0])[y] == (10, 6)
