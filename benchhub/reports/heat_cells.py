"""The cells of the heat map: a case stands under the processor that did the work.

What fell back has a column of what ran instead, and an arrow where it was asked for. What has no
number that is its own (not run, failed, invalid, wrong outputs, no proof) shows its mark there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchhub.analysis.speedups import Speedup, speedup
from benchhub.analysis.summary import CaseSummary, DeviceSummary
from benchhub.records import CPU, CPU_DELEGATES, Side
from benchhub.reports.marks import MEANING, Mark, invalid_reason, mark_of
from benchhub.reports.names import affinity, kernels
from benchhub.reports.numbers import ratio
from benchhub.reports.svg import shortened

# Edges of the steps: log, symmetric; within the first ones a ratio is as good as 1.
EDGES = (1.1, 2.0, 4.0, 10.0)

# Of a reason that a cell shows; the section of the case has all of it.
_REASON_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Place:
    """A column: one way to run models on a device.

    Attributes:
        device: Name of the device.
        ran_on: What did the work, as it is read: `XNNPACK`, `GPU`, `CPU, not GPU`; with the tool
            where the device has several.
        label: Threads, and what else tells it from its neighbours.
    """

    device: str
    ran_on: str
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One model and variant, run one way, or a mean over models.

    Attributes:
        kind: `number`, `reference`, `mean`, `pale` (no number), or `blank` (nothing to say).
        step: CSS class of its colour, `h0` to `h4` if it is faster, `g1` to `g4` if it is slower.
        gain: The ratio; None without one.
        case: The case; None of a mean and of a blank one.
        mark: How far to trust it; None where it goes without saying.
        why: What it says when it is pointed at, and to those who do not see it.
        anchor: Section of the case; empty without one.
    """

    kind: str
    step: str = ""
    gain: Speedup | None = None
    case: CaseSummary | None = None
    mark: Mark | None = None
    why: str = ""
    anchor: str = ""

    @property
    def us(self) -> float | None:
        """The time in microseconds, if it is shown."""
        shown = self.kind in ("number", "reference") and self.case and self.case.latency
        return shown.value_us if shown else None

    @property
    def is_compared(self) -> bool:
        """Whether it is a case with a ratio to another one."""
        return self.kind == "number" and self.gain is not None

    @property
    def weak(self) -> bool:
        """Whether the difference from the reference may be chance."""
        return self.is_compared and self.gain is not None and not self.gain.significant


BLANK = Cell("blank")


@dataclass(frozen=True, slots=True)
class Device:
    """A device, the side that is shown of it, and what its ratios refer to."""

    summary: DeviceSummary
    side: Side | None

    @property
    def cases(self) -> tuple[CaseSummary, ...]:
        """The cases of the side, in the order of the plan."""
        return tuple(one for one in self.summary.cases if one.case.side is self.side)

    def references(self) -> Mapping[tuple[str, str], CaseSummary]:
        """Return the case that ratios refer to, by model and tool.

        A side of a comparison has its own: the same way as that of the whole run.
        """
        ways = {_group(one): one.case.way for one in self.summary.cases if one.is_reference}
        found: dict[tuple[str, str], CaseSummary] = {}
        for one in self.cases:
            if one.case.way == ways.get(_group(one)) and one.latency and one.is_its_own:
                found.setdefault(_group(one), one)
        return found


def cells(device: Device, anchors: Mapping[tuple[str, str], str]) -> Iterator[tuple[Place, Cell]]:
    """Yield where each case stands: where it ran, and where it was asked for if that differs."""
    references = device.references()
    name = device.summary.name
    for case in device.cases:
        chosen = case.case.configuration
        asked = kernels(chosen.delegate)
        tool = f" ({case.case.tool})" if len(device.summary.tools) > 1 else ""
        here = Place(name, f"{asked}{tool}", _label(case))
        mark, anchor = mark_of(case), anchors[name, case.case.id]
        told = _told(case, mark)
        if not _has_number(case, mark):
            yield here, Cell("pale", case=case, mark=mark, why=told, anchor=anchor)
            continue
        if case.fell_back:
            elsewhere = f"{_ran_on(case)}, not {asked}{tool}"
            yield Place(name, elsewhere, here.label), _number(case, references, told, anchor)
            yield here, Cell("pale", case=case, mark=mark, why=told, anchor=anchor)
        else:
            yield here, _number(case, references, told, anchor)


def step(value: float) -> str:
    """Return the class of a ratio's colour; slower ones mirror the faster ones."""
    size = sum(max(value, 1 / value) >= edge for edge in EDGES)
    return f"{'h' if value >= 1 or not size else 'g'}{size}"


def _group(case: CaseSummary) -> tuple[str, str]:
    return case.case.variant.model, case.case.tool


def _has_number(case: CaseSummary, mark: Mark) -> bool:
    """Tell whether it has a time, and it is known what ran."""
    known = case.is_its_own or (case.fell_back and mark is not Mark.WRONG)
    return case.latency is not None and known and mark is not Mark.INVALID


def _ran_on(case: CaseSummary) -> str:
    """Return what ran instead, shortly: of an accelerator, which kernels of the CPU is told."""
    applied = case.placement.applied if case.placement else None
    accelerator = case.case.configuration.delegate not in CPU_DELEGATES
    return kernels(CPU if accelerator and applied in CPU_DELEGATES else applied)


def _number(
    case: CaseSummary,
    references: Mapping[tuple[str, str], CaseSummary],
    told: str,
    anchor: str,
) -> Cell:
    reference, mark = references.get(_group(case)), mark_of(case)
    gain = None
    if reference and reference.latency and case.latency:
        gain = speedup(reference.latency, case.latency)
    kind = "reference" if case is reference else "number"
    colour = step(gain.ratio) if gain and kind == "number" else ""
    parts = [_support(case, gain if kind == "number" else None), told]
    why = "; ".join(filter(None, parts))
    return Cell(kind, colour, gain, case, None if mark is Mark.OK else mark, why, anchor)


def _support(case: CaseSummary, gain: Speedup | None) -> str:
    n = f"n = {case.latency.n}" if case.latency else ""
    if gain is None:
        return n
    if gain.low is None or gain.high is None:
        return f"{n}; no interval"
    doubt = "" if gain.significant else ", not significant"
    return f"{n}; 95 % interval {ratio(gain.low)} to {ratio(gain.high)}{doubt}"


def _label(case: CaseSummary) -> str:
    """Return the threads, and what else tells a way from others on the same processor."""
    chosen = case.case.configuration
    own = "" if chosen.name == chosen.delegate else f"{chosen.name} "
    return f"{own}t{chosen.threads}{affinity(chosen)}"


def _told(case: CaseSummary, mark: Mark) -> str:
    """Say shortly why there is no number, or what limits it; empty if nothing does."""
    if mark is Mark.INVALID:
        text = f"invalid: {invalid_reason(case)}"
    elif case.fell_back:
        ran = kernels(case.placement.applied if case.placement else None)
        wrong = "; its outputs are wrong" if mark is Mark.WRONG else ""
        text = f"asked for {kernels(case.case.configuration.delegate)}, ran on {ran}{wrong}"
    elif case.latency is None and case.failures:
        text = f"{mark.word.lower()}: {case.failures[0].message}"
    elif mark is Mark.OK:
        text = "" if case.latency else "no latency: only profiles"
    else:
        text = f"{mark.word.lower()}: {MEANING[mark]}"
    return shortened(text, _REASON_CHARACTERS)
