"""What a device reaches, as text."""

from __future__ import annotations

from benchhub.records import CopyRate, Peak, Peaks
from benchhub.reports.numbers import MISSING, megabytes, number
from benchhub.reports.tables import columns


def render_peaks(peaks: Peaks) -> str:
    """Return a table of what a device reached, a row for each type, delegate and thread count."""
    head = (
        "type",
        "delegate",
        "threads",
        "GMAC/s",
        "by",
        "GB/s",
        "of MB",
        "GB/s at best",
        "of MB",
    )
    order = sorted(peaks.peaks, key=lambda peak: (peak.dtype, peak.configuration, peak.threads))
    lines = columns(head, [_row(peak) for peak in order], frozenset({0, 1, 4}))
    title = f"{peaks.device} · {peaks.cpu} · {peaks.tool} · {peaks.measured[:16].replace('T', ' ')}"
    return "\n".join([title, *(f"  {line}" for line in lines)])


def _row(peak: Peak) -> tuple[str, ...]:
    best = max(peak.copies, key=lambda one: one.gbytes_per_s, default=None)
    return (
        peak.dtype,
        peak.configuration,
        str(peak.threads),
        number(peak.gmacs_per_s),
        peak.compute_by or MISSING,
        number(peak.gbytes_per_s),
        _amount(peak.copies[-1] if peak.copies else None),
        number(best.gbytes_per_s if best else None),
        _amount(best),
    )


def _amount(copy: CopyRate | None) -> str:
    return megabytes(copy.bytes if copy else None)
