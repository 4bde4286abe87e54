"""What operators reach of what their device can do, for the tables and charts of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.roofline import OpWork, Roofline, roofline
from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import GraphFacts, Peak, Run
from benchhub.reports.names import full, listed
from benchhub.reports.numbers import ms, number, percent
from benchhub.reports.operators import reached
from benchhub.reports.variants import known

MOST_LABELS = 10


@dataclass(frozen=True, slots=True)
class RooflinePanel:
    """The operators of one case on one device, as points under the roof of the device.

    Attributes:
        device: Name of the device.
        case: The case.
        anchor: Its section among the cases.
        peak: What bounds most of its time.
        others: What bounds the rest, of other types.
        points: Operators that have multiply-accumulates and a time, largest head-room first.
        undrawn: Share of the time of all others.
    """

    device: str
    case: CaseSummary
    anchor: str
    peak: Peak
    others: tuple[Peak, ...]
    points: tuple[OpWork, ...]
    undrawn: float

    @property
    def title(self) -> str:
        """Device and case."""
        return f"{self.device}, {full(self.case.case)}"

    @property
    def named(self) -> tuple[OpWork, ...]:
        """Those that are labelled: the most head-room first."""
        return tuple(one for one in self.points[:MOST_LABELS] if one.headroom_us is not None)

    @property
    def label(self) -> str:
        """What it shows, in a sentence."""
        rooms = [one for one in self.points if one.headroom_us]
        most = listed([point_name(one) for one in rooms[:3]])
        finding = f"most head-room in {most}" if most else "no head-room"
        return f"GMAC/s against MAC per byte, {self.title}: {finding}."

    @property
    def description(self) -> str:
        """The labelled points in words."""
        return "; ".join(point_tip(one) for one in self.named) + "."


def rooflines(summary: RunSummary) -> Mapping[tuple[str, str], Roofline]:
    """Return what the operators of each profiled case reach, by device and case id.

    Cases whose graph is not known are left out.
    """
    run = summary.run
    found = {}
    for device in summary.devices:
        peaks = device.record.peaks if device.record else None
        for case in device.cases:
            one = roofline(case, graph_of(run, case), peaks)
            if one is not None:
                found[device.name, case.case.id] = one
    return found


def panels(
    summary: RunSummary,
    found: Mapping[tuple[str, str], Roofline],
    anchors: Mapping[tuple[str, str], str],
) -> tuple[RooflinePanel, ...]:
    """Return a panel for the fastest case of each device and model that can be drawn."""
    drawn = []
    for device in summary.devices:
        seen: set[str] = set()
        for case in _ranked(device):
            key = device.name, case.case.id
            one, model = found.get(key), case.case.variant.model
            panel = _panel(device.name, case, anchors[key], one) if one else None
            if panel and model not in seen:
                seen.add(model)
                drawn.append(panel)
    return tuple(drawn)


def told(device: str, case: CaseSummary, found: Roofline) -> str:
    """Say what the head-room of a case is and rests on, or how to get it."""
    notes = [f"Note: {found.note}."] if found.note else []
    if not found.measured:
        return " ".join([f"Head-room is known after benchhub calibrate-peak {device}.", *notes])
    if found.headroom_us is None:
        return " ".join(notes)
    total = case.operators.total_us if case.operators else None
    what = "; ".join(reached(peak) for peak in found.peaks)
    room = (
        f"Head-room: {ms(found.headroom_us)} of {ms(total)} ms, the time above what {device} "
        f"reached in calibration on {found.measured[:10]}: {what}."
    )
    return " ".join([room, *notes])


def point_name(work: OpWork) -> str:
    """Name an operator by its node: `#17 CONV_2D`."""
    if work.cost is None:
        return work.row.op.op
    return f"#{work.cost.node} {work.cost.op}"


def point_tip(work: OpWork) -> str:
    """Say all of one point."""
    cost = work.cost
    name = point_name(work) + (f" {cost.name.partition(';')[0]}" if cost and cost.name else "")
    parts = [
        f"{name} {ms(work.row.mean_us)} ms",
        f"{number(work.gmacs_per_s)} GMAC/s",
        f"{number(work.intensity)} MAC/byte",
    ]
    if work.share is not None:
        parts.append(f"{percent(work.share)} of the roofline")
        parts.append(f"head-room {ms(work.headroom_us)} ms")
    return ", ".join(parts)


def graph_of(run: Run, case: CaseSummary) -> GraphFacts | None:
    """Return what the file of a case says of its nodes; None if that is not known."""
    facts = known(run, case.case.variant)
    return facts.graph if facts else None


def _ranked(device: DeviceSummary) -> Sequence[CaseSummary]:
    """Return the cases that may stand for their model, the fastest first."""
    return [one for one in device.fastest_first() if one.stands and one.is_its_own]


def _panel(device: str, case: CaseSummary, anchor: str, found: Roofline) -> RooflinePanel | None:
    points = tuple(one for one in found.works if one.intensity and one.gmacs_per_s)
    if found.peak is None or not found.peak.gmacs_per_s or not points:
        return None
    others = tuple(peak for peak in found.peaks if peak != found.peak)
    undrawn = 1.0 - sum(one.row.share for one in points)
    return RooflinePanel(device, case, anchor, found.peak, others, points, max(0.0, undrawn))
