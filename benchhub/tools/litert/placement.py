"""What ran where: from the result document and from what the runtime printed. Pure."""

from __future__ import annotations

from dataclasses import replace

from benchhub.records import (
    CPU,
    NONE,
    Configuration,
    GpuOptions,
    Partition,
    Placement,
    Unsupported,
)
from benchhub.tools.litert.document import Document, MalformedError
from benchhub.tools.litert.gpu_lines import SOFTWARE, read_gpu_lines
from benchhub.tools.litert.npu_lines import NpuLines, read_npu_lines

XNNPACK, GPU, NPU, EXTERNAL = "xnnpack", "gpu", "npu", "external"
ALONE = "LiteRtCompiledModelIsNonCpuFullyAccelerated: true"
NOT_ALONE = "LiteRtCompiledModelIsNonCpuFullyAccelerated: false"
FULL = "LiteRtCompiledModelIsFullyAccelerated: true"
# What one vendor's dispatch library runs on is told by a word without its name.
VENDOR = "OpenVINO"


def placement_of(document: Document, configuration: Configuration, stderr: str) -> Placement:
    """Return what ran where in the main graph.

    Args:
        document: The child's result.
        configuration: What was asked for.
        stderr: What the runtime printed.

    Raises:
        MalformedError: The document is not what the child writes.
    """
    requested = configuration.delegate
    total = document.count("nodes")
    seen = document.part("placement") if document.has("placement") else None
    if seen is None:
        applied, delegated = (NONE, 0) if requested == NONE else (None, None)
        source = "the Interpreter API does not tell"
        return Placement(requested, applied, delegated, total, delegated, source)
    if seen.has("pieces"):
        return _listed(seen, requested, total)
    if requested == GPU:
        return _on_gpu(seen, configuration, total, stderr)
    if requested == NPU:
        return _on_npu(seen, document, total, stderr)
    return _on_cpu(seen, requested, total)


def is_software(placement: Placement) -> bool:
    """Tell whether an accelerator says of itself that it computes on the CPU."""
    return placement.backend.endswith(SOFTWARE) or placement.backend == f"{VENDOR} CPU"


def _listed(seen: Document, requested: str, total: int) -> Placement:
    """The public API lists the nodes of each delegate."""
    pieces = _pieces(seen, "pieces", requested, total)
    nodes = sum(len(piece.nodes) for piece in pieces)
    others = _pieces(seen, "others", XNNPACK, total) if seen.has("others") else ()
    rest = (XNNPACK if others else NONE) if requested == EXTERNAL else NONE
    return Placement(
        requested=requested,
        applied=requested if pieces else rest,
        nodes_delegated=nodes,
        nodes_total=total,
        partitions=len(pieces),
        source=f"the interpreter's list of nodes: {nodes} of {total} in {requested}",
        pieces=(*pieces, *others),
    )


def _pieces(seen: Document, name: str, delegate: str, total: int) -> tuple[Partition, ...]:
    pieces = tuple(Partition(delegate, nodes) for nodes in seen.lists(name))
    if any(not 0 <= node < total for piece in pieces for node in piece.nodes):
        raise MalformedError(f"'{name}' names a node that is not there")
    return pieces


def _on_cpu(seen: Document, requested: str, total: int) -> Placement:
    """Evidence, best first: events of a profiled inference; the runtime's word; the request."""
    full = seen.flag("fully_accelerated")
    if seen.has("delegate_ops"):
        return _from_events(seen, requested, total, full=full)
    if requested == NONE:
        return Placement(requested, NONE, 0, total, 0, "kernel_mode builtin")
    if full:
        return Placement(
            requested, requested, total, total, 1, FULL, pieces=_whole(requested, total)
        )
    source = "LiteRtCompiledModelIsFullyAccelerated: false; too slow for a second look"
    return Placement(requested, None, None, total, None, source)


def _from_events(seen: Document, requested: str, total: int, *, full: bool) -> Placement:
    """One event for each node outside the delegate: those without are inside, if one ran."""
    operators, outside = seen.count("delegate_ops"), seen.count("nodes_outside")
    inside = (total if full else max(0, total - outside)) if operators else 0
    return Placement(
        requested=requested,
        applied=XNNPACK if operators else NONE,
        nodes_delegated=inside,
        nodes_total=total,
        partitions=seen.count("partitions"),
        source=f"profiler events: {outside} nodes of the main graph outside the delegate",
        precision="fp16" if seen.has("half_ops") and seen.count("half_ops") else "",
    )


def _on_gpu(seen: Document, configuration: Configuration, total: int, stderr: str) -> Placement:
    lines = read_gpu_lines(stderr)
    options = configuration.options
    asked = options.precision if isinstance(options, GpuOptions) else ""
    placement = Placement(GPU, None, None, total, None, NOT_ALONE, unsupported=lines.unsupported)
    if seen.flag("by_accelerator_alone"):
        placement = _alone(GPU, total)
    elif len(nodes := {on_gpu for on_gpu, rest in lines.coverage if on_gpu + rest == total}) == 1:
        delegated = nodes.pop()
        placement = replace(
            placement,
            applied=GPU,
            nodes_delegated=delegated,
            partitions=None if delegated else 0,
            source=lines.evidence,
        )
    elif seen.flag("fully_accelerated"):
        placement = replace(placement, nodes_delegated=0, partitions=0, source=FULL)
    if placement.nodes_delegated == 0:
        return replace(placement, applied=_cpu(seen))
    precision = "fp32" if lines.no_half else asked
    return replace(placement, backend=lines.backend, precision=precision)


def _on_npu(seen: Document, document: Document, total: int, stderr: str) -> Placement:
    lines = read_npu_lines(stderr)
    refused = tuple(Unsupported(name) for name in _names(document, lines))
    chosen = next((one for one in lines.selected if one.graph == document.count("subgraph")), None)
    placement = Placement(NPU, None, None, total, None, NOT_ALONE, unsupported=refused)
    if seen.flag("by_accelerator_alone"):
        pieces = chosen.partitions if chosen and chosen.nodes == total else 1
        placement = replace(_alone(NPU, total), partitions=pieces)
    elif lines.applied is False or seen.flag("fully_accelerated"):
        source = lines.reason or FULL
        return replace(
            placement, applied=_cpu(seen), nodes_delegated=0, partitions=0, source=source
        )
    elif lines.applied and lines.devices and chosen is not None and chosen.total == total:
        source = (
            f"compiler plugin applied: {chosen.nodes} of {total} nodes in "
            f"{chosen.partitions} partitions"
        )
        placement = replace(
            placement,
            applied=NPU,
            nodes_delegated=chosen.nodes,
            partitions=chosen.partitions,
            source=source,
        )
    backend = " and ".join(lines.devices)
    return replace(placement, backend=f"{VENDOR} {backend}" if backend else "")


def _names(document: Document, lines: NpuLines) -> tuple[str, ...]:
    """Return the names of operators that the plugin gave by code."""
    names = document.part("op_names") if document.has("op_names") else None
    return tuple(
        names.text(str(code)) if names and names.has(str(code)) else f"operator {code}"
        for code in lines.refused
    )


def _alone(delegate: str, total: int) -> Placement:
    pieces = _whole(delegate, total)
    return Placement(delegate, delegate, total, total, 1, ALONE, pieces=pieces)


def _whole(delegate: str, total: int) -> tuple[Partition, ...]:
    return (Partition(delegate, tuple(range(total))),)


def _cpu(seen: Document) -> str:
    """What ran instead of an accelerator: XNNPACK alone, or kernels of both kinds."""
    return XNNPACK if seen.flag("fully_accelerated") else CPU
