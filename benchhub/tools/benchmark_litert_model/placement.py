"""What ran where in LiteRT: from its lines, the runtime's description and the profile's rows.

A GPU or NPU that is asked for is a wish: LiteRT takes the CPU for what the accelerator leaves, all
of it if need be, and the exit code stays 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchhub.records import (
    CPU,
    CPU_DELEGATES,
    NONE,
    Finding,
    Partition,
    Placement,
    Profile,
    Severity,
)
from benchhub.tools.benchmark_litert_model.evidence import (
    ACCELERATORS,
    CPU_ACCELERATOR,
    XNNPACK_LINE,
    Evidence,
    word_of,
)
from benchhub.tools.benchmark_model import placement as exact
from benchhub.tools.benchmark_model.delegate_lines import Coverage
from benchhub.tools.benchmark_model.runtime_info import Nodes

_PROFILE = "operator profile"
_NEWER = "Use a program that knows --model_runtime_info_output_file (LiteRT 2.0.2 or later)."


def placement_of(requested: str, evidence: Evidence) -> Placement:
    """Tell from the printed lines which delegate ran the graph, as far as they say it."""
    source = "no line says what ran where"
    unknown = Placement(requested, None, None, None, None, source)
    if requested == "gpu":
        unknown = replace(unknown, unsupported=tuple(evidence.lines.unsupported))
    if evidence.lines.replaced:
        return _replaced(unknown, list(evidence.lines.replaced.values()))
    if requested not in ACCELERATORS:
        created = evidence.lines.implicit_xnnpack
        return replace(unknown, source=XNNPACK_LINE) if created else unknown
    line = evidence.missing.get(requested)
    if line is None and evidence.registered == {CPU_ACCELERATOR}:
        line = f"the runtime lists no accelerator but {CPU_ACCELERATOR}"
    if line is None or requested in evidence.there:
        seen = evidence.there.get(requested)
        return replace(unknown, source=f"{seen}; no line says what it ran") if seen else unknown
    # That XNNPACK was made does not say that it took a node.
    return replace(unknown, applied=CPU if evidence.lines.implicit_xnnpack else NONE, source=line)


def _replaced(unknown: Placement, counts: Sequence[Coverage]) -> Placement:
    """Tell from the runtime's own counts, which Android's builds print."""
    requested = unknown.requested
    words = {count.delegate: word_of(count.delegate, requested) for count in counts}
    applied = _applied(requested, {words[count.delegate] for count in counts if count.nodes})
    own = [count for count in counts if words[count.delegate] == applied]
    return replace(
        unknown,
        applied=applied,
        nodes_delegated=sum(count.nodes for count in own),
        # Later lines count the graph with the earlier delegates in it.
        nodes_total=counts[0].total,
        partitions=own[0].partitions if len(own) == 1 else None,
        source=own[0].line if own else counts[0].line,
    )


def with_nodes(placement: Placement, nodes: Nodes) -> tuple[Placement, Finding | None]:
    """Add the runtime's own description of the graph, which is exact.

    Returns:
        The placement by that description and, if the printed lines say otherwise, a finding.
    """
    requested = placement.requested
    pieces = tuple(
        Partition(word_of(piece.delegate, requested), piece.nodes) for piece in nodes.pieces
    )
    return exact.with_nodes(placement, replace(nodes, pieces=pieces))


def with_profile(placement: Placement, profile: Profile) -> tuple[Placement, Finding | None]:
    """Hold the placement against the rows of the profile, which name who ran each operator.

    An accelerator without a row may still have run: its node looks like any other where the
    number of the model's nodes is not known.

    Returns:
        The placement, with the delegate of the rows where nothing else told it, and a finding
        where a delegate ran operators though none was said to be at work.
    """
    inside = {op.delegate for op in profile.ops if op.delegate}
    known, requested = placement.applied, placement.requested
    if known == CPU and "xnnpack" in inside:
        source = f"{placement.source}; {_PROFILE}"
        return replace(placement, applied="xnnpack", source=source), None
    if known is None and (requested in inside or (inside and requested in CPU_DELEGATES)):
        return replace(placement, applied=_applied(requested, inside), source=_PROFILE), None
    if known != NONE or not inside:
        return placement, None
    named = "+".join(sorted(inside))
    evidence = f"{placement.source}; the profile has operators of {named}"
    return placement, exact.contradiction(evidence)


def with_gpu(placement: Placement, backend: str, precision: str) -> Placement:
    """Add what the GPU ran on and with which precision, if it ran."""
    if placement.applied != "gpu":
        return placement
    return replace(placement, backend=backend, precision=precision)


def silent(placement: Placement, advice: str = _NEWER) -> Finding | None:
    """Return the finding for an accelerator of which nothing says whether it ran."""
    if placement.requested in CPU_DELEGATES or placement.applied is not None:
        return None
    return Finding(
        "litert.silent",
        Severity.SILENT,
        f"Nothing tells whether the {placement.requested.upper()} ran the graph: LiteRT goes on "
        "with the CPU without a word.",
        advice,
        placement.source,
    )


def _applied(requested: str, delegates: set[str]) -> str:
    """Return who counts as having run the graph: what was asked for, if it took a node."""
    if requested in delegates:
        return requested
    return "+".join(sorted(delegates)) or NONE
