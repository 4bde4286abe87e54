"""Runs made of INVENTED EXAMPLE NUMBERS for the tests of the reports: nothing here was measured.

`invented_run()` covers what a report can meet: two devices, two tools, trusted and suspect
figures, a fallback, a failure, a refusal, a tool without a median, cases without a profile.
"""

from __future__ import annotations

import hashlib
import random
import statistics
from dataclasses import replace

from benchhub.records import (
    Case,
    Configuration,
    DeviceFacts,
    DeviceRecord,
    Failure,
    Finding,
    Invocation,
    Latency,
    Measure,
    Memory,
    ModelVariant,
    OpTime,
    Placement,
    Plan,
    PlannedInvocation,
    Profile,
    Purpose,
    Reading,
    Refusal,
    Run,
    RunEnd,
    RunState,
    Severity,
    Status,
    Telemetry,
    ToolIdentity,
    Warmup,
)

RUN_ID = "01EXAMPL"
CREATED = "2026-11-20T14:32:05+00:00"
NODES = 66
SPEED = {"host": 1.0, "pi4": 6.2, "pixel4": 2.3, "pixel8": 1.1}
KERNEL = {
    ("float32", "none"): 0.52,
    ("float32", "xnnpack"): 0.249,
    ("int8", "none"): 0.41,
    ("int8", "xnnpack"): 0.163,
    ("float32", "gpu"): 0.11,
    ("int8", "gpu"): 0.09,
    ("float32", "nnapi"): 0.251,
    ("int8", "external"): 0.05,
}
SCALING = {1: 1.0, 2: 1.62, 4: 2.1}
KINDS = ["CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "ADD", "FULLY_CONNECTED", "SOFTMAX"]
WEIGHTS = [9.0, 5.0, 4.0, 0.6, 2.0, 0.1]


def make_case(
    variant: str,
    delegate: str,
    threads: int,
    tool: str = "litert",
    model: str = "mobilenet_v2",
    name: str | None = None,
) -> Case:
    path = f"suites/models/{model}_{variant}.tflite"
    digest = hashlib.sha256(path.encode()).hexdigest()
    return Case(
        ModelVariant(
            model, variant, path, digest, 6_700_000 if variant == "float32" else 1_830_000
        ),
        Configuration(name or delegate, delegate, threads),
        tool,
    )


MEASURE = Measure(
    rounds=5,
    profile_rounds=1,
    num_runs=50,
    min_secs=0.5,
    max_secs=150.0,
    warmup_runs=1,
    warmup_min_secs=0.2,
    run_delay_s=0.0,
    cooldown_s=0.0,
    timeout_s=211.0,
)


def make_plan(cases: tuple[Case, ...], devices: tuple[str, ...], rounds: int = 5) -> Plan:
    steps = [
        (device, case.id, number, purpose)
        for device in devices
        for purpose, count in ((Purpose.LATENCY, rounds), (Purpose.PROFILE, 1))
        for number in range(1, count + 1)
        for case in cases
    ]
    return Plan(
        format=1,
        run_id=RUN_ID,
        suite="example",
        suite_path="suites/example.yaml",
        suite_text="# invented example\nname: example\nmodels:\n  - name: mobilenet_v2\n",
        created=CREATED,
        seed=4711,
        benchhub_version="0.1.0",
        git_commit="3f9c1b2a77d04e5f8a90c1d2e3f405162738495a+",
        devices=devices,
        tools={"benchmark_model": {"path": "/opt/tools/benchmark_model"}},
        cases=cases,
        measure=replace(MEASURE, rounds=rounds),
        reference="float32/none/t1",
        invocations=tuple(
            PlannedInvocation(number, device, case_id, round_, purpose)
            for number, (device, case_id, round_, purpose) in enumerate(steps, 1)
        ),
    )


def make_latency(case: Case, device: str, noise: random.Random, *, n: int = 400) -> Latency:
    base = 1000 * KERNEL[case.variant.variant, case.configuration.delegate] * SPEED[device]
    base *= (1 + noise.gauss(0, 0.009)) / SCALING[case.configuration.threads]
    samples = tuple(round(base * (1 + abs(noise.gauss(0, 0.02))), 1) for _ in range(n))
    ordered = sorted(samples)
    keeps = case.tool == "litert"
    return Latency(
        n=n,
        mean_us=statistics.fmean(samples),
        median_us=statistics.median(samples) if keeps else None,
        min_us=ordered[0],
        max_us=ordered[-1],
        std_us=statistics.stdev(samples),
        p5_us=ordered[n // 20] if keeps else None,
        p95_us=ordered[-n // 20] if keeps else None,
        samples_us=samples if keeps else (),
        source="samples" if keeps else "stdout",
    )


def make_profile(case: Case, total_us: float) -> Profile:
    delegated = case.configuration.delegate != "none"
    kinds = [
        KINDS[min(i % 4, 3)] if i < NODES - 2 else KINDS[4 + i - NODES + 2] for i in range(NODES)
    ]
    weights = [WEIGHTS[KINDS.index(kind)] * (1 + (7 * i % 11) / 11) for i, kind in enumerate(kinds)]
    ops = tuple(
        OpTime(
            order=i,
            op="Convolution" if delegated else kind,
            kernel="Convolution (NHWC, F32) IGEMM" if delegated else kind,
            name="" if delegated else f"mobilenetv2/block_{i // 4}_expand/Conv2D;block_{i // 4}/BN",
            node=None if delegated else i,
            subgraph=0,
            delegate="xnnpack" if delegated else None,
            mean_us=total_us * weight / sum(weights),
            min_us=total_us * weight / sum(weights) * 0.96,
            max_us=total_us * weight / sum(weights) * 1.4,
            std_us=total_us * weight / sum(weights) * 0.05,
            calls=1.0,
        )
        for i, (kind, weight) in enumerate(zip(kinds, weights, strict=True))
    )
    return Profile(ops, 380, total_us, 1.0, "litert events")


def make_placement(case: Case, applied: str | None) -> Placement:
    requested = case.configuration.delegate
    if applied is None or applied != requested:
        return Placement(requested, applied, 0, NODES, 0, "stdout: no delegate line")
    taken = NODES - 1 if requested != "none" else 0
    return Placement(requested, applied, taken, NODES, int(bool(taken)), "node list after apply")


CONTRADICTION = Finding(
    "check.op_times",
    Severity.SILENT,
    "op times and latency contradict each other: sum 310.2 us, latency 249.1 us.",
    "Do not use the op times; measure again on an idle device.",
    "66 ops from litert events, 380 inferences from samples",
)
NO_DELEGATE = Finding(
    "delegate.none",
    Severity.SILENT,
    "The delegate was asked for and took no node.",
    "Check that the build of benchmark_model has XNNPACK.",
    "Though XNNPACK delegate is explicitly applied, the model graph will not be executed by it.",
)
MADE = Finding(
    "delegate.created", Severity.INFO, "The XNNPACK delegate was created.", "", "INFO: Created ..."
)
CRASH = Failure("crash", "The process was ended by signal 11 (SIGSEGV).", "Measure it alone.", 3)
REFUSED = Failure(
    "refused",
    "benchmark_model on pi4 has no flag --use_xnnpack.",
    "Fetch a newer binary.",
    3,
)


def make_invocation(
    step: PlannedInvocation, case: Case, reading: Reading, status: Status
) -> Invocation:
    failed = reading.failure is not None
    argv = (f"tools/{case.tool}", f"--graph={case.variant.path}", "--comment=a b; rm 'x'")
    return Invocation(
        number=step.number,
        device=step.device,
        case_id=case.id,
        round=step.round,
        purpose=step.purpose,
        status=status,
        started=f"2026-11-20T14:{32 + step.number // 60:02d}:{step.number % 60:02d}+00:00",
        seconds=0.91,
        argv=argv,
        env={"TF_CPP_MIN_LOG_LEVEL": "0"},
        returncode=-11 if failed else 0,
        reading=reading,
        before=Telemetry(0.31, {"cpu0": 2_400_000}, {"x86_pkg_temp": 45.0}),
        after=Telemetry(0.64, {"cpu0": 2_400_000}, {"x86_pkg_temp": 51.5}),
        artifacts=("stdout.txt", "stderr.txt"),
    )


def make_reading(case: Case, step: PlannedInvocation, status: Status) -> Reading:
    noise = random.Random(f"{step.device} {step.case_id} {step.purpose} {step.round}")  # noqa: S311
    delegate = case.configuration.delegate
    if status is Status.FAILED:
        return Reading(failure=CRASH)
    ran = replace(case, configuration=replace(case.configuration, delegate="none"))
    latency = make_latency(ran if status is Status.FALLBACK else case, step.device, noise)
    profiled = step.purpose is Purpose.PROFILE
    findings = {Status.SUSPECT: (CONTRADICTION,), Status.FALLBACK: (NO_DELEGATE,)}.get(status, ())
    return Reading(
        latency=latency,
        warmup=Warmup(12, latency.mean_us * 1.1),
        init_us=4000.0 if delegate == "none" else 6900.0,
        first_inference_us=latency.mean_us * 3,
        memory=Memory(9_100_000, 25_200_000, 60_000_000, 76_400_000, "/proc/self/status"),
        placement=make_placement(case, "none" if status is Status.FALLBACK else delegate),
        profile=make_profile(ran if status is Status.FALLBACK else case, latency.mean_us * 0.99)
        if profiled
        else None,
        findings=(*findings, MADE),
    )


def make_record(name: str, refusals: tuple[Refusal, ...] = ()) -> DeviceRecord:
    host = name == "host"
    facts = DeviceFacts(
        os="Debian GNU/Linux 13 (trixie)" if host else "Raspberry Pi OS 12",
        kernel="6.12.4",
        arch="x86_64" if host else "aarch64",
        cpu="Example CPU @ 2.40GHz" if host else "Raspberry Pi 4 Model B Rev 1.4",
        cores=2 if host else 4,
        memory_bytes=8_201_000_000,
        governors=() if host else ("ondemand",),
        min_khz=None if host else 600_000,
        max_khz=None if host else 1_800_000,
    )
    tools = (
        ToolIdentity("litert", "litert", "2.3.0", "venv/bin/python", "ab" * 32),
        ToolIdentity(
            "benchmark_model",
            "tflite",
            "",
            "/opt/tools/benchmark_model",
            "cd" * 32,
            ("graph", "num_runs"),
            ("It prints no median: its statistic is the mean.",),
        ),
    )
    return DeviceRecord(name, "host" if host else "ssh", facts, tools, refusals)


CASES = (
    *(make_case(v, d, t) for v in ("float32", "int8") for d in ("xnnpack", "none") for t in (1, 2)),
    make_case("float32", "none", 1, "benchmark_model"),
    make_case("float32", "xnnpack", 1, "benchmark_model"),
    make_case("int8", "xnnpack", 1, "benchmark_model"),
)
SUSPECT_CASE = "mobilenet_v2/float32/xnnpack/t1"
FALLBACK_CASE = "mobilenet_v2/int8/xnnpack/t1@benchmark_model"
FAILED_CASE = "mobilenet_v2/int8/none/t2"
REFUSED_CASE = "mobilenet_v2/float32/xnnpack/t1@benchmark_model"
FATES = {
    ("pi4", SUSPECT_CASE): Status.SUSPECT,
    ("pi4", FAILED_CASE): Status.FAILED,
    ("host", FALLBACK_CASE): Status.FALLBACK,
    ("pi4", FALLBACK_CASE): Status.FALLBACK,
}


def make_run(
    cases: tuple[Case, ...],
    devices: tuple[str, ...] = ("host",),
    fates: dict[tuple[str, str], Status] | None = None,
    refusals: tuple[Refusal, ...] = (),
    rounds: int = 5,
) -> Run:
    plan = make_plan(cases, devices, rounds)
    refused = {(refusal.device, refusal.case_id) for refusal in refusals}
    invocations = []
    for step in plan.invocations:
        if (step.device, step.case_id) in refused:
            continue
        case = plan.case(step.case_id)
        if step.purpose is Purpose.PROFILE and case.tool != "litert":
            continue  # this example's other tool has no profile
        status = (fates or {}).get((step.device, step.case_id), Status.OK)
        reading = make_reading(case, step, status)
        invocations.append(make_invocation(step, case, reading, status))
    records = tuple(
        make_record(name, tuple(refusal for refusal in refusals if refusal.device == name))
        for name in devices
    )
    end = RunEnd(
        1,
        RUN_ID,
        RunState.FINISHED,
        "2026-11-20T14:40:00+00:00",
        474.0,
        len(invocations),
        len(plan.invocations),
    )
    return Run(plan, records, tuple(invocations), end)


def invented_run() -> Run:
    """Return two devices, two tools, eleven cases, and everything that can go wrong once."""
    refusals = (Refusal(REFUSED_CASE, "pi4", REFUSED),)
    return make_run(CASES, ("host", "pi4"), FATES, refusals)


def small_run() -> Run:
    """Return one device, one tool, the eight cases of the quickstart, all trusted."""
    return make_run(CASES[:8])


def interrupted_run() -> Run:
    """Return the small run, stopped after 13 of its 48 invocations."""
    run = small_run()
    end = RunEnd(1, RUN_ID, RunState.INTERRUPTED, "2026-11-20T14:33:00+00:00", 61.0, 13, 48)
    return replace(run, invocations=run.invocations[:13], end=end)


def logs(invocation: Invocation) -> dict[str, str]:
    """Return invented logs; those of the failed invocations are long."""
    lines = 2000 if invocation.status is Status.FAILED else 3
    body = "".join(f"INFO: example line {i}\n" for i in range(lines))
    return {"stdout.txt": f"first line\n{body}last line\n", "stderr.txt": ""}
