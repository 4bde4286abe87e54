"""Which cases of a run have operator times that can be handed on, and why the others have none."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.analysis.operators import OpRow, OpTable
from benchhub.analysis.summary import TRUSTED, CaseSummary, summarise
from benchhub.records import Run


@dataclass(frozen=True, slots=True)
class Profiled:
    """Operator times of one case on one device."""

    device: str
    case: CaseSummary
    table: OpTable

    @property
    def name(self) -> str:
        """What tells it from all others of the run; says so if another delegate ran."""
        fell = ", fell back to the CPU" if self.case.fell_back else ""
        return f"{self.case.case.id} on {self.device}{fell}"

    @property
    def main(self) -> tuple[OpRow, ...]:
        """Operators of the main graph; those of others are part of the ones that run them."""
        return tuple(row for row in self.table.rows if row.op.subgraph == 0)


def profiles_of(run: Run) -> tuple[tuple[Profiled, ...], tuple[str, ...]]:
    """Return the operator times of a run in the order of the plan, and a note for each without."""
    found: list[Profiled] = []
    notes: list[str] = []
    for device in summarise(run).devices:
        for case in device.cases:
            name = f"{case.case.id} on {device.name}"
            if case.operators is None:
                notes.append(f"left out: {name}: it has no operator times")
            elif case.profile_status not in TRUSTED and not case.fell_back:
                notes.append(f"left out: {name}: its operator times are {case.profile_status}")
            else:
                found.append(Profiled(device.name, case, case.operators))
    return tuple(found), tuple(notes)
