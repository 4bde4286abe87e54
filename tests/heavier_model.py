"""Models with more work, or cut up otherwise, made from a .tflite: real regressions for tests.

An extra operator is a convolution by the identity: its outputs are its inputs, bit by bit, and
neither TFLite nor XNNPACK knows. It stands in the chain, so nothing can leave it out, and its
output tensor is called `extra_1`, `extra_2`, ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES, OPS = schema.TensorType, schema.BuiltinOperator
CONV, DEPTHWISE = OPS.CONV_2D, OPS.DEPTHWISE_CONV_2D
EXTRA = "extra_"
_KERNELS = (1, 3)
_TYPES = (TYPES.FLOAT32, TYPES.INT8)
_MOST = 8  # operators that meet a share together
_DEAR = 32  # with more channels a convolution is cheap for its work, above all in int8
_NEAR = 0.12  # off by that much of the share, it is met
# The weight of the identity in int8, and the scale that makes it 1.
_ONE = 127


@dataclass(frozen=True)
class Place:
    """Where an identity can stand.

    Attributes:
        node: Behind that one.
        tensor: Its output.
        channels: Of that tensor.
        kernel: Width and height of the convolution.
        macs: What it adds.
    """

    node: int
    tensor: int
    channels: int
    kernel: int
    macs: int


def heavier(content: bytes, share: float) -> bytes:
    """Return a model with more multiply-accumulates: 0.1 is about 10 % more, by few operators.

    Time does not grow by just that share: kernels differ in what they make of their work.
    """
    model = _read(content)
    wanted = share * _macs(model)

    def rank(one: tuple[Place, int]) -> tuple[bool, bool, int, float]:
        place, times = one
        off = abs(place.macs * times / wanted - 1)
        return off > _NEAR, place.channels > _DEAR, times, off

    choices = [(place, times) for place in _places(model) for times in range(1, _MOST + 1)]
    place, times = min(choices, key=rank)
    off = abs(place.macs * times / wanted - 1)
    assert off < 2 * _NEAR, f"nothing in this model makes it {share:.1%} heavier"
    return with_extras(content, [place] * times)


def rewritten(content: bytes) -> bytes:
    """Return the same model, its weights where those of a heavier one are: aligned to 16 bytes."""
    return _write(_read(content))


def behind(content: bytes, node: int, times: int = 1, kernel: int = 1) -> bytes:
    """Return a model with so many extra convolutions behind one node."""
    place = next(one for one in _places(_read(content)) if (one.node, one.kernel) == (node, kernel))
    return with_extras(content, [place] * times)


def with_extras(content: bytes, places: Sequence[Place]) -> bytes:
    """Return a model with an identity at each place."""
    model = _read(content)
    graph = model.subgraphs[0]
    numbers = count(1)
    # From the back, so that the nodes before keep their numbers.
    for place in sorted(places, key=lambda one: -one.node):
        _insert(model, graph, place, f"{EXTRA}{next(numbers)}")
    return _write(model)


def unfused(content: bytes, node: int) -> bytes:
    """Return a model in which the activation of one convolution is an operator of its own.

    The activation keeps the name of the output; that of the convolution gets `/before` behind it.
    """
    model = _read(content)
    graph = model.subgraphs[0]
    operator = graph.operators[node]
    activation = operator.builtinOptions.fusedActivationFunction
    made = {
        schema.ActivationFunctionType.RELU: OPS.RELU,
        schema.ActivationFunctionType.RELU6: OPS.RELU6,
    }[activation]
    operator.builtinOptions.fusedActivationFunction = schema.ActivationFunctionType.NONE
    output = int(operator.outputs[0])
    before = _like(graph, output, f"{graph.tensors[output].name.decode()}/before")
    operator.outputs = [before]
    relu: Any = schema.OperatorT()
    relu.opcodeIndex = _code(model, made, version=1)
    relu.inputs, relu.outputs = [before], [output]
    graph.operators.insert(node + 1, relu)
    return _write(model)


def _insert(model: Any, graph: Any, place: Place, name: str) -> None:
    source = place.tensor
    result = _like(graph, source, name)
    for operator in graph.operators:
        operator.inputs = [result if one == source else one for one in operator.inputs]
    graph.outputs = [result if one == source else one for one in graph.outputs]
    for signature in model.signatureDefs or []:
        for entry in signature.outputs:
            entry.tensorIndex = result if entry.tensorIndex == source else entry.tensorIndex
    weights, bias = _identity(model, graph, place, name)
    made: Any = schema.OperatorT()
    made.opcodeIndex = _code(model, CONV, version=3)
    made.inputs, made.outputs = [source, weights, bias], [result]
    made.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
    made.builtinOptions = schema.Conv2DOptionsT()
    made.builtinOptions.padding = schema.Padding.SAME
    made.builtinOptions.strideW = made.builtinOptions.strideH = 1
    made.builtinOptions.dilationWFactor = made.builtinOptions.dilationHFactor = 1
    graph.operators.insert(place.node + 1, made)


def _identity(model: Any, graph: Any, place: Place, name: str) -> tuple[int, int]:
    """Add weights and bias; return their tensors."""
    source = graph.tensors[place.tensor]
    channels, width = int(source.shape[3]), place.kernel
    values = np.zeros((channels, width, width, channels), np.int8)
    values[range(channels), width // 2, width // 2, range(channels)] = 1
    if source.type == TYPES.FLOAT32:
        weights = _constant(model, graph, f"{name}/weights", values.astype(np.float32))
        return weights, _constant(model, graph, f"{name}/bias", np.zeros(channels, np.float32))
    # One scale for each output: XNNPACK takes no other convolution of int8.
    scales = [1 / _ONE] * channels
    weights = _constant(model, graph, f"{name}/weights", values * np.int8(_ONE))
    _quantise(graph.tensors[weights], scales)
    bias = _constant(model, graph, f"{name}/bias", np.zeros(channels, np.int32))
    scale = float(source.quantization.scale[0])
    _quantise(graph.tensors[bias], [scale * one for one in scales])
    return weights, bias


def _quantise(tensor: Any, scales: list[float]) -> None:
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale, tensor.quantization.zeroPoint = scales, [0] * len(scales)
    tensor.quantization.quantizedDimension = 0


def _constant(model: Any, graph: Any, name: str, values: np.ndarray[Any, Any]) -> int:
    buffer: Any = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers.append(buffer)
    made: Any = schema.TensorT()
    made.name, made.shape, made.buffer = name.encode(), list(values.shape), len(model.buffers) - 1
    made.type = {"float32": TYPES.FLOAT32, "int8": TYPES.INT8, "int32": TYPES.INT32}[
        values.dtype.name
    ]
    graph.tensors.append(made)
    return len(graph.tensors) - 1


def _like(graph: Any, tensor: int, name: str) -> int:
    source = graph.tensors[tensor]
    made: Any = schema.TensorT()
    made.name, made.shape, made.type, made.buffer = name.encode(), source.shape, source.type, 0
    made.shapeSignature, made.quantization = source.shapeSignature, source.quantization
    graph.tensors.append(made)
    return len(graph.tensors) - 1


def _code(model: Any, operator: int, version: int) -> int:
    """Return the index of an operator code of at least that version."""
    for index, code in enumerate(model.operatorCodes):
        if _builtin(code) == operator:
            code.version = max(code.version, version)
            return index
    made: Any = schema.OperatorCodeT()
    made.builtinCode, made.deprecatedBuiltinCode, made.version = operator, operator, version
    model.operatorCodes.append(made)
    return len(model.operatorCodes) - 1


def _builtin(code: Any) -> int:
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def _places(model: Any) -> list[Place]:
    """Return where an identity can stand: behind convolutions of one image."""
    graph = model.subgraphs[0]
    found = []
    for node, operator in enumerate(graph.operators):
        tensor = int(operator.outputs[0])
        made = graph.tensors[tensor]
        is_conv = _builtin(model.operatorCodes[operator.opcodeIndex]) in (CONV, DEPTHWISE)
        if is_conv and made.type in _TYPES:
            _, height, width, channels = (int(size) for size in made.shape)
            found += [
                Place(node, tensor, channels, kernel, height * width * (channels * kernel) ** 2)
                for kernel in _KERNELS
            ]
    return found


def _macs(model: Any) -> int:
    return sum(_node_macs(model))


def _node_macs(model: Any) -> Iterator[int]:
    """Yield what convolutions and products multiply; the rest is little."""
    graph = model.subgraphs[0]
    for operator in graph.operators:
        kind = _builtin(model.operatorCodes[operator.opcodeIndex])
        if kind not in (CONV, DEPTHWISE, OPS.FULLY_CONNECTED):
            continue
        weights = graph.tensors[operator.inputs[1]].shape
        result = graph.tensors[operator.outputs[0]].shape
        outputs = int(np.prod(result))
        yield outputs * int(np.prod(weights[1:3] if kind == DEPTHWISE else weights[1:]))


class _Builder(flatbuffers.Builder):  # type: ignore[misc]  # the package has no types
    """Weights begin at a multiple of 16 bytes, as the schema asks: kernels are slower otherwise."""

    def StartVector(self, size: int, count: int, alignment: int) -> Any:  # noqa: N802 - its name
        return super().StartVector(size, count, 16 if size == 1 else alignment)


def _read(content: bytes) -> Any:
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def _write(model: Any) -> bytes:
    builder = _Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
