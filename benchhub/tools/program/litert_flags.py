"""The flags of LiteRT's program: which release brought which, and those of the vendors.

From 2.2.0 on its `--help` is Abseil's, which lists none of them. Its own parser, which every
version has, prints all of them when a value cannot be read; where even that gives nothing, the
flags of 2.2.0 are taken as known: they were read in the sources of each release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Those of every program of both families (BenchmarkModel::GetFlags).
BASE = frozenset(
    {
        "benchmark_name",
        "dry_run",
        "gpu_invoke_loop_times",
        "max_secs",
        "memory_footprint_check_interval_ms",
        "min_secs",
        "num_runs",
        "num_threads",
        "output_prefix",
        "report_peak_memory_footprint",
        "run_delay",
        "run_frequency",
        "use_caching",
        "verbose",
        "warmup_min_secs",
        "warmup_runs",
    }
)
# Flags by the release that brought them, from its tags; those that went again are in _GONE.
RELEASES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "1.3",
        frozenset(
            {
                "graph",
                "require_full_delegation",
                "signature_to_run_for",
                "use_cpu",
                "use_gpu",
                "use_npu",
            }
        ),
    ),
    (
        "1.4",
        frozenset({"compiler_plugin_library_path", "dispatch_library_path", "use_profiler"}),
    ),
    ("2.0.2a1", frozenset({"gpu_backend", "result_file_path"})),
    ("2.0.2", frozenset({"gpu_low_priority", "model_runtime_info_output_file"})),
    (
        "2.1.0",
        frozenset({"compiler_cache_path", "enable_perfetto", "mediatek_nerun_pilot_version"}),
    ),
    ("2.1.3", frozenset({"input_layer_value_range"})),
    ("2.1.5", frozenset({"convert_weights_on_gpu", "enable_weight_sharing", "gpu-precision"})),
    ("2.2.0", frozenset({"xnnpack_weight_cache_file_path"})),
    (
        "after 2.2.0",
        frozenset(
            {
                "gpu_cache_compiled_programs_only",
                "gpu_model_cache_key",
                "gpu_prefer_texture_weights",
                "gpu_serialization_dir",
                "gpu_serialize_external_tensors",
                "gpu_wait_for_weights_conversion_complete",
            }
        ),
    ),
)
_ABSEIL = "2.2.0"

# Read by Abseil, not by the program's own parser.
VENDORS = ("google_tensor_", "intel_openvino_", "mediatek_", "qualcomm_", "samsung_")
# Abseil's list: `    --qualcomm_backend (What it is.); default: htp;`
_VENDOR_FLAG = re.compile(
    rf"^[ \t]{{0,16}}--((?:{'|'.join(VENDORS)})[a-z0-9_]{{1,80}}) \(", re.MULTILINE
)


def assumed() -> tuple[str, ...]:
    """Return the flags of a program that answers by Abseil and lists none: those of 2.2.0."""
    names = set(BASE)
    for release, flags in RELEASES:
        names |= flags
        if release == _ABSEIL:
            break
    return tuple(sorted(names))


def vendor_flags(text: str) -> tuple[str, ...]:
    """Return the vendors' flags in Abseil's `--helpfull`, sorted, each once."""
    return tuple(sorted({match[1] for match in _VENDOR_FLAG.finditer(text)}))


def litert_version_text(flags: Iterable[str], *, listed: bool) -> str:
    """Describe the age of LiteRT's program by its flags.

    Args:
        flags: Its flags.
        listed: The program listed them itself.
    """
    if not listed:
        return f"LiteRT family, {_ABSEIL} or later (it does not list its flags)"
    names = set(flags)
    known = [release for release, brought in RELEASES if names.issuperset(brought)]
    if not known:
        return "LiteRT family, of an age that its flags do not tell"
    newest = known[-1]
    return f"LiteRT family (flags of LiteRT {newest})"
