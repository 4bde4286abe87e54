"""Marks: one word and one shape for how far a case can be trusted, and what each means."""

from __future__ import annotations

from enum import StrEnum

from benchhub.analysis.summary import CaseSummary
from benchhub.records import Status


class Mark(StrEnum):
    """What a report says of a case; the value names its shape and its CSS class."""

    OK = "OK"
    SUSPECT = "SUSPECT"
    FALLBACK = "FALLBACK"
    FAILED = "FAILED"
    REFUSED = "REFUSED"
    NOT_RUN = "NOT_RUN"
    NOTE = "NOTE"

    @property
    def word(self) -> str:
        """The mark as it is read."""
        return self.value.replace("_", " ")


MEANING = {
    Mark.OK: "measured, on the kernels that were asked for",
    Mark.SUSPECT: "measured, but the figures contradict each other or a setting was not taken",
    Mark.FALLBACK: "measured, but not on the delegate asked for; never counted as its time",
    Mark.FAILED: "tried; no process gave a number",
    Mark.REFUSED: "not tried, because it was known to be impossible",
    Mark.NOT_RUN: "planned, but the run ended before it gave a number",
    Mark.NOTE: "worth knowing; the numbers of the case stand",
}

# In this order things are worth a reader's attention.
WORST_FIRST = (
    Mark.FAILED,
    Mark.FALLBACK,
    Mark.SUSPECT,
    Mark.REFUSED,
    Mark.NOT_RUN,
    Mark.NOTE,
    Mark.OK,
)


def mark_of(case: CaseSummary) -> Mark:
    """Return the mark of a case; tells failed from refused and from not yet run."""
    if case.status is not Status.FAILED:
        return Mark(case.status.value)
    invocations = case.latency_invocations + case.profile_invocations
    if any(one.reading.failure for one in invocations):
        return Mark.FAILED
    return Mark.REFUSED if case.failures else Mark.NOT_RUN
