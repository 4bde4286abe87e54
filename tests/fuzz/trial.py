"""One input under bounds: time, memory, and a note of what is being read, for whoever watches."""

from __future__ import annotations

import mmap
import resource
import signal
import struct
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.fuzz.target import Target

# Of processor time: a machine that is busy with something else makes no hang.
HANG_S = 5.0
# What a process may have above what it needs before the first input.
MEMORY_BYTES = 2 << 30
_HEADER = struct.Struct("<QQQ")
_LONGEST = 1 << 20


class HangError(BaseException):
    """An input took too long; no reader can take it for an error of the input."""


class Notes:
    """A file in memory that outlives a process: inputs done, and the one that is being read.

    Args:
        path: The file; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        with path.open("ab") as file:
            file.truncate(_HEADER.size + _LONGEST)
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    def begin(self, data: bytes) -> None:
        """Note an input before it is read."""
        done, _, _ = _HEADER.unpack_from(self._memory)
        kept = data[:_LONGEST]
        self._memory[_HEADER.size : _HEADER.size + len(kept)] = kept
        _HEADER.pack_into(self._memory, 0, done, len(kept), 1)

    def end(self) -> None:
        """Note that it was read."""
        done, size, _ = _HEADER.unpack_from(self._memory)
        _HEADER.pack_into(self._memory, 0, done + 1, size, 0)

    @property
    def done(self) -> int:
        """How many inputs were read to the end."""
        return int(_HEADER.unpack_from(self._memory)[0])

    @property
    def reading(self) -> bytes | None:
        """The input that is being read; None between inputs."""
        _, size, busy = _HEADER.unpack_from(self._memory)
        return bytes(self._memory[_HEADER.size : _HEADER.size + size]) if busy else None


@dataclass(slots=True)
class Finding:
    """Something that must not happen.

    Attributes:
        kind: Name of the exception, `hang` or `died`.
        where: File and line of benchhub that it came through last.
        message: First line of what was said.
        data: The shortest input that showed it.
        count: How many inputs showed it.
    """

    kind: str
    where: str
    message: str
    data: bytes
    count: int = 1


@dataclass(slots=True)
class Trials:
    """Reads inputs with one target and keeps what is found.

    Attributes:
        target: The reader.
        notes: Where each input is noted; None keeps none.
        done: Inputs that were read to the end.
        slowest_s: Processor time of the slowest one.
        findings: By kind and place.
    """

    target: Target
    notes: Notes | None = None
    done: int = 0
    slowest_s: float = 0.0
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def read(self, data: bytes) -> Finding | None:
        """Read one input; return what was found with it."""
        if self.notes:
            self.notes.begin(data)
        began = time.process_time()
        problem: BaseException | None
        try:
            with _alarm():
                problem = self.target.problem(data)
        except HangError as error:
            problem = error
        self.slowest_s = max(self.slowest_s, time.process_time() - began)
        self.done += 1
        if self.notes:
            self.notes.end()
        return self._keep(problem, data) if problem is not None else None

    def _keep(self, problem: BaseException, data: bytes) -> Finding:
        kind = "hang" if isinstance(problem, HangError) else type(problem).__name__
        where = _where(problem)
        said = str(problem).split("\n")[0][:200]
        known = self.findings.setdefault((kind, where), Finding(kind, where, said, data, 0))
        known.count += 1
        if len(data) < len(known.data):
            known.data, known.message = data, said
        return known


def bound_memory() -> None:
    """Make every allocation beyond the bound fail in this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def peak_mib() -> int:
    """Return the largest resident set of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


@contextmanager
def _alarm() -> Iterator[None]:
    # Not SIGALRM, which the coverage-guided engine uses itself.
    signal.setitimer(signal.ITIMER_PROF, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _rings(_number: int, _frame: FrameType | None) -> None:
    raise HangError(f"more than {HANG_S:g} s of processor time")


def watch_time() -> None:
    """Make an input that takes too long end with HangError in this process."""
    signal.signal(signal.SIGPROF, _rings)


def _where(problem: BaseException) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    own = [frame for frame in frames if "/benchhub/" in frame.filename]
    frame = (own or frames)[-1]
    return f"{frame.filename.rpartition('/benchhub/')[2]}:{frame.lineno}"
