"""What a node reads and writes, as far as the file tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchhub.models.tflite.graph import ABSENT, Node, Shape, elements


class UntoldError(Exception):
    """Something that the file does not tell would be needed."""


class Operands:
    """Shapes and small integer contents of a node; asking for unknown ones raises UntoldError.

    Args:
        node: The node.
        shapes: Of every tensor of its graph; None for one that is not known.
        contents: Elements of small integer tensors, by tensor index.
    """

    def __init__(
        self,
        node: Node,
        shapes: Sequence[Shape | None],
        contents: Mapping[int, tuple[int, ...]] | None = None,
    ) -> None:
        self.node = node
        self.options = node.options
        self._shapes = shapes
        self._contents = contents or {}

    def input(self, place: int, rank: int = 0) -> Shape:
        """Return the shape of an input that has to be there, with `rank` dimensions at least."""
        return self._shape(self.node.inputs, place, rank)

    def inputs(self) -> list[Shape]:
        """Return the shapes of all inputs that are there."""
        return [self.input(place) for place in range(len(self.node.inputs)) if self.has(place)]

    def output(self, rank: int = 0) -> Shape:
        """Return the shape of the first output."""
        return self._shape(self.node.outputs, 0, rank)

    def has(self, place: int) -> bool:
        """Return whether an optional input is there."""
        return place < len(self.node.inputs) and self.node.inputs[place] != ABSENT

    def elements(self, places: range) -> int:
        """Return the elements of several inputs, of which any may be absent."""
        return sum(count(self.input(place)) for place in places if self.has(place))

    def content(self, place: int, length: int | None = None) -> tuple[int, ...]:
        """Return the elements of an input of few integers, of `length` if that is given."""
        found = self._contents.get(self.node.inputs[place]) if self.has(place) else None
        if found is None or (length is not None and len(found) != length):
            raise UntoldError
        return found

    def _shape(self, indices: Sequence[int], place: int, rank: int) -> Shape:
        if place >= len(indices) or indices[place] == ABSENT:
            raise UntoldError
        shape = self._shapes[indices[place]]
        if shape is None or len(shape) < rank:
            raise UntoldError
        return shape


def count(shape: Shape) -> int:
    """Return the elements of a shape. Raises UntoldError."""
    known = elements(shape)
    if known is None:
        raise UntoldError
    return known
