"""What LiteRT's GPU accelerator says of itself on standard error. Pure.

Formats as printed by ai-edge-litert 2.3.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchhub.records import Unsupported

_ADAPTER = re.compile(r"Selected adapter: (?P<name>[^\n]*)")
_BACKEND = re.compile(r"\bbackend=(\w+)")
_ON_CPU = "adapterType=CPU"
# How a backend ends that computes on the CPU.
SOFTWARE = ", software"
_HEAD = "Following operations are not supported by GPU delegate:"
_REASON = re.compile(r"([A-Z][A-Z0-9_]*|[\w.]+): (.+)")
# Bounded: a line may be millions of digits long.
_COVERAGE = re.compile(
    r"(?P<gpu>\d{1,9}) operations will run on the GPU, and the remaining (?P<cpu>\d{1,9}) "
    r"operations? will run on the CPU\.|No operations will run on the GPU, and all "
    r"(?P<all>\d{1,9}) operations? will run on the CPU\."
)
_NO_HALF = re.compile(r"Precision::F16\S{0,40} is not supported on this GPU")
_NONE_FOUND = "No adapters found"
_VULKAN = re.compile(r"Warning: (Couldn't load Vulkan: [^\n]*|vkCreateInstance: Found no drivers!)")
# A name that is longer than this is no name.
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class GpuLines:
    """What was said.

    Attributes:
        backend: API and adapter, e.g. `WebGPU Vulkan: llvmpipe, software`; empty if not told.
        coverage: Nodes on the GPU and on the CPU by graph, as told for those that are not whole.
        unsupported: Operators that the GPU did not take, each once.
        no_half: Whether it said that it has no half precision.
        evidence: The line of the coverage.
    """

    backend: str
    coverage: tuple[tuple[int, int], ...]
    unsupported: tuple[Unsupported, ...]
    no_half: bool
    evidence: str


def read_gpu_lines(stderr: str) -> GpuLines:
    """Return what the accelerator said; empty parts for what it did not say."""
    coverage = list(_COVERAGE.finditer(stderr))
    return GpuLines(
        backend=_backend(stderr),
        coverage=tuple(
            (0, int(found["all"])) if found["all"] else (int(found["gpu"]), int(found["cpu"]))
            for found in coverage
        ),
        unsupported=_unsupported(stderr),
        no_half=_NO_HALF.search(stderr) is not None,
        evidence=coverage[0].group() if coverage else "",
    )


def _backend(stderr: str) -> str:
    found = _ADAPTER.search(stderr)
    if found is None:
        return ""
    line = found["name"]
    api = _BACKEND.search(line)
    name = line.partition(", arch=")[0].strip()[:_MAX_NAME]
    kind = SOFTWARE if _ON_CPU in line else ""
    return f"WebGPU {api.group(1) if api else ''}".rstrip() + f": {name}{kind}"


def _unsupported(stderr: str) -> tuple[Unsupported, ...]:
    """The lines after the head, up to one that is no operator with a reason."""
    found: dict[Unsupported, None] = {}
    inside = False
    for line in stderr.splitlines():
        if line.endswith(_HEAD):
            inside = True
        elif inside:
            match = _REASON.fullmatch(line.strip())
            inside = match is not None
            if match:
                found[Unsupported(match[1][:_MAX_NAME], match[2][:_MAX_NAME])] = None
    return tuple(found)


def no_gpu(stderr: str) -> str | None:
    """Return why there is no GPU, in the runtime's words; None if that is not the matter."""
    if _NONE_FOUND not in stderr:
        return None
    why = _VULKAN.search(stderr)
    return f"{_NONE_FOUND} ({why.group(1)})" if why else _NONE_FOUND
