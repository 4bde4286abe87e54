"""Puts together what one process of the program left behind. Never raises on any output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchhub.records import (
    Case,
    Finding,
    GpuOptions,
    Latency,
    Measure,
    Memory,
    NnapiOptions,
    Placement,
    Profile,
    Purpose,
    Reading,
    Warmup,
)
from benchhub.tools.benchmark_model import inputs, stdout
from benchhub.tools.benchmark_model.delegate_findings import delegate_findings
from benchhub.tools.benchmark_model.delegate_lines import DelegateLines, read_delegate_lines
from benchhub.tools.benchmark_model.failure import failure_of, is_crash, no_profile
from benchhub.tools.benchmark_model.op_csv import REGULAR, read_op_table
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError, attributed
from benchhub.tools.benchmark_model.placement import (
    Asked,
    check_applied,
    placement_of,
    with_nodes,
    with_profile,
)
from benchhub.tools.benchmark_model.result_proto import Result
from benchhub.tools.benchmark_model.runtime_info import read_runtime_info
from benchhub.tools.benchmark_model.timings import (
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

RESULT_FILE = "result.pb"
PROFILE_PROTO_FILE = "op_profile.pb"
PROFILE_CSV_FILE = "op_profile.csv"
RUNTIME_INFO_FILE = "runtime_info.pb"

# The interpreter's own time in one inference beside its operators: at most 3.1 us in the recorded
# profiles of small models.
FIXED_US = 3.0
# The GPU delegate computes in half precision where it can, unless it is told not to.
_EXACT = frozenset(f"--gpu_precision_loss_allowed={value}" for value in ("false", "0"))


@dataclass(slots=True)
class _Draft:
    """A reading in the making."""

    output: stdout.Output
    lines: DelegateLines
    findings: list[Finding]
    placement: Placement
    latency: Latency | None = None
    warmup: Warmup | None = None
    init_us: float | None = None
    first_us: float | None = None
    memory: Memory | None = None
    profile: Profile | None = None
    delegate_types: frozenset[str] = frozenset()
    extra: list[Finding] = field(default_factory=list)

    def note(self, finding: Finding | None) -> None:
        if finding is not None:
            self.extra.append(finding)


def read(case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts) -> Reading:
    """Return what the output and the files of one invocation say."""
    result = artifacts.result
    asked = _asked(case, result.argv)
    output = stdout.read_output(result.stdout, result.stderr)
    lines = read_delegate_lines(result.stdout, result.stderr)
    told = diagnose(result.stdout, result.stderr)
    crashed = is_crash(result.returncode)
    findings = [found for found in told if crashed or found.id != "external.created"]
    file, problem = result_file(artifacts.files, RESULT_FILE)
    failure = failure_of(result, findings, inferences(output, file))
    if failure is not None:
        return Reading(findings=tuple(findings), failure=failure)
    draft = _Draft(output, lines, findings, placement_of(asked, lines))
    draft.note(problem)
    _read_latency(draft, file)
    draft.extra += check_latency(draft.latency, output.mean_us, measure)
    _read_placement(draft, artifacts.files)
    draft.note(inputs.check_order(case.variant.inputs, output.tensors))
    if purpose is Purpose.PROFILE:
        try:
            _read_profile(draft, artifacts)
        except ProfileError as error:
            return Reading(findings=_all(draft), failure=no_profile(str(error)))
    draft.note(check_applied(draft.placement))
    draft.findings = delegate_findings(asked, draft.findings, lines, draft.placement)
    return _reading(draft)


def _asked(case: Case, argv: Sequence[str]) -> Asked:
    options = case.configuration.options
    accelerator = options.accelerator if isinstance(options, NnapiOptions) else ""
    backend = options.backend if isinstance(options, GpuOptions) else ""
    exact = not _EXACT.isdisjoint(argv)
    return Asked(case.configuration.delegate, accelerator, backend, exact)


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


def _read_latency(draft: _Draft, file: Result | None) -> None:
    timings = timings_of(draft.output, file)
    draft.latency, draft.warmup = timings.latency, timings.warmup
    draft.init_us, draft.first_us = timings.init_us, timings.first_us
    draft.memory = timings.memory
    draft.extra += timings.findings


def _read_placement(draft: _Draft, files: Mapping[str, bytes]) -> None:
    data = files.get(RUNTIME_INFO_FILE)
    if data is None:
        return
    try:
        nodes = read_runtime_info(data)
    except WireError as error:
        draft.note(unreadable("check.runtime_info", RUNTIME_INFO_FILE, error))
        return
    draft.delegate_types = nodes.types
    draft.placement, problem = with_nodes(draft.placement, nodes)
    draft.note(problem)


def _read_profile(draft: _Draft, artifacts: Artifacts) -> None:
    types = draft.delegate_types.union(draft.lines.replaced)
    profile = attributed(_profile(artifacts), draft.placement.requested, types)
    draft.profile = profile
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
