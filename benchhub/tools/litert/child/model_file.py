"""What a .tflite file says of itself: signatures, graphs, and the names of their nodes.

Read before the runtime sees the file, because LiteRT does not verify it: a truncated model ends the
process with SIGSEGV. The numbers are field positions of TFLite's schema (schema.fbs, version 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from benchhub.models.tflite.flatbuffer import DamagedFileError, Source, Table

from .failure import MeasureError

IDENTIFIER = b"TFL3"
_IDENTIFIER_AT = 4


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor.

    Attributes:
        name: Its name in the graph.
        shape: Dimensions of the file, -1 for those that may change.
        scale: Of a quantised tensor: value = scale * (number - zero_point). None for any other, and
            for one with a scale per channel.
        zero_point: None likewise.
    """

    name: str
    shape: tuple[int, ...]
    scale: float | None = None
    zero_point: int | None = None


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One graph.

    Attributes:
        tensors: By index.
        inputs: Indices of the input tensors.
        outputs: Indices of the output tensors.
        nodes: Name of the first output tensor of each node.
    """

    tensors: tuple[Tensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call the model.

    Attributes:
        key: Its name.
        subgraph: Graph that it runs.
        inputs: Tensor index by input name.
        outputs: Tensor index by output name.
    """

    key: str
    subgraph: int
    inputs: dict[str, int]
    outputs: dict[str, int]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model, without its weights.

    Attributes:
        subgraphs: By index.
        signatures: In the order of the file.
        operators: Code of each kind of operator, TFLite's BuiltinOperator.
    """

    subgraphs: tuple[Subgraph, ...]
    signatures: tuple[Signature, ...]
    operators: tuple[int, ...]

    def signature(self, key: str | None) -> Signature:
        """Return the signature of that name, the first one for None.

        Older files have none; the inputs then go by the names of their tensors.

        Raises:
            MeasureError: There is no such signature.
        """
        if key is None:
            return self.signatures[0] if self.signatures else self._unnamed()
        for signature in self.signatures:
            if signature.key == key:
                return signature
        keys = [signature.key for signature in self.signatures]
        raise MeasureError(
            "model",
            f"the model has no signature '{key}'.",
            f"It has: {', '.join(keys)}." if keys else "It has none: leave the signature out.",
        )

    def _unnamed(self) -> Signature:
        main = self.subgraphs[0]
        return Signature("", 0, _named(main, main.inputs), _named(main, main.outputs))


def read_model(path: str) -> ModelFile:
    """Read a .tflite file.

    Raises:
        MeasureError: It is missing, empty or damaged.
    """
    try:
        with Path(path).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return parse_model(data)
    except DamagedFileError as error:
        raise MeasureError(
            "model", f"{path} is not a TFLite model, or damaged: {error}.", "Compare its sha256."
        ) from error
    except ValueError as error:  # mmap of nothing
        raise MeasureError("model", f"{path} is empty.", "Copy or convert it again.") from error
    except OSError as error:
        raise MeasureError("model", f"{path} cannot be read: {error.strerror}.") from error


def parse_model(data: bytes | mmap) -> ModelFile:
    """Read the content of a .tflite file.

    Raises:
        DamagedFileError: It is cut off, forged, or something else.
    """
    if data[_IDENTIFIER_AT : _IDENTIFIER_AT + len(IDENTIFIER)] != IDENTIFIER:
        raise DamagedFileError("no identifier TFL3")
    source = Source(data)
    root = source.root()
    for buffer in root.tables(4):
        _check_buffer(source, buffer)
    operators = tuple(_operator(code) for code in root.tables(1))
    subgraphs = tuple(_subgraph(table) for table in root.tables(2))
    if not subgraphs:
        raise DamagedFileError("no graph")
    signatures = tuple(_signature(table, subgraphs) for table in root.tables(7))
    return ModelFile(subgraphs, signatures, operators)


def _operator(code: Table) -> int:
    """Files from before 2020 have the code in field 0 only, one byte."""
    code.vector(1, 1)  # name of a custom operator
    return max(code.number(0, "b"), code.number(3, "i"))


def _check_buffer(source: Source, buffer: Table) -> None:
    """Weights lie in the buffer (field 0) or, in files over 2 GB, behind the FlatBuffer (1, 2)."""
    buffer.vector(0, 1)
    offset, size = buffer.number(1, "Q"), buffer.number(2, "Q")
    if offset > 1:
        source.check(offset, size)


def _subgraph(table: Table) -> Subgraph:
    tensors = tuple(_tensor(tensor) for tensor in table.tables(0))
    inputs, outputs = table.integers(1), table.integers(2)
    if not all(0 <= index < len(tensors) for index in inputs):
        raise DamagedFileError("an input that is no tensor")
    if not all(0 <= index < len(tensors) for index in outputs):
        raise DamagedFileError("an output that is no tensor")
    nodes = tuple(_node(node, tensors) for node in table.tables(3))
    return Subgraph(tensors, inputs, outputs, nodes)


def _named(graph: Subgraph, indices: tuple[int, ...]) -> dict[str, int]:
    return {graph.tensors[index].name: index for index in indices}


def _tensor(table: Table) -> Tensor:
    shape, signature = table.integers(0), table.integers(7)
    scale, zero_point = _quantization(table.table(4))
    known = signature if len(signature) == len(shape) else shape
    return Tensor(table.text(3), known, scale, zero_point)


def _quantization(table: Table | None) -> tuple[float | None, int | None]:
    """Fields 2 and 3 are the scales and zero points, one each or one per channel."""
    if table is None:
        return None, None
    scales, zero_points = table.vector(2, 4), table.vector(3, 8)
    if scales[1] != 1 or zero_points[1] != 1:
        return None, None
    return table.real(scales[0]), table.long(zero_points[0])


def _node(table: Table, tensors: tuple[Tensor, ...]) -> str:
    table.vector(1, 4)
    outputs = table.integers(2)
    if not outputs:
        return ""
    if not 0 <= outputs[0] < len(tensors):
        raise DamagedFileError("an output that is no tensor")
    return tensors[outputs[0]].name


def _signature(table: Table, subgraphs: tuple[Subgraph, ...]) -> Signature:
    subgraph = table.number(4, "I")
    if subgraph >= len(subgraphs):
        raise DamagedFileError("a signature without a graph")
    size = len(subgraphs[subgraph].tensors)
    inputs, outputs = (
        {entry.text(0): entry.number(1, "I") for entry in table.tables(field)} for field in (0, 1)
    )
    if any(index >= size for index in (*inputs.values(), *outputs.values())):
        raise DamagedFileError("a signature whose input or output is no tensor")
    return Signature(table.text(2), subgraph, inputs, outputs)
