"""Models that make a device show what it can do: matrix products, convolutions and copies.

Made through the schema classes of ai-edge-litert, so that calibration needs no TensorFlow. They are
one operator each, of the first version that knows the type, so that runtimes of 2019 and later run
them, with and without XNNPACK. The same code gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchhub.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLOAT32 = "float32"
INT8 = "int8"
DTYPES = (FLOAT32, INT8)
_WIDTH = {FLOAT32: 4, INT8: 1}
# Versions of operators by type: those that introduced int8.
_VERSIONS = {
    ("FULLY_CONNECTED", INT8): 4,
    ("CONV_2D", INT8): 3,
    ("ADD", INT8): 2,
    ("CONCATENATION", INT8): 2,
}
# Quantisation of activations, symmetric and the same everywhere, so that a copy is a copy.
_SCALE = 0.05
_WEIGHT_SCALE = 0.01
_KIB = 1024
_MIB = 1024 * _KIB
# Traffic of the copies: from what a core's own cache holds to what no usual cache holds. (Below
# 256 KiB the call costs more than the copy.)
AMOUNTS = (256 * _KIB, _MIB, 4 * _MIB, 16 * _MIB, 64 * _MIB, 192 * _MIB)
QUICK_AMOUNTS = (_MIB, 8 * _MIB, 64 * _MIB)
# What an operator moves, in tensors like one of its two inputs: ADD reads both and writes one,
# CONCATENATION writes both.
_TENSORS = {"ADD": 3, "CONCATENATION": 4}
_COLUMNS = 256


@dataclass(frozen=True, slots=True)
class PeakModel:
    """One model of calibration.

    Attributes:
        name: What it does, e.g. `matmul`, `add_256k`: the model's name in the suite.
        dtype: Type it works in: the variant's name.
        op: TFLite's name of its only operator.
        shape: Of a matrix product rows, depth and columns; of a convolution height and width of
            the image, its channels (in and out), and height and width of the filter; of a copy
            rows and columns of each input.
        amount: Traffic of a copy that was asked for, in bytes; its own is a little less, because
            its rows are whole. 0 for what computes.
    """

    name: str
    dtype: str
    op: str
    shape: tuple[int, ...]
    amount: int = 0

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}_{self.dtype}.tflite"

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference; 0 for a copy."""
        if self.op == "FULLY_CONNECTED":
            rows, depth, columns = self.shape
            return rows * depth * columns
        if self.op == "CONV_2D":
            height, width, channels, tall, wide = self.shape
            return height * width * channels * tall * wide * channels
        return 0

    @property
    def bytes(self) -> int:
        """Compulsory traffic of a copy: two inputs and the output; 0 for what computes."""
        rows, columns = self.shape[:2]
        return rows * columns * _TENSORS.get(self.op, 0) * _WIDTH[self.dtype]


def peak_models(*, quick: bool, most_bytes: float = float("inf")) -> tuple[PeakModel, ...]:
    """Return the models of a calibration.

    Args:
        quick: Fewer of them: what is reached is a little less, and cache and memory are told apart
            less finely.
        most_bytes: Copies of more than that are left out.
    """
    models: list[PeakModel] = []
    for dtype in DTYPES:
        models += _compute_models(dtype, quick=quick)
        for amount in QUICK_AMOUNTS if quick else AMOUNTS:
            if amount <= most_bytes:
                models.append(_copy_model("concat", "CONCATENATION", dtype, amount))
                # Additions of int8 are no copies: they compute more than they move.
                if dtype == FLOAT32 and not quick:
                    models.append(_copy_model("add", "ADD", dtype, amount))
    return tuple(models)


def _compute_models(dtype: str, *, quick: bool) -> list[PeakModel]:
    models = [
        PeakModel("matmul", dtype, "FULLY_CONNECTED", (512, 512, 512)),
        PeakModel("conv1x1", dtype, "CONV_2D", (32, 32, 256, 1, 1)),
        PeakModel("conv3x3", dtype, "CONV_2D", (14, 14, 256, 3, 3)),
    ]
    return models[:2] if quick else models


def _copy_model(name: str, op: str, dtype: str, amount: int) -> PeakModel:
    rows = amount // _TENSORS[op] // _WIDTH[dtype] // _COLUMNS
    return PeakModel(f"{name}_{amount // _KIB}k", dtype, op, (rows, _COLUMNS), amount)


