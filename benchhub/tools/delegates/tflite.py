"""How TFLite's benchmark_model is asked for a delegate, and where that makes sense.

Flags: the delegate providers in tensorflow/lite/tools/delegates, and each tag of LiteRT.
"""

from __future__ import annotations

from benchhub.errors import UsageError
from benchhub.records import (
    OPTIONS,
    Configuration,
    CoremlOptions,
    DelegateOptions,
    ExternalOptions,
    GpuOptions,
    HexagonOptions,
    NnapiOptions,
    NpuOptions,
    XnnpackOptions,
)
from benchhub.tools.delegates import products, silicon
from benchhub.tools.delegates.offer import (
    DSP_SEPARATOR,
    Arguments,
    NotPossible,
    Offer,
    Place,
    dsp_folders,
    library_folders,
    located,
    weight_cache_file,
)
from benchhub.tools.tool import Staged

NNAPI_API_LEVEL = 27
NNAPI_NAMED_API_LEVEL = 29
NNAPI_PRIORITY_API_LEVEL = 30
NNAPI_DEPRECATED_API_LEVEL = 35
# The program has --use_gpu everywhere, this one only where the GPU delegate is built in.
GPU_BUILT_IN = "gpu_precision_loss_allowed"
_HEXAGON_NEEDS = (
    "Needs libhexagon_interface.so (`benchhub tools fetch --hexagon`) and Qualcomm's "
    "libhexagon_nn_skel*.so, both of v1.20.0."
)
_CYCLES = "With `profiling` the times of its operators are cycles."
_ANOTHER = "Leave this configuration out for this device (`exclude`), or choose another delegate."

_DEFAULTS: dict[str, DelegateOptions] = {word: kind() for word, kind in OPTIONS.items()}


def offer(configuration: Configuration, place: Place, staged: Staged | None) -> Offer | NotPossible:
    """Return the flags of a delegate; see `benchhub.tools.delegates.offer`."""
    options = configuration.options or _DEFAULTS.get(configuration.delegate)
    match options:
        case XnnpackOptions():
            found = _xnnpack(configuration, options, staged)
        case GpuOptions():
            found = _gpu(options, place)
        case NnapiOptions():
            found = _nnapi(options, place)
        case HexagonOptions():
            found = _hexagon(options, place, staged)
        case ExternalOptions():
            found = _external(options, place, staged)
        case CoremlOptions():
            found = _coreml(options, place)
        case NpuOptions():
            found = NotPossible(
                "npu: TFLite's benchmark_model has none; LiteRT's has.",
                "Measure it with the tool benchmark_litert_model, or litert.",
            )
        case None:
            # Left out, the runtime would apply XNNPACK as it sees fit.
            found = Offer((("use_xnnpack", "false"),))
    return found


def _xnnpack(
    configuration: Configuration, options: XnnpackOptions, staged: Staged | None
) -> Offer | NotPossible:
    arguments: Arguments = (("use_xnnpack", "true"),)
    notes: tuple[str, ...] = ()
    if options.fp16:
        arguments += (("xnnpack_force_fp16", "true"),)
    if options.weight_cache:
        arguments += weight_cache(configuration, staged)
        notes = (
            "The first process of a case fills the weight cache: its init is not like the others'.",
        )
    return Offer(arguments, notes=notes)


def weight_cache(configuration: Configuration, staged: Staged | None) -> Arguments:
    """Return the flag of the cache that the processes of a case share."""
    file = weight_cache_file(configuration, staged, "benchmark_model") if staged else "FILE"
    return (("xnnpack_weight_cache_file_path", file),)


def _gpu(options: GpuOptions, place: Place) -> Offer | NotPossible:
    if options.backend not in ("", "cl", "gl"):
        return NotPossible(
            f"gpu: TFLite's benchmark_model has no backend '{options.backend}' (it has: cl, gl).",
            "Choose one of them, or measure with LiteRT's program or the tool litert.",
            UsageError.exit_code,
        )
    if GPU_BUILT_IN not in place.flags:
        return NotPossible(
            "gpu: this build of TFLite's benchmark_model has no GPU delegate.",
            "It would warn and measure the CPU. The official programs for Android have one.",
        )
    arguments: Arguments = (("use_gpu", "true"),)
    if options.backend:
        arguments += (("gpu_backend", options.backend),)
    if options.precision:
        arguments += ((GPU_BUILT_IN, _bool(options.precision == "fp16")),)
    if options.sustained:
        arguments += (("gpu_inference_for_sustained_speed", "true"),)
    if options.quantised is not None:
        arguments += (("gpu_experimental_enable_quant", _bool(options.quantised)),)
    notes = () if options.precision else ("It computes in fp16 unless `precision: fp32`.",)
    return Offer(arguments, library_folders(place.libraries), notes)


