"""The flags of a program, read from what it prints about them, and what they say about it.

The usage has one line a flag: `--num_runs=50  int32  optional  text`. No version prints its own
version, so family and age are told from the flags alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

_FLAG = re.compile(r"^[ \t]{0,16}--([A-Za-z0-9][A-Za-z0-9_-]{0,99})=", re.MULTILINE)
# The longest usage seen has 68 flags; more than this is no usage.
MOST_FLAGS = 2000

PROFILE_PROTO = ("op_profiling_output_mode", "op_profiling_output_file")
PROFILE_CSV = "profiling_output_csv_file"
RESULT_PROTO = "result_file_path"
RUNTIME_INFO = ("export_model_runtime_info", "model_runtime_info_output_file")

_LITERT_ONLY = ("use_npu", "use_profiler")
# From 2.2.0 on, LiteRT's program answers --help through Abseil, which lists none of its flags.
_LITERT_HELP = ("benchmark_litert_model", "Try --helpfull to get a list of all flags")
_TFLITE_ONLY = ("enable_op_profiling", "graph", "num_runs")


class Family(Enum):
    """Which of the programs called benchmark_model it is."""

    TFLITE = "tflite"
    LITERT = "litert"
    UNKNOWN = "unknown"


def parse_flags(text: str) -> tuple[str, ...]:
    """Return the names of the flags in a usage, sorted, each once.

    Some flags are listed twice (`num_threads` by the tool and by a delegate provider).
    """
    return _names(_FLAG, text)


def _names(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    names: set[str] = set()
    for match in pattern.finditer(text):
        names.add(match[1])
        if len(names) >= MOST_FLAGS:
            break
    return tuple(sorted(names))


def family_of(flags: Iterable[str], help_text: str) -> Family:
    """Tell the family of a program by its flags, or by the way it answers `--help`."""
    names = set(flags)
    if names.intersection(_LITERT_ONLY):
        return Family.LITERT
    if names.issuperset(_TFLITE_ONLY):
        return Family.TFLITE
    if answers_by_abseil(help_text):
        return Family.LITERT
    return Family.UNKNOWN


def answers_by_abseil(help_text: str) -> bool:
    """Tell whether `--help` was answered by LiteRT's program from 2.2.0 on."""
    return any(words in help_text for words in _LITERT_HELP)


def version_text(flags: Iterable[str]) -> str:
    """Describe the age of a TFLite program by its flags.

    LiteRT's tags were read for when each flag appeared; the release of TensorFlow is only known
    for the oldest set, which is that of 2.14.
    """
    names = set(flags)
    if RESULT_PROTO in names:
        return "TFLite family, with result and profile protos (flags of LiteRT 2.1 or later)"
    if names.issuperset(PROFILE_PROTO):
        return "TFLite family, with profile protos (flags of LiteRT 1.1 to 2.0)"
    return "TFLite family, without protos (flags of TensorFlow 2.14)"
