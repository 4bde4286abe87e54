"""What ran where: from the delegate lines, the runtime's description and the profile's rows."""

from __future__ import annotations

from dataclasses import replace

from benchhub.records import Finding, Placement, Profile, Severity
from benchhub.tools.benchmark_model.names import delegate_name
from benchhub.tools.benchmark_model.runtime_info import Nodes
from benchhub.tools.benchmark_model.stdout import Output

NO_DELEGATE = "none"


def placement_of(requested: str, output: Output) -> Placement:
    """Tell from the printed lines which delegate ran the graph.

    A delegate that was asked for explicitly has a line that says how much it runs. XNNPACK that
    the runtime applies by itself has one that says only that it was made, not whether it took a
    node. The program prints no count of nodes; the runtime does in some builds.
    """
    if output.applied is not None:
        line = output.applied
        applied = line.name.lower() if line.kernels else NO_DELEGATE
        placement = Placement(requested, applied, None, None, line.kernels, line.line)
        if not line.kernels:
            placement = replace(placement, nodes_delegated=0)
    elif output.implicit_xnnpack:
        source = "Created TensorFlow Lite XNNPACK delegate for CPU."
        placement = Placement(requested, None, None, None, None, source)
    elif requested == NO_DELEGATE:
        source = "no delegate was asked for, and none is in the output"
        placement = Placement(requested, NO_DELEGATE, 0, None, 0, source)
    else:
        placement = Placement(requested, None, None, None, None, "no delegate is in the output")
    taken = output.replaced
    delegate = delegate_name(taken.delegate) if taken else None
    if taken is not None and placement.applied in {None, delegate}:
        return replace(
            placement,
            applied=delegate,
            nodes_delegated=taken.nodes,
            nodes_total=taken.nodes_total,
            source=taken.line,
        )
    return placement


def with_nodes(placement: Placement, nodes: Nodes) -> tuple[Placement, Finding | None]:
    """Add the runtime's own description of the graph, which is exact.

    Returns:
        The placement by that description and, if the printed lines say otherwise, a finding.
    """
    exact = Placement(
        requested=placement.requested,
        applied="+".join(nodes.delegates) or NO_DELEGATE,
        nodes_delegated=nodes.delegated,
        nodes_total=nodes.total,
        partitions=nodes.partitions,
        source="model runtime info",
    )
    claims = (
        (placement.applied, exact.applied),
        (placement.nodes_delegated, exact.nodes_delegated),
        (placement.nodes_total, exact.nodes_total),
        (placement.partitions, exact.partitions),
    )
    if all(printed is None or printed == told for printed, told in claims):
        return exact, None
    return exact, _contradiction(
        f"{placement.source}; runtime info: {exact.applied}, "
        f"{nodes.delegated} of {nodes.total} nodes in {nodes.partitions} partitions"
    )


def with_profile(placement: Placement, profile: Profile) -> tuple[Placement, Finding | None]:
    """Hold the placement against the rows of the profile, which name who ran each operator.

    Returns:
        The placement, with the delegate of the rows where nothing else told it, and a finding
        where a delegate ran operators though none was said to be at work.
    """
    inside = "+".join(sorted({op.delegate for op in profile.ops if op.delegate}))
    if not inside:
        return placement, None
    if placement.applied is None:
        return replace(placement, applied=inside, source="operator profile"), None
    if placement.applied != NO_DELEGATE:
        return placement, None
    return placement, _contradiction(f"{placement.source}; the profile has operators of {inside}")


def check_applied(placement: Placement) -> Finding | None:
    """Doubt a run of the built-in kernels in which a delegate was made all the same."""
    if placement.requested != NO_DELEGATE or placement.applied is not None:
        return None
    return _contradiction(f"no delegate was asked for, but the runtime said: {placement.source}")


def _contradiction(evidence: str) -> Finding:
    return Finding(
        "check.placement",
        Severity.SILENT,
        "Two sources contradict each other about what ran on which delegate.",
        "Do not use the result; keep the output for a bug report.",
        evidence,
    )
