"""What ran where: from the delegate lines, the runtime's description and the profile's rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from benchhub.tools.benchmark_model.delegate_lines import Coverage, DelegateLines
from benchhub.tools.benchmark_model.names import delegate_name, word_of
from benchhub.tools.benchmark_model.runtime_info import Nodes

XNNPACK, EXTERNAL, GPU, NNAPI = "xnnpack", "external", "gpu", "nnapi"
# NNAPI's own implementation, which runs on the CPU.
REFERENCE = "nnapi-reference"
_IMPLICIT = "Created TensorFlow Lite XNNPACK delegate for CPU."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case asked the program for.

    Attributes:
        delegate: The delegate's word.
        accelerator: NNAPI's accelerator; empty if none was named.
        backend: API that the GPU delegate was bound to; empty if it may choose.
        exact: The GPU delegate was told to compute in single precision.
    """

    delegate: str
    accelerator: str = ""
    backend: str = ""
    exact: bool = False


def placement_of(asked: Asked, lines: DelegateLines) -> Placement:
    """Tell from the printed lines which delegate ran the graph.

    A delegate that was made has a line that says how much it runs. One that could not be made
    has none: if the program said that it loaded the model and was ready, the delegate did not
    run. XNNPACK that the runtime applies by itself has a line that says only that it was made,
    not whether it took a node.
    """
    requested = asked.delegate
    if requested == NONE:
        placement = _builtin(lines)
    elif requested == XNNPACK:
        placement = _xnnpack(lines)
    else:
        placement = _accelerator(asked, lines)
    placement = _with_coverage(placement, lines)
    if requested == GPU:
        placement = replace(placement, unsupported=tuple(lines.unsupported))
    if placement.applied == GPU:
        placement = replace(
            placement, backend=lines.backend, precision="fp32" if asked.exact else ""
        )
    return placement


def _builtin(lines: DelegateLines) -> Placement:
    if lines.implicit_xnnpack:
        return Placement(NONE, None, None, None, None, _IMPLICIT)
    for line in lines.applied:
        if line.kernels:  # something was applied that was not asked for
            return Placement(NONE, line.name.lower(), None, None, line.kernels, line.line)
    return Placement(NONE, NONE, 0, None, 0, "no delegate was asked for, and none is in the output")


def _xnnpack(lines: DelegateLines) -> Placement:
    line = lines.about(XNNPACK)
    if line is None:
        source = _IMPLICIT if lines.implicit_xnnpack else "no delegate is in the output"
        return Placement(XNNPACK, None, None, None, None, source)
    if line.kernels:
        return Placement(XNNPACK, XNNPACK, None, None, line.kernels, line.line)
    return Placement(XNNPACK, NONE, 0, None, 0, line.line)


def _accelerator(asked: Asked, lines: DelegateLines) -> Placement:
    requested = asked.delegate
    line = lines.about(requested)
    if requested == NNAPI and offers_reference_only(asked, lines):
        source = f"NNAPI accelerators available: [{REFERENCE}]"
        if line is not None and line.kernels:  # NNAPI took nodes, and runs them on the CPU
            return Placement(requested, CPU, None, None, None, source, backend=REFERENCE)
        return _on_the_cpu(requested, lines, source)
    if line is not None and line.kernels:
        backend = asked.accelerator if requested == NNAPI else ""
        placement = Placement(requested, requested, None, None, line.kernels, line.line)
        return replace(placement, backend=backend)
    why = line.line if line else lines.absent.get(requested)
    if why is None and is_missing(requested, lines):
        why = f"no line says that {requested} was created"
    if why is not None:
        return _on_the_cpu(requested, lines, why)
    return Placement(requested, None, None, None, None, "the output does not tell")


def is_missing(requested: str, lines: DelegateLines) -> bool:
    """Tell whether the program got past its delegates and did not make the one asked for."""
    made = requested.upper() in {name.upper() for name in lines.created}
    return lines.loaded and lines.ready and not made and lines.about(requested) is None


def offers_reference_only(asked: Asked, lines: DelegateLines) -> bool:
    """Tell whether NNAPI listed nothing but its CPU implementation, which was not asked for."""
    return asked.accelerator != REFERENCE and lines.accelerators == (REFERENCE,)


def _on_the_cpu(requested: str, lines: DelegateLines, source: str) -> Placement:
    """Return where the graph ran without its accelerator, as exactly as that can be told."""
    explicit = lines.about(XNNPACK)
    took = [one for one in lines.replaced.values() if delegate_name(one.delegate) == XNNPACK]
    if took or (explicit and explicit.kernels):
        return Placement(requested, XNNPACK, None, None, None, source)
    if lines.implicit_xnnpack and explicit is None:
        return Placement(requested, CPU, None, None, None, source)
    return Placement(requested, NONE, 0, None, 0, source)


