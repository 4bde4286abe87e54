"""Inputs and outputs of a model as the child's result document tells them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from benchhub.records import Tensor
from benchhub.tools.litert.child.model_file import Signature, Subgraph, read_model
from benchhub.tools.litert.document import Document, MalformedError


@dataclass(frozen=True, slots=True)
class Tensors:
    """Inputs and outputs of one signature, each in the order of the graph."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def tensors_of(raw: bytes, model: str, signature: str | None) -> Tensors:
    """Read what a process told of the inputs and outputs of a model.

    Args:
        raw: Its result document.
        model: Path of the model.
        signature: Key of the signature; None is the first.

    Raises:
        MalformedError: The document does not tell it, or not of this model.
        MeasureError: The model cannot be read.
    """
    try:
        document = Document(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise MalformedError("no JSON document") from error
    inputs = [_tensor(entry) for entry in document.parts("inputs")]
    outputs = [_tensor(entry) for entry in document.parts("outputs")]
    file = read_model(model)
    known = file.signature(signature)
    graph = file.subgraphs[known.subgraph]
    return Tensors(
        inputs=_in_order(inputs, known, graph),
        outputs=tuple(outputs),  # the child writes and tells them in that order
    )


def _in_order(inputs: list[Tensor], signature: Signature, graph: Subgraph) -> tuple[Tensor, ...]:
    by_name = {one.name: one for one in inputs}
    names = {index: name for name, index in signature.inputs.items()}
    try:
        return tuple(by_name[names[index]] for index in graph.inputs)
    except KeyError:
        raise MalformedError("an input of the graph is none of its signature") from None


def _tensor(entry: Document) -> Tensor:
    shape = entry.integers("shape")
    if any(size < 0 for size in shape) or math.prod(shape) >> 40:
        raise MalformedError("'shape' is none")
    return Tensor(
        name=entry.text("name"),
        kind=entry.text("type"),
        shape=shape,
        scale=entry.positive_or_none("scale") or None,
        zero_point=entry.integer_or_none("zero_point"),
    )
