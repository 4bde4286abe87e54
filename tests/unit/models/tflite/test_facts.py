"""Parameters, bytes, sizes and notes of a .tflite file."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchhub.errors import ModelError
from benchhub.models.tflite.facts import graph_facts
from benchhub.models.tflite.inspection import inspect, intensity

from .forge import GRAPHS, MOBILENETS, MODELS, RECORDED, Forge, loaded


def _by_the_schema_classes(path: Path) -> int:
    """Elements of the constants that operators use and that are no plain integers."""
    model = loaded(path)
    total = 0
    for graph in model.subgraphs:
        used = {int(index) for node in graph.operators for index in node.inputs if index >= 0}
        for index in used:
            tensor = graph.tensors[index]
            content = model.buffers[tensor.buffer].data
            scales = tensor.quantization and tensor.quantization.scale
            if content is None or not len(content):
                continue
            if tensor.type in (2, 4, 6) and (scales is None or not len(scales)):
                continue
            shape = [] if tensor.shape is None else tensor.shape
            total += int(np.prod([int(size) for size in shape]))
    return total


@pytest.mark.parametrize("path", [*MODELS, *MOBILENETS], ids=lambda path: str(path.stem))
def test_parameters_by_the_schema_classes(path: Path) -> None:
    assert graph_facts(path).parameters == _by_the_schema_classes(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", 31 * 33),  # the bias is zero, so the converter left it away
        ("int4", 31 * 33),  # two share a byte
        ("sparse", 32 * 64),  # stored are the tenth that is not zero
        ("fused_lstm", 4 * 6 * (3 + 6) + 2 * 6 + 2 * 6),  # weights, two biases of a gate; 6 to 2
    ],
)
def test_parameters_by_hand(name: str, expected: int) -> None:
    found = graph_facts(GRAPHS / f"{name}.tflite").parameters
    assert found == expected


def test_graphs_that_share_weights_count_them_once(tmp_path: Path) -> None:
    forge = Forge()
    for _ in range(2):
        x, y = forge.tensor("x", (1, 4)), forge.tensor("y", (1, 3))
        w = forge.tensor("w", (3, 4), content=bytes(48))
        b = forge.tensor("b", (3,), content=bytes(12))
        c = forge.tensor("c", (3,), content=bytes(12))
        forge.node("FULLY_CONNECTED", (x, w, b), (y,), "FullyConnectedOptions")
        forge.node("ADD", (y, c), (y,), "AddOptions")
        forge.another_graph()
    first, second, _ = forge.model.subgraphs
    for one, other in zip(first.tensors, second.tensors, strict=True):
        other.buffer = one.buffer
    # Two equal biases of one graph may also lie in one buffer.
    second.tensors[4].buffer = first.tensors[4].buffer = first.tensors[3].buffer
    forge.model.subgraphs.pop()
    assert graph_facts(forge.write(tmp_path / "m.tflite")).parameters == 12 + 3 + 3


@pytest.mark.parametrize("path", [*MODELS, *MOBILENETS], ids=lambda path: str(path.stem))
def test_sizes(path: Path) -> None:
    facts, content = graph_facts(path), path.read_bytes()
    assert facts.size_bytes == len(content)
    assert facts.gzip_bytes == len(gzip.compress(content, 9, mtime=0))


# node: bytes by hand, from the layers in tests/recorded/graphs/make.py.
BYTES = {
    "plain": [4 * (31 + 31 * 33 + 33)],
    # Weights of 4 bits are unpacked once, not in each inference; the product reads the result.
    "int4": [0, 4 * (31 + 31 * 33 + 33)],
    "dynamic4": [4 * 31 + (31 * 33 + 1) // 2 + 4 * 33],
    "sparse": [0, 4 * (64 + 64 * 32 + 32)],
    "float16": [0, 4 * (30 + 30 * 40 + 40)],
    "adjoint": [4 * (12 + 15 + 20)],
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_by_hand(name: str) -> None:
    assert [node.bytes for node in graph_facts(GRAPHS / f"{name}.tflite").nodes] == BYTES[name]


def test_a_lookup_reads_the_rows_that_it_writes() -> None:
    """16 rows of 8 of a table of 100; 16 indices."""
    gather = graph_facts(RECORDED / "embed.tflite").nodes[3]
    assert gather.op == "GATHER"
    assert gather.bytes == 4 * (16 + 2 * 16 * 8)


def _bytes(forge: Forge, folder: Path) -> list[int | None]:
    return [node.bytes for node in graph_facts(forge.write(folder / "m.tflite")).nodes]


def test_a_tensor_that_is_read_twice_counts_once(tmp_path: Path) -> None:
    forge = Forge()
    x, y = forge.tensor("x", (8,)), forge.tensor("y", (8,))
    forge.node("MUL", (x, x), (y,), "MulOptions")
    assert _bytes(forge, tmp_path) == [64]


def test_strings_and_custom_shapes_have_unknown_bytes(tmp_path: Path) -> None:
    forge = Forge()
    x, y = forge.tensor("x", (8,), "string"), forge.tensor("y", (8,))
    forge.node("Mine", (x,), (y,))
    forge.tensor("boxes", ())
    forge.graph.tensors[-1].hasRank = False
    forge.node("Mine", (y,), (2,))
    forge.node("SHAPE", (x,), (forge.tensor("s", (1,), "int32"),))
    assert _bytes(forge, tmp_path) == [None, None, 4]


def test_the_type_is_that_of_the_data(tmp_path: Path) -> None:
    facts = graph_facts(GRAPHS / "transposed.tflite")
    assert {node.dtype for node in facts.nodes if node.op == "TRANSPOSE_CONV"} == {"float32"}
    assert graph_facts(MOBILENETS[1]).nodes[0].dtype == "int8"
    forge = Forge()
    forge.node("RANDOM_UNIFORM", (-1,), (forge.tensor("y", (8,), "float16"),))
    forge.node("VAR_HANDLE", (), ())
    nodes = graph_facts(forge.write(tmp_path / "m.tflite")).nodes
    assert [node.dtype for node in nodes] == ["float16", ""]


def test_names_of_nodes_are_those_of_their_first_outputs() -> None:
    path = GRAPHS / "dilated.tflite"
    graph = loaded(path).subgraphs[0]
    assert [node.name for node in graph_facts(path).nodes] == [
        graph.tensors[node.outputs[0]].name.decode() for node in graph.operators
    ]


def test_custom_and_flex_operators_by_name() -> None:
    assert graph_facts(GRAPHS / "custom.tflite").custom == ("Erfinv",)
    facts = graph_facts(GRAPHS / "flex.tflite")
    assert facts.flex == ("FlexMatrixDeterminant", "FlexMatrixInverse")
    assert facts.custom == ()


def test_open_dimensions_are_told_and_can_be_given() -> None:
    path = MOBILENETS[0]
    facts = graph_facts(path)
    (note,) = facts.notes
    assert "?×96×96×3" in note
    assert "1×96×96×3" in note
    eight = graph_facts(path, shapes={"keras_tensor": (8, 96, 96, 3)})
    assert eight.notes == ()
    assert eight.macs == 8 * (facts.macs or 0)


def test_an_open_image_is_as_large_as_it_is_given() -> None:
    """9x11 to 5x6 by 3x3, pooled to 2x3, doubled to 4x6."""
    path = GRAPHS / "open.tflite"
    name = next(iter(inspect(path).signatures[0].inputs)).name
    facts = graph_facts(path, shapes={name: (1, 9, 11, 3)})
    assert facts.macs == 5 * 6 * 4 * 27 + 4 * 2


def test_a_fixed_model_that_is_resized() -> None:
    """Its reshape has a fixed batch in it, so that nothing can be said behind it."""
    path = RECORDED / "smallconv_f32.tflite"
    (called,) = inspect(path).signatures
    (one,) = called.inputs
    facts = graph_facts(path, shapes={one.name: (2, *one.shape[1:])})
    assert facts.nodes[0].macs == 2 * (graph_facts(path).nodes[0].macs or 0)
    assert facts.nodes[-1].macs is not None or "is not known" in facts.notes[-1]


def test_wrong_names_are_told() -> None:
    with pytest.raises(ModelError, match="no signature 'other'.*'serving_default'"):
        graph_facts(MOBILENETS[0], signature="other")
    with pytest.raises(ModelError, match="no input 'image'.*'keras_tensor'"):
        graph_facts(MOBILENETS[0], shapes={"image": (1, 96, 96, 3)})


def test_a_named_signature_runs_its_own_graph(tmp_path: Path) -> None:
    import ai_edge_litert.schema_py_generated as schema  # noqa: PLC0415

    forge = Forge()
    for number, op in enumerate(("ABS", "NEG")):
        x, y = forge.tensor("x", (1,)), forge.tensor("y", (1,))
        forge.node(op, (x,), (y,))
        signature: Any = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = op.lower().encode(), number
        signature.inputs, signature.outputs = [], []
        forge.model.signatureDefs.append(signature)
        forge.another_graph()
    forge.model.subgraphs.pop()
    for graph in forge.model.subgraphs:
        graph.name = None
    path = forge.write(tmp_path / "m.tflite")
    assert [node.op for node in graph_facts(path).nodes] == ["ABS"]
    assert [node.op for node in graph_facts(path, signature="neg").nodes] == ["NEG"]
    assert inspect(path, "neg").main == 1
    # The graphs have no names: what runs them has one.
    assert [graph_facts(path, key).name for key in ("abs", "neg")] == ["abs", "neg"]


def test_a_graph_is_called_by_its_own_name_first() -> None:
    assert {graph_facts(path).name for path in (*MODELS, *MOBILENETS)} == {"main"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty.bin", "the file is empty"),
        ("text.bin", "no identifier TFL3"),
        ("corrupt_random.bin", "no identifier TFL3"),
        ("absent", "No such file"),
        ("", "is no file"),
    ],
)
def test_what_is_no_model_is_one_clear_line(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        graph_facts(RECORDED / name)
    assert "\n" not in str(caught.value)


def test_intensity_is_macs_per_byte() -> None:
    first, *rest = inspect(MOBILENETS[0]).nodes
    assert intensity(first.cost) == pytest.approx(first.cost.macs / first.cost.bytes)  # type: ignore[operator]
    assert first.output == (1, 48, 48, 16)
    assert rest[-1].output == (1, 100)


def test_counts_and_constants_add_up() -> None:
    for path in (*MODELS, *MOBILENETS):
        found = inspect(path)
        assert sum(one.count for one in found.operators) == len(found.facts.nodes)
        if found.facts.macs is not None:
            assert sum(one.macs or 0 for one in found.operators) == found.facts.macs
        plain = [kind for kind in found.weights if kind.dtype == "int32" and not kind.scheme]
        assert sum(kind.elements for kind in found.weights) == found.facts.parameters + sum(
            kind.elements for kind in plain
        )


def test_reading_loads_nothing_heavy() -> None:
    """The program that measures reads models as well, on boards that have little."""
    code = (
        "import sys; import {module}; "
        "print(*sys.modules.keys() & {{'numpy', 'pandas', 'scipy', 'pydantic', 'tensorflow'}})"
    )
    for module in ("benchhub.models.tflite.flatbuffer", "benchhub.models.tflite.inspection"):
        command = [sys.executable, "-c", code.format(module=module)]
        assert subprocess.run(command, capture_output=True, check=True).stdout.strip() == b""
