"""One model, compiled by the LiteRT C library, with its buffers."""

from __future__ import annotations

import ctypes
import functools
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_bool, c_int, c_void_p
from dataclasses import dataclass
from typing import Any

from .capi import (
    ANY_INTEGER,
    ELEMENT_TYPES,
    HARDWARE_CPU,
    LOCK_WRITE,
    OPTION_ACCELERATORS,
    OPTION_MIN_SEVERITY,
    SEVERITY_WARNING,
    EnvironmentOption,
    Layout,
    LiteRt,
    StatusError,
    TensorType,
)
from .failure import MeasureError
from .inputs import by, check_names, check_rank
from .timing import Call
from .values import Values

# Wheel 2.3.0 reads the CPU options under `cpu_delegate`, its own option writers use `xnnpack`. With
# only the latter, built-in kernels ignore num_threads. Under both names it works either way.
CPU_OPTIONS = (b"xnnpack", b"cpu_delegate")
RUNTIME_OPTIONS = b"runtime_options_string"


@dataclass(frozen=True, slots=True)
class Setup:
    """How a model is compiled.

    Attributes:
        path: The model file.
        signature: Key of the signature; empty for a model without signatures.
        kernel_mode: `delegate` or `builtin`.
        threads: Number of CPU threads.
        shapes: Shape by input name.
        profiling: Whether operators can be profiled.
    """

    path: str
    signature: str
    kernel_mode: str
    threads: int
    shapes: dict[str, tuple[int, ...]]
    profiling: bool


def create_environment(library: LiteRt) -> c_void_p:
    """Return an environment that loads no accelerator.

    Without the first option the runtime loads its WebGPU library, which kills the process on Arm
    cores without LSE atomics (Cortex-A53, A72).
    """
    wanted = ((OPTION_ACCELERATORS, HARDWARE_CPU), (OPTION_MIN_SEVERITY, SEVERITY_WARNING))
    options = (EnvironmentOption * len(wanted))()
    for option, (tag, value) in zip(options, wanted, strict=True):
        option.tag = tag
        option.any.type = ANY_INTEGER
        option.any.value.integer = value
    return library.handle("LiteRtCreateEnvironment", len(wanted), options)


class CompiledModel:
    """A model that is ready to run.

    Args:
        library: The loaded library.
        environment: Its environment.
        setup: What to compile.

    Attributes:
        init_ns: Time from the file to buffers, which benchmark_model calls initialization.
        compile_ns: The part of it that LiteRT calls compilation: delegates, memory planning.
        inputs: Name, type and shape of each input.

    Raises:
        MeasureError: The runtime does not accept the model, or what was asked of it.
    """

    def __init__(self, library: LiteRt, environment: c_void_p, setup: Setup) -> None:
        self.library = library
        self._environment = environment
        self._kept: list[object] = []
        self.inputs: list[tuple[str, TensorType]] = []
        self._input_buffers: list[c_void_p] = []
        self._output_buffers: list[c_void_p] = []
        begin = time.perf_counter_ns()
        with _explained("cannot load", setup.path):
            self._model = library.handle(
                "LiteRtCreateModelFromFile", environment, os.fsencode(setup.path)
            )
            self._index, self._signature = self._find_signature(setup.signature)
        options = self._options(setup)
        before = time.perf_counter_ns()
        with _explained("cannot compile", setup.path):
            self.handle = library.handle(
                "LiteRtCreateCompiledModel", environment, self._model, options
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
        self.library.call("LiteRtSetOptionsHardwareAccelerators", options, HARDWARE_CPU)
        cpu = f'kernel_mode = "{setup.kernel_mode}"\nnum_threads = {setup.threads}\n'
        for identifier in CPU_OPTIONS:
            self._add(options, identifier, cpu)
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
            kind = self._tensor_type("Input", index)
            kind.layout = self._input_layout(index)
            self.inputs.append((name, kind))

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

    def _tensor_type(self, side: str, index: int) -> TensorType:
        tensor = self.library.handle(
            f"LiteRtGetSignature{side}TensorByIndex", self._signature, index
        )
        kind = TensorType()
        self.library.call("LiteRtGetRankedTensorType", tensor, byref(kind))
        return kind

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
        for index, (_, kind) in enumerate(self.inputs):
            self._input_buffers.append(self._buffer("Input", index, kind))
        for index in range(count):
            kind = self._tensor_type("Output", index)
            kind.layout = layouts[index]
            self._output_buffers.append(self._buffer("Output", index, kind))

    def _buffer(self, side: str, index: int, kind: TensorType) -> c_void_p:
        needs = self.library.handle(
            f"LiteRtGetCompiledModel{side}BufferRequirements", self.handle, self._index, index
        )
        return self.library.handle(
            "LiteRtCreateManagedTensorBufferFromRequirements",
            self._environment,
            byref(kind),
            needs,
        )

    def fill(
        self, ranges: dict[str, tuple[float, float]], seed: int
    ) -> dict[str, tuple[float, float]]:
        """Write random data into all inputs and return the range of each."""
        check_names(ranges, [name for name, _ in self.inputs])
        used = {}
        for (name, kind), buffer in zip(self.inputs, self._input_buffers, strict=True):
            element = ELEMENT_TYPES.get(kind.element_type)
            if element is None:
                raise MeasureError(
                    "model", f"input '{name}' has a type that cannot be filled with numbers."
                )
            values = Values(name, *element, ranges.get(name))
            self._write(buffer, values.block(math.prod(kind.layout.shape()), seed))
            used[name] = values.limits
        return used

    def _write(self, buffer: c_void_p, block: bytes) -> None:
        """Fill a buffer, repeating the block."""
        size = self.library.count("LiteRtGetTensorBufferPackedSize", buffer)
        memory = c_void_p()
        self.library.call("LiteRtLockTensorBuffer", buffer, byref(memory), LOCK_WRITE)
        for start in range(0, size, len(block)):
            ctypes.memmove((memory.value or 0) + start, block, min(len(block), size - start))
        self.library.call("LiteRtUnlockTensorBuffer", buffer)

    def caller(self) -> Call:
        """Return the one C call that is an inference, with its arguments bound."""
        inputs, outputs = _handles(self._input_buffers), _handles(self._output_buffers)
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
        """Whether no node of any graph is left outside the delegate."""
        answer = c_bool()
        self.library.call("LiteRtCompiledModelIsFullyAccelerated", self.handle, byref(answer))
        return answer.value

    def close(self) -> None:
        """Free the buffers, the compiled model and the model."""
        for buffer in (*self._input_buffers, *self._output_buffers):
            self.library.destroy("LiteRtDestroyTensorBuffer", buffer)
        self.library.destroy("LiteRtDestroyCompiledModel", self.handle)
        self.library.destroy("LiteRtDestroyModel", self._model)


@contextmanager
def _explained(what: str, path: str) -> Iterator[None]:
    """Turn a status into a message about the model."""
    try:
        yield
    except StatusError as error:
        raise MeasureError("model", f"the runtime {what} {path}: {error}.") from error


def _handles(buffers: list[c_void_p]) -> Any:
    return (c_void_p * len(buffers))(*buffers)


def _free_nothing(_payload: int | None) -> None:
    """The payload belongs to Python."""
