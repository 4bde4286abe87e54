"""How figures are written in the sentences of the analysis, each with its unit."""

from __future__ import annotations

import math

from benchhub.records import TOP1, TOP5

TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"

# Figures that are a share of the examples, and how they are called.
SHARES = {TOP1: "top-1", TOP5: "top-5"}
_PLACES_OF_MS = 5
_SAME = 1e-9  # below this a difference of two figures is rounding
_KILO = 1000
_PREFIXES = ("", "k", "M", "G", "T")


def figure(value: float, digits: int = 3) -> str:
    """Write a number with that many significant digits, never in exponent form."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return f"{value:.{max(0, digits - 1 - exponent)}f}".replace("-", MINUS)


def plain(value: float) -> str:
    """Write a number as a person gave it: `0.5`, `10`, `0.0001`."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return text if float(text) == value else f"{value:g}"


def ms(us: float) -> str:
    """Write microseconds in ms: `0.118 ms`."""
    return f"{figure(us / 1000)} ms"


def signed_ms(us: float) -> str:
    """Write a difference in ms with its sign, no finer than 10 ns: `+2.90 ms`."""
    fine, coarse = figure(us / 1000), f"{us / 1000:.{_PLACES_OF_MS}f}".replace("-", MINUS)
    text = min(fine, coarse, key=len)
    if not text.strip(f"{MINUS}0."):
        return "0 ms"
    return f"{'' if text.startswith(MINUS) else '+'}{text} ms"


def megabytes(size: float) -> str:
    """Write bytes in MB of 10^6 bytes: `6.70 MB`."""
    return f"{figure(size / 1e6)} MB"


def processes(n: int) -> str:
    """Write how many processes a figure rests on."""
    return f"{n} process{'es' * (n != 1)}"


def metric_name(metric: str) -> str:
    """Name a figure of accuracy: `top-1`."""
    return SHARES.get(metric, metric)


def metric_value(metric: str, value: float) -> str:
    """Write a figure of accuracy: `96.6 %` of a share, else the number."""
    return f"{figure(100 * value)} %" if metric in SHARES else figure(value)


def metric_change(metric: str, change: float) -> str:
    """Write how a figure differs: `top-1 +0.4 points`; for what is no share, `f1 +0.004`."""
    name = metric_name(metric)
    if abs(change) < _SAME:
        return f"{name} the same"
    sign = "+" if change > 0 else MINUS
    return f"{name} {sign}{metric_size(metric, change)}"


def metric_size(metric: str, size: float) -> str:
    """Write the size of a difference: `0.4 points`, `1 point`; for what is no share `0.004`."""
    if metric not in SHARES:
        return f"{abs(size):.3g}"
    text = f"{100 * abs(size):.3g}"
    return f"{text} point{'s' * (text != '1')}"


def size(amount: float) -> str:
    """Write an amount of bytes, small ones exactly: `812 bytes`, `26.5 kB`, `6.70 MB`."""
    if abs(amount) < _KILO:
        return f"{amount:.0f} byte{'s' * (abs(amount) != 1)}".replace("-", MINUS)
    return f"{_scaled(amount)}B"


def count(amount: float) -> str:
    """Write a large number: `812`, `5.25 M`."""
    return f"{amount:.0f}".replace("-", MINUS) if abs(amount) < _KILO else _scaled(amount)


def change(ratio: float) -> str:
    """Write a ratio as a change: 1.061 is `+6.1 %`."""
    text = f"{100 * (ratio - 1):+.1f}"
    return f"{(text if float(text) else '0.0').replace('-', MINUS)} %"


def percent(share: float) -> str:
    """Write a share as a person gave it: 0.03 is `3 %`."""
    return f"{100 * share:.10g} %"


def _scaled(amount: float) -> str:
    power = min(max(0, math.floor(math.log10(abs(amount)) / 3)), len(_PREFIXES) - 1)
    if abs(float(f"{amount / 1000**power:.3g}")) >= _KILO and power < len(_PREFIXES) - 1:
        power += 1  # 999.9 k is 1.00 M
    return f"{figure(amount / 1000**power)} {_PREFIXES[power]}"
