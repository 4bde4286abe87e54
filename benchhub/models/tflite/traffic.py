"""Compulsory traffic of one node: what it has to read and write, each byte once.

Caches can keep more from memory, but nothing can spare less, so that work divided by these bytes is
the highest arithmetic intensity that the node can have.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchhub.models.tflite.graph import ABSENT, Node, Shape, Tensor, size_of

# They read only those parts of an input that they write: place of that input, and the operator.
PICKING = {
    "EMBEDDING_LOOKUP": 1,
    "GATHER": 0,
    "GATHER_ND": 0,
    "SLICE": 0,
    "STRIDED_SLICE": 0,
}
# They do their work once if their input is constant, in the first inference
# (tensorflow/lite/kernels/dequantize.cc and densify.cc).
ONCE = frozenset({"DEQUANTIZE", "DENSIFY"})
# They read shapes, not content.
SHAPE_ONLY = frozenset({"SHAPE", "RANK", "ZEROS_LIKE"})
# What they move depends on the data, or on a graph that they run.
UNTOLD = frozenset({"IF", "WHILE", "CALL", "STABLEHLO_WHILE", "STABLEHLO_CASE", "DELEGATE"})


def bytes_of(node: Node, tensors: Sequence[Tensor], shapes: Sequence[Shape | None]) -> int | None:
    """Return the bytes of a node for one inference; None if they cannot be told.

    Args:
        node: The node.
        tensors: Of its graph.
        shapes: Of every tensor; None for one that is not known.
    """
    if node.op in UNTOLD:
        return None
    if node.op in ONCE and node.inputs and _is_constant(node.inputs[0], tensors):
        return 0
    written = _sum(set(node.outputs), tensors, shapes)
    read = _sum(_read(node), tensors, shapes)
    if written is None or read is None:
        return None
    picked = written if node.op in PICKING else 0
    return written + read + picked


def _read(node: Node) -> set[int]:
    if node.op in SHAPE_ONLY:
        return set()
    picked = PICKING.get(node.op)
    return {index for place, index in enumerate(node.inputs) if place != picked}


def _sum(
    indices: set[int], tensors: Sequence[Tensor], shapes: Sequence[Shape | None]
) -> int | None:
    total = 0
    for index in indices - {ABSENT}:
        size = _stored(tensors[index], shapes[index])
        if size is None:
            return None
        total += size
    return total


def _stored(tensor: Tensor, shape: Shape | None) -> int | None:
    """A sparse constant is as long as what is stored of it; so is one of strings."""
    if tensor.buffer is not None and (tensor.sparse or tensor.dtype == "string"):
        return tensor.buffer.size
    return size_of(tensor.dtype, shape)


def _is_constant(index: int, tensors: Sequence[Tensor]) -> bool:
    return index != ABSENT and tensors[index].buffer is not None
