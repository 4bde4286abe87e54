"""Shapes of tensors whose dimensions the file leaves open.

A converter that does not know the batch writes -1 and, where a number has to be, 1. That 1 is not
the shape: after a reshape of (batch, 10, 64) to (-1, 64) the file says (1, 64), and ten rows are
multiplied. So open dimensions are worked out from those of the inputs, as the runtime does when it
prepares a graph; where no rule tells them, they stay unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from benchhub.models.tflite.contents import CONTENTS, MOST
from benchhub.models.tflite.graph import (
    ABSENT,
    MAX_ELEMENTS,
    MAX_RANK,
    Graph,
    Node,
    Shape,
    elements,
)
from benchhub.models.tflite.operands import Operands, UntoldError
from benchhub.models.tflite.shape_rules import RULES

# They put the same elements into another shape.
REARRANGING = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "SPACE_TO_DEPTH", "DEPTH_TO_SPACE"})


def resolve(graph: Graph, given: Mapping[int, Shape] | None = None) -> list[Shape | None]:
    """Return the shape of every tensor in one inference; None where it is not known.

    Args:
        graph: The graph.
        given: Shapes of inputs, by tensor index. For an input that is not among them it is the one
            that the runtime takes of itself: the file's, with 1 for each open dimension.
    """
    return _Resolution(graph, given or {}).shapes


class _Resolution:
    """Goes through the nodes once, in their order."""

    def __init__(self, graph: Graph, given: Mapping[int, Shape]) -> None:
        self._tensors = graph.tensors
        self.shapes: list[Shape | None] = [
            None if tensor.dynamic else _sound(tensor.shape) for tensor in graph.tensors
        ]
        self._contents = {
            index: tensor.few
            for index, tensor in enumerate(graph.tensors)
            if tensor.few or tensor.shape == (0,)
        }
        for index in graph.inputs:
            self.shapes[index] = _sound(given.get(index, graph.tensors[index].shape))
        # A file's shapes hold only for the inputs that it was converted for.
        self._resized = any(not self._fits(index, shape) for index, shape in given.items())
        for node in graph.nodes:
            self._pass(node)

    def _pass(self, node: Node) -> None:
        operands = Operands(node, self.shapes, self._contents)
        found = _told(operands) or self._left_over(node)
        for place, index in enumerate(node.outputs):
            if index == ABSENT:
                continue
            shape = found[place] if place < len(found) else None
            if self._resized or self._tensors[index].dynamic:
                known = shape is not None and (self._resized or self._fits(index, shape))
                self.shapes[index] = shape if known else None
        self._note_content(node, operands)

    def _left_over(self, node: Node) -> list[Shape]:
        """Return the shape of an output that has as many elements as the first input.

        Older files say the new shape only in an option, and in the shape of the output.
        """
        if node.op not in REARRANGING or len(node.outputs) != 1 or ABSENT in node.outputs:
            return []
        data = self.shapes[node.inputs[0]] if node.inputs and node.inputs[0] != ABSENT else None
        total, signature = elements(data), self._tensors[node.outputs[0]].signature
        rest = prod(size for size in signature if size >= 0)
        if total is None or rest <= 0 or total % rest or signature.count(-1) != 1:
            return []
        return [tuple(total // rest if size < 0 else size for size in signature)]

    def _note_content(self, node: Node, operands: Operands) -> None:
        rule = CONTENTS.get(node.op)
        if rule is None or len(node.outputs) != 1 or node.outputs[0] == ABSENT:
            return
        try:
            content = rule(operands)
        except UntoldError:
            return
        if len(content) <= MOST:
            self._contents[node.outputs[0]] = content

    def _fits(self, index: int, shape: Shape) -> bool:
        """Whether a shape agrees with what the file says of a tensor."""
        tensor = self._tensors[index]
        if not tensor.ranked:
            return True
        return len(shape) == len(tensor.signature) and all(
            said in (-1, size) for said, size in zip(tensor.signature, shape, strict=True)
        )


def _told(operands: Operands) -> list[Shape]:
    rule = None if operands.node.custom else RULES.get(operands.node.op)
    if rule is None:
        return []
    try:
        shapes = rule(operands)
    except UntoldError:
        return []
    return [] if None in map(_sound, shapes) else shapes


def _sound(shape: Shape) -> Shape | None:
    """Return a shape that a tensor can have; in a forged file they may grow from node to node."""
    sound = len(shape) <= MAX_RANK and all(0 <= size <= MAX_ELEMENTS for size in shape)
    return shape if sound else None
