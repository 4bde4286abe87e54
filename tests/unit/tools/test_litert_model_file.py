"""The reader of .tflite files agrees with the wheel's own, and survives any bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchhub.models.tflite import flatbuffer
from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.tools.litert.child.failure import MeasureError
from benchhub.tools.litert.child.model_file import parse_model, read_model

MODELS = Path(__file__).parents[2] / "recorded" / "models"
NAMES = ("two_in", "embed", "lstm", "smallconv_f32")
CONTENT = {name: (MODELS / f"{name}.tflite").read_bytes() for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_the_generated_reader(name: str) -> None:
    model = parse_model(CONTENT[name])
    truth = schema.ModelT.InitFromPackedBuf(CONTENT[name], 0)
    assert len(model.subgraphs) == len(truth.subgraphs)
    for graph, expected in zip(model.subgraphs, truth.subgraphs, strict=True):
        assert [tensor.name for tensor in graph.tensors] == [
            tensor.name.decode() for tensor in expected.tensors
        ]
        assert list(graph.inputs) == list(expected.inputs)
        assert list(graph.nodes) == [
            expected.tensors[node.outputs[0]].name.decode() for node in expected.operators
        ]
        for tensor, known in zip(graph.tensors, expected.tensors, strict=True):
            shape = known.shape if known.shapeSignature is None else known.shapeSignature
            assert list(tensor.shape) == list(shape if shape is not None else ())
    assert [(one.key, one.subgraph, one.inputs) for one in model.signatures] == [
        (
            known.signatureKey.decode(),
            known.subgraphIndex,
            {entry.name.decode(): entry.tensorIndex for entry in known.inputs},
        )
        for known in truth.signatureDefs
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_is_damaged(name: str) -> None:
    content = CONTENT[name]
    # The last bytes may be padding.
    for length in range(0, len(content) - 4, max(1, len(content) // 300)):
        with pytest.raises(DamagedFileError):
            parse_model(content[:length])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    content = bytearray(CONTENT[draw(st.sampled_from(["two_in", "embed", "lstm"]))])
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(8, len(content) - 4))
        content[place : place + 4] = draw(st.binary(min_size=4, max_size=4))
    return bytes(content)


@given(damaged())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_forged_files_are_read_or_refused(content: bytes) -> None:
    try:
        model = parse_model(content)
    except DamagedFileError:
        return
    assert model.subgraphs


def test_elements_that_are_shared_many_times_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file whose vector of graphs names one graph of many tensors again and again."""
    count = 40_000
    tensor = struct.pack("<HHi", 4, 4, 4)  # vtable without fields, then the table
    graph_vtable = struct.pack("<HHH", 6, 8, 4)
    model_vtable = struct.pack("<HHHHH", 10, 8, 0, 0, 4)
    file = bytearray(struct.pack("<I4s", 0, b"TFL3"))
    model_at = len(file) + len(model_vtable) + 2
    file += model_vtable + b"\0\0"
    struct.pack_into("<I", file, 0, model_at)
    graphs_at = model_at + 8
    file += struct.pack("<iI", model_at - 8, graphs_at - model_at - 4)
    graph_at = graphs_at + 4 + 4 * count + 8
    tensors_at = graph_at + 8
    tensor_at = tensors_at + 4 + 4 * count + 4
    file += struct.pack("<I", count)
    file += b"".join(struct.pack("<I", graph_at - graphs_at - 4 - 4 * i) for i in range(count))
    file += graph_vtable + b"\0\0"
    file += struct.pack("<iI", 8, 4)
    file += struct.pack("<I", count)
    file += b"".join(struct.pack("<I", tensor_at - tensors_at - 4 - 4 * i) for i in range(count))
    file += tensor
    monkeypatch.setattr(flatbuffer, "MAX_READS", 200_000)
    with pytest.raises(DamagedFileError, match="more than 200000 elements"):
        parse_model(bytes(file))


def test_signature_by_name() -> None:
    model = parse_model(CONTENT["two_in"])
    assert model.signature(None).key == "serving_default"
    assert sorted(model.signature("serving_default").inputs) == ["a", "b"]
    with pytest.raises(MeasureError, match="no signature 'train'") as caught:
        model.signature("train")
    assert caught.value.advice == "It has: serving_default."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<html>not found</html>", "no identifier TFL3"),
        (CONTENT["embed"][:3000], "damaged: byte"),
    ],
)
def test_a_useless_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    with pytest.raises(MeasureError, match=said) as caught:
        read_model(str(path))
    assert caught.value.kind == "model"
    assert str(path) in caught.value.message


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="No such file"):
        read_model(str(tmp_path / "absent.tflite"))
    with pytest.raises(MeasureError, match="Is a directory"):
        read_model(str(tmp_path))
