"""Ticks of axes with a log scale."""

from __future__ import annotations

import math


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5 steps within the limits, or round numbers where there are too few."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(1 + i / 10 for i in range(90))):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside[:: max(1, len(inside) // 4)]
    return [low, high]
