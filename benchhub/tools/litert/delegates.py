"""How the measuring program is asked for a delegate, and which ones it does not have. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from benchhub.errors import UsageError
from benchhub.records import (
    Configuration,
    DeviceFacts,
    ExternalOptions,
    GpuOptions,
    NpuOptions,
    ToolIdentity,
    XnnpackOptions,
)
from benchhub.tools.delegates.offer import (
    NotPossible,
    dsp_folders,
    library_folders,
    located,
    weight_cache_file,
)
from benchhub.tools.delegates.products import PRODUCTS
from benchhub.tools.litert.child import openvino
from benchhub.tools.litert.child.wheel import (
    DISTRIBUTION,
    GPU_LIBRARY,
    PACKAGE,
    VENDORS_FOLDER,
    VERIFIED_WHEELS,
)
from benchhub.tools.tool import Staged

# Delegates that only TFLite's program loads, by the word in a suite.
ELSEWHERE = {"nnapi": "NNAPI", "hexagon": "Hexagon", "coreml": "Core ML"}
_OTHER = "Measure it with the tool benchmark_model (TFLite's program), which has it."
_VERSION = f"Install {DISTRIBUTION} {' or '.join(sorted(VERIFIED_WHEELS))} on the device."


def not_possible(
    configuration: Configuration,
    identity: ToolIdentity,
    facts: DeviceFacts,
    missing: Mapping[str, str],
) -> NotPossible | None:
    """Say why this program cannot run a configuration there, or None if it can.

    Args:
        configuration: What is asked for.
        identity: The program.
        facts: What the device says of itself.
        missing: What the program lacks there, by delegate or vendor of NPUs.
    """
    delegate, options = configuration.delegate, configuration.options
    if delegate in ELSEWHERE:
        return NotPossible(f"{delegate}: {DISTRIBUTION} has no {ELSEWHERE[delegate]}.", _OTHER)
    if configuration.extra_flags:
        names = ", ".join(name for name, _ in configuration.extra_flags)
        return _wrong(f"extra_flags: the tool litert has no further flags ({names}).")
    if isinstance(options, XnnpackOptions):
        return _xnnpack(options, identity)
    if isinstance(options, ExternalOptions):
        return _external(options, facts)
    if delegate in ("gpu", "npu"):
        return _accelerator(configuration, identity, missing)
    return None


def _xnnpack(options: XnnpackOptions, identity: ToolIdentity) -> NotPossible | None:
    if options.fp16 and options.weight_cache:
        return _wrong("xnnpack: LiteRT aborts with both fp16 and weight_cache.")
    if (options.fp16 or options.weight_cache) and identity.version not in VERIFIED_WHEELS:
        return _unverified("xnnpack with fp16 or weight_cache", identity)
    return None


def _accelerator(
    configuration: Configuration, identity: ToolIdentity, missing: Mapping[str, str]
) -> NotPossible | None:
    delegate, options = configuration.delegate, configuration.options
    if identity.version not in VERIFIED_WHEELS:
        return _unverified(delegate, identity)
    if delegate == "gpu":
        return _gpu(options, identity, missing)
    if not isinstance(options, NpuOptions) or not options.vendor:
        return _wrong("npu: the suite does not say whose; give its `vendor`.")
    if options.vendor == openvino.VENDOR:
        try:
            openvino.toml(options.options)
        except ValueError as error:
            return _wrong(f"npu: {error}.")
    elif options.options:
        return NotPossible(
            f"npu: the tool litert does not know the options of {options.vendor}.",
            "Measure it with the tool benchmark_litert_model.",
        )
    return None if options.libraries else _vendor(options.vendor, identity, missing)


def _unverified(what: str, identity: ToolIdentity) -> NotPossible:
    return NotPossible(
        f"{what}: {DISTRIBUTION} {identity.version} was not verified for it.", _VERSION
    )


def _gpu(options: object, identity: ToolIdentity, missing: Mapping[str, str]) -> NotPossible | None:
    if isinstance(options, GpuOptions):
        if options.backend not in ("", "webgpu"):
            return _wrong(
                f"gpu: the wheel's accelerator is WebGPU, it has no backend '{options.backend}'."
            )
        if options.sustained or options.quantised is not None:
            return _wrong("gpu: LiteRT's accelerator has no options sustained and quantised.")
    if any(PurePosixPath(path).name == GPU_LIBRARY for path in identity.libraries):
        return None
    reason = missing.get("gpu", f"{GPU_LIBRARY} is not in this wheel")
    return NotPossible(f"gpu: {reason}.", "Measure it with LiteRT's or TFLite's program.")


def _vendor(vendor: str, identity: ToolIdentity, missing: Mapping[str, str]) -> NotPossible | None:
    if vendor in missing:
        return NotPossible(f"npu: {missing[vendor]}.", "Install it for that Python.")
    parts = [PurePosixPath(path) for path in identity.libraries]
    found = sorted(path.name for path in parts if path.parent.name == VENDORS_FOLDER)
    if vendor in found:
        return None
    return NotPossible(
        f"npu: the wheel has no dispatch library of {vendor} there (it has: "
        f"{', '.join(found) or 'none'}).",
        "Name a folder with it and the compiler plugin as `libraries`, or use the tool "
        "benchmark_litert_model.",
    )


def _external(options: ExternalOptions, facts: DeviceFacts) -> NotPossible | None:
    product = PRODUCTS.get(options.product)
    if product and (why := product.misplaced(facts)):
        return NotPossible(
            f"external {options.product}: {why}.",
            "Leave this configuration out for this device (`exclude`).",
        )
    if not (options.library or product):
        return _wrong("external: the suite names no `library` and no `product`.")
    return None


def _wrong(message: str) -> NotPossible:
    return NotPossible(message, "Change the configuration in the suite.", UsageError.exit_code)


def flags_of(configuration: Configuration, staged: Staged) -> list[str]:
    """Return the flags of a configuration's delegate."""
    flags = [f"--delegate={configuration.delegate}"]
    match configuration.options:
        case XnnpackOptions() as xnnpack:
            if xnnpack.fp16:
                flags.append("--xnnpack_force_fp16=true")
            if xnnpack.weight_cache:
                file = weight_cache_file(configuration, staged, "litert")
                flags.append(f"--xnnpack_weight_cache_file_path={file}")
        case GpuOptions(precision=precision) if precision:
            flags.append(f"--gpu_precision={precision}")
        case NpuOptions() as npu:
            flags.append(f"--npu_vendor={npu.vendor}")
            if npu.libraries:
                flags.append(f"--npu_libraries={located(npu.libraries, staged)}")
            flags += [f"--npu_option={name}={value}" for name, value in npu.options]
        case ExternalOptions() as external:
            product = PRODUCTS.get(external.product)
            name = external.library or (product.library if product else "")
            pairs = dict(product.options if product else ()) | dict(external.options)
            flags.append(f"--external_delegate_path={located(name, staged)}")
            flags += [f"--external_delegate_option={key}={value}" for key, value in pairs.items()]
    return flags


def environment(
    configuration: Configuration, staged: Staged, identity: ToolIdentity
) -> dict[str, str]:
    """Return the variables that let a delegate find its libraries."""
    folders = [path for path in identity.libraries if f"/{PACKAGE}/" not in f"/{path}/"]
    match configuration.options:
        case NpuOptions(libraries=name) if name:
            folders.insert(0, located(name, staged))
        case ExternalOptions(product=product):
            known = PRODUCTS.get(product)
            extra = dsp_folders(folders) if known and known.dsp else {}
            return library_folders(folders) | extra
        case NpuOptions():
            pass
        case _:
            return {}
    return library_folders(folders)
