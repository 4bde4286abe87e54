"""A run of four devices made of INVENTED EXAMPLE NUMBERS: nothing here was measured.

The host measures with litert, a board over SSH and two phones over adb with benchmark_model. The
board gets hot, so that one case does not count and another one only partly; the second phone is
lost after some steps; the governor of the first was set and put back.
"""

from __future__ import annotations

import math
from dataclasses import replace

from benchhub.records import (
    Conditions,
    CpuCluster,
    DeviceFacts,
    DeviceRecord,
    Failure,
    Finding,
    Invocation,
    PlannedInvocation,
    Purpose,
    Reading,
    Run,
    RunEnd,
    RunState,
    Severity,
    Status,
    Telemetry,
)

from .invented import RUN_ID, make_case, make_run

DEVICES = ("host", "pi4", "pixel4", "pixel8")
HOT_CASE = "mobilenet_v2/float32/xnnpack/t2@benchmark_model"
WARM_CASE = "mobilenet_v2/int8/xnnpack/t2@benchmark_model"
COLD_CASE = "mobilenet_v2/int8/none/t2@benchmark_model"
STEPS_BEFORE_LOSS = 6
LOST = Failure(
    "lost",
    "pixel8: the device is not connected any more.",
    "Plug it in, then look at `adb devices`.",
    3,
)
THROTTLED = Finding(
    "device.throttled",
    Severity.SILENT,
    "the device was throttled: frequency-capped",
    "Let it cool down: `conditions: {start_temperature_below: ...}` in the suite.",
    "the device was throttled: frequency-capped",
)
CHANGED = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor: performance (was schedutil)"
ZONES = {"host": "x86_pkg_temp", "pi4": "cpu-thermal", "pixel4": "cpu-0-0", "pixel8": "BIG"}
KHZ = {"host": 3_400_000, "pi4": 1_800_000, "pixel4": 2_840_000, "pixel8": 2_910_000}


def too_hot(celsius: float) -> Failure:
    """The failure of a step that was not started."""
    return Failure(
        "conditions",
        f"pi4: not measured: cpu-thermal is {celsius:.1f} °C, has to be below 60.0 °C after 300 s.",
        "Let it rest, or change `conditions` in the suite.",
        1,
    )


def lab_run() -> Run:
    """Return the run."""
    ways = [(v, d, t) for v in ("float32", "int8") for d in ("xnnpack", "none") for t in (1, 2)]
    own = tuple(make_case(*way) for way in ways)
    others = tuple(make_case(*way, "benchmark_model") for way in ways)
    big = replace(
        others[-1], configuration=replace(others[-1].configuration, name="cpu", affinity="big")
    )
    others = (*others[:-1], others[-1], big)
    run = make_run((*own, *others), DEVICES)
    tools = {name: ("litert" if name == "host" else "benchmark_model",) for name in DEVICES}
    plan = replace(
        run.plan,
        device_tools=tools,
        conditions=Conditions(start_temperature_below_c=60.0, governor="performance"),
        measure=replace(run.plan.measure, telemetry_interval_s=5.0),
    )
    steps = tuple(
        step
        for step in plan.invocations
        if plan.measures(step.device, plan.case(step.case_id))
        and (step.device == "host" or step.purpose is Purpose.LATENCY)
    )
    plan = replace(plan, invocations=tuple(_numbered(steps)))
    numbers = {(s.device, s.case_id, s.round, s.purpose): s.number for s in plan.invocations}
    invocations = tuple(
        _in_the_lab(replace(one, number=numbers[one.device, one.case_id, one.round, one.purpose]))
        for one in run.invocations
        if (one.device, one.case_id, one.round, one.purpose) in numbers
    )
    kept = tuple(
        one for one in invocations if one.device != "pixel8" or one.number <= STEPS_BEFORE_LOSS
    )
    end = RunEnd(
        1, RUN_ID, RunState.INTERRUPTED, "2026-11-20T14:41:00+00:00", 535.0,
        len(kept), len(plan.invocations), {"pixel8": LOST},
    )  # fmt: skip
    return replace(run, plan=plan, devices=_records(run.devices), invocations=kept, end=end)


