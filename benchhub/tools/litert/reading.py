"""What the child's result document says, checked against itself. Pure, and safe for any bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from benchhub.errors import MeasurementError, ModelError
from benchhub.records import (
    Case,
    CommandResult,
    Failure,
    Finding,
    Latency,
    Measure,
    Memory,
    Placement,
    Profile,
    Purpose,
    Reading,
    Severity,
    Warmup,
)
from benchhub.records.trust import ACCELERATORS
from benchhub.tools.crosscheck import check_node_count, check_op_times
from benchhub.tools.diagnosis import diagnose
from benchhub.tools.ending import signal_name
from benchhub.tools.litert.child.wheel import VERIFIED_WHEELS
from benchhub.tools.litert.document import Document, MalformedError
from benchhub.tools.litert.figures import latency_of, ops_of
from benchhub.tools.litert.gpu_lines import no_gpu
from benchhub.tools.litert.placement import NPU, is_software, placement_of

FORMAT = 1

# What the running profiler adds to an inference outside the operators: about 90 us on x86-64.
PROFILER_US = 120.0
MAIN_GRAPH = 0

# A line that this tool causes itself, and that says nothing about what ran.
OWN_LINES = ("xnnpack.implicit",)

# Delegates whose operators cannot be timed, and why.
WITHOUT_TIMES = {
    "gpu": "LiteRT's WebGPU accelerator has no profiler",
    "external": "LiteRT's public API, which loads external delegates, has no profiler",
}

DELEGATE = "delegate"
# What the child calls its failures.
KINDS = ("model", "tool", "exit", DELEGATE)
ADVICE_GPU = (
    "It needs a Vulkan driver on the device (vulkaninfo lists them) and does not fall back."
)

NOISE_LINES = ("INFO: ", "VERBOSE: ", "WARNING: ")
MAX_LINE = 200


def read_result(
    case: Case, measure: Measure, purpose: Purpose, result: CommandResult, raw: bytes | None
) -> Reading:
    """Return the figures of one invocation, or why there are none.

    Args:
        case: What was measured.
        measure: What was asked for.
        purpose: A profile's latency is that of its profiled inferences, only to check them by.
        result: How the process ended.
        raw: The result document; None if it was not written.
    """
    told = tuple(
        finding for finding in diagnose(result.stdout, result.stderr) if finding.id not in OWN_LINES
    )
    try:
        document = Document(json.loads(raw, parse_constant=_refuse)) if raw is not None else None
        if document and document.has("error"):
            return Reading(findings=told, failure=_reported(document.part("error"), result, told))
        if document is None or result.returncode != 0:
            return Reading(findings=told, failure=_ended(result, case))
        document.expect("format", FORMAT)
        return _reading(document, case, measure, purpose, (told, result.stderr))
    except (MalformedError, ValueError, RecursionError) as error:
        failure = Failure(
            "no_result",
            f"the result of the measuring process cannot be read: {_cut(str(error))}",
            "Keep the artifacts of this invocation for a bug report.",
            MeasurementError.exit_code,
        )
        return Reading(
            findings=told, failure=_ended(result, case) if result.returncode else failure
        )


def last_line(stderr: str) -> str:
    """Return the last line that tells something, cut to a readable length."""
    for line in reversed(stderr.splitlines()):
        text = line.strip()
        if text and not text.startswith(NOISE_LINES):
            return _cut(text)
    return ""


def unverified(version: str) -> Finding:
    """Return what to know about a wheel whose C structures were not verified."""
    return Finding(
        id="litert.unverified",
        severity=Severity.NOISE,
        meaning=(
            f"Op times are unavailable with ai-edge-litert {version}, which was not verified; "
            "latency is measured through its public Interpreter API."
        ),
        advice=f"For op times install ai-edge-litert {' or '.join(sorted(VERIFIED_WHEELS))}.",
        evidence=f"version {version}",
    )


def _reading(
    document: Document,
    case: Case,
    measure: Measure,
    purpose: Purpose,
    output: tuple[tuple[Finding, ...], str],
) -> Reading:
    told, stderr = output
    profiling = purpose is Purpose.PROFILE
    samples_us = document.part("timed").samples_us("samples_ns")
    placement = placement_of(document, case.configuration, stderr)
    profile = _profile(document, placement) if profiling else None
    latency = latency_of(samples_us, "profiled samples" if profile else "samples")
    findings = (
        *told,
        *_cut_short(document.part("timed").text("stopped_by"), latency.n, measure),
        *_choices(document, case),
        *(() if document.flag("verified") else (unverified(document.text("wheel")),)),
        *(() if profile or not profiling else _without_times(case, document)),
        *_without_delegate(placement),
        *_stand_in(placement),
        *(_checks(document, profile, latency, placement) if profile else ()),
    )
    if profiling:
        return Reading(latency=latency, placement=placement, profile=profile, findings=findings)
    return Reading(
        latency=latency,
        warmup=_warmup(document),
        init_us=document.positive("init_ns") / 1000,
        first_inference_us=document.positive("first_inference_ns") / 1000,
        memory=_memory(document.part("memory")),
        placement=placement,
        findings=findings,
    )


def _warmup(document: Document) -> Warmup | None:
    if not document.has("warmup"):
        return None
    warmup = document.part("warmup")
    return Warmup(warmup.integer("n"), warmup.positive("mean_ns") / 1000)


def _memory(memory: Document) -> Memory:
    return Memory(
        init_bytes=memory.integer_or_none("init_bytes"),
        overall_bytes=memory.integer_or_none("overall_bytes"),
        rss_init_bytes=memory.integer_or_none("rss_init_bytes"),
        rss_peak_bytes=memory.integer_or_none("rss_peak_bytes"),
        source=memory.text("source"),
    )


def _profile(document: Document, placement: Placement) -> Profile | None:
    if not document.has("profile"):
        return None
    part = document.part("profile")
    compiled_by = NPU if placement.applied == NPU else None
    ops = ops_of(part, document.integer("subgraph"), compiled_by)
    return Profile(
        ops=ops,
        n=part.integer("runs"),
        total_us=sum(row.mean_us for row in ops if row.subgraph == MAIN_GRAPH),
        resolution_us=1.0,
        source="litert events",
    )


def _checks(
    document: Document, profile: Profile, latency: Latency, placement: Placement
) -> tuple[Finding, ...]:
    """The profiler costs more on slower machines; time outside `Invoke` is mostly its own."""
    outside_us = latency.mean_us - document.part("profile").positive("invoke_us")
    checks = (
        check_op_times(profile, latency, max(PROFILER_US, outside_us)),
        check_node_count(profile, placement),
    )
    return tuple(finding for finding in checks if finding)


def _cut_short(stopped_by: str, n: int, measure: Measure) -> tuple[Finding, ...]:
    if stopped_by == "max_secs":
        if n >= measure.num_runs:
            return ()  # only min_secs was not reached
        meaning = f"max_secs ended the measurement after {n} of {measure.num_runs} inferences."
        advice = "Raise max_secs, or lower num_runs."
    elif stopped_by == "max_samples":
        meaning = f"The measurement ended after {n} inferences, the most that are kept."
        advice = "Lower num_runs or min_secs."
    else:
        return ()
    evidence = (
        f"num_runs {measure.num_runs}, min_secs {measure.min_secs:g}, max_secs {measure.max_secs:g}"
    )
    return (Finding("runs.cut_short", Severity.NOISE, meaning, advice, evidence),)


def _choices(document: Document, case: Case) -> tuple[Finding, ...]:
    """Say what was decided because the suite left it open."""
    findings = []
    keys = document.texts("signatures")
    if len(keys) > 1 and case.variant.signature is None:
        findings.append(
            Finding(
                id="signature.first",
                severity=Severity.INFO,
                meaning=f"Of {len(keys)} signatures the first was run: '{keys[0]}'.",
                advice="Name one as the model's `signature` in the suite.",
                evidence=_cut(", ".join(keys)),
            )
        )
    shaped = {spec.name for spec in case.variant.inputs if spec.shape is not None}
    for entry in document.parts("inputs"):
        name, shape = entry.text("name"), entry.integers("shape")
        in_file = entry.integers("file_shape")
        # An open batch dimension is usual, and 1 is what everybody means.
        if name not in shaped and any(size < 0 for size in in_file[1:]):
            findings.append(
                Finding(
                    id="input.default_shape",
                    severity=Severity.INFO,
                    meaning=(
                        f"Input '{_cut(name)}' may change its shape; it was measured as "
                        f"{'x'.join(map(str, shape))}."
                    ),
                    advice="Give the input a `shape` in the suite.",
                    evidence=f"{list(in_file)} in the file",
                )
            )
    return tuple(findings)


def _without_delegate(placement: Placement) -> tuple[Finding, ...]:
    if placement.applied in (None, placement.requested):
        return ()
    advice = "The delegate has no kernel for these operators or types."
    if placement.requested == NPU:
        advice = "Install the NPU's driver and libraries; without an NPU choose another delegate."
    return (
        Finding(
            id="delegate.none",
            severity=Severity.SILENT,
            meaning=f"No node of the model ran on {placement.requested}: these are CPU figures.",
            advice=advice,
            evidence=placement.source,
        ),
    )


def _stand_in(placement: Placement) -> tuple[Finding, ...]:
    """Say so where the accelerator is none: figures of a driver or back end on the CPU."""
    if placement.applied != placement.requested or not is_software(placement):
        return ()
    name = placement.requested.upper()
    return (
        Finding(
            id=f"{placement.requested}.software",
            severity=Severity.INFO,
            meaning=f"The {name} is made of software and computed on the CPU.",
            advice=f"These times say nothing about a real {name}.",
            evidence=placement.backend,
        ),
    )


def _without_times(case: Case, document: Document) -> tuple[Finding, ...]:
    """A profile was asked for and cannot be had there; an unverified wheel is told of anyway."""
    reason = WITHOUT_TIMES.get(case.configuration.delegate)
    if reason is None or not document.flag("verified"):
        return ()
    meaning = f"Op times are unavailable on {case.configuration.delegate}: {reason}."
    advice = "Set profile_rounds: 0, or profile it with benchmark_model."
    return (Finding("litert.no_profile", Severity.NOISE, meaning, advice, reason),)


def _reported(error: Document, result: CommandResult, told: Sequence[Finding]) -> Failure:
    """Return the child's own error, with the reason that the runtime printed."""
    kind = error.text("kind")
    message, advice = error.text("message"), error.text("advice")
    nothing = no_gpu(result.stderr) if kind == DELEGATE else None
    if nothing is not None:
        message = f"LiteRT's GPU accelerator found no GPU: {_cut(nothing)}."
        return Failure(kind, message, ADVICE_GPU, MeasurementError.exit_code)
    fatal = [finding for finding in told if finding.severity is Severity.FATAL]
    # The first error is the cause, the ones after it are its consequences.
    first = next((line for line in result.stderr.splitlines() if line.startswith("ERROR: ")), "")
    reason = first.removeprefix("ERROR: ").strip() or (fatal[0].evidence if fatal else "")
    if reason and reason not in message:
        message = f"{message.rstrip('.')}: {_cut(reason)}"
    of_model = kind == "model"
    return Failure(
        kind=kind if kind in KINDS else "exit",
        message=message,
        advice=(fatal[0].advice if fatal else "") or advice,
        exit_code=ModelError.exit_code if of_model else MeasurementError.exit_code,
    )


def _ended(result: CommandResult, case: Case) -> Failure:
    """Return the failure of a process that left no usable result."""
    name = signal_name(result.returncode)
    line = last_line(result.stderr)
    reason = f": {line}" if line else "."
    if name is not None:
        advice = "Check the model's sha256; try delegate none, or another tool."
        if name == "SIGKILL":
            advice = "The device may be out of memory."
        elif case.configuration.delegate in ACCELERATORS:
            advice = (
                f"Does the model run with xnnpack? If so {case.configuration.delegate} crashed."
            )
        message = f"the measuring process was ended by {name}{reason}"
        return Failure("crash", message, advice, MeasurementError.exit_code)
    if result.returncode:
        message = f"the measuring process ended with exit code {result.returncode}{reason}"
        return Failure("exit", message, "", MeasurementError.exit_code)
    return Failure(
        "no_result",
        f"the measuring process ended without a result{reason}",
        "Was the work folder writable, and did it have space left?",
        MeasurementError.exit_code,
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 3]}..."


def _refuse(constant: str) -> float:
    raise MalformedError(f"{constant} is no figure")