def write_peak_model(model: PeakModel, folder: Path) -> Path:
    """Write a model unless the same bytes are there.

    Raises:
        StoreError: The folder is not writable.
    """
    path = folder / model.file
    content = build(model)
    try:
        if not path.is_file() or path.read_bytes() != content:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error
    return path


def build(model: PeakModel) -> bytes:
    """Return the .tflite file of a model."""
    graph = _Graph(model.dtype)
    if model.op == "FULLY_CONNECTED":
        rows, depth, columns = model.shape
        inputs = [graph.activation("x", (rows, depth))]
        inputs += graph.weights((columns, depth))
        output = graph.activation("y", (rows, columns))
    elif model.op == "CONV_2D":
        height, width, channels, tall, wide = model.shape
        inputs = [graph.activation("x", (1, height, width, channels))]
        inputs += graph.weights((channels, tall, wide, channels))
        output = graph.activation("y", (1, height, width, channels))
    else:
        rows, columns = model.shape
        inputs = [graph.activation(name, (rows, columns)) for name in ("a", "b")]
        doubled = 2 if model.op == "CONCATENATION" else 1
        output = graph.activation("y", (rows * doubled, columns))
    return graph.finish(model.op, inputs, output)


class _Graph:
    """A graph of one operator in the making."""

    def __init__(self, dtype: str) -> None:
        from ai_edge_litert import schema_py_generated  # noqa: PLC0415 - large; only calibration

        self._schema: Any = schema_py_generated
        self._dtype = dtype
        self._tensors: list[Any] = []
        self._buffers: list[Any] = [self._schema.BufferT()]

    def activation(self, name: str, shape: Sequence[int]) -> int:
        """Add an input or output; return its index."""
        kind = getattr(self._schema.TensorType, self._dtype.upper())
        return self._tensor(name, shape, kind, (_SCALE,) if self._dtype == INT8 else ())

    def weights(self, shape: Sequence[int]) -> list[int]:
        """Add weights of that shape, output channels first, and biases; return their indices."""
        import numpy as np  # noqa: PLC0415 - large; only calibration

        types = self._schema.TensorType
        # Small numbers of both signs that repeat late; their values do not matter to the time.
        steps = np.arange(int(np.prod(shape)), dtype=np.int64) * 37 % 251 - 125
        if self._dtype == FLOAT32:
            values, biases = (steps / 1024).astype("<f4"), np.zeros(shape[0], "<f4")
            return [
                self._tensor("weights", shape, types.FLOAT32, (), values),
                self._tensor("biases", shape[:1], types.FLOAT32, (), biases),
            ]
        small, sums = steps.astype(np.int8), np.zeros(shape[0], "<i4")
        return [
            self._tensor("weights", shape, types.INT8, (_WEIGHT_SCALE,), small),
            self._tensor("biases", shape[:1], types.INT32, (_SCALE * _WEIGHT_SCALE,), sums),
        ]

    def _tensor(
        self,
        name: str,
        shape: Sequence[int],
        kind: int,
        scales: Sequence[float],
        values: NDArray[np.generic] | None = None,
    ) -> int:
        made = self._schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name.encode(), list(shape), kind, 0
        if scales:
            made.quantization = self._schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = list(scales), [0]
        if values is not None:
            buffer = self._schema.BufferT()
            buffer.data = values.view("u1").reshape(-1)
            made.buffer = len(self._buffers)
            self._buffers.append(buffer)
        self._tensors.append(made)
        return len(self._tensors) - 1

    def finish(self, op: str, inputs: Sequence[int], output: int) -> bytes:
        """Add the operator and return the file."""
        import flatbuffers  # noqa: PLC0415 - only calibration

        schema = self._schema
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, op)
        code.version = _VERSIONS.get((op, self._dtype), 1)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = 0, list(inputs), [output]
        options = "".join(word.capitalize() for word in op.removesuffix("_2D").split("_"))
        options += "2DOptions" if op == "CONV_2D" else "Options"
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        operator.builtinOptions = getattr(schema, f"{options}T")()
        if op == "CONV_2D":
            operator.builtinOptions.strideW = operator.builtinOptions.strideH = 1
        graph = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = b"main", self._tensors, [operator]
        variable = [index for index in inputs if self._tensors[index].buffer == 0]
        graph.inputs, graph.outputs = variable, [output]
        model = schema.ModelT()
        model.version, model.description = 3, b"benchhub calibration"
        model.buffers, model.operatorCodes, model.subgraphs = self._buffers, [code], [graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
