"""From the run of a calibration to what the device reaches. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from benchhub.analysis.summary import CaseSummary, DeviceSummary
from benchhub.models.peak_models import PeakModel
from benchhub.records import CopyRate, Peak, Peaks
from benchhub.results.codec import FORMAT
from benchhub.results.peaks import cpu_of

# 10^9 a second is 10^3 a microsecond.
_GIGA_US = 1e3
_Way = tuple[str, int, str]


def peaks_of(
    device: DeviceSummary, models: Iterable[PeakModel], run_id: str, measured: str
) -> Peaks | None:
    """Return the best that each type, thread count and delegate reached; None without any figure.

    A case counts only if its number stands: not when the device was throttled, and not when
    another delegate ran than the one asked for.

    Args:
        device: The device in the run of its calibration.
        models: The models of calibration.
        run_id: Id of that run.
        measured: When it began.
    """
    if device.record is None:
        return None
    known = {(model.name, model.dtype): model for model in models}
    ways: dict[_Way, list[tuple[CaseSummary, PeakModel]]] = defaultdict(list)
    for case in device.cases:
        variant, configuration = case.case.variant, case.case.configuration
        model = known.get((variant.model, variant.variant))
        if model is not None and counts(case):
            way = (model.dtype, configuration.threads, configuration.delegate)
            ways[way].append((case, model))
    tools = [f"{tool.name} {tool.version}".rstrip() for tool in device.record.tools]
    peaks = tuple(_peak(way, found) for way, found in sorted(ways.items()))
    if not peaks:
        return None
    return Peaks(
        FORMAT, device.name, measured, run_id, ", ".join(tools), peaks, cpu_of(device.record.facts)
    )


def counts(case: CaseSummary) -> bool:
    """Say whether a case tells what its configuration reaches."""
    return case.stands and case.is_its_own


def _peak(way: _Way, found: Sequence[tuple[CaseSummary, PeakModel]]) -> Peak:
    computed = [(_rate(case, model.macs), model.name) for case, model in found if model.macs]
    moved: dict[int, list[CopyRate]] = defaultdict(list)
    for case, model in found:
        if not model.macs:
            rate = CopyRate(model.bytes, _rate(case, model.bytes), model.name)
            moved[model.amount].append(rate)
    copies = tuple(
        max(rates, key=lambda one: one.gbytes_per_s) for _, rates in sorted(moved.items())
    )
    compute, compute_by = max(computed, default=(None, ""))
    memory = copies[-1] if copies else None
    return Peak(
        *way,
        gmacs_per_s=compute,
        gbytes_per_s=memory.gbytes_per_s if memory else None,
        compute_by=compute_by,
        copy_by=memory.by if memory else "",
        copies=copies,
    )


def _rate(case: CaseSummary, amount: int) -> float:
    """Return 10^9 a second of something of which one inference has that amount.

    Of the fastest process: whatever disturbs one makes it slower, and the most is asked for.
    """
    times = [one.reading.latency.value_us for one in case.counted if one.reading.latency]
    return amount / min(times) / _GIGA_US
