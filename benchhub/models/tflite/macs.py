"""Multiply-accumulates (MACs) of one node: products that are summed up.

Only contractions have any: convolutions, matrix products, recurrent cells. Additions, products of
elements, activation functions, pooling, normalisation and copies have none, which is how the
figures in papers on networks count. The formulas follow the loops of TFLite's reference kernels
(tensorflow/lite/kernels/internal/reference/); what each rests on stands with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchhub.models.tflite.graph import MAX_ELEMENTS, Node, Shape
from benchhub.models.tflite.operands import Operands, UntoldError, count


def macs_of(node: Node, shapes: Sequence[Shape | None]) -> int | None:
    """Return the MACs of a node for one inference; None if they cannot be told.

    Args:
        node: The node.
        shapes: Of every tensor of its graph; None for one that is not known.
    """
    if node.custom:
        return None
    if node.op in WITHOUT:
        return 0
    formula = FORMULAS.get(node.op)
    if formula is None:
        return None
    try:
        macs = formula(Operands(node, shapes))
    except UntoldError:
        return None
    return macs if 0 <= macs <= MAX_ELEMENTS else None


def _conv_2d(operands: Operands) -> int:
    """Each output element sums over the filter: out * kh * kw * cin.

    Filter (1) is out channels, height, width, in channels; with groups it holds the channels of one
    group only (reference/conv.h).
    """
    kernel = operands.input(1, rank=4)
    return count(operands.output()) * count(kernel[1:])


def _depthwise_conv_2d(operands: Operands) -> int:
    """Each output element sums over one channel: out * kh * kw.

    Filter (1) is 1, height, width, channels (reference/depthwiseconv_float.h).
    """
    _, height, width = operands.input(1, rank=4)[:3]
    return count(operands.output()) * height * width


def _transpose_conv(operands: Operands) -> int:
    """Each input element is scattered over the filter: in * cout * kh * kw.

    Inputs are the output's shape, the filter (out channels, height, width, in channels) and the
    data (reference/transpose_conv.h). Products that fall outside the output at the border are
    counted, so it is an upper bound with padding.
    """
    kernel = operands.input(1, rank=4)
    return count(operands.input(2)) * count(kernel[:3])


def _conv_3d(operands: Operands) -> int:
    """Each output element sums over the filter: out * kd * kh * kw * cin.

    Filter (1) is depth, height, width, in channels, out channels (reference/conv3d.h).
    """
    kernel = operands.input(1, rank=5)
    return count(operands.output()) * count(kernel[:4])


def _conv_3d_transpose(operands: Operands) -> int:
    """Each input element is scattered over the filter: in * kd * kh * kw * cout.

    Inputs are the output's shape, the filter (depth, height, width, out channels, in channels) and
    the data (reference/conv3d_transpose.h). An upper bound with padding.
    """
    kernel = operands.input(1, rank=5)
    return count(operands.input(2)) * count(kernel[:4])


def _fully_connected(operands: Operands) -> int:
    """Each output element is a dot product: in * units.

    Weights (1) are units, depth; the input is rows of that depth, whatever its rank
    (reference/fully_connected.h).
    """
    units, depth = operands.input(1, rank=2)[:2]
    data = count(operands.input(0))
    if depth <= 0 or data % depth:
        raise UntoldError
    return data * units


def _batch_matmul(operands: Operands) -> int:
    """Each output element is a dot product over the inner dimension: out * depth.

    The depth is the last dimension of the first operand, with `adj_x` the last but one
    (reference/batch_matmul.h).
    """
    left = operands.input(0, rank=2)
    return count(operands.output()) * left[-2 if operands.options.adj_x else -1]


def _sequence_lstm(operands: Operands) -> int:
    """Each step multiplies the weights once: steps * elements of all weights.

    Inputs are the data (its last dimension the features), 1 to 4 the input weights, 5 to 8 the
    recurrent ones, 9 to 11 the peepholes (a product for each cell), 16 the projection; with coupled
    gates 1, 5 and 9 are absent (kernels/lstm_shared.h, lstm_eval.cc). The products of the gates
    with the cell's state are products of elements, so they do not count.
    """
    return _steps(operands.input(0, rank=1)) * _cell(operands, 1)


def _lstm(operands: Operands) -> int:
    """One step of the same cell; the basic kernel has one matrix (2) for all gates (lstm.cc)."""
    if operands.options.basic:
        return _steps(operands.input(0, rank=1)) * count(operands.input(2, rank=2))
    return _sequence_lstm(operands)


def _bidirectional_lstm(operands: Operands) -> int:
    """Two cells, their weights from inputs 1 and 18 on (kernels/bidirectional_sequence_lstm.cc).

    With an auxiliary input (39) it has weights of its own, 40 to 47, in the stacked form; without
    those it takes the place of the data in the second cell.
    """
    steps = _steps(operands.input(0, rank=1))
    cells = _cell(operands, 1) + _cell(operands, 18)
    return steps * (cells + operands.elements(range(40, 48)))


def _rnn(operands: Operands) -> int:
    """Each step multiplies input weights (1) and recurrent weights (2) (kernels/basic_rnn.cc).

    The sequence form is the same over more steps (unidirectional_sequence_rnn.cc).
    """
    return _steps(operands.input(0, rank=1)) * operands.elements(range(1, 3))


def _svdf(operands: Operands) -> int:
    """Features and time are filtered apart: batch * elements of both filters, 1 and 2.

    Weights of the features are filters, features; those of time are filters, memory
    (reference/svdf.h).
    """
    return _steps(operands.input(0, rank=1)) * operands.elements(range(1, 3))


def _steps(data: Shape) -> int:
    """Return how many rows of features there are: time steps times batch."""
    return count(data[:-1])


def _cell(operands: Operands, first: int) -> int:
    """Return the elements of the weights of an LSTM cell, whose inputs begin at `first`."""
    weights = operands.elements(range(first, first + 11))
    projection = operands.elements(range(first + 15, first + 16))
    if not weights:
        raise UntoldError
    return weights + projection


FORMULAS: dict[str, Callable[[Operands], int]] = {
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
    "TRANSPOSE_CONV": _transpose_conv,
    "CONV_3D": _conv_3d,
    "CONV_3D_TRANSPOSE": _conv_3d_transpose,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _sequence_lstm,
    "LSTM": _lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _bidirectional_lstm,
    "RNN": _rnn,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _rnn,
    "SVDF": _svdf,
}

# Copies, and what computes each element from few others without summing up products.
_COPIES = """
BATCH_TO_SPACE_ND BITCAST BROADCAST_ARGS BROADCAST_TO CAST CONCATENATION CONCAT_EMBEDDINGS
DENSIFY DEPTH_TO_SPACE DEQUANTIZE DILATE DYNAMIC_UPDATE_SLICE EMBEDDING_LOOKUP EXPAND_DIMS
FAKE_QUANT FILL GATHER GATHER_ND IMAG MATRIX_DIAG MATRIX_SET_DIAG MIRROR_PAD ONE_HOT PACK PAD PADV2
QUANTIZE RANGE RANK REAL RESHAPE RESIZE_NEAREST_NEIGHBOR REVERSE_SEQUENCE REVERSE_V2 SCATTER_ND
SELECT SELECT_V2 SHAPE SLICE SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPARSE_TO_DENSE SPLIT SPLIT_V SQUEEZE
STRIDED_SLICE TILE TRANSPOSE UNPACK ZEROS_LIKE ASSIGN_VARIABLE READ_VARIABLE VAR_HANDLE
"""
_ELEMENTWISE = """
ABS ADD ADD_N ATAN2 BITWISE_XOR BUCKETIZE CEIL COMPLEX_ABS COS DIV ELU EQUAL EXP FLOOR FLOOR_DIV
FLOOR_MOD GELU GREATER GREATER_EQUAL HARD_SWISH LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND
LOGICAL_NOT LOGICAL_OR LOGISTIC MAXIMUM MINIMUM MUL NEG NOT_EQUAL POW PRELU RELU RELU6 RELU_0_TO_1
RELU_N1_TO_1 RIGHT_SHIFT ROUND RSQRT SIGN SIN SQRT SQUARE SQUARED_DIFFERENCE SUB TANH
"""
_REDUCTIONS = """
ARG_MAX ARG_MIN AVERAGE_POOL_2D CUMSUM L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION
LOG_SOFTMAX MAX_POOL_2D MEAN REDUCE_ALL REDUCE_ANY REDUCE_MAX REDUCE_MIN REDUCE_PROD
RESIZE_BILINEAR SEGMENT_SUM SOFTMAX SUM TOPK_V2 UNIQUE UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN
UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM WHERE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5
"""
ELEMENTWISE = frozenset(_ELEMENTWISE.split())
WITHOUT = ELEMENTWISE.union(_COPIES.split(), _REDUCTIONS.split())
