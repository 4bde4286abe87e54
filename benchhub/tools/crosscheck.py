"""Checks of one reading against itself: figures that contradict each other make it SUSPECT."""

from __future__ import annotations

from benchhub.records import CPU_DELEGATES, Finding, Latency, OpTime, Placement, Profile, Severity

# Spread allowed between the sum of the operators and the latency of the same inferences.
# Measured: 0.74 to 1.005 of the latency, the low end explained by times cut to whole microseconds.
MOST_OF_LATENCY = 1.05
LEAST_OF_LATENCY = 0.8


def check_op_times(profile: Profile, latency: Latency, fixed_us: float) -> Finding | None:
    """Compare the sum of the operators with the latency of the same profiled inferences.

    Operators run one after the other, so their sum can hardly exceed the latency. It may fall
    short of it by what is cut off each time (`profile.resolution_us` per call) and by what the
    profiler itself costs outside the operators. Both sides are means per inference.

    Args:
        profile: Operator times; `total_us` is the sum of the main graph alone.
        latency: Inferences of the same process, taken while the profiler ran.
        fixed_us: What the profiler adds to one inference outside the operators.

    Returns:
        A finding `check.op_times` where the two contradict each other, else None.
    """
    cut_off = profile.resolution_us * sum(row.calls for row in _main_graph(profile))
    total, whole = profile.total_us, latency.mean_us
    too_much = total > MOST_OF_LATENCY * whole + profile.resolution_us
    too_little = total + cut_off + fixed_us < LEAST_OF_LATENCY * whole
    if not (too_much or too_little):
        return None
    return Finding(
        id="check.op_times",
        severity=Severity.SILENT,
        meaning=(
            "Op times and latency contradict each other: "
            f"sum {total:.1f} us, latency {whole:.1f} us."
        ),
        advice="Do not use the op times; measure again on an idle device.",
        evidence=(
            f"{len(profile.ops)} ops from {profile.source}, "
            f"{latency.n} inferences from {latency.source}"
        ),
    )


def check_node_count(profile: Profile, placement: Placement) -> Finding | None:
    """Compare the operator rows outside the delegate with the nodes of the graph.

    Each node that was not delegated has exactly one row. Where an accelerator was asked for, the
    nodes of all delegates have to be known one by one.

    Returns:
        A finding `check.node_count` where they differ; None where they agree or where the
        placement is not known.
    """
    nodes, delegated = placement.nodes_total, _inside(placement)
    if nodes is None or delegated is None:
        return None
    rows = sum(1 for row in _main_graph(profile) if row.delegate is None)
    if rows == nodes - delegated:
        return None
    return Finding(
        id="check.node_count",
        severity=Severity.SILENT,
        meaning=(
            f"Op times cover {rows} nodes outside the delegate, "
            f"but the graph has {nodes - delegated}."
        ),
        advice="Do not use the op times; keep the model and the raw output for a bug report.",
        evidence=f"{delegated} of {nodes} nodes delegated ({placement.source})",
    )


def _inside(placement: Placement) -> int | None:
    """Count the nodes in all delegates: XNNPACK may have taken what an accelerator left."""
    if placement.pieces:
        return sum(len(piece.nodes) for piece in placement.pieces)
    return placement.nodes_delegated if placement.requested in CPU_DELEGATES else None


def _main_graph(profile: Profile) -> list[OpTime]:
    """Rows of the outermost graph: bodies of WHILE and IF have higher subgraph indices."""
    if not profile.ops:
        return []
    main = min(row.subgraph for row in profile.ops)
    return [row for row in profile.ops if row.subgraph == main]
