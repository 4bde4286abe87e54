"""Marks: one word and one shape for how far a case can be trusted, and what each means."""

from __future__ import annotations

from enum import StrEnum

from benchhub.analysis.summary import CaseSummary, DeviceSummary
from benchhub.records import Failure, Status

# Kinds of failures: of a device that was lost, and of one that was not in the state asked for.
LOST = "lost"
CONDITIONS = "conditions"

# Finding of an invocation during which the device was held back.
THROTTLED = "device.throttled"


class Mark(StrEnum):
    """What a report says of a case; the value names its shape and its CSS class."""

    OK = "OK"
    PARTIAL = "PARTIAL"
    SUSPECT = "SUSPECT"
    FALLBACK = "FALLBACK"
    WRONG = "WRONG"
    INVALID = "INVALID"
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
    Mark.PARTIAL: "measured; the accelerator ran some nodes and left others to the CPU",
    Mark.SUSPECT: (
        "measured, but the figures contradict each other, a setting was not taken, or nothing "
        "tells whether the accelerator ran"
    ),
    Mark.FALLBACK: "measured, but not on the delegate asked for; never counted as its time",
    Mark.WRONG: "measured, but the outputs differ from those of the host's CPU; never ranked",
    Mark.INVALID: "the device was not in the state asked for, or throttled; no number counts",
    Mark.FAILED: "tried; no process gave a number",
    Mark.REFUSED: "not tried, because it was known to be impossible",
    Mark.NOT_RUN: "planned, but the run ended, or lost the device, before it gave a number",
    Mark.NOTE: "worth knowing; the numbers of the case stand",
}

# In this order things are worth a reader's attention.
WORST_FIRST = (
    Mark.FAILED,
    Mark.INVALID,
    Mark.WRONG,
    Mark.FALLBACK,
    Mark.SUSPECT,
    Mark.REFUSED,
    Mark.NOT_RUN,
    Mark.PARTIAL,
    Mark.NOTE,
    Mark.OK,
)


def mark_of(case: CaseSummary) -> Mark:
    """Return the mark of a case; tells failed from refused and from not yet run."""
    if case.status is not Status.FAILED:
        return Mark(case.status.value)
    if any(one.reading.failure for one in case.invocations):
        return Mark.FAILED
    if case.profile_invocations and not case.planned:
        return Mark(case.profile_status.value)  # only profiles were to be had
    # Without an invocation a loss is the device's, so the case was not run.
    refused = any(failure.kind != LOST for failure in case.failures)
    return Mark.REFUSED if refused else Mark.NOT_RUN


def failure_key(failure: Failure) -> str:
    """Return what makes two failures the same: temperatures that were too high differ each time."""
    return failure.kind if failure.kind == CONDITIONS else failure.message


def invalid_reason(case: CaseSummary) -> str:
    """Say why the numbers of an INVALID case do not count, without a full stop at the end."""
    for finding in case.findings:
        if finding.id == THROTTLED:
            return finding.meaning
    return case.failures[0].message.rstrip(".") if case.failures else "see its invocations"


def not_run(device: DeviceSummary) -> str:
    """Say how much of a device's work is missing: `12 of 48 invocations were not run`."""
    planned = device.done + device.left
    return f"{device.left} of {planned} invocation{'s' * (planned != 1)} were not run"
