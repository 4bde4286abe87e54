"""How the figures of a comparison are written: times of both sides, change, how sure it is."""

from __future__ import annotations

from benchhub.analysis.verdict_figures import Figures
from benchhub.reports.numbers import MISSING, NO_BREAK_SPACE, ms, signed

_SMALLEST_P = 0.0001
_COARSE = 0.9995  # from 100 % on a tenth is a fourth digit


def change(share: float | None) -> str:
    """Write a change with its sign: `+6.1 %`."""
    return MISSING if share is None else f"{points(share)}{NO_BREAK_SPACE}%"


def interval(one: Figures) -> str:
    """Write the 95 % interval of a change in percent: `[4.2, 8.0]`; empty without one."""
    if one.low is None or one.high is None:
        return ""
    return f"[{', '.join(points(end).removeprefix('+') for end in (one.low, one.high))}]"


def points(share: float) -> str:
    """Write a change in percent without the unit: three digits, no finer than a tenth."""
    return signed(100 * share, 1 if abs(share) < _COARSE else 0)


def probability(p: float | None) -> str:
    """Write a p value: `0.0004`, `0.012`, `0.24`, `< 0.0001`."""
    if p is None:
        return MISSING
    if p < _SMALLEST_P:
        return f"< {_SMALLEST_P}"
    return f"{p:.2g}" if p < 0.0995 else f"{p:.2f}"  # two digits, without an exponent


def times(one: Figures) -> str:
    """Write both times: `0.249 -> 0.264 ms`."""
    return f"{ms(one.baseline_us)} -> {ms(one.candidate_us)} ms"
