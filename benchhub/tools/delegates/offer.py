"""Turns the delegate of a configuration into flags, or says why that is not possible."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from benchhub.errors import ToolError, UsageError
from benchhub.records import Configuration, DeviceFacts, ToolIdentity
from benchhub.tools.tool import Staged

Arguments = tuple[tuple[str, str], ...]

LIBRARY_PATH = "LD_LIBRARY_PATH"
# Where the DSP's loader looks for skels. Its separator is `;`: a list with `:` is one folder to it.
ADSP_PATH = "ADSP_LIBRARY_PATH"
DSP_SEPARATOR = ";"
# The folders that TFLite's Hexagon delegate names, and the vendor's partition of later phones.
_ADSP_SYSTEM = (
    "/system/lib/rfsa/adsp",
    "/system/vendor/lib/rfsa/adsp",
    "/vendor/lib/rfsa/adsp",
    "/dsp",
)

# These choose another delegate than the configuration says, which its name would then hide.
_OTHER_DELEGATES = frozenset({"stable_delegate_settings_file", "use_gpuv3", "use_ynnpack"})
_FULL = "require_full_delegation"
# With these the program measures nothing.
_NO_MEASUREMENT = frozenset({"dry_run", "help", "list_signatures"})
# Flags that benchhub sets itself; given twice, the second one would be ignored.
OWN_FLAGS = frozenset(
    {
        "allow_dynamic_profiling_buffer_increase",
        "compiler_plugin_library_path",
        "coreml_version",
        "disable_nnapi_cpu",
        "dispatch_library_path",
        "enable_op_profiling",
        "enable_perfetto",
        "export_model_runtime_info",
        "external_delegate_options",
        "external_delegate_path",
        "gpu-precision",
        "gpu_backend",
        "gpu_experimental_enable_quant",
        "gpu_inference_for_sustained_speed",
        "gpu_precision_loss_allowed",
        "graph",
        "hexagon_lib_path",
        "hexagon_profiling",
        "input_layer",
        "input_layer_shape",
        "input_layer_value_files",
        "input_layer_value_range",
        "max_profiling_buffer_entries",
        "max_secs",
        "min_secs",
        "model_runtime_info_output_file",
        "nnapi_accelerator_name",
        "nnapi_allow_fp16",
        "nnapi_execution_preference",
        "nnapi_execution_priority",
        "nnapi_use_burst_mode",
        "num_runs",
        "num_threads",
        "op_profiling_output_file",
        "op_profiling_output_mode",
        "output_filepath",
        "output_proto_filepath",
        "profiling_output_csv_file",
        "result_file_path",
        "run_delay",
        "run_frequency",
        "signature_to_run_for",
        "use_coreml",
        "use_cpu",
        "use_gpu",
        "use_hexagon",
        "use_nnapi",
        "use_npu",
        "use_profiler",
        "use_xnnpack",
        "warmup_min_secs",
        "warmup_runs",
        "xnnpack_force_fp16",
        "xnnpack_weight_cache_file_path",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """What a delegate meets on a device.

    Attributes:
        family: `tflite` or `litert`: which program called benchmark_model.
        flags: Those of its --help.
        facts: What the device says of itself; None if that was held against already.
        libraries: Folders there with libraries.
    """

    family: str
    flags: frozenset[str]
    facts: DeviceFacts | None
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """How a delegate is asked for.

    Attributes:
        arguments: Flags and values.
        env: Variables that it needs.
        notes: What to know about it.
        profiling: Further flags and values of invocations that profile.
    """

    arguments: Arguments = ()
    env: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    profiling: Arguments = ()


@dataclass(frozen=True, slots=True)
class NotPossible:
    """Why a delegate cannot be had there, and what to do."""

    message: str
    advice: str
    exit_code: int = ToolError.exit_code


def offer(
    configuration: Configuration, place: Place, staged: Staged | None = None
) -> Offer | NotPossible:
    """Return the flags of a configuration's delegate and its extra flags.

    Args:
        configuration: What is asked for.
        place: Program and device.
        staged: Where its files are; None if it is only asked whether it is possible.
    """
    # Both know what an offer is.
    from benchhub.tools.delegates import litert, tflite  # noqa: PLC0415

    dialect = tflite.offer if place.family == "tflite" else litert.offer
    found = dialect(configuration, place, staged)
    if isinstance(found, NotPossible):
        return found
    extra = tuple(name for name, _ in configuration.extra_flags)
    if refused := _not_extra(extra, found, place):
        return refused
    wanted = (name for name, _ in (*found.arguments, *found.profiling))
    missing = absent((*wanted, *extra), place)
    if missing:
        return lacking(missing, configuration.delegate, place)
    return replace(found, arguments=(*found.arguments, *configuration.extra_flags))


def _not_extra(extra: tuple[str, ...], found: Offer, place: Place) -> NotPossible | None:
    """Say which extra flags cannot be passed through, whether the program has them or not."""
    taken = {name for name, _ in (*found.arguments, *found.profiling)} | OWN_FLAGS
    if own := [name for name in extra if name in taken]:
        return NotPossible(
            f"extra_flags: benchhub sets {flagged(own)} itself.",
            "Use the suite's own keys for it.",
            UsageError.exit_code,
        )
    if other := [name for name in extra if name in _OTHER_DELEGATES]:
        return NotPossible(
            f"extra_flags: {flagged(other)} chooses another delegate than the configuration says.",
            "Leave it out: figures would stand under the wrong name.",
            UsageError.exit_code,
        )
    if idle := [name for name in extra if name in _NO_MEASUREMENT]:
        return NotPossible(
            f"extra_flags: with {flagged(idle)} the program measures nothing.",
            "Leave it out.",
            UsageError.exit_code,
        )
    if place.family == "litert" and _FULL in extra:
        return NotPossible(
            f"extra_flags: LiteRT's benchmark_model aborts with --{_FULL} as long as the CPU may "
            "run the rest.",
            "Demand it by `budgets: {min_delegated: 1}`.",
            UsageError.exit_code,
        )
    return None


def place_of(identity: ToolIdentity, facts: DeviceFacts | None) -> Place:
    """Return what a delegate meets where that program is."""
    return Place(identity.family, frozenset(identity.flags), facts, identity.libraries)


def environment(offered: Offer, identity: ToolIdentity) -> dict[str, str]:
    """Return all variables: the program's own libraries are looked for behind the delegate's."""
    env = dict(offered.env)
    folders = env.get(LIBRARY_PATH, "").split(":")
    return env | library_folders((*folders, *identity.libraries))


def absent(names: Iterable[str], place: Place) -> list[str]:
    """Return those flags that the program does not have."""
    return [name for name in names if name not in place.flags]


def flagged(names: Iterable[str]) -> str:
    """Return flags as a command line has them."""
    return ", ".join(f"--{name}" for name in names)


def lacking(names: Iterable[str], delegate: str, place: Place) -> NotPossible:
    """Say that the program lacks flags."""
    which = "TFLite's" if place.family == "tflite" else "LiteRT's"
    return NotPossible(
        f"{delegate}: this build of {which} benchmark_model does not know {flagged(names)}.",
        "It would ignore them and measure something else. Use a build that has them "
        "(`benchhub tools list` shows the flags of those that are there).",
    )


def library_folders(folders: Iterable[str]) -> dict[str, str]:
    """Return the variable that makes the loader look into these folders."""
    wanted = tuple(dict.fromkeys(filter(None, folders)))
    return {LIBRARY_PATH: ":".join(wanted)} if wanted else {}


def dsp_folders(folders: Iterable[str]) -> dict[str, str]:
    """Return the variable that makes Qualcomm's DSP loader look into these folders."""
    own = dict.fromkeys(filter(None, folders))
    return {ADSP_PATH: DSP_SEPARATOR.join((*own, *_ADSP_SYSTEM))}


def weight_cache_file(configuration: Configuration, staged: Staged, program: str) -> str:
    """Return the file in which the processes of one case keep packed weights, one after the other.

    It lies beside the folders of the invocations, which are removed at the end of a run: the first
    process of a case fills it in every run, and no other case, run or program finds it filled.

    Args:
        configuration: That of the case.
        staged: Where its files are.
        program: Whose format the file has.
    """
    case = f"{posixpath.basename(staged.model)}.{configuration.name}.t{configuration.threads}"
    return posixpath.join(posixpath.dirname(staged.work_dir), f"{case}.{program}.xnnpack")


def located(name: str, staged: Staged | None) -> str:
    """Return where a file that a suite names is on the device."""
    return staged.files.get(name, name) if staged else name
