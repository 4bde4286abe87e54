"""What LiteRT prints about its accelerators: which were there, and what runs them.

    INFO: [accelerator_registry.cc:53] RegisterAccelerator: ptr=0x5648bed65a40, name=CpuAccelerator
    INFO: [gpu_registry.cc:120] Dynamically loaded GPU accelerator(libLiteRt...so) registered.
    WARNING: [gpu_registry.cc:131] GPU accelerator could not be loaded and registered.
    WARNING: [npu_registry.cc:33] NPU accelerator could not be loaded and registered: ...

An accelerator that is there may still take no node, and LiteRT then goes on with the next one
without a word. What the delegates themselves print is as in TFLite (`delegate_lines`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from benchhub.tools.benchmark_model.delegate_lines import DelegateLines, read_delegate_lines
from benchhub.tools.benchmark_model.names import delegate_name

# Delegates that are wishes: LiteRT may run the CPU instead.
ACCELERATORS = ("gpu", "npu")
XNNPACK_LINE = "Created TensorFlow Lite XNNPACK delegate for CPU."
CPU_ACCELERATOR = "CpuAccelerator"
# LiteRT's delegate for every NPU.
_DISPATCH = "DispatchDelegate"
_MOST = 1000

_REGISTERED = re.compile(r"RegisterAccelerator: ptr=\w{1,40}, name=(\w{1,80})")
_ADAPTER = re.compile(r"Selected adapter: [^\n]{0,300}?backend=(?:BackendType::)?(\w{1,40})")
_THERE: Mapping[str, tuple[str, ...]] = {
    "gpu": (
        "Statically linked GPU accelerator registered",
        "Dynamically loaded GPU accelerator(",
        "GPU accelerator registered from handle option",
    ),
    "npu": ("NPU accelerator registered.",),
}
_MISSING: Mapping[str, tuple[str, ...]] = {
    "gpu": (
        "GPU accelerator could not be loaded and registered",
        "GPU accelerator could not be dynamically loaded and registered",
    ),
    "npu": (
        "NPU accelerator could not be loaded and registered",
        "Dispatch library directory is not set.",
    ),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lines about accelerators and delegates.

    Attributes:
        registered: Names of the accelerators that the runtime lists; empty if it lists none.
        there: Line by accelerator (`gpu`, `npu`) that was loaded.
        missing: Line by accelerator that could not be loaded.
        backend: What the GPU accelerator runs on; empty if it does not say.
        lines: What the delegates print.
    """

    registered: frozenset[str]
    there: Mapping[str, str]
    missing: Mapping[str, str]
    backend: str
    lines: DelegateLines


def read_evidence(stdout: str, stderr: str) -> Evidence:
    """Read both streams of a process. Never raises."""
    text = f"{stderr}\n{stdout}"
    lines = read_delegate_lines(stdout, stderr)
    there, missing = _found(_THERE, text), _found(_MISSING, text)
    adapter = _ADAPTER.search(text)
    return Evidence(
        registered=frozenset(match[1] for match in islice(_REGISTERED.finditer(text), _MOST)),
        there=there,
        # Another environment of the process may lack what this one has.
        missing={word: line for word, line in missing.items() if word not in there},
        backend=lines.backend or (f"WebGPU on {adapter[1]}" if adapter else ""),
        lines=lines,
    )


def delegate_of(name: str) -> str | None:
    """Return the delegate of that name in the runtime; None for the type of an operator."""
    return "npu" if name == _DISPATCH else delegate_name(name)


def word_of(name: str, requested: str) -> str:
    """Return benchhub's word for a delegate as the runtime names it.

    LiteRT has three kinds of delegates: XNNPACK, its own for NPUs, and that of the GPU
    accelerator, whose name differs from one to the next.
    """
    word = delegate_of(name) or name
    return "gpu" if requested == "gpu" and word not in ("xnnpack", "npu") else word


def _found(lines: Mapping[str, tuple[str, ...]], text: str) -> dict[str, str]:
    """Return the first of its lines that is there, by accelerator."""
    return {
        accelerator: line
        for accelerator, choices in lines.items()
        if (line := next((words for words in choices if words in text), ""))
    }
