"""Holds what ran where against what the suite demands of it."""

from __future__ import annotations

from benchhub.records import Budgets, Configuration, Finding, Placement, Severity, spelled

BUDGET = "budget."
_TELL = "Profile the case (`profile_rounds`), or use a program that tells it."
_WHOLE = "delegate.full"  # the program's word for a graph that one delegate runs


def unmet(
    configuration: Configuration,
    placement: Placement | None,
    findings: tuple[Finding, ...],
    *,
    fell_back: bool,
) -> tuple[Finding, ...]:
    """Return the budgets that a measured case does not meet, or cannot be shown to meet.

    Budgets bind the delegate that was asked for: where a fallback is allowed and happened, there
    is nothing to hold them against.

    Args:
        configuration: Its budgets and its delegate.
        placement: What ran where, of the process that tells most.
        findings: What is known besides.
        fell_back: The delegate did not run.
    """
    budgets = configuration.budgets
    if fell_back and budgets.allow_fallback:
        return ()
    name = spelled(configuration.delegate)
    share = 0.0 if fell_back else _share(placement, findings)
    found = [_min_delegated(budgets, share, placement, name)]
    if not fell_back:
        found.append(_max_partitions(budgets, placement, name))
    return tuple(one for one in found if one is not None)


def _share(placement: Placement | None, findings: tuple[Finding, ...]) -> float | None:
    """Return the share of the nodes that the delegate ran; None if it cannot be told."""
    if placement and placement.nodes_delegated is not None and placement.nodes_total:
        return placement.nodes_delegated / placement.nodes_total
    return 1.0 if any(one.id == _WHOLE for one in findings) else None


def _min_delegated(
    budgets: Budgets, share: float | None, placement: Placement | None, name: str
) -> Finding | None:
    least = budgets.min_delegated
    if least is None or (share is not None and share >= least):
        return None
    demanded = f"the suite demands at least {100 * least:g} %"
    if share is None:
        meaning = f"It cannot be told how many nodes ran on {name}; {demanded}."
        return _finding("min_delegated", meaning, _TELL, placement)
    nodes = ""
    if placement and share and placement.nodes_total is not None:
        nodes = f"{placement.nodes_delegated} of {placement.nodes_total} nodes, "
    meaning = f"{name} ran {nodes}{100 * share:.3g} % of the graph; {demanded}."
    advice = "Replace the operators that it lacks, or lower `min_delegated` in the suite."
    return _finding("min_delegated", meaning, advice, placement)


def _max_partitions(budgets: Budgets, placement: Placement | None, name: str) -> Finding | None:
    most = budgets.max_partitions
    pieces = placement.partitions if placement else None
    if most is None or (pieces is not None and pieces <= most):
        return None
    allowed = f"the suite allows {most}"
    if pieces is None:
        meaning = f"It cannot be told into how many pieces the graph was cut for {name}; {allowed}."
        return _finding("max_partitions", meaning, _TELL, placement)
    meaning = f"The graph was cut into {pieces} pieces for {name}; {allowed}."
    advice = "Replace the operators between the pieces, or raise `max_partitions` in the suite."
    return _finding("max_partitions", meaning, advice, placement)


def _finding(name: str, meaning: str, advice: str, placement: Placement | None) -> Finding:
    evidence = placement.source if placement else "the tool tells nothing of its placement"
    return Finding(f"{BUDGET}{name}", Severity.SILENT, meaning, advice, evidence)
