"""The picture of a case's operators: a bar each, in the order of execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.op_names import cut
from benchhub.reports.numbers import ms, percent
from benchhub.reports.op_changes import BASELINE, added
from benchhub.reports.op_rows import OpLine

# A longer graph has bars thinner than a pixel.
MOST_BARS = 1000
_NAME_WIDTH = 40
# Where a label stands so near an edge that it begins or ends at its bar.
_LEFT, _RIGHT = 25.0, 75.0
_HEIGHT = 100.0
# A difference lower than that cannot be seen.
_LOWEST = 1.0


@dataclass(frozen=True, slots=True)
class Bars:
    """Parts of bars of one colour: what they are, and the path that draws them."""

    role: str
    path: str


@dataclass(frozen=True, slots=True)
class OpPicture:
    """Operators of the main graph, left to right as they run, 1 wide and up to 100 high.

    Attributes:
        size: How many they are.
        bars: Grey: the time, or what both sides have of it; then what was added and saved.
        label: What it shows, in a sentence.
        note: What the heights are.
        mark: What is written above one bar.
        mark_at: Where, in percent of the width.
        mark_anchor: Which end of it is there: `start`, `middle`, `end`.
        in_order: Whether bar k is the operator that ran k-th, from 0.
    """

    size: int
    bars: tuple[Bars, ...]
    label: str
    note: str
    mark: str
    mark_at: float
    mark_anchor: str
    in_order: bool


def op_picture(lines: Sequence[OpLine], against: str) -> OpPicture | None:
    """Draw the operators of a case; None if there are none with a time, or too many.

    Args:
        lines: All operators of the case.
        against: What they are compared with; only a baseline is drawn.
    """
    main = [(line, line.row) for line in lines if line.row and not line.is_inner]
    main.sort(key=lambda pair: pair[1].op.order)
    ends = [_ends(line, row.mean_us, drawn=against == BASELINE) for line, row in main]
    tallest = max((max(pair) for pair in ends), default=0.0)
    if not tallest or len(main) > MOST_BARS:
        return None
    parts = {
        "both": [(0.0, min(pair)) for pair in ends],
        "added": [(before, after) for before, after in ends],
        "saved": [(after, before) for before, after in ends],
    }
    scale = _HEIGHT / tallest
    bars = [
        Bars(role, _path(spans, scale, 0.0 if role == "both" else _LOWEST))
        for role, spans in parts.items()
    ]
    most = _most([line for line, _ in main], against)
    place = next(i for i, (line, _) in enumerate(main) if line is most)
    at = round(100 * (place + 0.5) / len(main), 1)
    told = _told(most, against)
    return OpPicture(
        size=len(main),
        bars=tuple(one for one in bars if one.path),
        label=f"Time of {len(main)} operators in the order they ran; {_finding(told, against)}.",
        note=_note(tallest, bars, against),
        mark=told,
        mark_at=at,
        mark_anchor="start" if at < _LEFT else "end" if at > _RIGHT else "middle",
        in_order=[row.op.order for _, row in main] == list(range(len(main))),
    )


def _ends(line: OpLine, mean_us: float, *, drawn: bool) -> tuple[float, float]:
    """Return the time in the baseline and here; the same twice where it is not compared."""
    if not drawn or line.change is None or not line.change.is_told:
        return mean_us, mean_us
    # Of several profiles the median is compared, so both ends are of that kind.
    delta = line.change.delta
    after = delta.after_us if delta.after_us is not None else mean_us
    return delta.before_us or 0.0, after


def _path(spans: Sequence[tuple[float, float]], scale: float, lowest: float) -> str:
    """Draw the spans that go up, one a bar."""
    drawn = []
    for i, (low, high) in enumerate(spans):
        bottom, top = (f"{_HEIGHT - scale * value:.4g}" for value in (low, high))
        if high > low and scale * (high - low) >= lowest:
            drawn.append(f"M{i}.1 {bottom}V{top}h.8V{bottom}z")
    return "".join(drawn)


def _most(lines: Sequence[OpLine], against: str) -> OpLine:
    """Return the operator to be named: the slowest, in a comparison what differs most."""
    if against == BASELINE:
        most = max(lines, key=lambda line: abs(_delta(line)))
        if _delta(most):
            return most
    return max(lines, key=lambda line: line.row.mean_us if line.row else 0.0)


def _delta(line: OpLine) -> float:
    return (line.change.delta_us or 0.0) if line.change else 0.0


def _told(line: OpLine, against: str) -> str:
    node = "" if line.node is None else f"#{line.node} "
    name = cut(f"{node}{line.op} {line.name}".strip(), _NAME_WIDTH)
    if against == BASELINE and _delta(line):
        return f"{name}, {added(_delta(line))} ms"
    share = "" if line.share is None else f", {percent(line.share)}"
    return f"{name}, {ms(line.row.mean_us if line.row else None)} ms{share}"


def _finding(told: str, against: str) -> str:
    return f"the largest difference is {told}" if against == BASELINE else f"the slowest is {told}"


def _note(tallest_us: float, bars: Sequence[Bars], against: str) -> str:
    colours = {"added": "Orange: slower than the baseline", "saved": "Blue outline: saved"}
    seen = [colours[one.role] for one in bars if one.role in colours and one.path]
    legend = "".join(f" {one}." for one in seen) if against == BASELINE else ""
    return f"In the order of execution, the tallest {ms(tallest_us)} ms.{legend}"
