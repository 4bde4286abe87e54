"""Small models for what can happen when examples go through a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .mixed_model import OPS, TYPES, Graph

CLASSES = 6


def doubling_model(path: Path, batch: int | None = None, scale: float | None = None) -> Path:
    """Twice the input for each of some classes; so the largest stays the largest.

    Args:
        path: Where to write it.
        batch: Fixes the batch; None leaves it open.
        scale: Input and output are int8 with that scale; None: they are float32.
    """
    graph = Graph()
    kind = TYPES.FLOAT32 if scale is None else TYPES.INT8
    shape = (batch or 1, CLASSES)
    x = graph.tensor("x", shape, kind, scale)
    y = graph.tensor("y", shape, kind, scale and 2 * scale, -3)
    graph.operator(OPS.ADD, (x, x), y, "AddOptions")
    if batch is None:
        graph.open_batch(x, y)
    return graph.write(path, {"x": x}, {"y": y})


def nan_model(path: Path) -> Path:
    """Zero by zero for each value."""
    graph = Graph()
    x, zero, y = (graph.tensor(name, (1, CLASSES), TYPES.FLOAT32) for name in "xzy")
    graph.operator(OPS.SUB, (x, x), zero, "SubOptions")
    graph.operator(OPS.DIV, (zero, zero), y, "DivOptions", 1)
    graph.open_batch(x, zero, y)
    return graph.write(path, {"x": x}, {"y": y})


def divided_model(path: Path) -> Path:
    """One by the input: infinite for zeros."""
    graph = Graph()
    x, y = (graph.tensor(name, (1, CLASSES), TYPES.FLOAT32) for name in "xy")
    one = graph.constant("one", (1,), TYPES.FLOAT32, np.float32(1).tobytes())
    graph.operator(OPS.DIV, (one, x), y, "DivOptions", 1)
    graph.open_batch(x, y)
    return graph.write(path, {"x": x}, {"y": y})


def summing_model(path: Path) -> Path:
    """Each example plus all before it in its batch: a batch is not what one is."""
    graph = Graph()
    x, y = (graph.tensor(name, (1, CLASSES), TYPES.FLOAT32) for name in "xy")
    axis = graph.constant("axis", (), TYPES.INT32, np.int32(0).tobytes())
    graph.operator(OPS.CUMSUM, (x, axis), y, "CumsumOptions", 1)
    graph.open_batch(x, y)
    return graph.write(path, {"x": x}, {"y": y})


def reshaping_model(path: Path) -> Path:
    """The input, in a shape that is written down for one example although the batch is open."""
    graph = Graph()
    x, y = (graph.tensor(name, (1, CLASSES), TYPES.FLOAT32) for name in "xy")
    shape = graph.constant("shape", (2,), TYPES.INT32, np.int32([1, CLASSES]).tobytes())
    graph.operator(OPS.RESHAPE, (x, shape), y, "ReshapeOptions", 1)
    graph.open_batch(x, y)
    return graph.write(path, {"x": x}, {"y": y})


def remembering_model(path: Path) -> Path:
    """A recurrent layer of one unit whose state is a variable: it adds up what it has seen."""
    graph = Graph()
    x = graph.tensor("x", (1, 1, 1), TYPES.FLOAT32)
    one = np.float32(1).tobytes()
    weights = [graph.constant(name, (1, 1), TYPES.FLOAT32, one) for name in ("w", "r")]
    bias = graph.constant("b", (1,), TYPES.FLOAT32, bytes(4))
    hidden = graph.tensor("h", (1, 1), TYPES.FLOAT32)
    graph.state(hidden)
    y = graph.tensor("y", (1, 1, 1), TYPES.FLOAT32)
    inputs = (x, *weights, bias, hidden)
    graph.operator(OPS.UNIDIRECTIONAL_SEQUENCE_RNN, inputs, y, "SequenceRNNOptions", 1)
    return graph.write(path, {"x": x}, {"y": y})


def searching_model(path: Path) -> Path:
    """Places of the values that are not zero: as many rows as there are."""
    graph = Graph()
    x = graph.tensor("x", (1, CLASSES), TYPES.FLOAT32)
    zero = graph.constant("zero", (1,), TYPES.FLOAT32, bytes(4))
    found = graph.tensor("found", (1, CLASSES), TYPES.BOOL)
    y = graph.tensor("y", (1, 2), TYPES.INT64)
    graph.operator(OPS.NOT_EQUAL, (x, zero), found, "NotEqualOptions", 1)
    graph.operator(OPS.WHERE, (found,), y, "WhereOptions", 1)
    graph.open_batch(x, found)
    return graph.write(path, {"x": x}, {"y": y})


def parted_model(path: Path, batch: int | None = None) -> Path:
    """Two inputs, two outputs; the second output is a single number for all examples."""
    graph = Graph()
    shape = (batch or 1, CLASSES)
    a, b, y = (graph.tensor(name, shape, TYPES.FLOAT32) for name in "aby")
    most = graph.tensor("most", (), TYPES.FLOAT32)
    axes = graph.constant("axes", (2,), TYPES.INT32, np.int32([0, 1]).tobytes())
    graph.operator(OPS.SUB, (a, b), y, "SubOptions")
    graph.operator(OPS.REDUCE_MAX, (y, axes), most, "ReducerOptions", 1)
    if batch is None:
        graph.open_batch(a, b, y)
    return graph.write(path, {"a": a, "b": b}, {"y": y, "most": most})


def quantising_model(path: Path, shape: Sequence[int], kind: int, scale: float, zero: int) -> Path:
    """TFLite's QUANTIZE of a float32 input."""
    graph = Graph()
    x = graph.tensor("x", shape, TYPES.FLOAT32)
    q = graph.tensor("q", shape, kind, scale, zero)
    graph.operator(OPS.QUANTIZE, (x,), q, "QuantizeOptions", 1)
    return graph.write(path, {"x": x}, {"q": q})
