"""Puts together what one process of the program left behind. Never raises on any output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from benchhub.records import (
    Case,
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
from benchhub.tools.benchmark_model import inputs, result_proto, stdout
from benchhub.tools.benchmark_model.failure import failure_of, is_crash, no_profile
from benchhub.tools.benchmark_model.op_csv import REGULAR, read_op_table
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError
from benchhub.tools.benchmark_model.placement import (
    check_applied,
    placement_of,
    with_nodes,
    with_profile,
)
from benchhub.tools.benchmark_model.result_proto import Result
from benchhub.tools.benchmark_model.runtime_info import read_runtime_info
from benchhub.tools.benchmark_model.wire import WireError
from benchhub.tools.crosscheck import check_node_count, check_op_times
from benchhub.tools.diagnosis import diagnose
from benchhub.tools.tool import Artifacts

RESULT_FILE = "result.pb"
PROFILE_PROTO_FILE = "op_profile.pb"
PROFILE_CSV_FILE = "op_profile.csv"
RUNTIME_INFO_FILE = "runtime_info.pb"

# The interpreter's own time in one inference beside its operators: at most 3.1 us in the recorded
# profiles of small models.
FIXED_US = 3.0
# The text says the mean twice, with six digits each.
_SAME_MEAN = 1e-5


@dataclass(slots=True)
class _Draft:
    """A reading in the making."""

    output: stdout.Output
    findings: list[Finding]
    placement: Placement
    latency: Latency | None = None
    warmup: Warmup | None = None
    init_us: float | None = None
    first_us: float | None = None
    memory: Memory | None = None
    profile: Profile | None = None
    extra: list[Finding] = field(default_factory=list)

    def note(self, finding: Finding | None) -> None:
        if finding is not None:
            self.extra.append(finding)


def read(case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts) -> Reading:
    """Return what the output and the files of one invocation say."""
    result = artifacts.result
    requested = case.configuration.delegate
    output = stdout.read_output(result.stdout, result.stderr)
    crashed = is_crash(result.returncode)
    findings = [
        _weighed(finding, requested)
        for finding in diagnose(result.stdout, result.stderr)
        if _counts(finding, requested, crashed=crashed)
    ]
    file, problem = _result_file(artifacts.files)
    failure = failure_of(result, findings, _inferences(output, file))
    if failure is not None:
        return Reading(findings=tuple(findings), failure=failure)
    draft = _Draft(output, findings, placement_of(requested, output))
    draft.note(problem)
    _read_latency(draft, file)
    _check_latency(draft, measure)
    _read_placement(draft, artifacts.files)
    draft.note(inputs.check_order(case.variant.inputs, output.tensors))
    if purpose is Purpose.PROFILE:
        try:
            _read_profile(draft, artifacts)
        except ProfileError as error:
            return Reading(findings=_all(draft), failure=no_profile(str(error)))
    draft.note(check_applied(draft.placement))
    return _reading(draft)


def _reading(draft: _Draft) -> Reading:
    return Reading(
        latency=draft.latency,
        warmup=draft.warmup,
        init_us=draft.init_us,
        # Without a warm-up the program prints 0 for it.
        first_inference_us=draft.first_us if draft.warmup else None,
        memory=draft.memory,
        placement=draft.placement,
        profile=draft.profile,
        findings=_all(draft),
    )


def _all(draft: _Draft) -> tuple[Finding, ...]:
    return (*draft.findings, *draft.extra)


def _counts(finding: Finding, requested: str, *, crashed: bool) -> bool:
    """Drop lines that mean something only where XNNPACK was not asked for, or in a crash."""
    if finding.id == "xnnpack.implicit":
        return requested != "xnnpack"
    return finding.id != "external.created" or crashed


def _weighed(finding: Finding, requested: str) -> Finding:
    """Nodes that XNNPACK leaves run on the same CPU, which is usual: nothing silent about it."""
    if finding.id == "delegate.partial" and requested == "xnnpack":
        return replace(finding, severity=Severity.INFO)
    return finding


def _result_file(files: Mapping[str, bytes]) -> tuple[Result | None, Finding | None]:
    data = files.get(RESULT_FILE)
    if data is None:
        return None, None
    try:
        return result_proto.read_result(data), None
    except WireError as error:
        return None, _unreadable("check.result_proto", RESULT_FILE, error)


def _inferences(output: stdout.Output, file: Result | None) -> int | None:
    """Return how many timed inferences the text tells, or else the result file."""
    if output.run is not None:
        return output.run.n
    return file.n if file is not None else None


def _read_latency(draft: _Draft, file: Result | None) -> None:
    output = draft.output
    draft.latency = stdout.latency_of(output)
    draft.warmup = stdout.warmup_of(output)
    draft.memory = stdout.memory_of(output)
    draft.init_us, draft.first_us = output.init_us, output.first_us
    if file is None:
        return
    if draft.latency is None:
        draft.latency = result_proto.latency_of(file)
    else:
        draft.latency, problem = result_proto.merge(draft.latency, file)
        draft.note(problem)
    draft.warmup = draft.warmup or result_proto.warmup_of(file)
    draft.memory = result_proto.memory_of(file) or draft.memory
    if draft.init_us is None:
        draft.init_us = file.times_us.get("init")
    if draft.first_us is None:
        draft.first_us = file.times_us.get("first")


def _check_latency(draft: _Draft, measure: Measure) -> None:
    latency, again = draft.latency, draft.output.mean_us
    if latency is None:
        return
    if measure.min_secs == 0 and latency.n != measure.num_runs:
        draft.note(
            Finding(
                "check.num_runs",
                Severity.SILENT,
                f"{latency.n} inferences were made, {measure.num_runs} were asked for.",
                "Raise max_secs if there were too few.",
                f"{latency.n} in {latency.source}, max_secs {measure.max_secs:g}",
            )
        )
    if not latency.value_us:
        draft.note(
            Finding(
                "check.zero",
                Severity.SILENT,
                "The program tells a time of 0: an inference is shorter than it can tell.",
                "Measure this model with the tool litert, which tells nanoseconds.",
                f"{latency.statistic} of {latency.n} inferences, in whole microseconds",
            )
        )
    outside = (
        not latency.min_us * (1 - _SAME_MEAN)
        <= latency.mean_us
        <= latency.max_us * (1 + _SAME_MEAN)
    )
    twice = again is not None and abs(again - latency.mean_us) > _SAME_MEAN * latency.mean_us
    if outside or twice:
        draft.note(
            Finding(
                "check.stat_line",
                Severity.SILENT,
                "The figures of the result contradict each other.",
                "Do not use them; keep the output for a bug report.",
                f"mean {latency.mean_us:g} us from {latency.min_us:g} to {latency.max_us:g}"
                + (f", said again as {again:g}" if again is not None else ""),
            )
        )


def _read_placement(draft: _Draft, files: Mapping[str, bytes]) -> None:
    data = files.get(RUNTIME_INFO_FILE)
    if data is None:
        return
    try:
        nodes = read_runtime_info(data)
    except WireError as error:
        draft.note(_unreadable("check.runtime_info", RUNTIME_INFO_FILE, error))
        return
    draft.placement, problem = with_nodes(draft.placement, nodes)
    draft.note(problem)


def _read_profile(draft: _Draft, artifacts: Artifacts) -> None:
    draft.profile = profile = _profile(artifacts)
    if draft.latency is not None:
        draft.note(check_op_times(profile, draft.latency, FIXED_US))
    draft.note(check_node_count(profile, draft.placement))
    draft.placement, problem = with_profile(draft.placement, profile)
    draft.note(problem)


def _profile(artifacts: Artifacts) -> Profile:
    """Read the best of the profiles that came back.

    A CSV file that cannot be written goes to standard output, without a word.
    """
    files = artifacts.files
    if PROFILE_PROTO_FILE in files:
        return read_op_proto(files[PROFILE_PROTO_FILE])
    if PROFILE_CSV_FILE in files:
        text = files[PROFILE_CSV_FILE].decode("utf-8", "replace")
        return read_op_table(text, "csv")
    if REGULAR in artifacts.result.stdout:
        return read_op_table(artifacts.result.stdout, "stdout table")
    raise ProfileError("no file came back")


def _unreadable(name: str, file: str, error: WireError) -> Finding:
    return Finding(
        name,
        Severity.NOISE,
        f"The file {file} of the program cannot be read.",
        "The figures come from the text instead.",
        str(error),
    )
