"""What the program prints about a run: the lines of its text output.

    Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate ...
    count=1611 first=1229 curr=327 min=269 max=1229 avg=308.012 std=36
    Running benchmark for at least 50 iterations and at least 1 seconds but terminate ...
    count=3106 first=317 curr=294 min=267 max=583 avg=319.576 std=29 p5=.. median=.. p95=..
    Inference timings in us: Init: 11946, First inference: 1229, Warmup (avg): ..., ...
    Memory footprint delta from the start of the tool (MB): init=16.6328 overall=17.7578

The first pair is the warm-up, the second the run. One sample gives `count=1 curr=362`, equal ones
`count=5 curr=45(all same)`, none `count=0`. Percentiles are printed by newer programs only.
Times are microseconds: whole ones, but for the mean with six digits.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from benchhub.records import Latency, Memory, Warmup
from benchhub.tools.diagnosis import bare

# Lines of interest are short; a longer one is not of this program.
LONGEST_LINE = 4000
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_TENSOR = re.compile(r"^Tensor # ?(\d{1,9}) is named (.{1,1000}?) but flags call it (.{1,1000})$")
# The second is what older programs print.
_GROWTH = ("Memory footprint delta from the start of the tool (MB)", "Peak memory footprint (MB)")
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Stat:
    """One stat line, in microseconds; `mean_us` and below are None for no inference."""

    n: int
    mean_us: float | None = None
    min_us: float | None = None
    max_us: float | None = None
    std_us: float | None = None
    p5_us: float | None = None
    median_us: float | None = None
    p95_us: float | None = None


@dataclass(frozen=True, slots=True)
class NamedTensor:
    """An input tensor that the flags called by another name."""

    index: int
    name: str
    called: str


@dataclass(slots=True)
class Output:
    """Everything of interest in an output; None and empty where nothing was said."""

    headers: int = 0
    stats: list[Stat | None] = field(default_factory=list)
    init_us: float | None = None
    first_us: float | None = None
    mean_us: float | None = None
    init_kib: int | None = None
    overall_kib: int | None = None
    peak_kib: int | None = None
    tensors: list[NamedTensor] = field(default_factory=list)

    @property
    def warmup(self) -> Stat | None:
        """Stat line of the warm-up; None if there is none, or a damaged one."""
        return self.stats[0] if self.stats else None

    @property
    def run(self) -> Stat | None:
        """Stat line of the timed inferences, likewise."""
        return self.stats[1] if len(self.stats) > 1 else None


def read_output(stdout: str, stderr: str) -> Output:
    """Read the lines of both streams; lines that are not understood are passed over."""
    output = Output()
    pending = False
    for text in (stdout, stderr):
        for raw in text.split("\n"):
            if len(raw) > LONGEST_LINE:
                continue
            line = bare(raw).strip()
            if line.startswith("Running benchmark for at least "):
                pending = output.headers < 2
                output.headers += 1
            elif line.startswith("count=") and pending:
                # None for a damaged line: the next one must not take its place.
                output.stats.append(parse_stat(line))
                pending = False
            else:
                _read_line(line, output)
    return output


def parse_stat(line: str) -> Stat | None:
    """Read `count=.. curr=..` in any of its shapes; None if it is damaged."""
    values: dict[str, float] = {}
    for word in line.replace("(all same)", " ").split():
        key, separator, text = word.partition("=")
        number = _number(text)
        if not separator or number is None or key in values:
            return None
        values[key] = number
    n = values.get("count")
    if n is None or not n.is_integer():
        return None
    if n == 0:
        return Stat(0)
    same = values.get("curr") if "avg" not in values else None
    mean, low, high = (values.get(key, same) for key in ("avg", "min", "max"))
    if mean is None or low is None or high is None:
        return None
    std = values.get("std", None if "avg" in values else 0.0) if n > 1 else None
    percentiles = (values.get(key) for key in ("p5", "median", "p95"))
    return Stat(int(n), mean, low, high, std, *percentiles)


def latency_of(output: Output) -> Latency | None:
    """Return the timed inferences; None if they have no line, or it is one of no inference."""
    stat = output.run
    if stat is None or stat.mean_us is None or stat.min_us is None or stat.max_us is None:
        return None
    return Latency(
        n=stat.n,
        mean_us=stat.mean_us,
        median_us=stat.median_us,
        min_us=stat.min_us,
        max_us=stat.max_us,
        std_us=stat.std_us,
        p5_us=stat.p5_us,
        p95_us=stat.p95_us,
        samples_us=(),
        source="stdout",
    )


def warmup_of(output: Output) -> Warmup | None:
    """Return the warm-up; None where there was none."""
    stat = output.warmup
    return Warmup(stat.n, stat.mean_us) if stat and stat.mean_us is not None else None


def memory_of(output: Output) -> Memory | None:
    """Return the memory lines as bytes; None if there is none.

    The program counts in KiB, which six printed digits tell exactly below 1 GiB. It compares
    maxima of the resident set: a growth of 0 says that an earlier maximum was not passed, which
    is no figure.
    """
    if not (output.init_kib or output.overall_kib or output.peak_kib):
        return None
    init, overall, peak = (
        kib * _KIB if kib else None
        for kib in (output.init_kib, output.overall_kib, output.peak_kib)
    )
    return Memory(init, overall, rss_init_bytes=None, rss_peak_bytes=peak, source="stdout")


def _read_line(line: str, output: Output) -> None:
    key, _, rest = line.partition(": ")
    if key == "Inference timings in us":
        _read_timings(rest, output)
    elif key in _GROWTH:
        sizes = dict(word.split("=", 1) for word in rest.split() if "=" in word)
        output.init_kib = _kib(sizes.get("init", ""))
        output.overall_kib = _kib(sizes.get("overall", ""))
    elif key == "Overall peak memory footprint (MB) via periodic monitoring":
        output.peak_kib = _kib(rest)
    elif found := _TENSOR.search(line):
        output.tensors.append(NamedTensor(int(found[1]), found[2], found[3]))


def _read_timings(text: str, output: Output) -> None:
    """Read `Init: 5658, First inference: 495, Warmup (avg): 259.24, Inference (avg): 258.033`."""
    values = {}
    for part in text.split(", "):
        key, _, number = part.partition(": ")
        values[key] = _number(number)
    output.init_us = values.get("Init")
    output.first_us = values.get("First inference")
    output.mean_us = values.get("Inference (avg)")


def _number(text: str) -> float | None:
    """Read a number that is not negative; None for anything else, also for inf and nan."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _kib(mebibytes: str) -> int | None:
    number = _number(mebibytes)
    if number is None or number > 1 << 40:
        return None
    return round(number * _KIB)
