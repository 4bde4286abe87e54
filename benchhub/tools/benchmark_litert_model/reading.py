"""Puts together what one process of LiteRT's program left behind. Never raises on any output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchhub.records import (
    CPU_DELEGATES,
    Case,
    CommandResult,
    Finding,
    GpuOptions,
    Measure,
    Placement,
    Profile,
    Purpose,
    Reading,
    Severity,
)
from benchhub.tools.benchmark_litert_model import result_block
from benchhub.tools.benchmark_litert_model.evidence import Evidence, read_evidence
from benchhub.tools.benchmark_litert_model.op_table import read_op_table
from benchhub.tools.benchmark_litert_model.placement import (
    placement_of,
    silent,
    with_gpu,
    with_nodes,
    with_profile,
)
from benchhub.tools.benchmark_model import stdout
from benchhub.tools.benchmark_model.failure import failure_of, no_profile
from benchhub.tools.benchmark_model.op_csv import REGULAR
from benchhub.tools.benchmark_model.op_csv import read_op_table as read_tflite_table
from benchhub.tools.benchmark_model.op_rows import ProfileError
from benchhub.tools.benchmark_model.runtime_info import read_runtime_info
from benchhub.tools.benchmark_model.timings import (
    Timings,
    check_latency,
    inferences,
    result_file,
    timings_of,
    unreadable,
)
from benchhub.tools.benchmark_model.wire import WireError
from benchhub.tools.crosscheck import check_node_count, check_op_times
from benchhub.tools.diagnosis import diagnose
from benchhub.tools.tool import Artifacts

TOOL = "benchmark_litert_model"
RESULT_FILE = "result.pb"
RUNTIME_INFO_FILE = "runtime_info.pb"

# The interpreter's own time in one inference beside its operators, as in TFLite's program.
FIXED_US = 3.0


@dataclass(slots=True)
class _Draft:
    """A reading in the making."""

    timings: Timings
    placement: Placement
    findings: list[Finding]
    profile: Profile | None = None

    def note(self, *findings: Finding | None) -> None:
        self.findings += [finding for finding in findings if finding is not None]


def read(case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts) -> Reading:
    """Return what the output and the files of one invocation say."""
    result = artifacts.result
    requested = case.configuration.delegate
    evidence = read_evidence(result.stdout, result.stderr)
    findings = _findings(result, requested, evidence)
    timings, told = _timings(artifacts, measure)
    failure = failure_of(result, findings, told, TOOL)
    if failure is not None:
        return Reading(findings=tuple(findings), failure=failure)
    draft = _Draft(timings, placement_of(requested, evidence), findings)
    draft.note(*timings.findings)
    _read_placement(draft, artifacts.files)
    if purpose is Purpose.PROFILE:
        try:
            _read_profile(draft, result)
        except ProfileError as error:
            failure = no_profile(str(error), TOOL)
            return Reading(findings=tuple(draft.findings), failure=failure)
    draft.placement = with_gpu(draft.placement, evidence.backend, _precision(case))
    draft.note(silent(draft.placement))
    return _reading(draft)


def _reading(draft: _Draft) -> Reading:
    timings = draft.timings
    return Reading(
        latency=timings.latency,
        warmup=timings.warmup,
        init_us=timings.init_us,
        # Without a warm-up the program tells 0 for it.
        first_inference_us=timings.first_us if timings.warmup else None,
        memory=timings.memory,
        placement=draft.placement,
        profile=draft.profile,
        findings=tuple(draft.findings),
    )


def _precision(case: Case) -> str:
    """Return the precision that the GPU was told to compute in; empty if it was not told."""
    options = case.configuration.options
    return options.precision if isinstance(options, GpuOptions) else ""


def _findings(result: CommandResult, requested: str, evidence: Evidence) -> list[Finding]:
    """Diagnose the output; drop what is said of accelerators that nobody asked for.

    LiteRT registers every accelerator it finds and makes XNNPACK for whatever is left.
    """
    kept = []
    for finding in diagnose(result.stdout, result.stderr):
        accelerator = {"litert.gpu_lib": "gpu", "litert.npu": "npu"}.get(finding.id)
        if finding.id == "xnnpack.implicit" or accelerator not in (None, requested):
            continue
        if accelerator in evidence.there:
            # One environment of the process has it, another one lacks it.
            kept.append(replace(finding, severity=Severity.NOISE))
        else:
            kept.append(finding)
    return kept


def _timings(artifacts: Artifacts, measure: Measure) -> tuple[Timings, int | None]:
    """Return times and memory, checked, and how many inferences are told of.

    Result file and stat lines come first: the block is cut to 10 microseconds.
    """
    result = artifacts.result
    output = stdout.read_output(result.stdout, result.stderr)
    block = result_block.read_block(result.stderr) or result_block.read_block(result.stdout)
    file, problem = result_file(artifacts.files, RESULT_FILE)
    timings = timings_of(output, file)
    timings.findings += [problem] if problem else []
    told = inferences(output, file)
    if block is not None:
        latency = result_block.latency_of(block)
        if timings.latency is not None:
            contradiction = result_block.check_block(block, timings.latency)
            timings.findings += [contradiction] if contradiction else []
        timings.latency = timings.latency or latency
        timings.warmup = timings.warmup or result_block.warmup_of(block)
        timings.memory = timings.memory or result_block.memory_of(block)
        if timings.init_us is None:
            timings.init_us = block.init_us
        if timings.first_us is None:
            timings.first_us = block.first_us
        told = block.n if told is None else told
    timings.findings += check_latency(timings.latency, output.mean_us, measure)
    if timings.latency is None:
        # Inferences without a time are no result.
        return timings, 0 if told == 0 else None
    return timings, timings.latency.n


def _read_placement(draft: _Draft, files: Mapping[str, bytes]) -> None:
    data = files.get(RUNTIME_INFO_FILE)
    if data is None:
        return
    try:
        nodes = read_runtime_info(data)
    except WireError as error:
        draft.note(unreadable("check.runtime_info", RUNTIME_INFO_FILE, error))
        return
    draft.placement, problem = with_nodes(draft.placement, nodes)
    draft.note(problem)


def _read_profile(draft: _Draft, result: CommandResult) -> None:
    timings, requested = draft.timings, draft.placement.requested
    if REGULAR in result.stderr or REGULAR in result.stdout:
        # LiteRT 2.1.0 and 2.1.1 have TFLite's table.
        text = result.stderr if REGULAR in result.stderr else result.stdout
        profile = read_tflite_table(text, "TFLite's table")
    else:
        profile, problem = read_op_table(
            result.stderr,
            timings.warmup.n if timings.warmup else None,
            timings.latency.n if timings.latency else None,
            "xnnpack" if requested in CPU_DELEGATES else requested,
            draft.placement.nodes_total,
        )
        draft.note(problem)
    draft.profile = profile
    if timings.latency is not None:
        draft.note(check_op_times(profile, timings.latency, FIXED_US))
    if draft.placement.applied in CPU_DELEGATES:
        draft.note(check_node_count(profile, draft.placement))
    draft.placement, problem = with_profile(draft.placement, profile)
    draft.note(problem)
