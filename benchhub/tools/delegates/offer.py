"""Turns the delegate of a configuration into flags, or says why that is not possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from benchhub.errors import ToolError, UsageError
from benchhub.records import Configuration, DeviceFacts, ToolIdentity
from benchhub.tools.tool import Staged

Arguments = tuple[tuple[str, str], ...]

LIBRARY_PATH = "LD_LIBRARY_PATH"
# Where the DSP's loader looks for skels. Its separator is `;`: a list with `:` is one folder to it.
ADSP_PATH = "ADSP_LIBRARY_PATH"
_ADSP_SYSTEM = ("/system/lib/rfsa/adsp", "/system/vendor/lib/rfsa/adsp", "/vendor/lib/rfsa/adsp")

# Flags that benchhub sets itself; given twice, the second one would be ignored.
OWN_FLAGS = frozenset(
    {
        "allow_dynamic_profiling_buffer_increase",
        "compiler_plugin_library_path",
        "dispatch_library_path",
        "dry_run",
        "enable_op_profiling",
        "enable_perfetto",
        "export_model_runtime_info",
        "external_delegate_options",
        "external_delegate_path",
        "gpu-precision",
        "gpu_backend",
        "graph",
        "help",
        "hexagon_lib_path",
        "hexagon_profiling",
        "input_layer",
        "input_layer_shape",
        "input_layer_value_files",
        "input_layer_value_range",
        "list_signatures",
        "max_profiling_buffer_entries",
        "max_secs",
        "min_secs",
        "model_runtime_info_output_file",
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
        "use_ynnpack",
        "warmup_min_secs",
        "warmup_runs",
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
    taken = sorted({name for name, _ in found.arguments} | OWN_FLAGS)
    if own := [name for name in extra if name in taken]:
        return NotPossible(
            f"extra_flags: benchhub sets {flagged(own)} itself.",
            "Use the suite's own keys for it.",
            UsageError.exit_code,
        )
    wanted = (name for name, _ in (*found.arguments, *found.profiling))
    missing = absent((*wanted, *extra), place)
    if missing:
        return lacking(missing, configuration.delegate, place)
    return replace(found, arguments=(*found.arguments, *configuration.extra_flags))


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
    return {ADSP_PATH: ";".join((*dict.fromkeys(filter(None, folders)), *_ADSP_SYSTEM))}


def located(name: str, staged: Staged | None) -> str:
    """Return where a file that a suite names is on the device."""
    return staged.files.get(name, name) if staged else name
