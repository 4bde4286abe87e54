"""How numbers are written: three significant digits, a real minus, an en dash for what is missing.

Times and sizes come without their unit, because the head of a column carries it; a percentage and
a ratio carry theirs.
"""

from __future__ import annotations

import math

from benchhub.analysis.phrases import SHARES

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

_DIGITS = 3
_SMALLEST_PERCENT = 0.1
_PLACES_OF_MS = 5


def number(value: float | None) -> str:
    """Write a number with three significant digits, never in exponent form: `0.249`, `12.4`."""
    return MISSING if value is None else _signed(_significant(value))


def ms(us: float | None) -> str:
    """Write microseconds as milliseconds, no finer than 10 ns: `249.3` is `0.249`."""
    if us is None:
        return MISSING
    fine, coarse = _significant(us / 1000), f"{us / 1000:.{_PLACES_OF_MS}f}"
    if us > 0 and float(coarse) == 0:
        return f"< {10**-_PLACES_OF_MS:.{_PLACES_OF_MS}f}"
    return _signed(min(fine, coarse, key=len))


def megabytes(size: float | None) -> str:
    """Write bytes as megabytes of 10^6 bytes: `6_700_000` is `6.70`."""
    return number(None if size is None else size / 1e6)


def percent(fraction: float | None) -> str:
    """Write a fraction as a percentage, no finer than a tenth: `0.614` is `61.4 %`.

    The space does not break. What is not nothing but below a tenth is written `< 0.1 %`.
    """
    if fraction is None:
        return MISSING
    value = 100 * fraction
    text = min(_significant(value), f"{value:.1f}", key=len)
    if value and float(text) == 0:
        sign = f"> {MINUS}" if value < 0 else "< "
        text = f"{sign}{_SMALLEST_PERCENT}"
    return f"{_signed(text)}{NO_BREAK_SPACE}%"


def ratio(value: float | None) -> str:
    """Write a ratio with a multiplication sign: `2.4137` is 2.41 times."""
    return MISSING if value is None else f"{number(value)}{TIMES}"


def signed(value: float, places: int = 0) -> str:
    """Write a change with its sign and a fixed number of places: `+6.1`; nothing is `0`."""
    text = f"{value:+.{places}f}"
    return _signed(text) if float(text) else f"{0:.{places}f}"


def is_share(metric: str) -> bool:
    """Say whether a figure of accuracy is a share of the examples."""
    return metric in SHARES


def figure(value: float | None, metric: str) -> str:
    """Write a figure of accuracy: `96.7 %` of a share, else the number."""
    return percent(value) if is_share(metric) else number(value)


def signed_change(value: float | None, metric: str) -> str:
    """Write how a figure of accuracy differs, with its sign: points of a share, else the number."""
    if value is None:
        return MISSING
    if is_share(metric):
        return signed(100 * value, 1)
    return f"{'+' * (value > 0)}{number(value)}"


def cosine(value: float | None) -> str:
    """Write a cosine similarity; of good ones only the digits after many nines differ."""
    return MISSING if value is None else _signed(f"{value:.5f}")


def seconds(value: float | None) -> str:
    """Write a span of time with its unit: `0.42 s`, `12.4 s`, `3 min 5 s`, `2 h 4 min`."""
    if value is None:
        return MISSING
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes >= 2:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{number(value)} s"


def rough_time(value: float | None) -> str:
    """Write an estimate, no more exactly than it is known: `48 s`, `3 min`, `1.5 h`."""
    if value is None:
        return MISSING
    if value < 90:
        return f"{max(1, round(value))} s"
    if value < 90 * 60:
        return f"{round(value / 60)} min"
    return f"{value / 3600:.1f} h"


def _significant(value: float) -> str:
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return f"{value:g}"
    exponent = int(f"{value:.{_DIGITS - 1}e}".partition("e")[2])  # of the rounded value
    return f"{value:.{max(0, _DIGITS - 1 - exponent)}f}"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
