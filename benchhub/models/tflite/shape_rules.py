"""How the shapes of a node's outputs follow from its inputs, operator by operator.

The rules are those of the Prepare functions of TFLite's kernels (tensorflow/lite/kernels/). An
operator without a rule has outputs of unknown shape, unless the file tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from benchhub.models.tflite.contents import bounds
from benchhub.models.tflite.graph import MAX_RANK, Shape
from benchhub.models.tflite.macs import ELEMENTWISE
from benchhub.models.tflite.operands import Operands, UntoldError, count

Rule = Callable[[Operands], list[Shape]]


def _first(operands: Operands) -> list[Shape]:
    return [operands.input(0)] * len(operands.node.outputs)


def _second(operands: Operands) -> list[Shape]:
    return [operands.input(1)]


def _broadcast(operands: Operands) -> list[Shape]:
    return [broadcast(operands.inputs())]


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Return the shape that several stretch to, by numpy's rule. Raises UntoldError."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    result = []
    for sizes in zip(*padded, strict=True):
        others = {size for size in sizes if size != 1}
        if len(others) > 1:
            raise UntoldError
        result.append(others.pop() if others else 1)
    return tuple(result)


def _convolution(operands: Operands) -> list[Shape]:
    """Filters: out channels, height, width, in channels; or 1, height, width, channels."""
    kernel = operands.input(1, rank=4)
    depthwise = operands.node.op == "DEPTHWISE_CONV_2D"
    return [_slid(operands, kernel[1:3], kernel[3] if depthwise else kernel[0])]


def _convolution_3d(operands: Operands) -> list[Shape]:
    kernel = operands.input(1, rank=5)
    return [_slid(operands, kernel[:3], kernel[4])]


def _pool(operands: Operands) -> list[Shape]:
    return [_slid(operands, operands.options.window, operands.input(0, rank=4)[3])]


def _slid(operands: Operands, window: Sequence[int], channels: int) -> Shape:
    """Slide a window over the data: ceil(size / stride), or of what the window leaves of it."""
    batch, *sizes = operands.input(0, rank=len(window) + 2)[: len(window) + 1]
    strides = operands.options.strides
    dilations = operands.options.dilations or (1,) * len(window)
    if not window or len(strides) != len(window) or min(strides) < 1:
        raise UntoldError
    result = [batch]
    for size, width, stride, dilation in zip(sizes, window, strides, dilations, strict=True):
        free = size if operands.options.same else size - (width - 1) * dilation
        result.append(-(-free // stride))
    return (*result, channels)


def _told_shape(place: int) -> Rule:
    """Return the rule of operators that are given the shape of their output."""
    return lambda operands: [operands.content(place)]


def _resize(operands: Operands) -> list[Shape]:
    batch, _, _, channels = operands.input(0, rank=4)[:4]
    return [(batch, *operands.content(1, 2), channels)]


def _reshape(operands: Operands) -> list[Shape]:
    """One dimension of the new shape may be -1: what is left for it."""
    shape = operands.content(1)
    total = count(operands.input(0))
    rest = prod(size for size in shape if size != -1)
    if shape.count(-1) == 1 and rest > 0 and total % rest == 0:
        return [tuple(total // rest if size == -1 else size for size in shape)]
    if len(shape) > MAX_RANK or rest != total or -1 in shape:
        raise UntoldError
    return [shape]


def _expand(operands: Operands) -> list[Shape]:
    shape = operands.input(0)
    (axis,) = operands.content(1, 1)
    place = _axis(axis, len(shape) + 1)
    return [(*shape[:place], 1, *shape[place:])]


def _transpose(operands: Operands) -> list[Shape]:
    shape = operands.input(0)
    order = operands.content(1, len(shape))
    if sorted(order) != list(range(len(shape))):
        raise UntoldError
    return [tuple(shape[axis] for axis in order)]


def _reduce(operands: Operands) -> list[Shape]:
    """Whether a reduced dimension stays as 1 is an option."""
    shape = operands.input(0)
    axes = {_axis(axis, len(shape)) for axis in operands.content(1)}
    if operands.options.keep_dims:
        return [tuple(1 if place in axes else size for place, size in enumerate(shape))]
    return [tuple(size for place, size in enumerate(shape) if place not in axes)]


def _fully_connected(operands: Operands) -> list[Shape]:
    data, (units, depth) = operands.input(0), operands.input(1, rank=2)[:2]
    if operands.options.keep_dims:
        return [(*data[:-1], units)]
    rows, rest = divmod(count(data), depth) if depth > 0 else (0, 1)
    if rest:
        raise UntoldError
    return [(rows, units)]


def _batch_matmul(operands: Operands) -> list[Shape]:
    left, right = operands.input(0, rank=2), operands.input(1, rank=2)
    rows = left[-1 if operands.options.adj_x else -2]
    columns = right[-2 if operands.options.adj_y else -1]
    return [(*broadcast((left[:-2], right[:-2])), rows, columns)]


def _concatenation(operands: Operands) -> list[Shape]:
    shapes = operands.inputs()
    if not shapes or len({len(shape) for shape in shapes}) > 1:
        raise UntoldError
    place = _axis(operands.options.axis, len(shapes[0]))
    size = sum(shape[place] for shape in shapes)
    return [(*shapes[0][:place], size, *shapes[0][place + 1 :])]


def _pack(operands: Operands) -> list[Shape]:
    shape = operands.input(0)
    place = _axis(operands.options.axis, len(shape) + 1)
    return [(*shape[:place], len(operands.node.inputs), *shape[place:])]


def _unpack(operands: Operands) -> list[Shape]:
    shape = operands.input(0)
    place = _axis(operands.options.axis, len(shape))
    return [(*shape[:place], *shape[place + 1 :])] * len(operands.node.outputs)


def _split(operands: Operands) -> list[Shape]:
    """The axis comes first, then the data, which is cut into equal parts."""
    shape, parts = operands.input(1), len(operands.node.outputs)
    place = _axis(operands.content(0, 1)[0], len(shape))
    if not parts or shape[place] % parts:
        raise UntoldError
    return [(*shape[:place], shape[place] // parts, *shape[place + 1 :])] * parts


def _split_v(operands: Operands) -> list[Shape]:
    shape, sizes = operands.input(0), operands.content(1, len(operands.node.outputs))
    place = _axis(operands.content(2, 1)[0], len(shape))
    rest = shape[place] - sum(size for size in sizes if size != -1)
    return [(*shape[:place], rest if size == -1 else size, *shape[place + 1 :]) for size in sizes]


def _pad(operands: Operands) -> list[Shape]:
    """Paddings are before and after, for each dimension."""
    shape = operands.input(0)
    paddings = operands.content(1, 2 * len(shape))
    return [tuple(size + sum(paddings[2 * at : 2 * at + 2]) for at, size in enumerate(shape))]


def _tile(operands: Operands) -> list[Shape]:
    shape = operands.input(0)
    times = operands.content(1, len(shape))
    return [tuple(size * many for size, many in zip(shape, times, strict=True))]


def _slice(operands: Operands) -> list[Shape]:
    """A size of -1 takes what is left."""
    shape = operands.input(0)
    begin, sizes = operands.content(1, len(shape)), operands.content(2, len(shape))
    return [
        tuple(
            whole - start if size == -1 else size
            for whole, start, size in zip(shape, begin, sizes, strict=True)
        )
    ]


def _strided_slice(operands: Operands) -> list[Shape]:
    shape, masks = operands.input(0), operands.options.masks
    begin, end, stride = (operands.content(place) for place in (1, 2, 3))
    if not len(begin) == len(end) == len(stride) <= len(shape) or masks[2] or masks[3]:
        raise UntoldError
    result = []
    for at, (size, start, stop, step) in enumerate(zip(shape, begin, end, stride, strict=False)):
        first, last, shrinks = bounds(masks, at, start, stop)
        if not step:
            raise UntoldError
        if not shrinks:
            result.append(len(range(*slice(first, last, step).indices(size))))
    return [(*result, *shape[len(begin) :])]


def _gather(operands: Operands) -> list[Shape]:
    table, places = operands.input(0), operands.input(1)
    axis, batch_dims = _axis(operands.options.axis, len(table)), operands.options.batch_dims
    if not 0 <= batch_dims <= min(axis, len(places)):
        raise UntoldError
    return [(*table[:axis], *places[batch_dims:], *table[axis + 1 :])]


def _embedding_lookup(operands: Operands) -> list[Shape]:
    return [(*operands.input(0), *operands.input(1, rank=1)[1:])]


def _space_to_batch(operands: Operands) -> list[Shape]:
    """Blocks and paddings are of the dimensions behind the batch."""
    batch, *sizes = operands.input(0, rank=3)
    blocks = operands.content(1)
    paddings = operands.content(2, 2 * len(blocks))
    if len(blocks) > len(sizes) or min(blocks, default=0) < 1:
        raise UntoldError
    for at, block in enumerate(blocks):
        sizes[at] = (sizes[at] + sum(paddings[2 * at : 2 * at + 2])) // block
    return [(batch * prod(blocks), *sizes)]


def _batch_to_space(operands: Operands) -> list[Shape]:
    """Blocks and crops are of the dimensions behind the batch."""
    batch, *sizes = operands.input(0, rank=3)
    blocks = operands.content(1)
    crops = operands.content(2, 2 * len(blocks))
    if len(blocks) > len(sizes) or min(blocks, default=0) < 1 or batch % prod(blocks):
        raise UntoldError
    for at, block in enumerate(blocks):
        sizes[at] = sizes[at] * block - sum(crops[2 * at : 2 * at + 2])
    return [(batch // prod(blocks), *sizes)]


def _sequence_lstm(operands: Operands) -> list[Shape]:
    """The outputs are as many as the recurrent weights (6) take."""
    data, recurrent = operands.input(0, rank=3), operands.input(6, rank=2)
    return [(*data[:-1], recurrent[1])]


def _axis(axis: int, rank: int) -> int:
    """Return an axis counted from the front. Raises UntoldError if there is no such."""
    place = axis + rank if axis < 0 else axis
    if not 0 <= place < rank:
        raise UntoldError
    return place


_AS_FIRST = """
ABS CAST CEIL COS CUMSUM DEQUANTIZE DYNAMIC_UPDATE_SLICE ELU EXP FAKE_QUANT FLOOR GELU
HARD_SWISH L2_NORMALIZATION LEAKY_RELU LOCAL_RESPONSE_NORMALIZATION LOG LOGICAL_NOT LOGISTIC
LOG_SOFTMAX NEG QUANTIZE RELU RELU6 RELU_0_TO_1 RELU_N1_TO_1 REVERSE_SEQUENCE REVERSE_V2 ROUND RSQRT
SIGN SIN SOFTMAX SQRT SQUARE TANH ZEROS_LIKE
"""

RULES: dict[str, Rule] = {
    **dict.fromkeys(sorted(ELEMENTWISE), _broadcast),
    **dict.fromkeys(_AS_FIRST.split(), _first),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"), _reduce),
    **dict.fromkeys(("REDUCE_ALL", "REDUCE_ANY", "ARG_MAX", "ARG_MIN"), _reduce),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"), _pool),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _resize),
    **dict.fromkeys(("PAD", "PADV2", "MIRROR_PAD"), _pad),
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "CONV_3D": _convolution_3d,
    "TRANSPOSE_CONV": _told_shape(0),
    "CONV_3D_TRANSPOSE": _told_shape(0),
    "BROADCAST_TO": _told_shape(1),
    "FILL": _told_shape(0),
    "RESHAPE": _reshape,
    "EXPAND_DIMS": _expand,
    "TRANSPOSE": _transpose,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    "UNPACK": _unpack,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "TILE": _tile,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "GATHER": _gather,
    "EMBEDDING_LOOKUP": _embedding_lookup,
    "SPACE_TO_BATCH_ND": _space_to_batch,
    "BATCH_TO_SPACE_ND": _batch_to_space,
    "SELECT": _second,
    "SELECT_V2": _broadcast,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _sequence_lstm,
}
