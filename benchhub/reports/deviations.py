"""An axis of deviations from a time, in percent, that drawings share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.reports.numbers import signed
from benchhub.reports.spreads import Spread

# An axis shows at least this range, in percent. Ranges of inferences stretch it up to the first
# limits, the processes' own numbers, which matter more, up to the second.
LEAST_PERCENT = 2.0
RANGE_LIMITS = (-30.0, 60.0)
VALUE_LIMITS = (-60.0, 120.0)
STEPS = (1, 2, 5, 10, 20, 50)
MOST_TICKS = 7

# Width of a drawing, in units of its own: it is stretched to the width there is.
WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Axis:
    """Deviations in percent; ticks are places of 0 to `WIDTH` with their text."""

    low: float
    high: float
    ticks: tuple[tuple[int, str], ...]

    def place(self, percent: float) -> int:
        """Return where a deviation is; what is beyond is put at the end."""
        inside = min(max(percent, self.low), self.high)
        return round(WIDTH * (inside - self.low) / (self.high - self.low))

    def holds(self, *percents: float) -> bool:
        """Tell whether all of them are on the axis."""
        return all(self.low <= one <= self.high for one in percents)


def percent_off(us: float, base_us: float) -> float:
    """Return a time as its deviation from another one, in percent."""
    return 100 * (us / base_us - 1)


def axis(measured: Sequence[tuple[Sequence[Spread], float]]) -> Axis:
    """Return the axis for processes, each with the time in microseconds that it deviates from."""
    spread = [(one, base_us) for ones, base_us in measured for one in ones]
    # From the smallest to the largest inference is too far to be drawn: only p5 to p95 count.
    ranges = [
        percent_off(us, base_us)
        for one, base_us in spread
        if not one.is_whole
        for us in one.range_us
    ]
    values = [percent_off(one.value_us, base_us) for one, base_us in spread]
    low = max(RANGE_LIMITS[0], min(ranges, default=0.0))
    high = min(RANGE_LIMITS[1], max(ranges, default=0.0))
    low = max(VALUE_LIMITS[0], min([low, -LEAST_PERCENT, *values]))
    high = min(VALUE_LIMITS[1], max([high, LEAST_PERCENT, *values]))
    step = next((step for step in STEPS if (high - low) / step <= MOST_TICKS), STEPS[-1])
    bare = Axis(low, high, ())
    steps = range(int(low / step), int(high / step) + 1)
    return Axis(low, high, tuple((bare.place(i * step), signed(i * step)) for i in steps))
