"""Run folders of earlier days, made of one that was measured: other ids, dates and times."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from benchhub.records import DeviceRecord, Invocation, Latency, Plan, Run
from benchhub.results.codec import write_document
from benchhub.results.run_ids import ALPHABET, ID_LENGTH
from benchhub.results.store import RunFolder

Scale = Callable[[Invocation], float]


def past_id(night: int) -> str:
    """An id that sorts before those of today, by the night."""
    high, low = divmod(night, len(ALPHABET))
    return "01A" + (ALPHABET[high] + ALPHABET[low]).rjust(ID_LENGTH - 3, "0")


def scaled(latency: Latency, factor: float) -> Latency:
    """The same latency, each time multiplied; the samples are not kept."""
    median, std, p5, p95 = (
        None if value is None else value * factor
        for value in (latency.median_us, latency.std_us, latency.p5_us, latency.p95_us)
    )
    return replace(
        latency,
        mean_us=latency.mean_us * factor,
        median_us=median,
        min_us=latency.min_us * factor,
        max_us=latency.max_us * factor,
        std_us=std,
        p5_us=p5,
        p95_us=p95,
        samples_us=(),
    )


def put_run(
    source: RunFolder,
    night: int,
    scale: Scale,
    *,
    plan: Callable[[Plan], Plan] = lambda plan: plan,
    device: Callable[[DeviceRecord], DeviceRecord] = lambda record: record,
) -> RunFolder:
    """Write a copy of a run as if it was measured on the morning of a day from 1 October 2026 on.

    Args:
        source: The run that was measured.
        night: Days since then; also decides the id.
        scale: By what the times of an invocation are multiplied.
        plan: Changes the plan.
        device: Changes what a device was.
    """
    run = source.read()
    run_id = past_id(night)
    created = (datetime.fromisoformat("2026-10-01T03:00:00+00:00") + timedelta(night)).isoformat()
    folder = RunFolder(source.path.with_name(run_id))
    if folder.path.exists():
        shutil.rmtree(folder.path)
    folder.path.mkdir()
    commit = f"{night:02x}" * 20
    folder.write_plan(plan(replace(run.plan, run_id=run_id, created=created, git_commit=commit)))
    for record in run.devices:
        folder.write_device(device(record))
    _write_invocations(folder, run, scale)
    if run.end:
        folder.write_end(replace(run.end, run_id=run_id, ended=created))
    return folder


def _write_invocations(folder: RunFolder, run: Run, scale: Scale) -> None:
    for one in run.invocations:
        path = folder.step_folder(one)
        path.mkdir(parents=True)
        latency = one.reading.latency
        if latency:
            latency = scaled(latency, scale(one))
        reading = replace(one.reading, latency=latency, warmup=None)
        write_document(path / "invocation.json", replace(one, reading=reading, artifacts=()))
