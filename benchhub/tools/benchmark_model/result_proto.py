"""Reads the file that `--result_file_path` makes: a `BenchmarkResult` protocol buffer.

Source: tflite/tools/benchmark/proto/benchmark_result.proto. Latencies are float milliseconds,
seven digits: more than the text has for the mean, fewer than whole microseconds from 16 s on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchhub.records import Finding, Latency, Memory, Severity, Warmup
from benchhub.tools.benchmark_model.wire import Budget, WireError, fields, message, number

SOURCE = "result proto"
MOST_BYTES = 1 << 20
_US_PER_MS = 1000.0
_KIB = 1024
# Six printed digits against seven of a float, and whole microseconds.
_RELATIVE, _ABSOLUTE_US = 1e-5, 0.5

_LATENCY, _MEMORY, _MISC = 2, 3, 4
_LATENCY_NAMES = {
    1: "mean",
    2: "min",
    3: "max",
    4: "std",
    5: "median",
    6: "p5",
    7: "p95",
    8: "init",
    9: "first",
    10: "warmup",
}


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of the file.

    Attributes:
        times_us: Microseconds by name: mean, min, max, std, median, p5, p95, init, first, warmup.
        n: Timed inferences.
        warmups: Untimed ones.
        init_bytes: Growth of memory until the model was ready; None if not told.
        overall_bytes: Growth until the end; likewise.
        peak_bytes: Largest resident set, if it was watched.
    """

    times_us: dict[str, float]
    n: int
    warmups: int
    init_bytes: int | None
    overall_bytes: int | None
    peak_bytes: int | None


def read_result(data: bytes) -> Result:
    """Read the file.

    Raises:
        WireError: It is not such a file, or lacks what every one has.
    """
    if len(data) > MOST_BYTES:
        raise WireError(f"it has more than {MOST_BYTES} bytes")
    budget = Budget()
    times: dict[str, float] = {}
    memory: dict[int, float] = {}
    misc: dict[int, float] = {}
    for field, value in fields(data, budget):
        if field == _LATENCY:
            for key, part in fields(message(value), budget):
                if key in _LATENCY_NAMES:
                    times[_LATENCY_NAMES[key]] = _time_us(part)
        elif field in {_MEMORY, _MISC}:
            target = memory if field == _MEMORY else misc
            target.update((key, number(part)) for key, part in fields(message(value), budget))
    if not {"mean", "min", "max"}.issubset(times) or 2 not in misc:
        raise WireError("it has no latency or no number of runs")
    return Result(
        times_us=times,
        n=_count(misc[2]),
        warmups=_count(misc.get(3, 0)),
        # A growth of 0 is no figure (see `stdout.memory_of`).
        init_bytes=_bytes(memory.get(1), _KIB) or None,
        overall_bytes=_bytes(memory.get(2), _KIB) or None,
        peak_bytes=_bytes(memory.get(3), _KIB * _KIB) or None,
    )


def latency_of(result: Result) -> Latency | None:
    """Return the latency as far as this file alone tells it; None for no inference."""
    if result.n < 1:
        return None
    times = result.times_us
    return Latency(
        n=result.n,
        mean_us=times["mean"],
        median_us=times.get("median"),
        min_us=times["min"],
        max_us=times["max"],
        std_us=times.get("std") if result.n > 1 else None,
        p5_us=times.get("p5"),
        p95_us=times.get("p95"),
        samples_us=(),
        source=SOURCE,
    )


def warmup_of(result: Result) -> Warmup | None:
    """Return the warm-up; None where there was none."""
    mean = result.times_us.get("warmup")
    return None if mean is None or result.warmups < 1 else Warmup(result.warmups, mean)


def memory_of(result: Result) -> Memory | None:
    """Return the memory figures; None if there is none."""
    if result.init_bytes is None and result.overall_bytes is None and result.peak_bytes is None:
        return None
    return Memory(
        result.init_bytes,
        result.overall_bytes,
        rss_init_bytes=None,
        rss_peak_bytes=result.peak_bytes,
        source=SOURCE,
    )


def merge(text: Latency, result: Result) -> tuple[Latency, Finding | None]:
    """Take the mean from the file, the whole microseconds from the text, if both agree.

    Returns:
        The latency and, where the two contradict each other, a finding `check.result_proto`
        together with the figures of the text alone.
    """
    other = latency_of(result)
    if other is None or other.n != text.n:
        return text, _contradiction(f"{text.n} inferences in the text, {result.n} in the file")
    for name in ("mean", "median", "min", "max"):
        left, right = getattr(text, f"{name}_us"), getattr(other, f"{name}_us")
        if left is None or right is None:
            continue
        if abs(left - right) > _RELATIVE * left + (0 if name == "mean" else _ABSOLUTE_US):
            return text, _contradiction(f"{name} {left:g} us in the text, {right:g} in the file")
    return replace(text, mean_us=other.mean_us, source=f"stdout, mean from {SOURCE}"), None


def _contradiction(evidence: str) -> Finding:
    return Finding(
        "check.result_proto",
        Severity.SILENT,
        "The text and the result file of the program contradict each other.",
        "Do not use the figures; keep both for a bug report.",
        evidence,
    )


def _time_us(value: float | bytes) -> float:
    milliseconds = number(value)
    if not 0 <= milliseconds <= 1e15:
        raise WireError("a time is impossible")
    return float(f"{milliseconds * _US_PER_MS:.8g}")


def _count(value: float) -> int:
    if not 0 <= value < 1 << 31:
        raise WireError("a number of runs is impossible")
    return int(value)


def _bytes(value: float | None, unit: int) -> int | None:
    if value is None:
        return None
    if not 0 <= value < 1 << 50:
        raise WireError("a size is impossible")
    return round(value * unit)
