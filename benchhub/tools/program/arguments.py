"""What every invocation of either program has on its command line: the model and how to measure."""

from __future__ import annotations

from benchhub.records import Case, Measure

# The program takes its memory from getrusage, whose maximum outlives exec. Started by a process as
# large as benchhub, it begins at that size and says that it grew by 0; a shell that forks is small.
LAUNCH = ("sh", "-c", '"$@"; exit $?', "sh")

SIGNATURE = "signature_to_run_for"
# Flags that every case needs.
BASE_FLAGS = (
    "graph",
    "num_threads",
    "num_runs",
    "min_secs",
    "max_secs",
    "warmup_runs",
    "warmup_min_secs",
    "run_delay",
)


def base_arguments(case: Case, measure: Measure, model: str) -> list[tuple[str, str]]:
    """Return flags and values for a model at that path on the device."""
    arguments = [
        ("graph", model),
        ("num_threads", str(case.configuration.threads)),
        ("num_runs", str(measure.num_runs)),
        ("min_secs", _seconds(measure.min_secs)),
        ("max_secs", _seconds(measure.max_secs)),
        ("warmup_runs", str(measure.warmup_runs)),
        ("warmup_min_secs", _seconds(measure.warmup_min_secs)),
    ]
    if measure.run_delay_s > 0:
        arguments.append(("run_delay", _seconds(measure.run_delay_s)))
    if case.variant.signature is not None:
        arguments.append((SIGNATURE, case.variant.signature))
    return arguments


def needed_flags(case: Case) -> tuple[str, ...]:
    """Return the flags that the arguments of a case may use."""
    return (*BASE_FLAGS, SIGNATURE) if case.variant.signature is not None else BASE_FLAGS


def _seconds(value: float) -> str:
    return format(value, ".10g")
