"""One model, compiled by the LiteRT C library, with its buffers."""

from __future__ import annotations

import ctypes
import functools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_bool, c_int, c_void_p
from dataclasses import dataclass
from typing import Any

from .buffers import Buffer
from .capi import (
    ANY_INTEGER,
    ANY_STRING,
    HARDWARE_CPU,
    OPTION_ACCELERATORS,
    OPTION_MIN_SEVERITY,
    EnvironmentOption,
    Layout,
    LiteRt,
    StatusError,
    TensorType,
)
from .failure import MeasureError
from .inputs import by, check_names, check_rank
from .target import Target
from .timing import Call

RUNTIME_OPTIONS = b"runtime_options_string"


@dataclass(frozen=True, slots=True)
class Setup:
    """How a model is compiled.

    Attributes:
        path: The model file.
        signature: Key of the signature; empty for a model without signatures.
        shapes: Shape by input name.
        profiling: Whether operators can be profiled.
    """

    path: str
    signature: str
    shapes: dict[str, tuple[int, ...]]
    profiling: bool


@dataclass(frozen=True, slots=True)
class Feeding:
    """What the inputs are filled with.

    Attributes:
        files: File of raw values by input name.
        ranges: Smallest and largest random value by input name.
        seed: Seed of the random values.
    """

    files: dict[str, str]
    ranges: dict[str, tuple[float, float]]
    seed: int


class Environment:
    """What models are compiled in; keeps alive what the runtime only refers to.

    Without a word about accelerators the runtime loads its WebGPU library, which kills the process
    on Arm cores without LSE atomics (Cortex-A53, A72).

    Args:
        library: The loaded library.
        target: Which accelerators may be loaded, and where they are.
    """

    def __init__(self, library: LiteRt, target: Target) -> None:
        self.target = target
        numbers = (
            (OPTION_ACCELERATORS, target.accelerators),
            (OPTION_MIN_SEVERITY, target.severity),
        )
        self._folders = [ctypes.create_string_buffer(os.fsencode(x)) for _, x in target.folders]
        options = (EnvironmentOption * (len(numbers) + len(target.folders)))()
        for option, (tag, value) in zip(options, numbers, strict=False):
            option.tag, option.any.type, option.any.value.integer = tag, ANY_INTEGER, value
        rest = list(options)[len(numbers) :]
        for option, (tag, _), text in zip(rest, target.folders, self._folders, strict=True):
            option.tag, option.any.type = tag, ANY_STRING
            option.any.value.pointer = ctypes.addressof(text)
        self.handle = library.handle("LiteRtCreateEnvironment", len(options), options)


