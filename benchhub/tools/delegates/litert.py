"""How LiteRT's benchmark_model is asked for a delegate, and where that makes sense.

Flags: litert/tools/benchmark_litert_model at each of its tags.
"""

from __future__ import annotations

import posixpath

from benchhub.errors import UsageError
from benchhub.records import (
    OPTIONS,
    Configuration,
    DelegateOptions,
    GpuOptions,
    NpuOptions,
    XnnpackOptions,
)
from benchhub.tools.delegates import silicon
from benchhub.tools.delegates.offer import (
    Arguments,
    NotPossible,
    Offer,
    Place,
    dsp_folders,
    library_folders,
    located,
)
from benchhub.tools.delegates.tflite import weight_cache
from benchhub.tools.tool import Staged

_OTHER_TOOL = "Measure it with the tool benchmark_model (TFLite's program)."
_BACKENDS = ("webgpu", "opengl", "gl")
# From 2.2.0 on everything with a vendor's prefix is taken off the command line before this is read.
_SWALLOWED = "nerun_pilot_version"
_FROM_2_2 = "xnnpack_weight_cache_file_path"
# Where each vendor's dispatch library runs.
VENDORS = {
    "qualcomm": ("android_arm64", "linux_arm64"),
    "mediatek": ("android_arm64",),
    "google_tensor": ("android_arm64",),
    "intel_openvino": ("linux_x86_64",),
}

_DEFAULTS: dict[str, DelegateOptions] = {word: kind() for word, kind in OPTIONS.items()}


def offer(configuration: Configuration, place: Place, staged: Staged | None) -> Offer | NotPossible:
    """Return the flags of a delegate; see `benchhub.tools.delegates.offer`."""
    match configuration.options or _DEFAULTS.get(configuration.delegate):
        case XnnpackOptions() as options:
            return _xnnpack(configuration, options, place, staged)
        case GpuOptions() as options:
            return _gpu(options, place)
        case NpuOptions() as options:
            return _npu(options, place, staged)
        case None:
            return NotPossible(
                "none: LiteRT's benchmark_model cannot leave XNNPACK out.",
                "Measure the built-in kernels with the tool litert or benchmark_model.",
            )
    return NotPossible(
        f"{configuration.delegate}: LiteRT's benchmark_model has no such delegate.", _OTHER_TOOL
    )


def _xnnpack(
    configuration: Configuration, options: XnnpackOptions, place: Place, staged: Staged | None
) -> Offer | NotPossible:
    if options.fp16:
        return NotPossible("xnnpack: LiteRT's benchmark_model has no flag for fp16.", _OTHER_TOOL)
    arguments: Arguments = (("use_cpu", "true"),)
    if options.weight_cache:
        arguments += weight_cache(configuration, staged)
    return Offer(arguments, library_folders(place.libraries))


def _gpu(options: GpuOptions, place: Place) -> Offer | NotPossible:
    if options.backend and options.backend not in _BACKENDS:
        return NotPossible(
            f"gpu: LiteRT's benchmark_model has no backend '{options.backend}' "
            f"(it has: {', '.join(_BACKENDS)}).",
            "Choose one of them, or measure with TFLite's program.",
            UsageError.exit_code,
        )
    if options.sustained or options.quantised is not None:
        which = "sustained" if options.sustained else "quantised"
        return NotPossible(f"gpu: LiteRT's benchmark_model has no flag for `{which}`.", _OTHER_TOOL)
    arguments: Arguments = (("use_gpu", "true"),)
    if options.backend:
        arguments += (("gpu_backend", options.backend),)
    if options.precision:
        arguments += (("gpu-precision", options.precision),)
    needs = "Needs LiteRT's accelerator library of the platform beside the program."
    return Offer(arguments, library_folders(place.libraries), (needs,))


def _npu(options: NpuOptions, place: Place, staged: Staged | None) -> Offer | NotPossible:
    if refused := _npu_device(options, place):
        return refused
    if _swallowed(options, place):
        return NotPossible(
            f"npu mediatek: LiteRT's benchmark_model drops --mediatek_{_SWALLOWED} since 2.2.0.",
            "Leave that option out, or use a program before 2.2.0.",
        )
    given = located(options.libraries, staged)
    folder = given or _folder_of(options.vendor, place.libraries)
    arguments: Arguments = (("use_npu", "true"),)
    needs = (
        f"Needs libLiteRtDispatch_* and the compiler plugin of {options.vendor} in `libraries` or "
        "beside the program."
    )
    if folder:
        arguments += (("dispatch_library_path", folder), ("compiler_plugin_library_path", folder))
        needs = f"Needs libLiteRtDispatch_* and the compiler plugin of {options.vendor} there."
    arguments += tuple((f"{options.vendor}_{name}", value) for name, value in options.options)
    env = library_folders((folder, *place.libraries))
    if options.vendor == "qualcomm":
        env |= dsp_folders((folder, *place.libraries))
    return Offer(arguments, env, (needs,))


def _folder_of(vendor: str, folders: tuple[str, ...]) -> str:
    """Return where that vendor's dispatch library is: a folder of its name, else the first.

    The program looks into one folder and takes the first dispatch library there, whosever it is.
    """
    named = {folder: posixpath.basename(folder) for folder in folders}
    own = [folder for folder in folders if named[folder] == vendor]
    common = [folder for folder in folders if named[folder] not in VENDORS]
    return next(iter((*own, *common)), "")


def _npu_device(options: NpuOptions, place: Place) -> NotPossible | None:
    platforms = VENDORS.get(options.vendor)
    if platforms is None:
        return NotPossible(
            "npu: the suite does not say whose.",
            f"Give its `vendor`: {', '.join(VENDORS)}.",
            UsageError.exit_code,
        )
    if place.facts is None:
        return None
    platform = place.facts.platform
    reason = ""
    if platform is not None and platform not in platforms:
        reason = f"it is made for {', '.join(platforms)}; the device is {platform}"
    elif chip := silicon.of_another_maker(place.facts, options.vendor):
        reason = f"it is made for that maker's chips; the device has {chip}"
    if not reason:
        return None
    return NotPossible(
        f"npu {options.vendor}: {reason}.",
        "Leave this configuration out for this device (`exclude`).",
    )


def _swallowed(options: NpuOptions, place: Place) -> bool:
    return (
        options.vendor == "mediatek"
        and _SWALLOWED in dict(options.options)
        and _FROM_2_2 in place.flags
    )
