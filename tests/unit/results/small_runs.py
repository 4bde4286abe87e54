"""Run folders with two steps on the host, written as a run writes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchhub.records import (
    Case,
    Configuration,
    DeviceFacts,
    DeviceRecord,
    InputSpec,
    Invocation,
    Latency,
    Measure,
    ModelVariant,
    Plan,
    PlannedInvocation,
    Purpose,
    Reading,
    RunEnd,
    RunState,
    Status,
    Telemetry,
)
from benchhub.results.codec import FORMAT
from benchhub.results.store import RunFolder, create_run_folder

CASE = Case(
    ModelVariant("net", "int8", "net.tflite", "0" * 64, 9, None, (InputSpec("x", (1, 2)),)),
    Configuration("xnnpack", "xnnpack", 2),
)
MEASURE = Measure(2, 0, 5, 0.0, 9.0, 1, 0.0, 0.0, 0.0, 10.0)
STEPS = tuple(PlannedInvocation(i, "host", CASE.id, i, Purpose.LATENCY) for i in (1, 2))
PLAN = Plan(
    format=FORMAT,
    run_id="",
    suite="s",
    suite_path="suites/s.yaml",
    suite_text="name: s\n",
    created="2026-11-20T12:00:00+00:00",
    seed=1,
    benchhub_version="0",
    git_commit=None,
    devices=("host",),
    tools={"litert": {}},
    cases=(CASE,),
    measure=MEASURE,
    reference=None,
    invocations=STEPS,
)
DEVICE = DeviceRecord("host", "host", DeviceFacts("os", None, "x86_64", "cpu", 2, 3), ())


def invocation(step: PlannedInvocation, value: float) -> Invocation:
    latency = Latency(3, value, value, value, value, 0.0, None, None, (value,) * 3, "samples")
    return Invocation(
        step.number, "host", CASE.id, step.round, step.purpose, Status.OK, "now", 0.5,
        ("tool", "--graph=é x"), {"A": "b"}, 0, Reading(latency=latency, init_us=10.0),
        Telemetry(0.5, {"cpu0": 1}, {"t": 40.0}), Telemetry(), ("stdout.txt",),
    )  # fmt: skip


def begun(runs: Path) -> RunFolder:
    folder = create_run_folder(runs)
    folder.write_plan(replace(PLAN, run_id=folder.run_id))
    folder.write_device(DEVICE)
    return folder


def measured(folder: RunFolder, step: PlannedInvocation, value: float = 100.0) -> None:
    folder.begin_step(step)
    folder.write_invocation(invocation(step, value), {"stdout.txt": b"said \xff"})


def ended(folder: RunFolder, state: RunState = RunState.FINISHED) -> None:
    done = len(folder.done())
    folder.write_end(RunEnd(FORMAT, folder.run_id, state, "later", 1.0, done, len(STEPS)))


def listing(folder: RunFolder) -> dict[str, bytes]:
    """Every file of a run by its name there."""
    files = (path for path in folder.path.rglob("*") if path.is_file())
    return {path.relative_to(folder.path).as_posix(): path.read_bytes() for path in files}
