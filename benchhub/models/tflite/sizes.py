"""How much a model is: its parameters, and its file compressed."""

from __future__ import annotations

import zlib
from collections import Counter
from mmap import mmap

from benchhub.models.tflite.graph import ABSENT, Graph, Model, Tensor, elements

GZIP_LEVEL = 9
# zlib's way to ask for the header of gzip, which then has neither a name nor a date.
_AS_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 1 << 20
_NO_NUMBERS = frozenset({"bool", "string", "resource", "variant"})
_PLAIN_INTEGERS = frozenset({"int16", "int32", "int64", "uint16", "uint32", "uint64"})


def gzip_bytes(data: mmap) -> int:
    """Return how long the file is as .gz at level 9."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _AS_GZIP)
    places = range(0, len(data), _CHUNK)
    return sum(len(packer.compress(data[at : at + _CHUNK])) for at in places) + len(packer.flush())


def parameters(model: Model) -> int:
    """Return the elements of the constant tensors that operators compute with.

    Elements count, not bytes: two of 4 bits share a byte, and the zeros that a sparse tensor does
    not store count as well. Integers without a scale are shapes, axes and indices, not parameters.
    Graphs that share a buffer share its parameters.
    """
    most: Counter[int] = Counter()
    for graph in model.graphs:
        most |= _by_buffer(graph)  # the larger count of each
    return most.total()


def _by_buffer(graph: Graph) -> Counter[int]:
    """Sum up by place in the file; equal biases of one graph may lie in one buffer."""
    found: Counter[int] = Counter()
    for index in {index for node in graph.nodes for index in node.inputs} - {ABSENT}:
        tensor = graph.tensors[index]
        if tensor.buffer is not None and _holds_parameters(tensor):
            found[tensor.buffer.start] += elements(tensor.shape) or 0
    return found


def _holds_parameters(tensor: Tensor) -> bool:
    if tensor.dtype in _PLAIN_INTEGERS:
        return tensor.quantisation is not None
    return tensor.dtype not in _NO_NUMBERS
