"""The part of the LiteRT C API that is used, as ctypes.

Structures and codes are those of LiteRT's headers (litert/c), checked by running the wheels that
`wheel.VERIFIED_WHEELS` names. With any other wheel the library is not loaded.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Any, ClassVar

from .failure import MeasureError

HARDWARE_CPU = 1
HARDWARE_GPU = 2
HARDWARE_NPU = 4
OPTION_PLUGIN_DIR = 0  # of the environment: where compiler plugins of NPUs are
OPTION_DISPATCH_DIR = 1  # of the environment: where dispatch libraries of NPUs are
OPTION_RUNTIME_DIR = 22  # of the environment: where accelerators are
OPTION_ACCELERATORS = 24  # of the environment: which accelerators may be loaded, a bit set
OPTION_MIN_SEVERITY = 25  # of the environment: least severe line of the runtime's log
SEVERITY_INFO = 1
SEVERITY_WARNING = 2
ANY_INTEGER = 2
ANY_STRING = 8
LOCK_READ = 0
LOCK_WRITE = 1
MAX_RANK = 8

STATUS_NAMES = {
    1: "invalid argument",
    2: "memory allocation failure",
    3: "runtime failure",
    4: "missing input tensor",
    5: "unsupported",
    6: "not found",
    7: "timeout expired",
    8: "wrong version",
    9: "unknown",
    10: "already exists",
    100: "cancelled",
    500: "file error",
    501: "invalid flatbuffer",
    502: "dynamic loading failed",
    503: "serialization failed",
    504: "compilation failed",
    1000: "index out of bounds",
}

# Element type codes, with the letter that `struct` has for them.
ELEMENT_TYPES = {
    1: ("float32", "f"),
    2: ("int32", "i"),
    3: ("uint8", "B"),
    4: ("int64", "q"),
    6: ("bool", "?"),
    7: ("int16", "h"),
    9: ("int8", "b"),
    10: ("float16", "e"),
    11: ("float64", "d"),
    13: ("uint64", "Q"),
    16: ("uint32", "I"),
    17: ("uint16", "H"),
}


class _AnyValue(ctypes.Union):
    _fields_: ClassVar[Any] = [("integer", c_int64), ("pointer", c_void_p)]


class _Any(ctypes.Structure):
    _fields_: ClassVar[Any] = [("type", c_int), ("value", _AnyValue)]


class EnvironmentOption(ctypes.Structure):
    """LiteRtEnvOption: a tag and a LiteRtAny."""

    _fields_: ClassVar[Any] = [("tag", c_int), ("any", _Any)]


class Layout(ctypes.Structure):
    """LiteRtLayout: rank and dimensions."""

    _fields_: ClassVar[Any] = [
        ("rank", ctypes.c_uint, 7),
        ("has_strides", ctypes.c_uint, 1),
        ("dimensions", c_int32 * MAX_RANK),
        ("strides", ctypes.c_uint32 * MAX_RANK),
    ]

    def shape(self) -> tuple[int, ...]:
        """Return the dimensions."""
        return tuple(self.dimensions[: min(self.rank, MAX_RANK)])


class TensorType(ctypes.Structure):
    """LiteRtRankedTensorType."""

    _fields_: ClassVar[Any] = [("element_type", c_int), ("layout", Layout)]


class Event(ctypes.Structure):
    """LiteRtProfilerEvent. Its memory figures are not used."""

    tag: bytes
    event_type: int
    elapsed_us: int
    metadata1: int
    metadata2: int

    _fields_: ClassVar[Any] = [
        ("tag", c_char_p),
        ("event_type", c_int),
        ("start_us", c_uint64),
        ("elapsed_us", c_uint64),
        ("begin_memory", c_size_t * 3),
        ("end_memory", c_size_t * 3),
        ("metadata1", c_uint64),
        ("metadata2", c_uint64),
        ("source", c_int),
    ]


_BYTES = ((EnvironmentOption, 24), (Layout, 68), (TensorType, 72), (Event, 104))

_H = POINTER(c_void_p)
_SIZE = POINTER(c_size_t)
_TEXT = POINTER(c_char_p)
_AT = (c_void_p, c_size_t, c_size_t)  # compiled model, signature, input or output
_PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "LiteRtCreateEnvironment": (c_int, POINTER(EnvironmentOption), _H),
    "LiteRtCreateModelFromFile": (c_void_p, c_char_p, _H),
    "LiteRtGetNumModelSignatures": (c_void_p, _SIZE),
    "LiteRtGetModelSignature": (c_void_p, c_size_t, _H),
    "LiteRtGetSignatureKey": (c_void_p, _TEXT),
    "LiteRtGetNumSignatureInputs": (c_void_p, _SIZE),
    "LiteRtGetNumSignatureOutputs": (c_void_p, _SIZE),
    "LiteRtGetSignatureInputName": (c_void_p, c_size_t, _TEXT),
    "LiteRtGetSignatureOutputName": (c_void_p, c_size_t, _TEXT),
    "LiteRtGetSignatureInputTensorByIndex": (c_void_p, c_size_t, _H),
    "LiteRtGetSignatureOutputTensorByIndex": (c_void_p, c_size_t, _H),
    "LiteRtGetRankedTensorType": (c_void_p, POINTER(TensorType)),
    "LiteRtCreateOptions": (_H,),
    "LiteRtSetOptionsHardwareAccelerators": (c_void_p, c_int),
    "LiteRtCreateOpaqueOptions": (c_char_p, c_void_p, c_void_p, _H),
    "LiteRtAddOpaqueOptions": (c_void_p, c_void_p),
    "LiteRtCreateCompiledModel": (c_void_p, c_void_p, c_void_p, _H),
    "LiteRtCompiledModelResizeInputTensorNonStrict": (*_AT, POINTER(c_int), c_size_t),
    "LiteRtGetCompiledModelInputTensorLayout": (*_AT, POINTER(Layout)),
    "LiteRtGetCompiledModelOutputTensorLayouts": (*_AT, POINTER(Layout), c_bool),
    "LiteRtGetCompiledModelInputBufferRequirements": (*_AT, _H),
    "LiteRtGetCompiledModelOutputBufferRequirements": (*_AT, _H),
    "LiteRtCreateManagedTensorBufferFromRequirements": (
        c_void_p,
        POINTER(TensorType),
        c_void_p,
        _H,
    ),
    "LiteRtGetTensorBufferPackedSize": (c_void_p, _SIZE),
    "LiteRtLockTensorBuffer": (c_void_p, _H, c_int),
    "LiteRtUnlockTensorBuffer": (c_void_p,),
    "LiteRtRunCompiledModel": (*_AT, _H, c_size_t, _H),
    "LiteRtCompiledModelIsFullyAccelerated": (c_void_p, POINTER(c_bool)),
    "LiteRtCompiledModelIsNonCpuFullyAccelerated": (c_void_p, POINTER(c_bool)),
    "LiteRtCompiledModelGetProfiler": (c_void_p, _H),
    "LiteRtStartProfiler": (c_void_p,),
    "LiteRtStopProfiler": (c_void_p,),
    "LiteRtResetProfiler": (c_void_p,),
    "LiteRtGetNumProfilerEvents": (c_void_p, POINTER(c_int)),
    "LiteRtGetProfilerEvents": (c_void_p, c_int, POINTER(Event)),
}
_DESTROYERS = ("LiteRtDestroyTensorBuffer", "LiteRtDestroyCompiledModel", "LiteRtDestroyModel")


class StatusError(Exception):
    """A function of the C API did not succeed."""

    def __init__(self, function: str, status: int) -> None:
        super().__init__(f"{function}: {status_text(status)}")
        self.status = status


def status_text(status: int) -> str:
    """Return a status code in words; the library does not export its own."""
    return f"{STATUS_NAMES.get(status, 'unnamed status')} (status {status})"


class LiteRt:
    """The loaded library.

    Raises:
        MeasureError: It cannot be loaded, or is not what was verified.
    """

    def __init__(self, path: Path) -> None:
        for structure, size in _BYTES:
            if ctypes.sizeof(structure) != size:
                raise MeasureError("tool", f"{structure.__name__} is not {size} bytes long here.")
        try:
            self._library = ctypes.CDLL(str(path))
            for name, arguments in _PROTOTYPES.items():
                self._library[name].argtypes = arguments
                self._library[name].restype = c_int
            for name in _DESTROYERS:
                self._library[name].argtypes = (c_void_p,)
                self._library[name].restype = None
        except (OSError, AttributeError) as error:
            raise MeasureError(
                "tool", f"{path} cannot be loaded: {error}.", "Install ai-edge-litert again."
            ) from error

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function that returns a status.

        Raises:
            StatusError: The status is not 0.
        """
        status = self._library[name](*arguments)
        if status:
            raise StatusError(name, status)

    def handle(self, name: str, *arguments: Any) -> c_void_p:
        """Call a function whose last argument receives a handle, and return that."""
        handle = c_void_p()
        self.call(name, *arguments, ctypes.byref(handle))
        return handle

    def count(self, name: str, *arguments: Any) -> int:
        """Call a function whose last argument receives a size_t, and return that."""
        count = c_size_t()
        self.call(name, *arguments, ctypes.byref(count))
        return count.value

    def text(self, name: str, *arguments: Any) -> str:
        """Call a function whose last argument receives a string, and return that."""
        text = c_char_p()
        self.call(name, *arguments, ctypes.byref(text))
        return (text.value or b"").decode("utf-8", "replace")

    def destroy(self, name: str, handle: c_void_p) -> None:
        """Call a function that frees what a handle stands for."""
        self._library[name](handle)

    def function(self, name: str) -> Any:
        """Return a function as it is, for the timed loop."""
        return self._library[name]
