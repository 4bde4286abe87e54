"""Small models made through the wheel's own schema classes: many types, no weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

TYPES, OPS = schema.TensorType, schema.BuiltinOperator
# In the order of the graph; that of the signature is by the alphabet.
MIXED_INPUTS = ("x", "n", "q", "flag", "s", "wide", "u")
MIXED_OUTPUTS = ("no", "y", "r", "m", "wide2", "v")


def mixed_model(path: Path) -> Path:
    """Seven inputs and six outputs of six types, a scalar among them.

    y = x + s, m = n + n, r = q + q in other steps, no = not flag, wide2 = wide + wide; v is u in
    other steps. Names of tensors have the characters that separate values in flags.
    """
    graph = Graph()
    x = graph.tensor("x:0", (2, 3), TYPES.FLOAT32)
    n = graph.tensor("n,1", (4,), TYPES.INT32)
    q = graph.tensor("q", (5,), TYPES.INT8, 0.1, 3)
    flag = graph.tensor("flag", (3,), TYPES.BOOL)
    s = graph.tensor("s", (), TYPES.FLOAT32)
    wide = graph.tensor("wide", (7,), TYPES.INT64)
    u = graph.tensor("u", (6,), TYPES.UINT8, 0.5, 128)
    y = graph.tensor("y", (2, 3), TYPES.FLOAT32)
    m = graph.tensor("m", (4,), TYPES.INT32)
    r = graph.tensor("r", (5,), TYPES.INT8, 0.25, -4)
    no = graph.tensor("no", (3,), TYPES.BOOL)
    wide2 = graph.tensor("wide2", (7,), TYPES.INT64)
    v = graph.tensor("v", (6,), TYPES.UINT8, 1.0, 128)
    for one, other, result in ((x, s, y), (n, n, m), (q, q, r), (wide, wide, wide2)):
        graph.operator(OPS.ADD, (one, other), result, "AddOptions")
    graph.operator(OPS.LOGICAL_NOT, (flag,), no, "LogicalNotOptions")
    graph.operator(OPS.QUANTIZE, (u,), v, "QuantizeOptions")
    inputs = dict(zip(MIXED_INPUTS, (x, n, q, flag, s, wide, u), strict=True))
    outputs = dict(zip(MIXED_OUTPUTS, (no, y, r, m, wide2, v), strict=True))
    return graph.write(path, inputs, outputs)


def scalar_model(path: Path) -> Path:
    """One scalar in, one scalar out: twice the input."""
    graph = Graph()
    s = graph.tensor("s", (), TYPES.FLOAT32)
    t = graph.tensor("t", (), TYPES.FLOAT32)
    graph.operator(OPS.ADD, (s, s), t, "AddOptions")
    return graph.write(path, {"s": s}, {"t": t})


def lookup_model(path: Path) -> Path:
    """A row of a table of two rows for each of three indices; another index has no row."""
    graph = Graph()
    ids = graph.tensor("ids", (3,), TYPES.INT32)
    table = graph.constant("table", (2, 1), TYPES.FLOAT32, bytes(8))
    rows = graph.tensor("rows", (3, 1), TYPES.FLOAT32)
    graph.operator(OPS.GATHER, (table, ids), rows, "GatherOptions")
    return graph.write(path, {"ids": ids}, {"rows": rows})


class Graph:
    """A graph in the making."""

    def __init__(self) -> None:
        self._graph: Any = schema.SubGraphT()
        self._graph.name = b"main"
        self._graph.tensors = []
        self._graph.operators = []
        self._codes: list[Any] = []
        self._buffers: list[Any] = [schema.BufferT()]

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        kind: int,
        scale: float | None = None,
        zero_point: int = 0,
    ) -> int:
        made: Any = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name.encode(), list(shape), kind, 0
        if scale is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = [scale], [zero_point]
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def constant(self, name: str, shape: Sequence[int], kind: int, content: bytes) -> int:
        index = self.tensor(name, shape, kind)
        buffer: Any = schema.BufferT()
        buffer.data = list(content)
        self._buffers.append(buffer)
        self._graph.tensors[index].buffer = len(self._buffers) - 1
        return index

    def open_batch(self, *tensors: int) -> None:
        """Leave the first dimension of tensors open."""
        for index in tensors:
            tensor = self._graph.tensors[index]
            tensor.shapeSignature = [-1, *tensor.shape[1:]]

    def state(self, index: int) -> None:
        """Make a tensor a variable, which keeps its values from one inference to the next."""
        self._graph.tensors[index].isVariable = True

    def operator(
        self, op: int, inputs: Sequence[int], output: int, options: str, version: int = 2
    ) -> None:
        code: Any = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode = op, min(op, 127)
        code.version = 1 if op == OPS.LOGICAL_NOT else version
        self._codes.append(code)
        made: Any = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = len(self._codes) - 1, list(inputs), [output]
        made.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        made.builtinOptions = getattr(schema, f"{options}T")()
        self._graph.operators.append(made)

    def write(self, path: Path, inputs: dict[str, int], outputs: dict[str, int]) -> Path:
        self._graph.inputs, self._graph.outputs = list(inputs.values()), list(outputs.values())
        signature: Any = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = b"serve", 0
        signature.inputs, signature.outputs = _named(inputs), _named(outputs)
        model: Any = schema.ModelT()
        model.version, model.buffers, model.operatorCodes = 3, self._buffers, self._codes
        model.subgraphs, model.signatureDefs = [self._graph], [signature]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
        return path


def _named(tensors: dict[str, int]) -> list[Any]:
    entries = []
    for name in sorted(tensors):
        entry: Any = schema.TensorMapT()
        entry.name, entry.tensorIndex = name.encode(), tensors[name]
        entries.append(entry)
    return entries