def _with_coverage(placement: Placement, lines: DelegateLines) -> Placement:
    """Add the nodes that runtime and delegates count: their own lines, or the GPU delegate's."""
    first = next(iter(lines.replaced.values()), None)
    own = _coverage(placement, lines)
    applied = placement.applied
    if own is None and placement.requested in CPU_DELEGATES and applied is None and first:
        # Nothing else told it; the runtime's line names who took the nodes.
        own, applied = first, delegate_name(first.delegate) or first.delegate
    if own is None:
        return placement
    earlier = first if first and first.total is not None else own
    partitions = placement.partitions if placement.partitions is not None else own.partitions
    fell_back = placement.applied not in (None, placement.requested)
    return replace(
        placement,
        applied=applied,
        nodes_delegated=own.nodes,
        # Earlier delegates left their own nodes in the place of those they took.
        nodes_total=earlier.total,
        partitions=partitions,
        source=f"{placement.source}; {own.line}" if fell_back else own.line,
    )


def _coverage(placement: Placement, lines: DelegateLines) -> Coverage | None:
    applied = placement.applied
    if applied in (None, NONE, CPU):
        return None
    for one in lines.replaced.values():
        name = delegate_name(one.delegate) or one.delegate
        if word_of(name, placement.requested) == applied:
            return one
    if applied == GPU and lines.shared and lines.shared.nodes:
        return lines.shared
    for one in lines.counted.values():
        own = one.delegate.lower().startswith((f"{applied} ", f"tflite{applied}"))
        if one.nodes and (own or applied == EXTERNAL):
            return one
    return None


def with_nodes(placement: Placement, nodes: Nodes) -> tuple[Placement, Finding | None]:
    """Add the runtime's own description of the graph, which is exact.

    Returns:
        The placement by that description and, if the printed lines say otherwise, a finding.
    """
    requested = placement.requested
    pieces = tuple(
        Partition(word_of(piece.delegate, requested), piece.nodes) for piece in nodes.pieces
    )
    applied = _applied([piece.delegate for piece in pieces], requested)
    own = [piece for piece in pieces if piece.delegate in applied.split("+")]
    named = sorted({one.delegate for one in nodes.pieces} - {XNNPACK})
    exact = replace(
        placement,
        applied=applied,
        nodes_delegated=sum(len(piece.nodes) for piece in own),
        nodes_total=nodes.total,
        partitions=len(own),
        source="model runtime info",
        pieces=pieces,
        # An external delegate is known by the name that it gives itself.
        backend=", ".join(named) if applied == EXTERNAL else placement.backend,
    )
    if placement.backend == REFERENCE and applied == NNAPI:
        # NNAPI took the nodes, and has nothing but the CPU to run them on.
        exact = replace(exact, applied=CPU)
    if _agree(placement, exact):
        return exact, None
    return exact, contradiction(
        f"{placement.source}; runtime info: {applied}, {exact.nodes_delegated} of {nodes.total} "
        f"nodes in {exact.partitions} partitions"
    )


def _applied(delegates: list[str], requested: str) -> str:
    """Return who counts as having run the graph: what was asked for, if it took a node."""
    if requested in delegates:
        return requested
    return "+".join(sorted(set(delegates))) or NONE


def _agree(printed: Placement, exact: Placement) -> bool:
    on_cpu = printed.applied == CPU and exact.applied in (*CPU_DELEGATES, CPU)
    same = printed.applied in (None, exact.applied)
    if not (on_cpu or same):
        return False
    claims = (
        (printed.nodes_delegated, exact.nodes_delegated),
        (printed.nodes_total, exact.nodes_total),
        (printed.partitions, exact.partitions),
    )
    return all(said is None or said == told for said, told in claims)


def with_profile(placement: Placement, profile: Profile) -> tuple[Placement, Finding | None]:
    """Hold the placement against the rows of the profile, which name who ran each operator.

    Returns:
        The placement, with the delegate of the rows where nothing else told it, and a finding
        where rows and lines contradict each other.
    """
    requested, known = placement.requested, placement.applied
    inside = sorted({op.delegate for op in profile.ops if op.delegate})
    named = requested not in (*CPU_DELEGATES, EXTERNAL)  # it has a name that rows show
    if known == CPU and requested not in inside:
        applied = XNNPACK if XNNPACK in inside else NONE
        source = f"{placement.source}; operator profile"
        return replace(placement, applied=applied, source=source), None
    if known is None and (inside or named):
        # All nodes have a row, so an accelerator without one took none.
        applied = _applied(inside, requested)
        return replace(placement, applied=applied, source="operator profile"), None
    ran = known not in (None, requested) and placement.backend != REFERENCE
    surplus = bool(inside) if known == NONE else ran and requested in inside
    if surplus or (known == requested and named and requested not in inside):
        rows = f"operators of {'+'.join(inside)}" if inside else "no operator of a delegate"
        return placement, contradiction(f"{placement.source}; the profile has {rows}")
    return placement, None


def check_applied(placement: Placement) -> Finding | None:
    """Doubt a run of the built-in kernels in which a delegate was made all the same."""
    if placement.requested != NONE or placement.applied is not None:
        return None
    return contradiction(f"no delegate was asked for, but the runtime said: {placement.source}")


def contradiction(evidence: str) -> Finding:
    """Return the finding for two sources that say different things about what ran where."""
    """Return the finding of sources that disagree about what ran where."""
    return Finding(
        "check.placement",
        Severity.SILENT,
        "Two sources contradict each other about what ran on which delegate.",
        "Do not use the result; keep the output for a bug report.",
        evidence,
    )