class CompiledModel:
    """A model that is ready to run.

    Args:
        library: The loaded library.
        environment: Its environment.
        setup: What to compile.

    Attributes:
        init_ns: Time from the file to buffers, which benchmark_model calls initialization.
        compile_ns: The part of it that LiteRT calls compilation: delegates, memory planning.
        inputs: In the order of the signature.
        outputs: Likewise.

    Raises:
        MeasureError: The runtime does not accept the model, or what was asked of it.
    """

    def __init__(self, library: LiteRt, environment: Environment, setup: Setup) -> None:
        self.library = library
        self._environment = environment
        self._kept: list[object] = []
        self.inputs: list[Buffer] = []
        self.outputs: list[Buffer] = []
        begin = time.perf_counter_ns()
        with _explained("cannot load", setup.path):
            self._model = library.handle(
                "LiteRtCreateModelFromFile", environment.handle, os.fsencode(setup.path)
            )
            self._index, self._signature = self._find_signature(setup.signature)
        options = self._options(setup)
        before = time.perf_counter_ns()
        alone = environment.target.accelerators == HARDWARE_CPU
        with _explained("cannot compile", setup.path, "model" if alone else "delegate"):
            self.handle = library.handle(
                "LiteRtCreateCompiledModel", environment.handle, self._model, options
            )
        self.compile_ns = time.perf_counter_ns() - before
        self._resize(setup.shapes)
        with _explained("cannot allocate the tensors of", setup.path):
            self._create_buffers()
        self.init_ns = time.perf_counter_ns() - begin

    def _find_signature(self, key: str) -> tuple[int, c_void_p]:
        """A model without signatures has one nonetheless, which the runtime makes up."""
        first = self.library.handle("LiteRtGetModelSignature", self._model, 0)
        if not key:
            return 0, first
        for index in range(self.library.count("LiteRtGetNumModelSignatures", self._model)):
            signature = self.library.handle("LiteRtGetModelSignature", self._model, index)
            if self.library.text("LiteRtGetSignatureKey", signature) == key:
                return index, signature
        raise MeasureError("model", f"the runtime does not see the signature '{key}'.")

    def _options(self, setup: Setup) -> c_void_p:
        options = self.library.handle("LiteRtCreateOptions")
        target = self._environment.target
        self.library.call("LiteRtSetOptionsHardwareAccelerators", options, target.accelerators)
        for identifier, toml in target.options:
            self._add(options, identifier, toml)
        profiling = "true" if setup.profiling else "false"
        self._add(options, RUNTIME_OPTIONS, f"enable_profiling = {profiling}\n")
        return options

    def _add(self, options: c_void_p, identifier: bytes, toml: str) -> None:
        """Add an option whose payload is a TOML text that must outlive it; nothing frees it."""
        payload = ctypes.create_string_buffer(toml.encode())
        free = ctypes.CFUNCTYPE(None, c_void_p)(_free_nothing)
        self._kept += [payload, free]
        option = self.library.handle(
            "LiteRtCreateOpaqueOptions",
            identifier,
            ctypes.cast(payload, c_void_p),
            ctypes.cast(free, c_void_p),
        )
        self.library.call("LiteRtAddOpaqueOptions", options, option)

    def _resize(self, shapes: dict[str, tuple[int, ...]]) -> None:
        count = self.library.count("LiteRtGetNumSignatureInputs", self._signature)
        names = [
            self.library.text("LiteRtGetSignatureInputName", self._signature, index)
            for index in range(count)
        ]
        check_names(shapes, names)
        for index, name in enumerate(names):
            if name in shapes:
                self._resize_input(index, name, shapes[name])

    def _resize_input(self, index: int, name: str, shape: tuple[int, ...]) -> None:
        old = self._input_layout(index).shape()
        check_rank(name, old, shape)
        if shape == old:
            return
        try:
            self.library.call(
                "LiteRtCompiledModelResizeInputTensorNonStrict",
                self.handle,
                self._index,
                index,
                (c_int * len(shape))(*shape),
                len(shape),
            )
        except StatusError as error:
            raise MeasureError(
                "model", f"input '{name}' cannot be resized to {by(shape)}: {error}."
            ) from error

    def _input_layout(self, index: int) -> Layout:
        """The file may leave dimensions open; the compiled model has decided them."""
        layout = Layout()
        self.library.call(
            "LiteRtGetCompiledModelInputTensorLayout",
            self.handle,
            self._index,
            index,
            byref(layout),
        )
        return layout

    def _create_buffers(self) -> None:
        count = self.library.count("LiteRtGetNumSignatureOutputs", self._signature)
        layouts = (Layout * count)()
        self.library.call(
            "LiteRtGetCompiledModelOutputTensorLayouts",
            self.handle,
            self._index,
            count,
            layouts,
            True,  # noqa: FBT003 - allocates the tensors, which a resize has undone
        )
        for index in range(self.library.count("LiteRtGetNumSignatureInputs", self._signature)):
            self.inputs.append(self._buffer("Input", index, self._input_layout(index)))
        for index in range(count):
            self.outputs.append(self._buffer("Output", index, layouts[index]))

    def _buffer(self, side: str, index: int, layout: Layout) -> Buffer:
        name = self.library.text(f"LiteRtGetSignature{side}Name", self._signature, index)
        tensor = self.library.handle(
            f"LiteRtGetSignature{side}TensorByIndex", self._signature, index
        )
        kind = TensorType()
        self.library.call("LiteRtGetRankedTensorType", tensor, byref(kind))
        kind.layout = layout
        needs = self.library.handle(
            f"LiteRtGetCompiledModel{side}BufferRequirements", self.handle, self._index, index
        )
        return Buffer(self.library, self._environment.handle, name, kind, needs)

    def feed(self, feeding: Feeding) -> dict[str, tuple[float, float] | None]:
        """Write values into all inputs and return the range of each; None if from a file."""
        names = [buffer.name for buffer in self.inputs]
        check_names(feeding.ranges, names)
        used: dict[str, tuple[float, float] | None] = {}
        for buffer in self.inputs:
            if buffer.name in feeding.files:
                buffer.feed(feeding.files[buffer.name])
                used[buffer.name] = None
            else:
                used[buffer.name] = buffer.fill(feeding.ranges.get(buffer.name), feeding.seed)
        return used

    def caller(self) -> Call:
        """Return the one C call that is an inference, with its arguments bound."""
        inputs, outputs = _handles(self.inputs), _handles(self.outputs)
        self._kept += [inputs, outputs]
        return functools.partial(
            self.library.function("LiteRtRunCompiledModel"),
            self.handle,
            self._index,
            len(inputs),
            inputs,
            len(outputs),
            outputs,
        )

    def fully_accelerated(self) -> bool:
        """Whether no node of any graph is left outside a delegate; XNNPACK counts as one."""
        return self._answer("LiteRtCompiledModelIsFullyAccelerated")

    def by_accelerator_alone(self) -> bool:
        """Whether no node of any graph runs on the CPU."""
        return self._answer("LiteRtCompiledModelIsNonCpuFullyAccelerated")

    def _answer(self, question: str) -> bool:
        answer = c_bool()
        self.library.call(question, self.handle, byref(answer))
        return answer.value

    def close(self) -> None:
        """Free the buffers, the compiled model and the model."""
        for buffer in (*self.inputs, *self.outputs):
            buffer.close()
        self.library.destroy("LiteRtDestroyCompiledModel", self.handle)
        self.library.destroy("LiteRtDestroyModel", self._model)


_STATEFUL = (
    "LiteRT's library takes no model that keeps a state, such as a fused LSTM of tf-keras: measure "
    "it with benchmark_model."
)


@contextmanager
def _explained(what: str, path: str, kind: str = "model") -> Iterator[None]:
    """Turn a status into a message about the model, or about the accelerator that has it."""
    try:
        yield
    except StatusError as error:
        advice = _STATEFUL if "Variable tensors" in str(error) else ""
        raise MeasureError(kind, f"the runtime {what} {path}: {error}.", advice) from error


def _handles(buffers: list[Buffer]) -> Any:
    return (c_void_p * len(buffers))(*(buffer.handle for buffer in buffers))


def _free_nothing(_payload: int | None) -> None:
    """The payload belongs to Python."""
