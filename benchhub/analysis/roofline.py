"""What each operator reaches of what the device can do: the roofline.

Williams, Waterman, Patterson: Roofline: an insightful visual performance model for multicore
architectures, Communications of the ACM 52(4), 2009. An operator of M multiply-accumulates that
moves B bytes has the intensity I = M / B. On a device that computes at most P MAC/s and moves at
most W bytes/s it attains at most min(P, I x W), so that it takes at least max(M / P, B / W)
seconds. Its share of the roofline is that least time divided by its own. This is the same as
achieved / attainable, and it is defined for operators without any MACs as well, which are held
against W alone.

P and W are what the device reached in calibration, not what its data sheet says. B is compulsory
traffic: each tensor once, in the types of the file. W is that of a copy of as many bytes, because
tensors that fit into a cache may be there (as in the cache-aware roofline: Ilic, Pratas, Sousa,
IEEE Computer Architecture Letters 13(1), 2014); what does not fit comes from memory.

A share over 1 stays what it is. It means that the kernel does less than the formula counts
(Winograd, zeros that are skipped), that calibration found too little, or that times are cut to
whole microseconds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from benchhub.analysis.attribution import XNNPACK, attribute
from benchhub.analysis.operators import OpRow, OpTable
from benchhub.analysis.summary import CaseSummary
from benchhub.records import (
    CPU_DELEGATES,
    GraphFacts,
    NodeCost,
    Peak,
    Peaks,
    XnnpackOptions,
)

COMPUTE = "compute"
MEMORY = "memory"
# 10^9 a second is 10^3 a microsecond.
_GIGA_US = 1e3
# Below that share of the time nobody misses what cannot be told.
_WORTH_TELLING = 0.005
# Operators add up to less than an inference, or to a little more than one of another process.
_SLOWER = 1.3
# Inputs of XNNPACK's kernels that are quantised on the way, because only the weights are in the
# file: `Fully Connected (NC, QD8, F32, QC8W) GEMM`.
_QUANTISED_ON_THE_WAY = re.compile(r"\bQ(D|DU|P)8\b")


@dataclass(frozen=True, slots=True)
class OpWork:
    """One operator, the work that it is, and how well the device does it.

    Attributes:
        row: The operator and its time.
        cost: Its node, in the type that it is computed in; None if that cannot be told.
        gmacs_per_s: 10^9 multiply-accumulates a second; None if it has none or they, or its time,
            cannot be told.
        gbytes_per_s: 10^9 bytes of compulsory traffic a second; None likewise.
        intensity: Multiply-accumulates per byte; None likewise.
        share: Least time by the roofline divided by its time; None without calibration. Over 1
            it is what it is; see the module.
        bound: What the roofline says limits it: `compute` or `memory`; empty if not told.
        headroom_us: Time above the least time, per inference; 0 for a share over 1; None likewise.
    """

    row: OpRow
    cost: NodeCost | None
    gmacs_per_s: float | None = None
    gbytes_per_s: float | None = None
    intensity: float | None = None
    share: float | None = None
    bound: str = ""
    headroom_us: float | None = None


@dataclass(frozen=True, slots=True)
class Roofline:
    """The operators of one case on one device against what that device reaches.

    Attributes:
        works: Largest head-room first, those without by time after them.
        peak: Of the type that most of the time is spent in; None without calibration.
        covered: Share of the time whose node is known, 0 to 1.
        note: What limits these figures, for people; empty if nothing does.
        peaks: All that shares were taken from, by type.
        headroom_us: Sum over the operators; None if none has any.
        measured: When the device was calibrated, ISO 8601; empty if it was not.
        measured_by: Tool and version that did.
    """

    works: tuple[OpWork, ...]
    peak: Peak | None
    covered: float
    note: str
    peaks: tuple[Peak, ...] = ()
    headroom_us: float | None = None
    measured: str = ""
    measured_by: str = ""


def roofline(case: CaseSummary, graph: GraphFacts | None, peaks: Peaks | None) -> Roofline | None:
    """Return what the operators of a case reach; None without operator times or without graph.

    Args:
        case: The case; it needs a profile.
        graph: What its file says of its nodes.
        peaks: What its device reaches; None gives rates without shares.
    """
    table = case.operators
    if table is None or graph is None:
        return None
    nodes = attribute([row.op for row in table.rows], graph.nodes)
    way, half = (case.case.configuration.threads, _delegate(case)), _in_half(case)
    works = []
    used: dict[Peak, float] = defaultdict(float)
    lacking = set()
    for row in table.rows:
        cost = nodes.get(row.op.order) if row.op.subgraph == 0 else None
        if cost is None:
            works.append(OpWork(row, None))
            continue
        cost = _computed(row, cost, half=half)
        peak = _peak(peaks, cost, way)
        works.append(_work(row, cost, peak, table.resolution_us))
        if peak is None and cost.dtype:
            lacking.add(cost.dtype)
        if peak is not None and works[-1].share is not None:
            used[peak] += row.mean_us
    return Roofline(
        works=tuple(sorted(works, key=_rank)),
        peak=max(used, key=lambda peak: used[peak], default=None),
        covered=min(1.0, sum(work.row.share for work in works if work.cost)),
        note="; ".join(
            [*_uncalibrated(peaks, way, lacking), *_disturbed(case, table), *_limits(works, table)]
        ),
        peaks=tuple(used),
        headroom_us=_total([work.headroom_us for work in works]),
        measured=peaks.measured if peaks else "",
        measured_by=peaks.tool if peaks else "",
    )


def _delegate(case: CaseSummary) -> str:
    """Return what ran: a delegate that was asked for and did not run is not held against it."""
    applied = case.placement.applied if case.placement else None
    return applied if applied in CPU_DELEGATES else case.case.configuration.delegate


def _in_half(case: CaseSummary) -> bool:
    """Say whether XNNPACK computes float32 models in half precision."""
    options = case.case.configuration.options
    return isinstance(options, XnnpackOptions) and options.fp16


def _computed(row: OpRow, cost: NodeCost, *, half: bool) -> NodeCost:
    """Return the work of a node as XNNPACK does it.

    With weights of int8 it computes a float32 node in int8, which its kernel's name tells. With the
    option fp16 all is float16, half the bytes.
    """
    if row.op.delegate != XNNPACK or cost.dtype != "float32":
        return cost
    if _QUANTISED_ON_THE_WAY.search(row.op.kernel):
        return replace(cost, dtype="int8")
    if half:
        return replace(cost, dtype="float16", bytes=cost.bytes // 2 if cost.bytes else cost.bytes)
    return cost


def _peak(peaks: Peaks | None, cost: NodeCost, way: tuple[int, str]) -> Peak | None:
    """Return what a node is held against; what only moves data is that of any type."""
    if peaks is None:
        return None
    found = peaks.of(cost.dtype, *way)
    if found is None and cost.macs == 0:
        found = next((one for one in peaks.peaks if (one.threads, one.configuration) == way), None)
    return found


def _work(row: OpRow, cost: NodeCost, peak: Peak | None, resolution_us: float) -> OpWork:
    time_us = row.mean_us
    # Below one tick of the clock the time says nothing but that it is short.
    if time_us <= 0 or time_us < resolution_us:
        return OpWork(row, cost)
    macs, moved = cost.macs, cost.bytes
    least_us, bound = _least_us(cost, peak)
    return OpWork(
        row=row,
        cost=cost,
        gmacs_per_s=macs / time_us / _GIGA_US if macs else None,
        gbytes_per_s=moved / time_us / _GIGA_US if moved else None,
        intensity=macs / moved if macs and moved else None,
        share=None if least_us is None else least_us / time_us,
        bound=bound,
        headroom_us=None if least_us is None else time_us - min(least_us, time_us),
    )


def _least_us(cost: NodeCost, peak: Peak | None) -> tuple[float | None, str]:
    """Return the least time by the roofline and what decides it; None if it cannot be told."""
    if peak is None or not cost.bytes or cost.macs is None:
        return None, ""
    width = peak.bandwidth(cost.bytes)
    if not width or (cost.macs and not peak.gmacs_per_s):
        return None, ""
    moving_us = cost.bytes / width / _GIGA_US
    computing_us = cost.macs / peak.gmacs_per_s / _GIGA_US if peak.gmacs_per_s else 0.0
    if computing_us >= moving_us:
        return computing_us, COMPUTE
    return moving_us, MEMORY


def _rank(work: OpWork) -> tuple[bool, float, float]:
    return work.headroom_us is None, -(work.headroom_us or 0.0), -work.row.mean_us


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _uncalibrated(
    peaks: Peaks | None, way: tuple[int, str], lacking: Collection[str]
) -> Iterator[str]:
    threads, delegate = way
    if peaks is not None and lacking:
        types = ", ".join(sorted(lacking))
        yield f"{peaks.device} was not calibrated for {types} {delegate} t{threads}"


def _disturbed(case: CaseSummary, table: OpTable) -> Iterator[str]:
    slower = table.total_us / case.latency.value_us if case.latency else 0.0
    if slower > _SLOWER:
        yield (
            f"the operators took {slower:.1f} times as long in the profile as an inference without "
            "it, so head-room is too large: something disturbed the profile"
        )


def _limits(works: Sequence[OpWork], table: OpTable) -> Iterator[str]:
    untold = sum(work.row.share for work in works if work.cost is None)
    if untold >= _WORTH_TELLING:
        yield f"for {untold:.0%} of the time it cannot be told which node it is"
    over = sum((work.share or 0.0) > 1 for work in works)
    if over:
        yield (
            f"{over} over 100 %: the kernel does less than the formula counts, calibration found "
            f"too little, or times are cut to {table.resolution_us:g} µs"
        )
