"""Makes .tflite files through the wheel's own schema classes, well-formed and odd ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

TYPES = {
    name.lower(): code for name, code in vars(schema.TensorType).items() if not name.startswith("_")
}
REPOSITORY = Path(__file__).parents[4]
GRAPHS = REPOSITORY / "tests" / "recorded" / "graphs"
RECORDED = REPOSITORY / "tests" / "recorded" / "models"
BUNDLED = REPOSITORY / "suites" / "models"
MODELS = (*sorted(GRAPHS.glob("*.tflite")), *sorted(RECORDED.glob("*.tflite")))
MOBILENETS = (
    BUNDLED / "mobilenet_v2_035_96_float32.tflite",
    BUNDLED / "mobilenet_v2_035_96_int8.tflite",
)


class Forge:
    """A model of one graph in the making; more graphs are those of other forges."""

    def __init__(self) -> None:
        self.model: Any = schema.ModelT()
        self.model.version, self.model.description = 3, b"forged"
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.model.metadata, self.model.signatureDefs = [], []
        self.model.subgraphs = []
        self.graph = self.another_graph()

    def another_graph(self) -> Any:
        graph: Any = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = b"main", [], []
        graph.inputs, graph.outputs = [], []
        self.model.subgraphs.append(graph)
        self.graph = graph
        return graph

    def buffer(self, content: bytes) -> int:
        one: Any = schema.BufferT()
        one.data = list(content)
        self.model.buffers.append(one)
        return len(self.model.buffers) - 1

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        *,
        content: bytes | None = None,
        signature: Sequence[int] | None = None,
    ) -> int:
        one: Any = schema.TensorT()
        one.name, one.shape, one.type = name.encode(), list(shape), TYPES[dtype]
        one.buffer = 0 if content is None else self.buffer(content)
        one.hasRank = True
        if signature is not None:
            one.shapeSignature = list(signature)
        self.graph.tensors.append(one)
        return len(self.graph.tensors) - 1

    def constant(self, shape: Sequence[int], numbers: Sequence[int]) -> int:
        content = b"".join(number.to_bytes(4, "little", signed=True) for number in numbers)
        return self.tensor("constant", shape, "int32", content=content)

    def node(
        self,
        op: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: str = "",
        **values: Any,
    ) -> Any:
        code: Any = schema.OperatorCodeT()
        if hasattr(schema.BuiltinOperator, op):
            code.builtinCode = getattr(schema.BuiltinOperator, op)
        else:
            code.builtinCode, code.customCode = schema.BuiltinOperator.CUSTOM, op.encode()
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        self.model.operatorCodes.append(code)
        one: Any = schema.OperatorT()
        one.opcodeIndex = len(self.model.operatorCodes) - 1
        one.inputs, one.outputs = list(inputs), list(outputs)
        if options:
            self._options(one, options, values)
        self.graph.operators.append(one)
        return one

    def _options(self, node: Any, options: str, values: dict[str, Any]) -> None:
        made = getattr(schema, f"{options}T")()
        for key, value in values.items():
            setattr(made, key, value)
        if hasattr(schema.BuiltinOptions, options):
            node.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            node.builtinOptions = made
        else:
            node.builtinOptions2Type = getattr(schema.BuiltinOptions2, options)
            node.builtinOptions2 = made

    def metadata(self, name: str, content: bytes) -> None:
        entry: Any = schema.MetadataT()
        entry.name, entry.buffer = name.encode(), self.buffer(content)
        self.model.metadata.append(entry)

    def content(self) -> bytes:
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def write(self, path: Path) -> Path:
        path.write_bytes(self.content())
        return path


def loaded(path: Path) -> Any:
    """Read a file with the wheel's schema classes."""
    return schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
