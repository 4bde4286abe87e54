"""The graphs of a .tflite file: tensors, nodes and signatures, read without trust.

The numbers are field positions of TFLite's schema (schema.fbs, version 3; the order of the fields
of each table). Names are for reading: what cannot be printed is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from benchhub.models.tflite.buffers import Buffer, read_buffers
from benchhub.models.tflite.flatbuffer import DamagedFileError, Source, Table
from benchhub.models.tflite.names import BITS, CUSTOM, operator_name, type_name
from benchhub.models.tflite.options import Options, read_options
from benchhub.models.tflite.text import printable

IDENTIFIER = b"TFL3"
_IDENTIFIER_AT = 4
ABSENT = -1
# TFLite's kernels take eight at most; a product of thousands of dimensions would take minutes.
MAX_RANK = 32
# A tensor or an operator beyond this is a forgery, not a model.
MAX_ELEMENTS = 1 << 62
_FEW = 16

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quantisation:
    """How the integers of a tensor stand for numbers: scale * (integer - zero_point).

    Attributes:
        scheme: `per tensor`, `per channel`, `blockwise`, or `custom`.
        scales: How many scales there are.
        scale: That of a tensor which has one; None for any other.
        zero_point: None likewise.
        axis: Dimension of the channels; None for a tensor which has one scale.
        block: Elements that share a scale along the last dimension, where blockwise; else None.
    """

    scheme: str
    scales: int
    scale: float | None = None
    zero_point: int | None = None
    axis: int | None = None
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a graph.

    Attributes:
        name: Its name in the graph.
        dtype: `float32`, `int8`, ...
        shape: Dimensions in the file, 1 for one that may change.
        signature: The same, -1 for one that may change.
        ranked: False if the file leaves the number of dimensions open.
        buffer: Its constant content; None for what is computed.
        quantisation: None if it stands for itself.
        sparse: Whether only elements that are not zero are stored.
        variable: Whether it keeps its content from one inference to the next.
        few: Content of a constant of up to sixteen int32, such as axes or a permutation.
    """

    name: str
    dtype: str
    shape: Shape
    signature: Shape
    ranked: bool
    buffer: Buffer | None
    quantisation: Quantisation | None
    sparse: bool
    variable: bool
    few: tuple[int, ...] = ()

    @property
    def dynamic(self) -> bool:
        """Whether its dimensions are not all known before it is computed."""
        return not self.ranked or any(size < 0 for size in self.signature)


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of a graph.

    Attributes:
        op: TFLite's name; the custom name of a custom operator.
        custom: Whether it is none of TFLite's.
        version: Of the operator.
        inputs: Tensor indices; -1 for an optional one that is absent.
        outputs: Likewise.
        options: What its work depends on.
    """

    op: str
    custom: bool
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options


@dataclass(frozen=True, slots=True)
class Graph:
    """One graph (subgraph in TFLite's words).

    Attributes:
        name: Often `main`.
        tensors: By index.
        inputs: Tensor indices.
        outputs: Tensor indices.
        nodes: In the order of execution.
    """

    name: str
    tensors: tuple[Tensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call the model.

    Attributes:
        key: Its name; empty if the file has no signatures and the tensors' own names serve.
        graph: Index of the graph that it runs.
        inputs: Tensor index by name.
        outputs: Tensor index by name.
    """

    key: str
    graph: int
    inputs: dict[str, int]
    outputs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Model:
    """A .tflite file, without its weights.

    Attributes:
        version: Of the schema, 3.
        description: The converter's, e.g. `MLIR Converted.`
        graphs: By index.
        signatures: In the order of the file.
        metadata: Name and content of each metadata entry.
    """

    version: int
    description: str
    graphs: tuple[Graph, ...]
    signatures: tuple[Signature, ...]
    metadata: tuple[tuple[str, Buffer], ...]


def parse(data: bytes | mmap) -> Model:
    """Read the content of a .tflite file.

    Raises:
        DamagedFileError: It is cut off, forged, or something else.
    """
    if data[_IDENTIFIER_AT : _IDENTIFIER_AT + len(IDENTIFIER)] != IDENTIFIER:
        raise DamagedFileError("no identifier TFL3")
    source = Source(data)
    root = source.root()
    buffers = read_buffers(source, root)
    codes = tuple(_operator(code) for code in root.tables(1))
    graphs = tuple(_graph(source, table, buffers, codes) for table in root.tables(2))
    if not graphs:
        raise DamagedFileError("no graph")
    return Model(
        root.number(0, "I"),
        printable(root.text(3)),
        graphs,
        tuple(_signature(table, graphs) for table in root.tables(7)),
        tuple(_metadata(root, buffers)),
    )


def _operator(code: Table) -> tuple[str, bool, int]:
    """Files from before 2020 have the code in field 0 only, one byte."""
    number = max(code.number(0, "b"), code.number(3, "i"))
    version = code.number(2, "i", 1)
    if number != CUSTOM:
        return operator_name(number), False, version
    return printable(code.text(1)) or "CUSTOM", True, version


def _metadata(root: Table, buffers: tuple[Buffer, ...]) -> Iterator[tuple[str, Buffer]]:
    for entry in root.tables(6):
        index = entry.number(1, "I")
        if index >= len(buffers):
            raise DamagedFileError("metadata without a buffer")
        yield printable(entry.text(0)), buffers[index]


def _graph(
    source: Source,
    table: Table,
    buffers: tuple[Buffer, ...],
    codes: tuple[tuple[str, bool, int], ...],
) -> Graph:
    tensors = tuple(_tensor(source, tensor, buffers) for tensor in table.tables(0))
    inputs, outputs = table.integers(1), table.integers(2)
    for index in (*inputs, *outputs):
        if not 0 <= index < len(tensors):
            raise DamagedFileError("an input or output of a graph that is no tensor")
    nodes = tuple(_node(node, codes, len(tensors)) for node in table.tables(3))
    return Graph(printable(table.text(4)), tensors, inputs, outputs, nodes)


def _tensor(source: Source, table: Table, buffers: tuple[Buffer, ...]) -> Tensor:
    shape, signature = table.integers(0), table.integers(7)
    if len(shape) > MAX_RANK:
        raise DamagedFileError(f"a tensor of {len(shape)} dimensions")
    index = table.number(2, "I")
    if index >= len(buffers):
        raise DamagedFileError("a tensor without a buffer")
    outside = table.number(10, "I") != 0
    buffer = buffers[index] if buffers[index].size else None
    dtype = type_name(table.number(1, "b"))
    return Tensor(
        name=printable(table.text(3)),
        dtype=dtype,
        shape=shape,
        signature=signature if len(signature) == len(shape) else shape,
        ranked=bool(shape) or bool(table.number(8, "b")) or buffer is not None,
        buffer=Buffer(0, 0) if outside and buffer is None else buffer,
        quantisation=_quantisation(table.table(4)),
        sparse=table.table(6) is not None,
        variable=bool(table.number(5, "b")),
        few=_few(source, buffer, dtype),
    )


def _few(source: Source, buffer: Buffer | None, dtype: str) -> tuple[int, ...]:
    if buffer is None or dtype != "int32" or buffer.size > 4 * _FEW:
        return ()
    return source.signed(buffer.start, buffer.size // 4)


def _quantisation(table: Table | None) -> Quantisation | None:
    """Fields 2 and 3 are the scales and zero points, 4 and 5 a scheme of another kind, 6 the axis.

    Details 1 is a custom scheme; 2 is blockwise, its block size in field 2, its scales a tensor.
    """
    if table is None:
        return None
    (scales, count), (zeros, zero_count) = table.vector(2, 4), table.vector(3, 8)
    kind = table.number(4, "B")
    if kind == 2 and (details := table.table(5)) is not None:
        return Quantisation("blockwise", count, block=details.number(2, "i"))
    if kind:
        return Quantisation("custom", count)
    if not count:
        return None
    if count == 1:
        zero = table.long(zeros) if zero_count else 0
        return Quantisation("per tensor", 1, table.real(scales), zero)
    return Quantisation("per channel", count, axis=table.number(6, "i"))


def _node(table: Table, codes: tuple[tuple[str, bool, int], ...], tensors: int) -> Node:
    code = table.number(0, "I")
    if code >= len(codes):
        raise DamagedFileError("an operator of no kind")
    op, custom, version = codes[code]
    inputs, outputs = table.integers(1), table.integers(2)
    if not all(ABSENT <= index < tensors for index in (*inputs, *outputs)):
        raise DamagedFileError("an operator with an input or output that is no tensor")
    options = Options() if custom else read_options(op, table)
    return Node(op, custom, version, inputs, outputs, options)


def _signature(table: Table, graphs: tuple[Graph, ...]) -> Signature:
    graph = table.number(4, "I")
    if graph >= len(graphs):
        raise DamagedFileError("a signature without a graph")
    inputs, outputs = (
        {printable(entry.text(0)): entry.number(1, "I") for entry in table.tables(field)}
        for field in (0, 1)
    )
    if any(index >= len(graphs[graph].tensors) for index in (*inputs.values(), *outputs.values())):
        raise DamagedFileError("a signature whose input or output is no tensor")
    return Signature(printable(table.text(2)), graph, inputs, outputs)


def elements(shape: Shape | None) -> int | None:
    """Return the number of elements; None if it is not known, or absurd."""
    if shape is None:
        return None
    count = 1
    for size in shape:
        if size < 0:
            return None
        count *= size
    return count if count <= MAX_ELEMENTS else None


def size_of(dtype: str, shape: Shape | None) -> int | None:
    """Return the bytes of a dense tensor; types below a byte are packed without gaps.

    None if the shape is not known, or for a type whose elements have no fixed size.
    """
    bits, count = BITS.get(dtype), elements(shape)
    return None if bits is None or count is None else (bits * count + 7) // 8
