"""What happened to a delegate, in words that terminal and page share."""

from __future__ import annotations

from benchhub.analysis.summary import CaseSummary
from benchhub.records import CPU, CPU_DELEGATES, Finding, Status, Unsupported
from benchhub.records.trust import status_by
from benchhub.reports.agreement import difference
from benchhub.reports.names import kernels, listed, the

SHOWN_OPERATORS = 4


def asked_for(case: CaseSummary) -> str:
    """Return what a case asked for: `the GPU`, `XNNPACK`."""
    return the(case.case.configuration.delegate)


def ran_on(case: CaseSummary) -> str:
    """Return what ran instead of an accelerator: `the CPU`, with its kernels if they are known."""
    applied = case.placement.applied if case.placement else None
    accelerator = case.case.configuration.delegate not in CPU_DELEGATES
    if accelerator and applied in CPU_DELEGATES:
        return f"{the(CPU)} ({kernels(applied)})"
    return the(applied)


def reasons(case: CaseSummary, status: Status) -> list[Finding]:
    """Return the findings that make a case what it is; all that cast doubt if none does alone."""
    doubts = {one: status_by(one, case.placement) for one in case.findings}
    about = [one for one, found in doubts.items() if found is status]
    if about or status is Status.PARTIAL:
        return about
    return [one for one, found in doubts.items() if found is not Status.OK]


def in_part(case: CaseSummary) -> str:
    """Say how much of the graph the accelerator ran, and what it left to the CPU."""
    what = case.placement
    if what is None or what.nodes_delegated is None or what.nodes_total is None:
        text = f"a part of the graph ran on {asked_for(case)}"
    else:
        text = f"{what.nodes_delegated} of {what.nodes_total} nodes ran on {asked_for(case)}"
    if what and what.partitions is not None and what.partitions > 1:
        text += f", in {what.partitions} partitions"
    left = left_out(what.unsupported if what else ())
    return f"{text}; it did not take {left}" if left else text


def left_out(unsupported: tuple[Unsupported, ...]) -> str:
    """Name operators that a delegate did not take, with its reasons; empty for none."""
    shown = [
        f"{one.op} ({one.reason.rstrip('.')})" if one.reason else one.op
        for one in unsupported[:SHOWN_OPERATORS]
    ]
    more = len(unsupported) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)


def off_by(case: CaseSummary) -> str:
    """Say how far the outputs are from those of the host's CPU."""
    found = case.agreement
    if found is None:
        return "the outputs differ from those of the host's CPU"
    most = f", by up to {difference(found.max_abs)}" if found.max_abs is not None else ""
    return (
        f"{found.outside} of {found.elements} elements of the outputs differ from the host's CPU "
        f"by more than the suite allows{most} ({found.worst})"
    )
