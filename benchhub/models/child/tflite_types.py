"""The numeric types inside a .tflite file that a converter here has made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ai_edge_litert import schema_py_generated as schema

# They are the border between integers and floats.
_BORDER = frozenset({"QUANTIZE", "DEQUANTIZE"})
_NAMES: dict[int, str] = {
    number: name for name, number in vars(schema.BuiltinOperator).items() if name.isupper()
}


def float_operators(content: bytes) -> list[str]:
    """Return the names of operators with a float32 output, each once, sorted.

    Args:
        content: A .tflite file.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    return sorted(
        {
            name
            for graph, operator, name in _operators(model)
            if name not in _BORDER
            and any(
                graph.tensors[place].type == schema.TensorType.FLOAT32
                for place in operator.outputs
                if place >= 0
            )
        }
    )


def operators(content: bytes) -> frozenset[str]:
    """Return the names of the operators of a .tflite file."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    return frozenset(name for _, _, name in _operators(model))


def tensor_types(content: bytes) -> list[tuple[str, int]]:
    """Return name and type of each tensor of a .tflite file, sorted."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    return sorted(
        (bytes(tensor.name or b"").decode(errors="replace"), int(tensor.type))
        for graph in model.subgraphs
        for tensor in graph.tensors
    )


def _operators(model: Any) -> Iterator[tuple[Any, Any, str]]:
    """Yield graph, operator and its name."""
    for graph in model.subgraphs:
        for operator in graph.operators:
            yield graph, operator, _name(model.operatorCodes[operator.opcodeIndex])


def _name(code: Any) -> str:
    # The first field is one byte wide: numbers from 127 on are in the second.
    number = int(max(code.builtinCode, code.deprecatedBuiltinCode))
    if number == schema.BuiltinOperator.CUSTOM:
        return bytes(code.customCode or b"").decode(errors="replace")
    return _NAMES.get(number, str(number))
