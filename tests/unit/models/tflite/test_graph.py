"""The reader of .tflite files agrees with the wheel's schema classes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.models.tflite.graph import Graph, Quantisation, Tensor, elements, parse, size_of
from benchhub.models.tflite.names import OPERATORS, TYPES, operator_name, type_name

from .forge import MOBILENETS, MODELS, Forge, loaded

ALL = (*MODELS, *MOBILENETS)


def _numbers(values: Any) -> list[int]:
    return [] if values is None else [int(value) for value in values]


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.stem))
def test_graphs_are_those_of_the_schema_classes(path: Path) -> None:
    model, truth = parse(path.read_bytes()), loaded(path)
    assert model.version == truth.version
    assert len(model.graphs) == len(truth.subgraphs)
    for graph, expected in zip(model.graphs, truth.subgraphs, strict=True):
        assert list(graph.inputs) == _numbers(expected.inputs)
        assert list(graph.outputs) == _numbers(expected.outputs)
        _same_tensors(graph, expected, truth)
        _same_nodes(graph, expected, truth)
    assert [name for name, _ in model.metadata] == [one.name.decode() for one in truth.metadata]
    sizes = [len(truth.buffers[one.buffer].data) for one in truth.metadata]
    assert [buffer.size for _, buffer in model.metadata] == sizes


def _same_tensors(graph: Graph, expected: Any, truth: Any) -> None:
    for tensor, known in zip(graph.tensors, expected.tensors, strict=True):
        assert tensor.name == known.name.decode()
        assert list(tensor.shape) == _numbers(known.shape)
        signature = known.shape if known.shapeSignature is None else known.shapeSignature
        assert list(tensor.signature) == _numbers(signature)
        content = truth.buffers[known.buffer].data
        assert (tensor.buffer.size if tensor.buffer else 0) == (
            0 if content is None else len(content)
        )
        assert tensor.sparse == (known.sparsity is not None)
        _same_quantisation(tensor, known.quantization)


def _same_quantisation(tensor: Tensor, known: Any) -> None:
    scales = [] if known is None or known.scale is None else list(known.scale)
    if not scales:
        assert tensor.quantisation is None
        return
    assert tensor.quantisation is not None
    assert tensor.quantisation.scales == len(scales)
    if len(scales) == 1:
        assert tensor.quantisation.scale == pytest.approx(scales[0])
        assert tensor.quantisation.zero_point == int(known.zeroPoint[0])
    else:
        assert tensor.quantisation.axis == known.quantizedDimension


def _same_nodes(graph: Graph, expected: Any, truth: Any) -> None:
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    for node, known in zip(graph.nodes, expected.operators, strict=True):
        code = truth.operatorCodes[known.opcodeIndex]
        custom = code.customCode.decode() if code.customCode else ""
        assert node.op == (custom or names[code.builtinCode])
        assert node.custom == bool(custom)
        assert node.version == code.version
        assert list(node.inputs) == _numbers(known.inputs)
        assert list(node.outputs) == _numbers(known.outputs)


def test_names_are_those_of_the_wheel() -> None:
    codes = {v: k for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")}
    assert dict(enumerate(OPERATORS)) == codes
    types = {v: k.lower() for k, v in vars(schema.TensorType).items() if not k.startswith("_")}
    assert {code: name for code, (name, _) in enumerate(TYPES)} == types
    assert operator_name(9999) == "operator 9999"
    assert type_name(99) == "type 99"


def test_sizes_of_types_are_numpys() -> None:
    import numpy as np  # noqa: PLC0415 - for the truth only

    for name, bits in TYPES:
        if hasattr(np, name) and name not in ("string", "bool"):
            assert bits == 8 * np.dtype(name).itemsize
    assert size_of("int4", (3, 3)) == 5
    assert size_of("int2", (3, 3)) == 3
    assert size_of("string", (3,)) is None
    assert size_of("float32", None) is None
    assert elements((1 << 31, 1 << 31, 4)) is None
    assert elements(()) == 1
    assert elements((2, -1)) is None


def test_blockwise_and_custom_quantisation() -> None:
    forge = Forge()
    for details, block in (
        (schema.BlockwiseQuantizationT(), 32),
        (schema.CustomQuantizationT(), None),
    ):
        forge.tensor("x", (2,))
        tensor = forge.graph.tensors[-1]
        tensor.quantization = schema.QuantizationParametersT()
        kind = "BlockwiseQuantization" if block else "CustomQuantization"
        tensor.quantization.detailsType = getattr(schema.QuantizationDetails, kind)
        tensor.quantization.details = details
        if block:
            details.blockSize = block
    tensors = parse(forge.content()).graphs[0].tensors
    assert tensors[0].quantisation == Quantisation("blockwise", 0, block=32)
    assert tensors[1].quantisation == Quantisation("custom", 0)


def test_a_scale_that_is_no_number_is_none() -> None:
    forge = Forge()
    forge.tensor("x", (2,))
    tensor = forge.graph.tensors[-1]
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale, tensor.quantization.zeroPoint = [float("nan")], [3]
    quantisation = parse(forge.content()).graphs[0].tensors[0].quantisation
    assert quantisation == Quantisation("per tensor", 1, None, 3)


def test_weights_behind_the_flatbuffer() -> None:
    """Files over 2 GB keep them there; their place is in fields 1 and 2 of the buffer."""
    forge = Forge()
    forge.tensor("x", (4,), content=b"")
    buffer = forge.model.buffers[1]
    buffer.data, buffer.size, buffer.offset = None, 16, 2
    start = len(forge.content())
    buffer.offset = start
    content = forge.content() + bytes(16)
    tensor = parse(content).graphs[0].tensors[0]
    assert tensor.buffer is not None
    assert (tensor.buffer.start, tensor.buffer.size) == (start, 16)
    with pytest.raises(DamagedFileError):
        parse(content[:-1])


def test_small_constants_are_read() -> None:
    forge = Forge()
    forge.constant((3,), (2, -1, 5))
    forge.constant((17,), range(17))
    tensors = parse(forge.content()).graphs[0].tensors
    assert [tensor.few for tensor in tensors] == [(2, -1, 5), ()]
    assert struct.unpack("<3i", forge.content()[tensors[0].buffer.start :][:12]) == (2, -1, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: setattr(m.subgraphs[0].tensors[0], "buffer", 99), "without a buffer"),
        (lambda m: setattr(m.subgraphs[0].operators[0], "opcodeIndex", 99), "of no kind"),
        (lambda m: setattr(m.subgraphs[0].operators[0], "inputs", [-2]), "that is no tensor"),
        (lambda m: setattr(m.subgraphs[0].operators[0], "outputs", [99]), "that is no tensor"),
        (lambda m: setattr(m.subgraphs[0], "inputs", [99]), "that is no tensor"),
        (lambda m: setattr(m.subgraphs[0].tensors[0], "shape", [1] * 33), "33 dimensions"),
        (lambda m: setattr(m, "subgraphs", []), "no graph"),
    ],
)
def test_indices_are_checked(change: Any, message: str) -> None:
    forge = Forge()
    x, y = forge.tensor("x", (2,)), forge.tensor("y", (2,))
    forge.node("ABS", (x,), (y,))
    change(forge.model)
    with pytest.raises(DamagedFileError, match=message):
        parse(forge.content())
