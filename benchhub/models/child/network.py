"""A .tflite file in LiteRT's interpreter: real values in, real values out.

The interpreter runs it with its default kernels, XNNPACK where it can.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from benchhub.models.child.job import JobError
from benchhub.models.child.quantization import Scale, dequantise, quantise

Values = NDArray[Any]

MAX_THREADS = 8
_SHOWN = 400
# What the interpreter says of operators that it has no kernels for.
_FOREIGN = ("Select TensorFlow op", "unresolved custom op")
_NODE = re.compile(r"Node number \d+ \((.+?)\)")


@dataclass(frozen=True, slots=True)
class Slot:
    """One input or output.

    Attributes:
        name: In the signature; of a model without signatures the tensor's.
        shape: As the file has it; a dimension that is not fixed is 1.
        free: The same with -1 for dimensions that are not fixed.
        kind: Type of the tensor.
        scale: How its integers are meant; None for real values and plain integers.
    """

    name: str
    shape: tuple[int, ...]
    free: tuple[int, ...]
    kind: np.dtype[Any]
    scale: Scale | None

    @property
    def real(self) -> np.dtype[Any]:
        """Type of the values outside the model: those of quantised integers are float32."""
        return self.kind if self.scale is None else np.dtype(np.float32)


class Network:
    """A model that can be run.

    Args:
        path: The file.
        signature: The signature to run; None for the first, or the graph of a model without any.

    Raises:
        JobError: It cannot be loaded or there is no such signature.
    """

    def __init__(self, path: str, signature: str | None) -> None:
        threads = min(MAX_THREADS, os.cpu_count() or 1)
        try:
            self._interpreter = Interpreter(model_path=path, num_threads=threads)
        except (ValueError, RuntimeError) as error:
            raise _unusable(error) from error
        known = list(self._interpreter.get_signature_list())
        if signature is not None and signature not in known:
            there = f"it has {', '.join(known)}" if known else "it has none"
            raise JobError("model", f"there is no signature '{signature}'; {there}.")
        self._runner: Any = None
        if known:
            self._runner = self._interpreter.get_signature_runner(signature or known[0])
            inputs, outputs = self._runner.get_input_details(), self._runner.get_output_details()
        else:
            inputs, outputs = (
                {detail["name"]: detail for detail in details}
                for details in (
                    self._interpreter.get_input_details(),
                    self._interpreter.get_output_details(),
                )
            )
        order = [detail["index"] for detail in self._interpreter.get_output_details()]
        self.inputs = tuple(_slot(name, detail) for name, detail in inputs.items())
        self.outputs = tuple(
            _slot(name, detail)
            for name, detail in sorted(outputs.items(), key=lambda one: _place(one[1], order))
        )
        self._ran = False
        self._indices = {name: detail["index"] for name, detail in (inputs | outputs).items()}

    def run(self, values: Mapping[str, Values]) -> dict[str, Values]:
        """Make one inference, with the state of a model's variables reset.

        Args:
            values: Real values of each input by name; their shapes are those that it runs with.

        Returns:
            Real values of each output by name, in the order of the graph.

        Raises:
            JobError: It cannot be run with such shapes, or an operator failed.
        """
        fed = {slot.name: _fed(slot, values[slot.name]) for slot in self.inputs}
        try:
            if self._ran:  # the first run makes the variables, with zeros in them
                self._interpreter.reset_all_variables()
            given = self._runner(**fed) if self._runner else self._by_graph(fed)
        except (ValueError, RuntimeError) as error:
            raise _unusable(error) from error
        self._ran = True
        return {
            slot.name: dequantise(given[slot.name], slot.scale)
            if slot.scale
            else np.asarray(given[slot.name])
            for slot in self.outputs
        }

    def _by_graph(self, fed: Mapping[str, Values]) -> Mapping[str, Values]:
        for name, values in fed.items():
            self._interpreter.resize_tensor_input(self._indices[name], values.shape)
        self._interpreter.allocate_tensors()
        for name, values in fed.items():
            self._interpreter.set_tensor(self._indices[name], values)
        self._interpreter.invoke()
        return {
            slot.name: self._interpreter.get_tensor(self._indices[slot.name])
            for slot in self.outputs
        }


def _fed(slot: Slot, values: Values) -> Values:
    if slot.scale is not None:
        return np.ascontiguousarray(quantise(values, slot.scale, slot.kind))
    return np.ascontiguousarray(values, dtype=slot.kind).reshape(values.shape)


def _place(detail: Mapping[str, Any], order: list[int]) -> int:
    """Return the place in the main graph; another graph's outputs keep their order."""
    return order.index(detail["index"]) if detail["index"] in order else len(order)


def _slot(name: str, detail: Mapping[str, Any]) -> Slot:
    kind = np.dtype(detail["dtype"])
    if kind.kind not in "fiub":
        raise JobError("model", f"'{name}' has a type that cannot be filled with numbers.")
    shape = tuple(int(size) for size in detail["shape"])
    free = tuple(int(size) for size in detail["shape_signature"])
    return Slot(
        name, shape, free if len(free) == len(shape) else shape, kind, _scale(name, kind, detail)
    )


def _scale(name: str, kind: np.dtype[Any], detail: Mapping[str, Any]) -> Scale | None:
    parameters = detail["quantization_parameters"]
    scales, zeros = parameters["scales"], parameters["zero_points"]
    if kind.kind not in "iu" or not len(scales) or not scales[0]:
        return None
    if len(scales) > 1:
        raise JobError("model", f"'{name}' has a scale for each channel, which no interface has.")
    return Scale(float(scales[0]), int(zeros[0]) if len(zeros) else 0)


def _unusable(error: Exception) -> JobError:
    # It puts its parts behind each other without a space.
    words = str(error).replace("Node number", " Node number").split()
    what = " ".join(words)[:_SHOWN] or type(error).__name__
    if any(word in what for word in _FOREIGN):
        node = _NODE.search(what)
        return JobError(
            "convert",
            f"LiteRT's interpreter has no kernel for {node[1] if node else 'an operator'}.",
            "Flex and custom operators only run where they are linked in; such a model is not "
            "judged.",
        )
    return JobError("convert", f"LiteRT's interpreter cannot run it: {what}")
