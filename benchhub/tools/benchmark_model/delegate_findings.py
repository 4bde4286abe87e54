"""Weighs what the lines about delegates mean for the delegate that was asked for.

The diagnosis table knows lines, not what a case asked for: that XNNPACK runs a part of the graph
is usual beside an accelerator, and the whole story where the built-in kernels were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchhub.records import CPU_DELEGATES, NONE, Finding, Placement, Severity, spelled
from benchhub.tools.benchmark_model.delegate_lines import DelegateLines
from benchhub.tools.benchmark_model.placement import (
    GPU,
    NNAPI,
    REFERENCE,
    XNNPACK,
    Asked,
    is_missing,
    offers_reference_only,
)

_APPLIED_ROWS = ("delegate.full", "delegate.partial", "delegate.none")


def delegate_findings(
    asked: Asked, findings: Sequence[Finding], lines: DelegateLines, placement: Placement
) -> list[Finding]:
    """Return the findings of a process that told a number, weighed by what was asked for."""
    weighed = [
        _weighed(finding, asked, lines, placement)
        for finding in findings
        if _matters(finding, asked.delegate, lines)
    ]
    return [*weighed, *_silence(asked, lines)]


def _matters(finding: Finding, requested: str, lines: DelegateLines) -> bool:
    """Drop that XNNPACK was made where it was asked for, and that another one runs all."""
    if finding.id == "xnnpack.implicit":
        return requested != XNNPACK
    own = lines.about(requested)
    return finding.id != "delegate.full" or requested == NONE or bool(own and own.whole)


def _weighed(finding: Finding, asked: Asked, lines: DelegateLines, placement: Placement) -> Finding:
    requested = asked.delegate
    if finding.id in _APPLIED_ROWS:
        return _about_the_requested(finding, requested, lines)
    if finding.id == "xnnpack.implicit":
        # Beside an accelerator it is usual, and it is nothing if it took no node.
        usual = requested not in CPU_DELEGATES or placement.applied == NONE
        return replace(finding, severity=Severity.INFO) if usual else finding
    if finding.id == "gpu.opencl" and placement.applied == GPU and placement.backend == "OpenGL":
        # It ran, and the placement names the API; nobody had asked for the other one.
        return finding if asked.backend == "cl" else replace(finding, severity=Severity.NOISE)
    return finding


def _about_the_requested(finding: Finding, requested: str, lines: DelegateLines) -> Finding:
    """Quote the line about the delegate that was asked for; what others took is information."""
    own = lines.about(requested)
    if own is None or own.row != finding.id:
        others = requested != NONE or finding.id == "delegate.none"
        return replace(finding, severity=Severity.INFO) if others else finding
    usual = requested == XNNPACK and finding.id == "delegate.partial"
    severity = Severity.INFO if usual else finding.severity
    return replace(finding, severity=severity, evidence=own.line)


def _silence(asked: Asked, lines: DelegateLines) -> list[Finding]:
    """Tell what the program told by saying nothing, or only in a list."""
    requested = asked.delegate
    if requested in CPU_DELEGATES or requested in lines.absent:
        return []
    if requested == NNAPI and offers_reference_only(asked, lines):
        return [
            Finding(
                "nnapi.reference",
                Severity.SILENT,
                f"NNAPI offers only {REFERENCE}, its implementation for the CPU.",
                "The device has no other accelerator for NNAPI: use xnnpack or gpu there.",
                f"NNAPI accelerators available: [{REFERENCE}]",
            )
        ]
    if not is_missing(requested, lines):
        return []
    return [
        Finding(
            "delegate.missing",
            Severity.SILENT,
            f"The program could not make the delegate ({spelled(requested)}) and ran without it.",
            "Check that its library and all that it needs are there, for this architecture; the "
            "lines before it in the output may say why.",
            f"no line says `{requested.upper()} delegate created.`",
        )
    ]
