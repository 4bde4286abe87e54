"""How fast each variant is on a device, in the fastest of its configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.candidates import Candidate
from benchhub.analysis.choosing import Recommendation
from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import ModelVariant
from benchhub.reports.marks import WORST_FIRST, Mark, mark_of


@dataclass(frozen=True, slots=True)
class Speed:
    """A variant on one device, in its fastest configuration.

    Attributes:
        device: Name of the device.
        candidate: Its fastest number that stands; None without one.
        case: The case that says why there is none; None if there is none at all.
        mark: How far to trust the number, or why there is none.
        role: `fastest` of all variants, `overlaps` if its interval overlaps with that one's, else
            empty.
        picked: Whether it is the one to ship there.
    """

    device: str
    candidate: Candidate | None
    case: CaseSummary | None
    mark: Mark
    role: str = ""
    picked: bool = False

    @property
    def us(self) -> float | None:
        """Its latency in microseconds."""
        return self.candidate.latency.value_us if self.candidate else None


def speeds_of(
    summary: RunSummary, choice: Recommendation, mine: Sequence[ModelVariant]
) -> dict[str, Speed]:
    """Return the fastest configuration of each variant on one device."""
    best: dict[str, Candidate] = {}
    for one in choice.candidates:  # the fastest first
        best.setdefault(one.variant, one)
    first = next(iter(best.values()), None)
    (device,) = [one for one in summary.devices if one.name == choice.device]
    found = {}
    for variant in mine:
        fastest = best.get(variant.variant)
        cases = [one for one in device.cases if one.case.variant == variant]
        if fastest is None:
            found[variant.variant] = _without(choice.device, cases)
            continue
        # The fastest of a variant need not be picked: it may miss what the suite demands.
        picked = choice.pick is not None and choice.pick.variant == variant.variant
        shown = choice.pick if picked and choice.pick else fastest
        role = "fastest" if shown is first else "overlaps" if _overlap(first, shown) else ""
        mark = mark_of(shown.case)
        found[variant.variant] = Speed(choice.device, shown, shown.case, mark, role, picked)
    return found


def _without(device: str, cases: Sequence[CaseSummary]) -> Speed:
    """Return why a variant has no number: what came furthest tells most."""
    if not cases:
        return Speed(device, None, None, Mark.NOT_RUN)
    furthest = max(cases, key=lambda case: WORST_FIRST.index(mark_of(case)))
    return Speed(device, None, furthest, mark_of(furthest))


def _overlap(first: Candidate | None, other: Candidate) -> bool:
    """Say whether an interval overlaps with that of the fastest, as far as there are intervals."""
    if first is None or first.latency.high_us is None:
        return False
    return (other.latency.low_us or other.latency.value_us) <= first.latency.high_us
