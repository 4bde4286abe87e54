"""Cases that may be ranked against each other: one model measured by one tool on one device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, DeviceSummary
from benchhub.reports.names import configuration

DISTINCT_NAMES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """One model and one tool on one device.

    Attributes:
        device: Name of the device.
        model: Name of the model.
        tool: Name of the tool.
        title: What tells this group from the others of its device; empty if it is the only one.
        ranked: Trusted cases by time, then the untrusted, then those without a number.
        reference: The case that speed-ups refer to; None if it has no number.
    """

    device: str
    model: str
    tool: str
    title: str
    ranked: tuple[CaseSummary, ...]
    reference: CaseSummary | None

    @property
    def trusted(self) -> tuple[CaseSummary, ...]:
        """Cases whose number stands, fastest first; a PARTIAL one stands, and is marked."""
        return tuple(case for case in self.ranked if case.stands)


def groups(device: DeviceSummary) -> tuple[Group, ...]:
    """Return the groups of a device in the order of the plan."""
    models = {case.case.variant.model for case in device.cases}
    several = len(models), len(device.tools)
    ranked = device.fastest_first()
    keys = dict.fromkeys((one.case.variant.model, one.case.tool) for one in device.cases)
    return tuple(_group(device.name, key, ranked, several) for key in keys)


def _group(
    device: str, key: tuple[str, str], ranked: Sequence[CaseSummary], several: tuple[int, int]
) -> Group:
    model, tool = key
    mine = tuple(one for one in ranked if (one.case.variant.model, one.case.tool) == key)
    parts = [name for name, count in zip(key, several, strict=True) if count > 1]
    return Group(
        device=device,
        model=model,
        tool=tool,
        title=" · ".join(parts),
        ranked=mine,
        reference=next((one for one in mine if one.is_reference), None),
    )


def doubt(trusted: Sequence[CaseSummary]) -> str:
    """Say what limits the first place of trusted cases, fastest first; empty if nothing does."""
    first = trusted[0].latency
    if first is None or len(trusted) == 1:
        return ""
    if first.high_us is None:
        return "It rests on one process, so there is no interval."
    close = [
        configuration(other.case)
        for other in trusted[1:]
        if other.latency and (other.latency.low_us or other.latency.value_us) <= first.high_us
    ]
    if not close:
        return ""
    return f"Its 95 % interval overlaps with that of {', '.join(close[:DISTINCT_NAMES])}."
