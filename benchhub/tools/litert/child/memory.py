"""Resident memory of this process."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Resident:
    """Resident set in bytes.

    Attributes:
        now: Current size; None where the system does not tell.
        peak: Largest size since this program began. exec() starts it anew: nothing is inherited
            from the parent.
        source: Where the figures come from.
    """

    now: int | None
    peak: int
    source: str


def resident() -> Resident:
    """Read VmRSS and VmHWM of /proc/self/status (proc(5), in KiB), else getrusage(2)."""
    try:
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        # ru_maxrss is KiB on Linux and bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return Resident(None, peak, "getrusage, peak only")
    sizes = {
        name: int(rest.split()[0]) * 1024
        for name, _, rest in (line.partition(":") for line in lines)
        if name in ("VmRSS", "VmHWM")
    }
    return Resident(sizes["VmRSS"], sizes["VmHWM"], str(STATUS))


def growth(start: Resident, ready: Resident, end: Resident) -> dict[str, object]:
    """Return the figures of one measurement.

    Args:
        start: Before the runtime library was loaded.
        ready: When the model was ready to run.
        end: After the last inference.
    """
    return {
        "init_bytes": _difference(ready.now, start.now),
        "overall_bytes": _difference(end.now, start.now),
        "rss_start_bytes": start.now,
        "rss_init_bytes": ready.now,
        "rss_peak_bytes": end.peak,
        "source": end.source,
    }


def _difference(later: int | None, earlier: int | None) -> int | None:
    return None if later is None or earlier is None else later - earlier
