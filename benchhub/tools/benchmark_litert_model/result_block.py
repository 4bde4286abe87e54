"""Reads the block of results that LiteRT's program prints on standard error.

    INFO: [benchmark_litert_model.h:89]
    ========== BENCHMARK RESULTS ==========
    INFO: [benchmark_litert_model.h:94] Model initialization: 4.75 ms
    INFO: [benchmark_litert_model.h:95] Warmup (first):       0.39 ms
    INFO: [benchmark_litert_model.h:97] Warmup (avg):         0.25 ms (402 runs)
    INFO: [benchmark_litert_model.h:99] Inference (avg):      0.25 ms (815 runs)
    INFO: [benchmark_litert_model.h:107] Inference (std):      0.01
    INFO: [benchmark_litert_model.h:125] Init footprint:       17.23 MB

Times are cut to 10 microseconds: the stat lines and the result file tell more where they are
there. Source: litert/tools/benchmark_litert_model.h, and recorded runs.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from benchhub.records import Finding, Latency, Memory, Severity, Warmup
from benchhub.tools.diagnosis import bare

SOURCE = "result block, to 10 us"
TITLE = "========== BENCHMARK RESULTS =========="
# The block has at most 16 lines; the rest of an output is not looked at.
MOST_LINES = 100
LONGEST_LINE = 500
# Half of the last digit that is printed, and the rounding of a decimal fraction.
_HALF_STEP_US = 5.001

_VALUE = re.compile(
    r"^(?P<number>[0-9]{1,18}(?:\.[0-9]{1,9})?)(?: (?:ms|MB))?(?: \((?P<runs>[0-9]{1,9}) runs\))?$"
)
_US_PER_MS = 1000.0
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """The figures of the block, in microseconds and bytes; None where it has none."""

    n: int | None = None
    mean_us: float | None = None
    min_us: float | None = None
    max_us: float | None = None
    std_us: float | None = None
    warmups: int | None = None
    warmup_us: float | None = None
    init_us: float | None = None
    first_us: float | None = None
    init_bytes: int | None = None
    overall_bytes: int | None = None
    peak_bytes: int | None = None


def read_block(text: str) -> Block | None:
    """Read the first block in a text; None if there is none. Never raises."""
    start = text.find(TITLE)
    if start < 0:
        return None
    values: dict[str, tuple[float, int | None]] = {}
    lines = text[start : start + MOST_LINES * LONGEST_LINE].split("\n", MOST_LINES)[1:MOST_LINES]
    for raw in lines:
        line = bare(raw[:LONGEST_LINE]).strip()
        if line.startswith("====="):
            break
        label, _, rest = line.partition(":")
        value = _VALUE.match(rest.strip())
        if value and label not in values:
            values[label] = float(value["number"]), int(value["runs"]) if value["runs"] else None
    return _block(values)


def _block(values: dict[str, tuple[float, int | None]]) -> Block:
    def time_us(label: str) -> float | None:
        return values[label][0] * _US_PER_MS if label in values else None

    def size(label: str) -> int | None:
        # A growth of 0 says that an earlier maximum was not passed: no figure.
        return round(values[label][0] * _MIB) or None if label in values else None

    def runs(label: str) -> int | None:
        return values[label][1] if label in values else None

    return Block(
        n=runs("Inference (avg)"),
        mean_us=time_us("Inference (avg)"),
        min_us=time_us("Inference (min)"),
        max_us=time_us("Inference (max)"),
        std_us=time_us("Inference (std)"),
        warmups=runs("Warmup (avg)"),
        warmup_us=time_us("Warmup (avg)"),
        init_us=time_us("Model initialization"),
        first_us=time_us("Warmup (first)"),
        init_bytes=size("Init footprint"),
        overall_bytes=size("Overall footprint"),
        peak_bytes=size("Peak memory"),
    )


def latency_of(block: Block) -> Latency | None:
    """Return the timed inferences; None if the block lacks them, or there was none."""
    if not block.n or block.mean_us is None or block.min_us is None or block.max_us is None:
        return None
    return Latency(
        n=block.n,
        mean_us=block.mean_us,
        median_us=None,
        min_us=block.min_us,
        max_us=block.max_us,
        std_us=block.std_us if block.n > 1 else None,
        p5_us=None,
        p95_us=None,
        samples_us=(),
        source=SOURCE,
    )


def warmup_of(block: Block) -> Warmup | None:
    """Return the warm-up; None where there was none."""
    if not block.warmups or block.warmup_us is None:
        return None
    return Warmup(block.warmups, block.warmup_us)


def memory_of(block: Block) -> Memory | None:
    """Return the memory figures, which are rounded to 0.01 MB; None if there is none."""
    if block.init_bytes is None and block.overall_bytes is None and block.peak_bytes is None:
        return None
    return Memory(
        block.init_bytes,
        block.overall_bytes,
        rss_init_bytes=None,
        rss_peak_bytes=block.peak_bytes,
        source="result block",
    )


def check_block(block: Block, latency: Latency) -> Finding | None:
    """Hold the block against the latency that other sources told; a finding if they differ."""
    pairs = (
        ("mean", block.mean_us, latency.mean_us),
        ("min", block.min_us, latency.min_us),
        ("max", block.max_us, latency.max_us),
    )
    wrong = [
        f"{name} {printed:g} us in the block, {told:g} in {latency.source}"
        for name, printed, told in pairs
        # Six printed digits of the other source.
        if printed is not None
        and not math.isclose(printed, told, rel_tol=1e-5, abs_tol=_HALF_STEP_US)
    ]
    if block.n is not None and block.n != latency.n:
        wrong.insert(0, f"{block.n} inferences in the block, {latency.n} in {latency.source}")
    if not wrong:
        return None
    return Finding(
        "check.result_block",
        Severity.SILENT,
        "The program's block of results contradicts its other figures.",
        "Do not use them; keep the output for a bug report.",
        "; ".join(wrong),
    )
