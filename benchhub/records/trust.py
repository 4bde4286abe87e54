"""How far figures can be trusted, by what is known of their process.

What ran counts, not what was asked for. The placement decides; a line that says that the program
went on and measured something else (SILENT) decides where the placement cannot tell it. Every
such line makes a process FALLBACK, SUSPECT or PARTIAL: a row of the diagnosis table that is not
named here makes it SUSPECT.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchhub.records.delegates import CPU_DELEGATES, NONE, OPTIONS, spelled
from benchhub.records.figures import Finding, Placement, Reading, Severity
from benchhub.records.plan import Configuration
from benchhub.records.run import Status

UNKNOWN = "placement.unknown"
# Findings that say the same with more knowledge of the program.
_SAID_BY_TOOLS = frozenset({"litert.silent"})
# What another process of the case can settle.
UNPROVEN = frozenset({UNKNOWN, *_SAID_BY_TOOLS})
# Findings about the process that say nothing about its figures: budgets are the suite's demands,
# a throttled device has a status of its own.
_NOT_ABOUT_FIGURES = ("budget.", "device.")
# Lines about a delegate that failed, though the program ended well and told a number.
_FATAL_DOUBTS = ("delegate.", "gpu.", "hexagon.", "litert.", "nnapi.", "op.", "qnn.")

ACCELERATORS = frozenset(OPTIONS) - frozenset(CPU_DELEGATES)

# From the one that decides to the one that anything else decides over.
_WORST_FIRST = (Status.FALLBACK, Status.SUSPECT, Status.PARTIAL, Status.OK)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a line makes of a process.

    Attributes:
        status: FALLBACK, SUSPECT or PARTIAL.
        asked: Delegates that it matters for; others have nothing to do with it.
    """

    status: Status
    asked: frozenset[str]


def _doubt(status: Status, *asked: str) -> Doubt:
    return Doubt(status, frozenset(asked) or frozenset({NONE, *OPTIONS}))


DOUBTS = {
    "flags.unconsumed": _doubt(Status.SUSPECT),
    "delegate.partial": _doubt(Status.PARTIAL, *ACCELERATORS),
    "delegate.none": _doubt(Status.FALLBACK),
    "delegate.missing": _doubt(Status.FALLBACK),
    "delegate.restored": _doubt(Status.FALLBACK),
    "external.created": _doubt(Status.SUSPECT, "external"),
    # Whether it took a node is in the placement.
    "xnnpack.implicit": _doubt(Status.SUSPECT, NONE),
    "gpu.unsupported_ops": _doubt(Status.PARTIAL, "gpu"),
    "gpu.platform": _doubt(Status.FALLBACK, "gpu"),
    "gpu.opencl": _doubt(Status.SUSPECT, "gpu"),
    "litert.gpu_lib": _doubt(Status.FALLBACK, "gpu"),
    "litert.npu": _doubt(Status.FALLBACK, "npu"),
    "litert.silent": _doubt(Status.SUSPECT),
    "hexagon.create": _doubt(Status.FALLBACK, "hexagon"),
    "hexagon.version": _doubt(Status.FALLBACK, "hexagon"),
    "hexagon.skelpath": _doubt(Status.FALLBACK, "hexagon"),
    "nnapi.platform": _doubt(Status.FALLBACK, "nnapi"),
    "nnapi.reference": _doubt(Status.FALLBACK, "nnapi"),
    "nnapi.needs_flag": _doubt(Status.SUSPECT, "nnapi"),
    "coreml.platform": _doubt(Status.FALLBACK, "coreml"),
}


def judged(
    configuration: Configuration, reading: Reading, *, throttled: bool = False
) -> tuple[Reading, Status]:
    """Return a reading with what cannot be told of its placement, and how far to trust it.

    Args:
        configuration: What was asked for.
        reading: What the tool says.
        throttled: The device was held back while it ran.
    """
    if reading.failure is None and configuration.delegate in ACCELERATORS:
        reading = _with_doubt(configuration.delegate, reading)
    return reading, status_of(reading, throttled=throttled)


def _with_doubt(requested: str, reading: Reading) -> Reading:
    """Say so where nothing tells whether the accelerator ran."""
    placement = reading.placement or Placement(
        requested, None, None, None, None, "the tool tells nothing about it"
    )
    reading = replace(reading, placement=placement)
    if placement.applied is not None or any(one.id in _SAID_BY_TOOLS for one in reading.findings):
        return reading
    finding = Finding(
        UNKNOWN,
        Severity.SILENT,
        f"Nothing tells whether {spelled(requested)} ran the graph.",
        "Use a program that tells it, or one with the runtime's description of the graph.",
        placement.source,
    )
    return replace(reading, findings=(*reading.findings, finding))


def settled(reading: Reading, proof: Placement) -> Status:
    """Say how far to trust figures whose placement another process of the case has shown.

    The same program with the same model and flags on the same device does the same again.
    """
    findings = tuple(one for one in reading.findings if one.id not in UNPROVEN)
    return status_of(replace(reading, placement=proof, findings=findings))


def status_of(reading: Reading, *, throttled: bool = False) -> Status:
    """Say how far the figures of one process can be trusted.

    FALLBACK: a delegate ran that was not asked for, or none. SUSPECT: figures or lines contradict
    each other, or an accelerator cannot be shown to have run. PARTIAL: an accelerator left nodes
    to the CPU; what XNNPACK leaves to the built-in kernels runs on the same CPU and is no news.
    """
    agreement = reading.agreement
    if reading.failure or not (reading.latency or agreement):
        return Status.FAILED
    if agreement and agreement.outside > 0:
        return Status.WRONG
    if throttled:
        return Status.INVALID
    placement = reading.placement
    votes = {_by_placement(placement)}
    votes.update(status_by(finding, placement) for finding in reading.findings)
    return next(status for status in _WORST_FIRST if status in votes)


def _by_placement(placement: Placement | None) -> Status:
    if placement is None:
        return Status.OK
    accelerator = placement.requested in ACCELERATORS
    if placement.applied is None:
        return Status.SUSPECT if accelerator else Status.OK
    if placement.applied != placement.requested:
        return Status.FALLBACK
    delegated, total = placement.nodes_delegated, placement.nodes_total
    partial = delegated is not None and total is not None and delegated < total
    return Status.PARTIAL if accelerator and partial else Status.OK


def status_by(finding: Finding, placement: Placement | None) -> Status:
    """Say what one finding makes of a process with that placement; OK if nothing."""
    if finding.severity is Severity.FATAL:
        return Status.SUSPECT if finding.id.startswith(_FATAL_DOUBTS) else Status.OK
    if finding.severity is not Severity.SILENT or finding.id.startswith(_NOT_ABOUT_FIGURES):
        return Status.OK
    doubt = DOUBTS.get(finding.id)
    if doubt is None:
        return Status.SUSPECT
    if placement and placement.requested not in doubt.asked:
        return Status.OK
    ran = placement is not None and placement.applied == placement.requested
    # The line says that it did not run, the placement shows that it did.
    return Status.SUSPECT if ran and doubt.status is Status.FALLBACK else doubt.status