def _numbered(steps: tuple[PlannedInvocation, ...]) -> list[PlannedInvocation]:
    seen = dict.fromkeys(DEVICES, 0)
    numbered = []
    for step in steps:
        seen[step.device] += 1
        numbered.append(replace(step, number=seen[step.device]))
    return numbered


def _in_the_lab(one: Invocation) -> Invocation:
    """Give an invocation the command, the telemetry and the fate of its device."""
    minute, second = divmod(8 * one.number, 60)
    hot = one.device == "pi4" and one.case_id in (HOT_CASE, COLD_CASE)
    rise = 6.0 * (1 - math.exp(-one.number / 12)) + 1.5 * math.sin(one.number)
    celsius = {"host": 46.0, "pi4": 54.0, "pixel4": 38.0, "pixel8": 36.0}[one.device] + rise
    started = f"2026-11-20T14:{32 + minute:02d}:{second:02d}.000+00:00"
    one = replace(one, started=started)
    if one.device == "pi4" and one.case_id == COLD_CASE:
        return _not_started(one, celsius + 8)
    argv = one.argv
    if one.device != "host":
        program = "stage/cd/benchmark_model"
        argv = (program, "--graph=stage/ab/model file.tflite", "--use_xnnpack=true")
    if "/cpu/" in one.case_id:
        argv = ("taskset", "f0", *argv)
    slow = 0.6 if hot else 1.0
    khz = {f"cpu{i}": int(KHZ[one.device] * (1 if i else slow)) for i in range(2)}

    def state(change: float, at_s: float | None = None) -> Telemetry:
        zones = {ZONES[one.device]: round(celsius + change + 9 * hot, 1), "battery": 30.0}
        return Telemetry(0.4, khz, zones, at_s=at_s)

    one = replace(
        one,
        argv=argv,
        seconds=6.0,
        before=state(0.0),
        after=state(2.0),
        during=(state(2.5, 2.0), state(3.0, 4.0)),
        work_dir="" if one.device == "host" else f"scratch/{RUN_ID}-{one.device}/{one.number:04d}",
    )
    spoilt = one.case_id == WARM_CASE and one.round <= 2 and one.purpose is Purpose.LATENCY
    if one.device == "pi4" and (hot or spoilt):
        findings = (*one.reading.findings, THROTTLED)
        return replace(one, status=Status.INVALID, reading=replace(one.reading, findings=findings))
    return one


def _not_started(one: Invocation, celsius: float) -> Invocation:
    reading = Reading(failure=too_hot(celsius))
    return replace(
        one, status=Status.INVALID, seconds=0.0, argv=(), env={}, returncode=None,
        reading=reading, before=Telemetry(), after=Telemetry(), artifacts=(),
    )  # fmt: skip


def _records(records: tuple[DeviceRecord, ...]) -> tuple[DeviceRecord, ...]:
    host, pi4, pixel4, pixel8 = records
    model = pi4.tools[1]
    there = {"changed": (CHANGED,), "folder": "/data/local/tmp/benchhub"}
    return (
        replace(host, tools=host.tools[:1], folder="/home/bench/workspace"),
        replace(pi4, tools=(model,), folder=".cache/bench hub"),
        replace(pixel4, tools=(model,), transport="adb", facts=_phone("Example 4"), **there),
        replace(pixel8, tools=(model,), transport="adb", facts=_phone("Example 8"),
            folder=there["folder"]),
    )  # fmt: skip


def _phone(model: str) -> DeviceFacts:
    return DeviceFacts(
        os="Android 14",
        kernel="5.15",
        arch="aarch64",
        cpu=None,
        cores=8,
        memory_bytes=5_900_000_000,
        kind="android",
        abis=("arm64-v8a",),
        soc="Example SoC 855",
        model=model,
        api_level=34,
        clusters=(
            CpuCluster((0, 1, 2, 3), 1_780_000),
            CpuCluster((4, 5, 6), 2_420_000),
            CpuCluster((7,), 2_840_000),
        ),
        user="shell",
    )
