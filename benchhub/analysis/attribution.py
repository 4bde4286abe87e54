"""Which node of the graph each row of an operator profile is.

A row outside a delegate carries the index of its node. XNNPACK tells its own operators, in its own
numbering and under its own names, so the nodes behind them follow from what is certain: it runs
them in the order of the graph, and it makes one operator of each node of the heavy kinds. Within
one kind of operator the k-th row is the k-th node that XNNPACK took, if there are as many rows as
nodes, every pair of them can belong together, and all rows whose node is known are in the order of
the graph. Otherwise nothing is said of that kind.

Each condition is there for a reason. XNNPACK folds paddings and activations into other operators,
computes with constants once and for all, and turns one node into several: the counts of the light
kinds do differ. TFLite moves nodes of independent branches to make partitions larger. And with
several partitions benchmark_model adds up rows of the same name and number, and tells the others in
an order that is not that of execution (seen in version 2.14.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchhub.records import NodeCost, OpTime

XNNPACK = "xnnpack"

# What XNNPACK calls its operators, and the nodes each of them can be: names of the library of
# ai-edge-litert 2.3.0 (`xnn_operator_type_to_string`) and of TensorFlow 2.14. A convolution of one
# pixel is computed as a matrix product in newer versions.
_DEPTHWISE = ("DWConv", "VMulCAddC")
_MATRIX = frozenset({"CONV_2D", "FULLY_CONNECTED", "BATCH_MATMUL"})
_BINARY = frozenset(
    {"ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "POW", "PRELU"}
)
_UNARY = frozenset(
    {
        "ABS",
        "CEIL",
        "COS",
        "ELU",
        "EXP",
        "FLOOR",
        "GELU",
        "HARD_SWISH",
        "LEAKY_RELU",
        "LOG",
        "LOGISTIC",
        "NEG",
        "RELU",
        "RELU6",
        "RELU_N1_TO_1",
        "ROUND",
        "RSQRT",
        "SIN",
        "SQRT",
        "SQUARE",
        "TANH",
    }
)
_CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
_NODES: Mapping[str, frozenset[str]] = {
    "Convolution": _CONVOLUTIONS,
    "Fully Connected": _MATRIX,
    "Dynamic Fully Connected": _MATRIX,
    "Batch Matrix Multiply": frozenset({"BATCH_MATMUL"}),
    "Deconvolution": frozenset({"TRANSPOSE_CONV"}),
    "Binary Elementwise": _BINARY,
    "Add": frozenset({"ADD"}),
    "Subtract": frozenset({"SUB"}),
    "Multiply": frozenset({"MUL"}),
    "Divide": frozenset({"DIV"}),
    "Maximum": frozenset({"MAXIMUM"}),
    "Minimum": frozenset({"MINIMUM"}),
    "Squared Difference": frozenset({"SQUARED_DIFFERENCE"}),
    "Power": frozenset({"POW"}),
    "PReLU": frozenset({"PRELU"}),
    "Softmax": frozenset({"SOFTMAX"}),
    "Mean": frozenset({"MEAN", "AVERAGE_POOL_2D"}),
    "Global Average Pooling": frozenset({"MEAN", "AVERAGE_POOL_2D"}),
    "Average Pooling": frozenset({"AVERAGE_POOL_2D", "MEAN"}),
    "Sum": frozenset({"SUM"}),
    "Max Pooling": frozenset({"MAX_POOL_2D"}),
    "Unary Elementwise": _UNARY,
    "Clamp": frozenset({"RELU", "RELU6", "RELU_N1_TO_1"}),
    "ELU": frozenset({"ELU"}),
    "Exp": frozenset({"EXP"}),
    "GELU": frozenset({"GELU"}),
    "HardSwish": frozenset({"HARD_SWISH"}),
    "LeakyReLU": frozenset({"LEAKY_RELU"}),
    "Reciprocal Square Root": frozenset({"RSQRT"}),
    "Sigmoid": frozenset({"LOGISTIC"}),
    "TanH": frozenset({"TANH"}),
    "Tanh": frozenset({"TANH"}),
    "Transpose": frozenset({"TRANSPOSE"}),
    "Constant Pad": frozenset({"PAD", "PADV2"}),
    "Resize Bilinear": frozenset({"RESIZE_BILINEAR"}),
    "Depth To Space": frozenset({"DEPTH_TO_SPACE"}),
    "Space To Depth": frozenset({"SPACE_TO_DEPTH"}),
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """Operators and nodes that are counted against each other."""

    rows: frozenset[str]
    nodes: frozenset[str]


# Tried in that order, the widest first: it does not depend on how XNNPACK computes a node, e.g. a
# depthwise convolution of an unusual size as a grouped one.
_KINDS = (
    _Kind(
        frozenset(
            {"Convolution", "Fully Connected", "Dynamic Fully Connected", "Batch Matrix Multiply"}
        ),
        _MATRIX | _CONVOLUTIONS,
    ),
    _Kind(frozenset({"Convolution"}), _CONVOLUTIONS),
    _Kind(frozenset({"Fully Connected", "Dynamic Fully Connected"}), _MATRIX - {"CONV_2D"}),
    *(
        _Kind(frozenset(name for name, nodes in _NODES.items() if nodes <= whole), whole)
        for whole in (_BINARY, _UNARY)
    ),
    _Kind(
        frozenset({"Mean", "Global Average Pooling", "Average Pooling"}),
        frozenset({"MEAN", "AVERAGE_POOL_2D"}),
    ),
    *(_Kind(frozenset({name}), nodes) for name, nodes in _NODES.items()),
)


def attribute(ops: Sequence[OpTime], nodes: Sequence[NodeCost]) -> dict[int, NodeCost]:
    """Return the node of each operator whose node can be told, by the operator's `order`.

    Args:
        ops: Rows of one profile, of all subgraphs.
        nodes: Nodes of the main graph, in the order of execution.
    """
    known = {one.node: one for one in nodes}
    main = sorted((op for op in ops if op.subgraph == 0), key=lambda op: op.order)
    found = {}
    outside = set()
    for op in main:
        node = known.get(op.node) if op.node is not None else None
        if node is not None and node.op == op.op:
            found[op.order] = node
            outside.add(node.node)
    inside = [op for op in main if op.delegate == XNNPACK]
    taken = [one for one in nodes if one.node not in outside]
    for kind in _KINDS:
        pairs = {op.order: node for op, node in _paired(kind, inside, taken)}
        if _in_order(found | pairs):
            found |= pairs
        used = {node.node for node in found.values()}
        inside = [op for op in inside if op.order not in found]
        taken = [one for one in taken if one.node not in used]
    return found


def may_be(op: OpTime) -> frozenset[str]:
    """Return the types of nodes that a row can be: its own, or what XNNPACK's operator computes."""
    if op.delegate != XNNPACK:
        return frozenset({op.op})
    if any(word in op.kernel for word in _DEPTHWISE):
        return frozenset({"DEPTHWISE_CONV_2D"})
    return _NODES.get(op.op, frozenset({op.op}))


def _in_order(found: Mapping[int, NodeCost]) -> bool:
    """Say whether what ran one after the other is so in the graph as well."""
    nodes = [found[order].node for order in sorted(found)]
    return all(one < other for one, other in pairwise(nodes))


def _paired(
    kind: _Kind, inside: Sequence[OpTime], taken: Sequence[NodeCost]
) -> Iterator[tuple[OpTime, NodeCost]]:
    """Pair rows and nodes of one kind; nothing if there is any doubt."""
    rows = [op for op in inside if op.op in kind.rows]
    nodes = [node for node in taken if node.op in kind.nodes]
    if len(rows) == len(nodes) and all(map(_fits, rows, nodes)):
        yield from zip(rows, nodes, strict=True)


def _fits(op: OpTime, node: NodeCost) -> bool:
    """Say whether an operator of XNNPACK can be that node."""
    return node.op in may_be(op)
