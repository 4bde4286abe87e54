"""How a delegate is asked for: one class a delegate, its options by the field's names.

An empty text or None leaves an option to the tool. A file of a suite that contains `/` and is not
absolute is a file of the workspace, brought to the device; any other name is one on the device.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class XnnpackOptions:
    """XNNPACK, the CPU's optimised kernels.

    Attributes:
        fp16: Compute float32 models in half precision.
        weight_cache: Keep packed weights in a file between processes; changes the time of init.
    """

    fp16: bool = False
    weight_cache: bool = False


@dataclass(frozen=True, slots=True)
class GpuOptions:
    """The GPU delegate of TFLite, or LiteRT's GPU accelerator.

    Attributes:
        backend: `cl` or `gl` (TFLite); `webgpu`, `opengl` or `gl` (LiteRT).
        precision: `fp16` or `fp32`.
        sustained: Prepare for many inferences instead of one quick answer.
        quantised: Run quantised models too; None leaves it to the tool.
    """

    backend: str = ""
    precision: str = ""
    sustained: bool = False
    quantised: bool | None = None


@dataclass(frozen=True, slots=True)
class NnapiOptions:
    """Android's Neural Networks API.

    Attributes:
        accelerator: Its name, as the device lists it.
        preference: `fast_single_answer`, `sustained_speed`, `low_power` or `undefined`.
        priority: `default`, `low`, `medium` or `high`.
        fp16: Compute float32 models in half precision.
        burst: Keep the accelerator at its highest clock between inferences.
        cpu_disallowed: Never use NNAPI's own CPU implementation.
    """

    accelerator: str = ""
    preference: str = ""
    priority: str = ""
    fp16: bool = False
    burst: bool = False
    cpu_disallowed: bool = True


@dataclass(frozen=True, slots=True)
class HexagonOptions:
    """Qualcomm's Hexagon DSP through the TFLite delegate.

    Attributes:
        profiling: Report cycles of the DSP's operators in profiles.
        libraries: Folder with libhexagon_interface.so and the skels.
    """

    profiling: bool = False
    libraries: str = ""


@dataclass(frozen=True, slots=True)
class ExternalOptions:
    """A delegate in a shared library.

    Attributes:
        library: The library.
        options: Keys and values handed to it.
        product: `edgetpu`, `qnn`, `vx` or `armnn`; empty for any other.
    """

    library: str = ""
    options: Pairs = ()
    product: str = ""


@dataclass(frozen=True, slots=True)
class CoremlOptions:
    """Apple's Core ML.

    Attributes:
        version: Version of Core ML to target; 0 is the newest that the device has.
    """

    version: int = 0


@dataclass(frozen=True, slots=True)
class NpuOptions:
    """LiteRT's NPU accelerator.

    Attributes:
        vendor: `qualcomm`, `mediatek`, `google_tensor` or `intel_openvino`.
        libraries: Folder with the vendor's dispatch library and compiler plugin.
        options: The vendor's options without its prefix, e.g. `htp_performance_mode`, `burst`.
    """

    vendor: str = ""
    libraries: str = ""
    options: Pairs = ()


DelegateOptions = (
    XnnpackOptions
    | GpuOptions
    | NnapiOptions
    | HexagonOptions
    | ExternalOptions
    | CoremlOptions
    | NpuOptions
)

# By the word in a suite; `none` is the built-in kernels, which have no options.
OPTIONS: dict[str, type[Any]] = {
    "xnnpack": XnnpackOptions,
    "gpu": GpuOptions,
    "nnapi": NnapiOptions,
    "hexagon": HexagonOptions,
    "external": ExternalOptions,
    "coreml": CoremlOptions,
    "npu": NpuOptions,
}
NONE = "none"
DELEGATES = (NONE, *OPTIONS)
# What runs on the CPU either way: nodes that they leave to each other are no fallback.
CPU_DELEGATES = (NONE, "xnnpack")
# In a placement: the CPU, where it cannot be told whether XNNPACK or the built-in kernels ran.
CPU = "cpu"

# As people write them.
SPELLING = {
    NONE: "built-in kernels",
    "xnnpack": "XNNPACK",
    "gpu": "GPU",
    "nnapi": "NNAPI",
    "hexagon": "Hexagon",
    "external": "external delegate",
    "coreml": "Core ML",
    "npu": "NPU",
    CPU: "CPU",
}


def spelled(word: str) -> str:
    """Return a delegate as people write it; several are joined by `+`."""
    return "+".join(SPELLING.get(part, part) for part in word.split("+"))


def named_files(options: DelegateOptions | None) -> tuple[str, ...]:
    """Return the files and folders of the workspace that these options name."""
    if options is None:
        return ()
    names = [
        getattr(options, field.name)
        for field in fields(options)
        if field.name in ("library", "libraries")
    ]
    return tuple(name for name in names if is_local(name))


def is_local(name: str) -> bool:
    """Tell whether a file that a suite names is one of the workspace, not one of the device."""
    return "/" in name and not name.startswith("/")
