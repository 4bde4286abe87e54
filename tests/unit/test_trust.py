"""How far figures are trusted: the rules, each with what it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.records import (
    CPU_DELEGATES,
    DELEGATES,
    Agreement,
    Configuration,
    Failure,
    Finding,
    Latency,
    Placement,
    Reading,
    Severity,
    Status,
)
from benchhub.records.trust import ACCELERATORS, DOUBTS, UNKNOWN, judged, settled, status_of
from benchhub.tools.diagnosis_table import ROWS

LATENCY = Latency(1, 1.0, 1.0, 1.0, 1.0, None, None, None, (1.0,), "samples")
SILENT, FATAL, INFO = Severity.SILENT, Severity.FATAL, Severity.INFO
NOISE = Severity.NOISE


def placed(
    requested: str, applied: str | None, nodes: int | None = None, total: int | None = None
) -> Placement:
    return Placement(requested, applied, nodes, total, None, "test")


def found(*ids: str, severity: Severity = SILENT) -> tuple[Finding, ...]:
    return tuple(Finding(id_, severity, "", "", "") for id_ in ids)


def measured(placement: Placement | None = None, *findings: Finding) -> Reading:
    return Reading(latency=LATENCY, placement=placement, findings=findings)


GPU, GPU_PART = placed("gpu", "gpu", 66, 66), placed("gpu", "gpu", 64, 66)
XNNPACK, XNNPACK_PART = placed("xnnpack", "xnnpack", 66, 66), placed("xnnpack", "xnnpack", 64, 66)
LOST, UNTOLD = placed("gpu", "cpu"), placed("gpu", None)
WRONG_OUTPUTS, RIGHT_OUTPUTS = (
    Agreement(10, outside, 0.5, 0.1, "output 0, element 3") for outside in (1, 0)
)


@pytest.mark.parametrize(
    ("reading", "status"),
    [
        (measured(), Status.OK),
        (Reading(), Status.FAILED),
        (Reading(failure=Failure("crash", "", "", 3)), Status.FAILED),
        # What ran counts.
        (measured(XNNPACK), Status.OK),
        (measured(XNNPACK_PART), Status.OK),
        (measured(placed("xnnpack", None)), Status.OK),
        (measured(placed("xnnpack", "none")), Status.FALLBACK),
        (measured(placed("none", "xnnpack")), Status.FALLBACK),
        (measured(GPU), Status.OK),
        (measured(GPU_PART), Status.PARTIAL),
        (measured(placed("gpu", "xnnpack", 66, 66)), Status.FALLBACK),
        (measured(LOST), Status.FALLBACK),
        (measured(UNTOLD), Status.SUSPECT),
        (measured(placed("external", "external", 1, 2)), Status.PARTIAL),
        # What was printed counts where nodes are not known.
        (measured(placed("gpu", "gpu"), *found("delegate.partial")), Status.PARTIAL),
        (measured(placed("gpu", "gpu"), *found("gpu.unsupported_ops")), Status.PARTIAL),
        (measured(XNNPACK, *found("delegate.partial")), Status.OK),
        (measured(UNTOLD, *found("gpu.platform")), Status.FALLBACK),
        (measured(LOST, *found("gpu.platform", "check.op_times")), Status.FALLBACK),
        (measured(GPU, *found("gpu.platform")), Status.SUSPECT),
        (measured(XNNPACK, *found("litert.gpu_lib", "litert.npu")), Status.OK),
        (measured(placed("npu", None), *found("litert.npu")), Status.FALLBACK),
        (measured(placed("nnapi", "cpu"), *found("nnapi.reference")), Status.FALLBACK),
        # Contradictions and rows nobody has weighed.
        (measured(XNNPACK, *found("check.op_times")), Status.SUSPECT),
        (measured(XNNPACK, *found("flags.unconsumed")), Status.SUSPECT),
        (measured(XNNPACK, *found("a.new.row")), Status.SUSPECT),
        (measured(GPU_PART, *found("check.op_times")), Status.SUSPECT),
        (measured(XNNPACK, *found("check.note", severity=INFO)), Status.OK),
        (measured(XNNPACK, *found("gpu.serialized", severity=NOISE)), Status.OK),
        # A number after a delegate's error is in doubt; a denied probe of a file is nothing.
        (measured(GPU, *found("gpu.init", severity=FATAL)), Status.SUSPECT),
        (measured(GPU, *found("perm", severity=FATAL)), Status.OK),
        # Demands and the state of the device are no doubt about the figures.
        (measured(GPU, *found("budget.min_delegated", "device.throttled")), Status.OK),
        # Outputs.
        (replace(measured(GPU), agreement=WRONG_OUTPUTS), Status.WRONG),
        (replace(measured(LOST), agreement=WRONG_OUTPUTS), Status.WRONG),
        (replace(measured(GPU), agreement=RIGHT_OUTPUTS), Status.OK),
        (Reading(agreement=RIGHT_OUTPUTS), Status.OK),
        (Reading(agreement=WRONG_OUTPUTS), Status.WRONG),
    ],
)
def test_status(reading: Reading, status: Status) -> None:
    assert status_of(reading) is status


@pytest.mark.parametrize(
    ("reading", "status"),
    [
        (measured(GPU), Status.INVALID),
        (measured(LOST), Status.INVALID),
        (replace(measured(GPU), agreement=WRONG_OUTPUTS), Status.WRONG),
        (Reading(failure=Failure("crash", "", "", 3)), Status.FAILED),
    ],
)
def test_a_throttled_device(reading: Reading, status: Status) -> None:
    assert status_of(reading, throttled=True) is status


@pytest.mark.parametrize("row", [row.id for row in ROWS if row.severity is SILENT])
def test_every_silent_row_means_something_for_some_delegate(row: str) -> None:
    """No line that says that something else was measured leaves a number as it was."""
    statuses = {status_of(measured(placed(asked, asked), *found(row))) for asked in DELEGATES}
    assert statuses - {Status.OK} <= {Status.FALLBACK, Status.SUSPECT, Status.PARTIAL}
    assert statuses != {Status.OK}


def test_doubts_are_one_of_three() -> None:
    for doubt in DOUBTS.values():
        assert doubt.status in {Status.FALLBACK, Status.SUSPECT, Status.PARTIAL}
        assert doubt.asked <= set(DELEGATES)
    assert ACCELERATORS.isdisjoint(CPU_DELEGATES)


@pytest.mark.parametrize("placement", [None, UNTOLD])
def test_an_accelerator_that_nothing_tells_of_is_told(placement: Placement | None) -> None:
    reading, status = judged(Configuration("gpu", "gpu", 1), measured(placement))

    assert status is Status.SUSPECT
    assert [one.id for one in reading.findings] == [UNKNOWN]
    assert reading.findings[0].meaning == "Nothing tells whether GPU ran the graph."
    assert reading.placement is not None
    assert reading.placement.requested == "gpu"


def test_what_a_tool_says_of_it_is_enough() -> None:
    said = measured(UNTOLD, *found("litert.silent"))
    reading, status = judged(Configuration("gpu", "gpu", 1), said)

    assert status is Status.SUSPECT
    assert reading == said


@pytest.mark.parametrize("delegate", CPU_DELEGATES)
def test_of_the_cpu_nothing_has_to_be_shown(delegate: str) -> None:
    reading, status = judged(Configuration(delegate, delegate, 1), measured())

    assert (reading.findings, reading.placement, status) == ((), None, Status.OK)


def test_a_failure_stays_one() -> None:
    failed = Reading(failure=Failure("crash", "", "", 3))

    assert judged(Configuration("gpu", "gpu", 1), failed) == (failed, Status.FAILED)


@pytest.mark.parametrize(
    ("proof", "more", "status"),
    [
        (GPU, (), Status.OK),
        (GPU_PART, (), Status.PARTIAL),
        (GPU, found("check.zero"), Status.SUSPECT),
    ],
)
def test_another_process_settles_what_this_one_did_not_tell(
    proof: Placement, more: tuple[Finding, ...], status: Status
) -> None:
    reading, _ = judged(Configuration("gpu", "gpu", 1), measured(UNTOLD, *more))

    assert settled(reading, proof) is status
