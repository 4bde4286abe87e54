"""What stands against what in a choice: latency, accuracy and size of each variant on a device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.candidates import Candidate, pareto
from benchhub.analysis.choosing import Recommendation
from benchhub.analysis.phrases import metric_name, metric_value
from benchhub.reports.names import configuration, listed
from benchhub.reports.numbers import megabytes, ms
from benchhub.reports.speeds import Speed
from benchhub.reports.variants import ModelVariants


@dataclass(frozen=True, slots=True)
class Spot:
    """A variant in its fastest configuration, as a point.

    Attributes:
        candidate: The case and its figures.
        y: Accuracy, or the size of the file in 10^6 bytes.
        efficient: Nothing is at least as fast, as small and as accurate, and better in one.
        on_line: Nothing beats it in the two figures that are drawn.
        picked: Whether it is the one to ship.
    """

    candidate: Candidate
    y: float
    efficient: bool
    on_line: bool
    picked: bool

    @property
    def ms(self) -> float:
        """Its latency in milliseconds."""
        return self.candidate.latency.value_us / 1000

    @property
    def interval_ms(self) -> tuple[float, float] | None:
        """Its 95 % interval; None of one process."""
        latency = self.candidate.latency
        if latency.low_us is None or latency.high_us is None:
            return None
        return latency.low_us / 1000, latency.high_us / 1000


@dataclass(frozen=True, slots=True)
class Front:
    """The variants of one model on one device.

    Attributes:
        title: Model and device, as far as there are several.
        metric: Figure that `y` is; empty if that is the size.
        spots: The fastest first.
    """

    title: str
    metric: str
    spots: tuple[Spot, ...]

    @property
    def label(self) -> str:
        """What it shows, in a sentence."""
        against = metric_name(self.metric) if self.metric else "file size"
        best = listed([spot.candidate.variant for spot in self.spots if spot.on_line])
        return f"{_capital(against)} against latency, {self.title}; nothing beats {best}."

    @property
    def description(self) -> str:
        """All points in words."""
        return "; ".join(tip(self, spot) for spot in self.spots) + "."


def fronts(model: ModelVariants, *, named: bool) -> tuple[Front, ...]:
    """Return a chart for each device with at least two variants to compare.

    Args:
        model: The variants.
        named: Whether the titles name the model.
    """
    found = []
    for i, choice in enumerate(model.choices):
        title = f"{model.model} on {choice.device}" if named else choice.device
        front = _front(title, model.metric, choice, [row.speeds[i] for row in model.rows])
        if len(front.spots) > 1:
            found.append(front)
    return tuple(found)


def tip(front: Front, spot: Spot) -> str:
    """Say all of one point."""
    one = spot.candidate
    parts = [f"{configuration(one.case.case)} {ms(one.latency.value_us)} ms"]
    parts += [metric_value(front.metric, spot.y)] if front.metric else []
    parts += [f"{megabytes(one.size_bytes)} MB"] if one.size_bytes else []
    words = ["pick"] if spot.picked else []
    words += [] if spot.efficient else ["dominated"]
    return ", ".join(parts) + (f" ({', '.join(words)})" if words else "")


def _front(title: str, metric: str, choice: Recommendation, speeds: Sequence[Speed]) -> Front:
    ranked = sorted(
        (one.candidate for one in speeds if one.candidate),
        key=lambda candidate: candidate.latency.value_us,
    )
    drawn = [(one, y) for one in ranked if (y := _height(metric, one)) is not None]
    goals = [
        (one.latency.value_us, 0.0 if metric else y, -y if metric else 0.0) for one, y in drawn
    ]
    spots = tuple(
        Spot(one, y, one.efficient, good, one is choice.pick)
        for (one, y), good in zip(drawn, pareto(goals), strict=True)
    )
    return Front(title, metric, spots)


def _height(metric: str, one: Candidate) -> float | None:
    """Return where a point is; None if that is not known."""
    if not metric:
        return one.size_bytes / 1e6 if one.size_bytes else None
    same = one.figures is not None and one.figures.metric == metric
    return (
        one.accuracy if same and one.accuracy is not None and math.isfinite(one.accuracy) else None
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
