"""The options of operators that decide how much work they are.

The numbers are field positions of the options' tables in TFLite's schema (schema.fbs, version 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchhub.models.tflite.flatbuffer import Table

_OPTIONS, _OPTIONS_2 = 4, 12
# Field of the axis in ConcatenationOptions, PackOptions, UnpackOptions, GatherOptions.
_AXIS = {"CONCATENATION": 0, "PACK": 1, "UNPACK": 1, "GATHER": 0}
# Fields of stride and dilation (default 1) in the order of the dimensions, and of the window.
_STRIDES = {
    "CONV_2D": (2, 1),
    "DEPTHWISE_CONV_2D": (2, 1),
    "CONV_3D": (1, 3, 2),
    "AVERAGE_POOL_2D": (2, 1),
    "MAX_POOL_2D": (2, 1),
    "L2_POOL_2D": (2, 1),
}
_DILATIONS = {"CONV_2D": (5, 4), "DEPTHWISE_CONV_2D": (6, 5), "CONV_3D": (5, 7, 6)}
_WINDOW = (4, 3)
# Fields that say whether the number of dimensions stays.
_KEEP_DIMS = {
    "FULLY_CONNECTED": 2,
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"), 0),
    **dict.fromkeys(("REDUCE_ALL", "REDUCE_ANY"), 0),
}
# Fields of the graphs that an operator runs.
_CALLS = {
    "IF": (0, 1),
    "WHILE": (0, 1),
    "CALL": (0,),
    "CALL_ONCE": (0,),
    "STABLEHLO_COMPOSITE": (1,),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the work of an operator depends on, besides the shapes of its tensors.

    Attributes:
        adj_x: Whether BATCH_MATMUL transposes its first operand.
        adj_y: Whether BATCH_MATMUL transposes its second operand.
        basic: Whether LSTM is the kernel with one matrix for all gates.
        axis: That of CONCATENATION, PACK, UNPACK and GATHER.
        batch_dims: Leading dimensions that GATHER goes through in step.
        masks: Bits of the dimensions of STRIDED_SLICE: begin, end, ellipsis, new axis, shrink.
        same: Whether the output of a convolution or pool is padded to input size / stride.
        strides: Steps of a convolution or pool in each dimension.
        dilations: Distance of the elements under a convolution's filter in each dimension.
        window: Height and width of a pool.
        keep_dims: Whether a reduction, or FULLY_CONNECTED, keeps the number of dimensions.
        calls: Graphs that it runs.
    """

    adj_x: bool = False
    adj_y: bool = False
    basic: bool = False
    axis: int = 0
    batch_dims: int = 0
    masks: tuple[int, ...] = (0, 0, 0, 0, 0)
    same: bool = True
    strides: tuple[int, ...] = ()
    dilations: tuple[int, ...] = ()
    window: tuple[int, ...] = ()
    keep_dims: bool = False
    calls: tuple[int, ...] = ()


def read_options(op: str, node: Table) -> Options:
    """Return the options of a node."""
    reader = _READERS.get(op)
    table = node.table(_OPTIONS_2 if op == "STABLEHLO_COMPOSITE" else _OPTIONS) if reader else None
    return Options() if reader is None or table is None else reader(op, table)


def _matmul(op: str, table: Table) -> Options:
    del op
    return Options(adj_x=bool(table.number(0, "b")), adj_y=bool(table.number(1, "b")))


def _lstm(op: str, table: Table) -> Options:
    del op
    return Options(basic=table.number(3, "b") == 1)


def _strided_slice(op: str, table: Table) -> Options:
    del op
    return Options(masks=_numbers(table, range(5)))


def _reduction(op: str, table: Table) -> Options:
    return Options(keep_dims=bool(table.number(_KEEP_DIMS[op], "b")))


def _along_axis(op: str, table: Table) -> Options:
    batch_dims = table.number(1, "i") if op == "GATHER" else 0
    return Options(axis=table.number(_AXIS[op], "i"), batch_dims=batch_dims)


def _caller(op: str, table: Table) -> Options:
    return Options(calls=_numbers(table, _CALLS[op]))


def _spatial(op: str, table: Table) -> Options:
    """Field 0 of each of these is the padding: 0 same, 1 valid."""
    return Options(
        same=table.number(0, "b") == 0,
        strides=_numbers(table, _STRIDES[op]),
        dilations=_numbers(table, _DILATIONS.get(op, ()), 1),
        window=() if op in _DILATIONS else _numbers(table, _WINDOW),
    )


def _numbers(table: Table, fields: tuple[int, ...] | range, default: int = 0) -> tuple[int, ...]:
    return tuple(table.number(field, "i", default) for field in fields)


_READERS: dict[str, Callable[[str, Table], Options]] = {
    "BATCH_MATMUL": _matmul,
    "LSTM": _lstm,
    "STRIDED_SLICE": _strided_slice,
    **dict.fromkeys(_STRIDES, _spatial),
    **dict.fromkeys(_KEEP_DIMS, _reduction),
    **dict.fromkeys(_AXIS, _along_axis),
    **dict.fromkeys(_CALLS, _caller),
}
