"""Where a model is to run: a delegate and its options, as the C library takes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from . import openvino
from .capi import (
    HARDWARE_CPU,
    HARDWARE_GPU,
    HARDWARE_NPU,
    OPTION_DISPATCH_DIR,
    OPTION_PLUGIN_DIR,
    OPTION_RUNTIME_DIR,
    SEVERITY_INFO,
    SEVERITY_WARNING,
)
from .failure import MeasureError
from .options import KERNEL_MODES, Options
from .wheel import Wheel

# Wheel 2.3.0 reads the CPU options under `cpu_delegate`, its own option writers use `xnnpack`. With
# only the latter, built-in kernels ignore num_threads. Under both names it works either way.
CPU_OPTIONS = (b"xnnpack", b"cpu_delegate")
GPU_OPTIONS = b"gpu_options"

# Flags of TFLite's XNNPACK delegate (xnnpack_delegate.h): signed and unsigned 8-bit operators and
# dynamically quantised fully connected layers, which it takes by default, and half precision.
XNNPACK_FP16 = 0x1 | 0x2 | 0x8 | 0x4

GPU_PRECISIONS = {"fp16": 1, "fp32": 2}
# A run returns when the GPU is done. Without this it returns when the work is queued, and the time
# of a run is that of queuing.
GPU_WAIT = "wait_type = 1\nbenchmark_mode = true\n"


@dataclass(frozen=True, slots=True)
class Target:
    """What environment and compiled model are told.

    Attributes:
        accelerators: Bit set: which may be loaded, and which may take nodes.
        severity: Least severe line of the runtime's log.
        folders: Folder by option of the environment.
        options: TOML by identifier.
        can_profile: Whether operators can be timed there.
    """

    accelerators: int
    severity: int
    folders: tuple[tuple[int, str], ...]
    options: tuple[tuple[bytes, str], ...]
    can_profile: bool = True


def target_of(options: Options, wheel: Wheel) -> Target:
    """Return where a model is to run.

    The CPU is always among the accelerators, as a delegate may leave nodes to it.

    Raises:
        MeasureError: The wheel has no such accelerator, or it has no such option.
    """
    cpu = tuple((identifier, _cpu_toml(options)) for identifier in CPU_OPTIONS)
    if options.delegate == "gpu":
        return Target(
            HARDWARE_GPU | HARDWARE_CPU,
            SEVERITY_WARNING,
            ((OPTION_RUNTIME_DIR, str(wheel.gpu_library().parent)),),
            (*cpu, (GPU_OPTIONS, _gpu_toml(options))),
            # Every run fails: "Profile is not implemented."
            can_profile=False,
        )
    if options.delegate == "npu":
        return Target(
            HARDWARE_NPU | HARDWARE_CPU,
            SEVERITY_INFO,  # how much was handed to the NPU is told with that
            _npu_folders(options, wheel),
            (*cpu, *_npu_options(options)),
        )
    return Target(HARDWARE_CPU, SEVERITY_WARNING, (), cpu)


def _cpu_toml(options: Options) -> str:
    text = f'kernel_mode = "{KERNEL_MODES[options.delegate]}"\nnum_threads = {options.threads}\n'
    if options.fp16:
        text += f"flags = {XNNPACK_FP16}\n"
    if options.weight_cache is not None:
        # A JSON string is a TOML string as well.
        text += f"weight_cache_file_path = {json.dumps(options.weight_cache)}\n"
    return text


def _gpu_toml(options: Options) -> str:
    text = GPU_WAIT if options.gpu_wait else ""
    if options.gpu_precision:
        text += f"precision = {GPU_PRECISIONS[options.gpu_precision]}\n"
    return text or "# the defaults\n"


def _npu_folders(options: Options, wheel: Wheel) -> tuple[tuple[int, str], ...]:
    if options.npu_libraries:
        given = Path(options.npu_libraries)
        return (OPTION_PLUGIN_DIR, str(given)), (OPTION_DISPATCH_DIR, str(given))
    vendor = wheel.vendor(options.npu_vendor)
    return (OPTION_PLUGIN_DIR, str(vendor / "compiler")), (
        OPTION_DISPATCH_DIR,
        str(vendor / "dispatch"),
    )


def _npu_options(options: Options) -> tuple[tuple[bytes, str], ...]:
    if options.npu_vendor != openvino.VENDOR:
        if options.npu_options:
            raise MeasureError("tool", f"the options of {options.npu_vendor} are not known.")
        return ()
    try:
        text = openvino.toml(options.npu_options)
    except ValueError as error:
        raise MeasureError("tool", f"{error}.") from error
    return ((openvino.IDENTIFIER, text),) if text else ()
