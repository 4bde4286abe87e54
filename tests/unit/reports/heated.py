"""A run of three models on three devices made of INVENTED EXAMPLE NUMBERS: nothing was measured.

The GPU of the phone takes float32, leaves a part of one model to the CPU, and falls back to the CPU
for int8; the board gets no GPU; one model crashes with four threads.
"""

from __future__ import annotations

import hashlib
import random
import statistics
from dataclasses import replace

from benchhub.records import (
    Case,
    Configuration,
    Latency,
    ModelVariant,
    Placement,
    PlannedInvocation,
    Purpose,
    Reading,
    Refusal,
    Run,
    RunEnd,
    RunState,
    Status,
)

from .invented import CRASH, REFUSED, RUN_ID, make_invocation, make_plan, make_record

DEVICES = ("host", "pi4", "pixel4")
MODELS = {"mobilenet_v2": 9.8, "deeplab_v3": 212.0, "kws_dscnn": 0.42}
GAIN = {
    ("float32", "none"): 1.0,
    ("int8", "none"): 1.3,
    ("float32", "xnnpack"): 2.1,
    ("int8", "xnnpack"): 3.4,
    ("float32", "gpu"): 11.5,
    ("int8", "gpu"): 1.28,
}
SPEED = {"host": 1.0, "pi4": 5.8, "pixel4": 2.1}
WAYS = (("none", 1), ("none", 4), ("xnnpack", 1), ("xnnpack", 4), ("gpu", 1))
CRASHED = "deeplab_v3/int8/xnnpack/t4"
PARTIAL = "deeplab_v3/float32/gpu/t1"


def make_case(model: str, variant: str, delegate: str, threads: int) -> Case:
    path = f"suites/models/{model}_{variant}.tflite"
    digest = hashlib.sha256(path.encode()).hexdigest()
    file = ModelVariant(model, variant, path, digest, 3_400_000)
    return Case(file, Configuration(delegate, delegate, threads))


CASES = tuple(
    make_case(model, variant, *way)
    for model in MODELS
    for variant in ("float32", "int8")
    for way in WAYS
)


def heated_run(cases: tuple[Case, ...] = CASES, rounds: int = 5, inferences: int = 240) -> Run:
    """Return the run: every case has `rounds` processes on each device, no profiles."""
    plan = make_plan(cases, DEVICES, rounds)
    steps = tuple(step for step in plan.invocations if step.purpose is Purpose.LATENCY)
    plan = replace(plan, invocations=steps, reference="float32/none/t1")
    refusals = tuple(
        Refusal(case.id, device, REFUSED)
        for case in cases
        for device in ("host", "pi4")
        if case.configuration.delegate == "gpu"
    )
    refused = {(one.device, one.case_id) for one in refusals}
    done = [step for step in steps if (step.device, step.case_id) not in refused]
    invocations = []
    for step in done:
        status, reading = _fate(plan.case(step.case_id), step, inferences)
        invocations.append(make_invocation(step, plan.case(step.case_id), reading, status))
    records = tuple(
        make_record(name, tuple(one for one in refusals if one.device == name)) for name in DEVICES
    )
    end = RunEnd(
        1, RUN_ID, RunState.FINISHED, "2026-11-20T14:58:00+00:00", 1560.0,
        len(invocations), len(steps),
    )  # fmt: skip
    return Run(plan, records, tuple(invocations), end)


def _fate(case: Case, step: PlannedInvocation, inferences: int) -> tuple[Status, Reading]:
    if case.id == CRASHED:
        return Status.FAILED, Reading(failure=CRASH)
    asked, nodes = case.configuration.delegate, 66
    status, applied, taken = Status.OK, asked, nodes
    if asked == "gpu" and case.variant.variant == "int8":
        status, applied, taken = Status.FALLBACK, "xnnpack", 0
    elif case.id == PARTIAL:
        status, taken = Status.PARTIAL, 51
    placement = Placement(asked, applied, taken, nodes, 1, "model runtime info")
    return status, Reading(latency=_latency(case, step, inferences), placement=placement)


def _latency(case: Case, step: PlannedInvocation, n: int) -> Latency:
    noise = random.Random(f"{step.device} {step.case_id} {step.round}")  # noqa: S311
    chosen = case.configuration
    threads = 1.02 if case.variant.model == "kws_dscnn" else chosen.threads**0.6
    gain = GAIN[case.variant.variant, chosen.delegate] * threads
    base = 1000 * MODELS[case.variant.model] * SPEED[step.device] / gain
    base *= 1 + noise.gauss(0, 0.02)
    samples = tuple(round(base * (1 + abs(noise.gauss(0, 0.03))), 1) for _ in range(n))
    ordered = sorted(samples)
    return Latency(
        n, statistics.fmean(samples), statistics.median(samples), ordered[0], ordered[-1],
        statistics.stdev(samples), ordered[n // 20], ordered[-n // 20 - 1], samples, "samples",
    )  # fmt: skip
