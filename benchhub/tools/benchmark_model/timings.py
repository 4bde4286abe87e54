"""The times and the memory of one process, from its text and its result file, checked.

Both families print the same lines about their inferences and write the same result file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchhub.records import Finding, Latency, Measure, Memory, Severity, Warmup
from benchhub.tools.benchmark_model import result_proto, stdout
from benchhub.tools.benchmark_model.result_proto import Result
from benchhub.tools.benchmark_model.wire import WireError

# The text says the mean twice, with six digits each.
_SAME_MEAN = 1e-5


@dataclass(slots=True)
class Timings:
    """What a process tells of its times, in microseconds, and of its memory; None if nothing."""

    latency: Latency | None = None
    warmup: Warmup | None = None
    init_us: float | None = None
    first_us: float | None = None
    memory: Memory | None = None
    findings: list[Finding] = field(default_factory=list)


def result_file(files: Mapping[str, bytes], name: str) -> tuple[Result | None, Finding | None]:
    """Read the result file of that name, if it came back; a damaged one gives a finding."""
    data = files.get(name)
    if data is None:
        return None, None
    try:
        return result_proto.read_result(data), None
    except WireError as error:
        return None, unreadable("check.result_proto", name, error)


def inferences(output: stdout.Output, file: Result | None) -> int | None:
    """Return how many timed inferences the text tells, or else the result file."""
    if output.run is not None:
        return output.run.n
    return file.n if file is not None else None


def timings_of(output: stdout.Output, file: Result | None) -> Timings:
    """Put together what text and file tell; where they contradict each other, a finding."""
    timings = Timings(
        latency=stdout.latency_of(output),
        warmup=stdout.warmup_of(output),
        init_us=output.init_us,
        first_us=output.first_us,
        memory=stdout.memory_of(output),
    )
    if file is None:
        return timings
    if timings.latency is None:
        timings.latency = result_proto.latency_of(file)
    else:
        timings.latency, problem = result_proto.merge(timings.latency, file)
        timings.findings += [problem] if problem else []
    timings.warmup = timings.warmup or result_proto.warmup_of(file)
    timings.memory = result_proto.memory_of(file) or timings.memory
    if timings.init_us is None:
        timings.init_us = file.times_us.get("init")
    if timings.first_us is None:
        timings.first_us = file.times_us.get("first")
    return timings


def check_latency(
    latency: Latency | None, again_us: float | None, measure: Measure
) -> list[Finding]:
    """Look for figures that contradict themselves or what was asked for.

    Args:
        latency: The timed inferences.
        again_us: Their mean where the text says it a second time.
        measure: What was asked for.
    """
    if latency is None:
        return []
    found = []
    if measure.min_secs == 0 and latency.n != measure.num_runs:
        found.append(
            Finding(
                "check.num_runs",
                Severity.SILENT,
                f"{latency.n} inferences were made, {measure.num_runs} were asked for.",
                "Raise max_secs if there were too few.",
                f"{latency.n} in {latency.source}, max_secs {measure.max_secs:g}",
            )
        )
    zero = check_zero(latency)
    found += [zero] if zero else []
    contradiction = _contradiction(latency, again_us)
    return [*found, contradiction] if contradiction else found


def check_zero(latency: Latency) -> Finding | None:
    """Return the finding for a time that is shorter than the program can tell."""
    if latency.value_us:
        return None
    return Finding(
        "check.zero",
        Severity.SILENT,
        "The program tells a time of 0: an inference is shorter than it can tell.",
        "Measure this model with the tool litert, which tells nanoseconds.",
        f"{latency.statistic} of {latency.n} inferences from {latency.source}",
    )


def _contradiction(latency: Latency, again_us: float | None) -> Finding | None:
    outside = (
        not latency.min_us * (1 - _SAME_MEAN)
        <= latency.mean_us
        <= latency.max_us * (1 + _SAME_MEAN)
    )
    twice = again_us is not None and abs(again_us - latency.mean_us) > _SAME_MEAN * latency.mean_us
    if not (outside or twice):
        return None
    return Finding(
        "check.stat_line",
        Severity.SILENT,
        "The figures of the result contradict each other.",
        "Do not use them; keep the output for a bug report.",
        f"mean {latency.mean_us:g} us from {latency.min_us:g} to {latency.max_us:g}"
        + (f", said again as {again_us:g}" if again_us is not None else ""),
    )


def unreadable(name: str, file: str, error: WireError) -> Finding:
    """Return the finding for a file that is not what it should be."""
    return Finding(
        name,
        Severity.NOISE,
        f"The file {file} of the program cannot be read.",
        "The figures come from the text instead.",
        str(error),
    )
