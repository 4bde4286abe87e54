"""Finds the ai-edge-litert wheel without importing it: no numpy, no extension modules."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import platform
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
    with wheel.library.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "version": wheel.version,
        "verified": wheel.verified,
        "verified_wheels": sorted(VERIFIED_WHEELS),
        "library": str(wheel.library),
        "sha256": digest,
        "python": platform.python_version(),
        "executable": sys.executable,
    }
