"""Real inputs to start from: recorded output, the repository's own suites and devices."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.fuzz.packing import pack

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "recorded"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder below it is made safely


@cache
def scratch() -> Path:
    """Return a folder of this process for files, in memory where possible."""
    base = _MEMORY if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="benchhub-fuzz-", dir=base))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def files(*patterns: str) -> Callable[[], list[bytes]]:
    """Return what reads the files of the repository that match."""
    return lambda: [
        path.read_bytes() for pattern in patterns for path in sorted(ROOT.glob(pattern))
    ]


def streams(folder: str) -> Callable[[], list[bytes]]:
    """Return what reads recorded processes: standard output and standard error of each."""

    def read() -> list[bytes]:
        return [
            pack({"stdout": path.read_bytes(), "stderr": path.with_suffix(".stderr").read_bytes()})
            for path in sorted(RECORDED.glob(f"{folder}/*.stdout"))
            if path.with_suffix(".stderr").exists()
        ]

    return read


def texts(*seeds: str) -> Callable[[], list[bytes]]:
    """Return what gives texts that are written in the code."""
    return lambda: [seed.encode() for seed in seeds]