def _nnapi(options: NnapiOptions, place: Place) -> Offer | NotPossible:
    if refused := _nnapi_device(options, place):
        return refused
    arguments: Arguments = (("use_nnapi", "true"),)
    if options.accelerator:
        arguments += (("nnapi_accelerator_name", options.accelerator),)
    else:
        # With a named accelerator the program ignores it.
        arguments += (("disable_nnapi_cpu", _bool(options.cpu_disallowed)),)
    if options.preference:
        arguments += (("nnapi_execution_preference", options.preference),)
    if options.priority:
        arguments += (("nnapi_execution_priority", options.priority),)
    if options.fp16:
        arguments += (("nnapi_allow_fp16", "true"),)
    if options.burst:
        arguments += (("nnapi_use_burst_mode", "true"),)
    level = place.facts.api_level if place.facts else None
    deprecated = level is not None and level >= NNAPI_DEPRECATED_API_LEVEL
    notes = ("NNAPI is deprecated since Android 15.",) if deprecated else ()
    return Offer(arguments, library_folders(place.libraries), notes)


def _nnapi_device(options: NnapiOptions, place: Place) -> NotPossible | None:
    facts = place.facts
    if facts is None:
        return None
    if facts.kind != "android":
        return NotPossible("nnapi: only Android has it.", _ANOTHER)
    needed = NNAPI_API_LEVEL, "Android 8.1"
    if options.accelerator:
        needed = NNAPI_NAMED_API_LEVEL, "`accelerator` Android 10"
    if options.priority:
        needed = NNAPI_PRIORITY_API_LEVEL, "`priority` Android 11"
    level = facts.api_level
    if level is None or level >= needed[0]:
        return None
    return NotPossible(
        f"nnapi: needs {needed[1]} (API level {needed[0]}); the device has {level}.", _ANOTHER
    )


def _hexagon(options: HexagonOptions, place: Place, staged: Staged | None) -> Offer | NotPossible:
    facts = place.facts
    if facts is not None and facts.platform not in ("android_arm64", "android_arm"):
        return NotPossible("hexagon: only Android phones with a Snapdragon have it.", _ANOTHER)
    if facts is not None and (chip := silicon.of_another_maker(facts, "qualcomm")):
        return NotPossible(
            f"hexagon: it is in Qualcomm's Snapdragon; the device has {chip}.", _ANOTHER
        )
    given = located(options.libraries, staged)
    folders = (given,) if given else place.libraries
    arguments: Arguments = (("use_hexagon", "true"),)
    if folders:
        # The program puts it before the system's folders, as the DSP's loader reads them.
        arguments += (("hexagon_lib_path", DSP_SEPARATOR.join(folders)),)
    profiling: Arguments = (("hexagon_profiling", "true"),) if options.profiling else ()
    env = library_folders((*folders, *place.libraries)) | dsp_folders(folders)
    notes = (_HEXAGON_NEEDS, *((_CYCLES,) * options.profiling))
    return Offer(arguments, env, notes, profiling)


def _external(options: ExternalOptions, place: Place, staged: Staged | None) -> Offer | NotPossible:
    product = products.PRODUCTS.get(options.product)
    if product and place.facts and (why := product.misplaced(place.facts)):
        return NotPossible(f"external {options.product}: {why}.", _ANOTHER)
    name = options.library or (product.library if product else "")
    if not name:
        return NotPossible(
            "external: the suite does not say which.",
            "Give its `library`, or a `product`.",
            UsageError.exit_code,
        )
    pairs = dict(product.options if product else ()) | dict(options.options)
    for key, value in pairs.items():
        if any(sign in f"{key}{value}" for sign in ":;"):
            return NotPossible(
                f"external: the option '{key}: {value}' cannot be given: the program cuts its "
                "list at `;` and each item at `:`.",
                "Use a value without these signs, or the tool litert, which hands options over "
                "one by one.",
                UsageError.exit_code,
            )
    arguments: Arguments = (("external_delegate_path", located(name, staged)),)
    if pairs:
        words = ";".join(f"{key}:{value}" for key, value in pairs.items())
        arguments += (("external_delegate_options", words),)
    env = library_folders(place.libraries)
    if product and product.dsp:
        env |= dsp_folders(place.libraries)
    return Offer(arguments, env, (product.needs,) if product else ())


def _coreml(options: CoremlOptions, place: Place) -> Offer | NotPossible:
    if place.facts is not None and place.facts.kind != "darwin":
        return NotPossible("coreml: only Apple's devices have it.", _ANOTHER)
    arguments: Arguments = (("use_coreml", "true"),)
    if options.version:
        arguments += (("coreml_version", str(options.version)),)
    return Offer(arguments)


def _bool(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "true" if value else "false"
