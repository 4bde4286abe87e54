"""Finds the ai-edge-litert wheel without importing it: no numpy, no extension modules."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import platform
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .failure import MeasureError

DISTRIBUTION = "ai-edge-litert"
PACKAGE = "ai_edge_litert"

# Wheels whose C structures (`capi`) and profiler events (`profiling`) were checked by running them.
VERIFIED_WHEELS = frozenset({"2.3.0"})
VERIFIED_POINTER_BYTES = 8

VENDORS_FOLDER = "vendors"
GPU_LIBRARY = "libLiteRtWebGpuAccelerator.so"
LIBRARY_NAMES = ("libLiteRt.so", "libLiteRt.dylib")


@dataclass(frozen=True, slots=True)
class Wheel:
    """The installed wheel.

    Attributes:
        version: Version of the distribution.
        library: The LiteRT C library inside it.
    """

    version: str
    library: Path

    @property
    def verified(self) -> bool:
        """Whether the C library may be driven."""
        pointer_bytes = ctypes.sizeof(ctypes.c_void_p)
        return self.version in VERIFIED_WHEELS and pointer_bytes == VERIFIED_POINTER_BYTES

    def gpu_library(self) -> Path:
        """Return the GPU accelerator. Raises MeasureError if the wheel has none."""
        path = self.library.with_name(GPU_LIBRARY)
        if not path.is_file():
            raise MeasureError("tool", f"{DISTRIBUTION} {self.version} here has no {GPU_LIBRARY}.")
        return path

    def vendors(self) -> dict[str, Path]:
        """Return the folder of each NPU vendor whose dispatch library is in the wheel."""
        folders = sorted(self.library.parent.glob(f"{VENDORS_FOLDER}/*"))
        return {
            folder.name: folder for folder in folders if any(folder.glob("dispatch/libLiteRt*"))
        }

    def vendor(self, name: str) -> Path:
        """Return the folder of an NPU vendor. Raises MeasureError if the wheel has none."""
        found = self.vendors()
        if name not in found:
            raise MeasureError(
                "tool",
                f"{DISTRIBUTION} {self.version} here has no dispatch library of {name}.",
                f"It has: {', '.join(found) or 'none'}.",
            )
        return found[name]


def find_wheel() -> Wheel:
    """Return the installed wheel.

    Raises:
        MeasureError: It is not installed, or its C library is missing.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    try:
        found = version(DISTRIBUTION)
    except PackageNotFoundError:
        found = ""
    if not found or not folders:
        raise MeasureError(
            "tool",
            f"{DISTRIBUTION} is not installed for {sys.executable}.",
            f"Install it there: pip install {DISTRIBUTION}",
        )
    for folder in folders:
        for name in LIBRARY_NAMES:
            if (Path(folder) / name).is_file():
                return Wheel(found, Path(folder) / name)
    raise MeasureError(
        "tool",
        f"{DISTRIBUTION} {found} in {folders[0]} has no {LIBRARY_NAMES[0]}.",
        f"Install a verified version: {', '.join(sorted(VERIFIED_WHEELS))}.",
    )


def describe(wheel: Wheel) -> dict[str, object]:
    """Return what identifies the wheel and the Python that runs it."""
    digest = hashlib.sha256()  # file_digest is newer than the oldest Python of the wheel
    with wheel.library.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return {
        "version": wheel.version,
        "verified": wheel.verified,
        "verified_wheels": sorted(VERIFIED_WHEELS),
        "library": str(wheel.library),
        "sha256": digest.hexdigest(),
        "python": platform.python_version(),
        "executable": sys.executable,
        "accelerators": [str(path) for path in accelerators(wheel)],
        "missing": missing(wheel),
    }


def accelerators(wheel: Wheel) -> list[Path]:
    """Return the GPU accelerator and the folders of NPU vendors that can be used here."""
    gpu = wheel.library.with_name(GPU_LIBRARY)
    usable = [gpu] if gpu.is_file() and not _lacks_atomics() else []
    return [*usable, *wheel.vendors().values()]


def missing(wheel: Wheel) -> dict[str, str]:
    """Return what cannot be used here and why, by `gpu` or the vendor of an NPU."""
    lacking = {}
    if _lacks_atomics():
        lacking["gpu"] = f"{GPU_LIBRARY} needs a CPU with LSE atomics, and kills processes without"
    for name, folder in wheel.vendors().items():
        for plugin in folder.glob("compiler/libLiteRt*"):
            needed = _openvino_needed(plugin)
            # The plugin's own search path: the package beside that of the wheel.
            beside = wheel.library.parents[1] / "openvino" / "libs" / needed
            if needed and not beside.is_file() and not _can_load(needed):
                lacking[name] = f"{needed} is missing: {_package(needed)}"
    return lacking


def _lacks_atomics() -> bool:
    if platform.machine() != "aarch64":
        return False
    try:
        return lacks_atomics(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"))
    except OSError:
        return False


def lacks_atomics(cpuinfo: str) -> bool:
    """Whether the kernel lists the features of Arm CPUs, and one of them has no LSE atomics."""
    features = [line.split() for line in cpuinfo.splitlines() if line.startswith("Features")]
    return not all("atomics" in words for words in features)


def _package(library: str) -> str:
    """libopenvino.so.2631 is that of OpenVINO 2026.3.1."""
    digits = library.rpartition(".")[2]
    if len(digits) != 4:
        return "OpenVINO of another version is needed"
    return f"the wheel was built for OpenVINO 20{digits[:2]}.{digits[2]}.{digits[3]}"


def _openvino_needed(plugin: Path) -> str:
    """Return the file name of the OpenVINO library of the version that a plugin was built for."""
    found = re.search(rb"libopenvino\.so\.[0-9]+", plugin.read_bytes())
    return found.group().decode() if found else ""


def _can_load(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
