"""One case, verified once: known inputs go in, and its outputs are held against the host's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchhub.devices.staging import stage
from benchhub.errors import AccessError, BenchhubError, ConnectionLostError, MeasurementError
from benchhub.execution.invocation import MAX_OUTPUT_BYTES, Bench, failed, invoke
from benchhub.execution.references import Reference
from benchhub.records import (
    Case,
    Failure,
    Finding,
    Invocation,
    Measure,
    PlannedInvocation,
    Purpose,
    Reading,
    Severity,
    ToolIdentity,
    Verify,
)
from benchhub.records.trust import status_of
from benchhub.reports.agreement import NOT_VERIFIED, meaning, units
from benchhub.tools.tool import OUTPUT_FILE, Artifacts, Command, Measurer, Staged

AGREEMENT = "verify.agreement"

# Outputs up to that size are kept with the invocation; the reference can be made again.
KEPT_BYTES = 1 << 20
# What these rows tell is about the time of the inference, and nobody times it.
_ABOUT_TIME = frozenset({"check.zero", "check.stat_line", "check.num_runs", "runs.cut_short"})


def verify(
    bench: Bench,
    case: Case,
    step: PlannedInvocation,
    model: str,
    folder: Path,
    reference: Reference | Failure,
    limits: Verify,
) -> tuple[Invocation, dict[str, bytes]]:
    """Make one inference on known inputs and compare its outputs.

    Args:
        bench: Tool and device.
        case: The case.
        step: Its place in the plan.
        model: Path of the model on the device.
        folder: Local folder to pull files into.
        reference: Inputs, and the outputs of the host; or why there are none.
        limits: How far the outputs may be off.

    Returns:
        The record with its raw artifacts; one that failed tells why nothing was compared.

    Raises:
        ConnectionLostError: The device was lost.
    """
    measure = _one_inference(bench.measure)
    if isinstance(reference, Failure):
        return failed(step, reference), {}
    try:
        tool = _Verifying(bench, reference, limits)
        # Says whether it can, before anything is done on the device.
        tool.command(case, measure, step.purpose, Staged(model, "", bench.files), bench.identity)
    except (ConnectionLostError, AccessError):
        raise
    except BenchhubError as error:
        return failed(step, _not_verified(error.message, error.advice, error.exit_code)), {}
    beside = replace(bench, tool=tool, measure=measure)
    invocation, artifacts = invoke(beside, case, step, model, folder)
    if len(artifacts.get(OUTPUT_FILE, b"")) > KEPT_BYTES:
        del artifacts[OUTPUT_FILE]
    if OUTPUT_FILE not in artifacts:
        (folder / OUTPUT_FILE).unlink(missing_ok=True)
    reading = _about_outputs(invocation.reading)
    # Status again, because a device that is hot computes the same.
    status, kept = status_of(reading), tuple(artifacts)
    return replace(invocation, reading=reading, status=status, artifacts=kept), artifacts


def _one_inference(measure: Measure) -> Measure:
    """None before it, because a model with state answers to the first one alone."""
    return replace(
        measure,
        num_runs=1,
        min_secs=0.0,
        warmup_runs=0,
        warmup_min_secs=0.0,
        run_delay_s=0.0,
        telemetry_interval_s=0.0,
    )


def _about_outputs(reading: Reading) -> Reading:
    """Say of a process that failed what that means: no number is missing for it."""
    told = reading.failure
    if told is None or told.kind == NOT_VERIFIED:
        return reading
    return replace(reading, failure=_not_verified(told.message, told.advice, told.exit_code))


def _not_verified(message: str, advice: str, exit_code: int) -> Failure:
    return Failure(NOT_VERIFIED, f"not verified: {message}", advice, exit_code)


class _Verifying:
    """A tool that feeds known inputs and compares what comes out; everything else is the tool's.

    Raises:
        TransportError: The inputs do not get to the device.
    """

    def __init__(self, bench: Bench, reference: Reference, limits: Verify) -> None:
        self.name = bench.tool.name
        self._tool: Measurer = bench.tool
        self._reference = reference
        self._limits = limits
        self._shapes = {one.tensor.name: one.tensor.shape for one in reference.kept.inputs}
        self._inputs = {
            one.tensor.name: stage(bench.transport, reference.folder / one.file, one.sha256)
            for one in reference.kept.inputs
        }

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        staged = replace(staged, inputs=self._inputs, shapes=self._shapes)
        return self._tool.command(case, measure, purpose, staged, identity)

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        reading = self._tool.parse(case, measure, purpose, artifacts)
        findings = tuple(one for one in reading.findings if one.id not in _ABOUT_TIME)
        # One inference without a warm-up is no measurement.
        reading = Reading(placement=reading.placement, findings=findings, failure=reading.failure)
        if reading.failure:
            return reading
        return _compared(reading, artifacts.files.get(OUTPUT_FILE), self._reference, self._limits)


def _compared(
    reading: Reading, outputs: bytes | None, reference: Reference, limits: Verify
) -> Reading:
    from benchhub.analysis.agreement import (  # noqa: PLC0415 - numpy is slow to load
        IncomparableError,
        compare,
    )

    if outputs is None:
        message = f"the tool left no outputs, or more than {MAX_OUTPUT_BYTES >> 20} MiB of them."
        advice = "Was its work folder writable, and did it have space left?"
        failure = _not_verified(message, advice, MeasurementError.exit_code)
        return replace(reading, failure=failure)
    kept = reference.kept
    try:
        agreement = compare(kept.outputs, reference.outputs(), outputs, limits)
    except (IncomparableError, OSError) as error:
        advice = "Does the tool run the same signature, with the same shapes of the inputs?"
        failure = _not_verified(f"{error}.", advice, MeasurementError.exit_code)
        return replace(reading, failure=failure)
    parts = (
        f"farthest off: {agreement.worst}" if agreement.worst else "",
        f"reference: {kept.made_by}, seed {limits.seed}",
        units(kept.outputs),
    )
    finding = Finding(
        AGREEMENT,
        Severity.INFO,
        meaning(agreement, limits),
        "",
        "; ".join(part for part in parts if part),
    )
    return replace(reading, agreement=agreement, findings=(*reading.findings, finding))
