"""What benchhub wrote itself, as somebody else may have left it: run folders and what is beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from benchhub.downloads.part import Origin, Part
from benchhub.models.cache import Cache, key
from benchhub.records import (
    CaseNoise,
    DeviceRecord,
    Invocation,
    Noise,
    Peaks,
    Plan,
    Run,
    RunEnd,
    VariantFacts,
)
from benchhub.results import invocations_frame, ops_frame
from benchhub.results.baselines import Baselines, baselines_path, read_baselines
from benchhub.results.codec import decode, encode
from benchhub.results.noise import noise_path, read_noise
from benchhub.results.peaks import peaks_path, read_peaks
from benchhub.results.store import RunFolder
from benchhub.tools.official.cache import Record, folder_of, read_record, write_record
from benchhub.workspace import Workspace
from tests.fuzz.packing import pack, unpack
from tests.fuzz.seeds import scratch
from tests.fuzz.target import Form, Target
from tests.unit.reports.varied import varied_run

_NOISE = Noise(
    1, "pi5", "01ABCDEF", "digits", "2026-11-21T10:00:00+00:00", "Cortex-A76, 4 cores", "Linux 6.1",
    (CaseNoise("digits/int8/xnnpack/t1", 20, 0.03, 0.04, 300.0, (1.15, 0.2)),),
)  # fmt: skip
WORDS = (
    "format", "run_id", "suite", "devices", "cases", "invocations", "measure", "purpose", "latency",
    "profile", "status", "delegate", "xnnpack", "options", "number", "round", "device", "case_id",
    "reading", "samples_us", "artifacts", "n", "state", "facts", "tools", "peaks", "gate", "limits",
)  # fmt: skip


@cache
def small_run() -> Run:
    """Return a run with a bit of everything, cut down to a few cases and processes."""
    run = varied_run()
    plan, variants = run.plan, run.variants[:2]
    cases = plan.cases[:2]
    ids = [case.id for case in cases]
    done = [one for one in run.invocations if one.case_id in ids][:4]
    numbers = [(one.device, one.number) for one in done]
    steps = tuple(step for step in plan.invocations if (step.device, step.number) in numbers)
    return replace(
        run,
        plan=replace(plan, cases=cases, invocations=steps),
        invocations=tuple(done),
        variants=variants,
    )


def _document(kind: type[Any]) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        encode(decode(data, kind, "document.json"))

    return read


def _encoded(pick: Callable[[Run], Sequence[Any]]) -> Callable[[], list[bytes]]:
    return lambda: [encode(record) for record in pick(small_run())]


def write_run(run: Run, path: Path) -> RunFolder:
    """Write the documents of a run into a new folder."""
    folder = RunFolder(path)
    folder.path.mkdir(parents=True)
    folder.write_plan(run.plan)
    for device in run.devices:
        folder.write_device(device)
    for variant in run.variants:
        folder.write_variant(variant)
    for one in run.invocations:
        folder.begin_step(next(step for step in run.plan.invocations if step.number == one.number))
        folder.step_folder(one).mkdir(parents=True, exist_ok=True)
        folder.write_invocation(one, {})
    if run.end:
        folder.write_end(run.end)
    return folder


@cache
def _folder() -> tuple[RunFolder, dict[str, bytes]]:
    """Return a run folder on disk, and its documents by a short name."""
    folder = write_run(small_run(), scratch() / "01ABCDEF")
    paths = sorted(folder.path.rglob("*.json"))
    return folder, {str(path.relative_to(folder.path)): path.read_bytes() for path in paths}


@contextmanager
def folder_with(data: bytes) -> Iterator[RunFolder]:
    """Put each part in place of the document of its name; without a name it is the plan."""
    folder, documents = _folder()
    parts = {name or "plan.json": content for name, content in unpack(data).items() if content}
    changed = {name: content for name, content in parts.items() if name in documents}
    try:
        for name, content in changed.items():
            (folder.path / name).write_bytes(content)
        yield folder
    finally:
        for name in changed:
            (folder.path / name).write_bytes(documents[name])


def _run_folder(data: bytes) -> None:
    with folder_with(data) as folder:
        run = folder.read()
        folder.done()
        for one in run.invocations:
            folder.logs(one)
        invocations_frame([run])
        ops_frame([run])


def folder_seeds() -> list[bytes]:
    return [pack({name: content}) for name, content in _folder()[1].items()]


@cache
def _workspace() -> Workspace:
    workspace = Workspace(scratch())
    for path in (workspace.devices, workspace.runs):
        path.mkdir(parents=True, exist_ok=True)
    return workspace


def _beside(path: Callable[[], Path], read: Callable[[], object]) -> Callable[[bytes], None]:
    def write_and_read(data: bytes) -> None:
        path().parent.mkdir(parents=True, exist_ok=True)
        path().write_bytes(data)
        read()

    return write_and_read


def _record_path() -> Path:
    return folder_of(_workspace(), "tflite", "linux_x86_64").with_suffix(".json")


def _record_seeds() -> list[bytes]:
    _record_path().parent.mkdir(parents=True, exist_ok=True)
    write_record(_workspace(), "tflite", "linux_x86_64", Record("latest", {"benchmark_model": "b"}))
    return [_record_path().read_bytes()]


def _part() -> Part:
    part = Part(scratch() / "file")
    part.path.write_bytes(b"x")
    return part


def _part_seeds() -> list[bytes]:
    _part().begin(Origin("https://127.0.0.1/x", '"1"', "", 5))
    return [(scratch() / "file.part.json").read_bytes()]


@cache
def _entry() -> Path:
    return _workspace().root / ".benchhub" / "models" / key("convert", {}) / "entry.json"


TARGETS = (
    Target("run_plan", _document(Plan), _encoded(lambda run: [run.plan]), Form.JSON, WORDS, 0.2),
    Target(
        "run_invocation",
        _document(Invocation),
        _encoded(lambda run: run.invocations),
        Form.JSON,
        WORDS,
        0.2,
    ),
    Target(
        "run_device",
        _document(DeviceRecord),
        _encoded(lambda run: run.devices),
        Form.JSON,
        WORDS,
        0.3,
    ),
    Target(
        "run_variant",
        _document(VariantFacts),
        _encoded(lambda run: run.variants),
        Form.JSON,
        WORDS,
        0.3,
    ),
    Target("run_end", _document(RunEnd), _encoded(lambda run: [run.end]), Form.JSON, WORDS),
    Target("run_folder", _run_folder, folder_seeds, Form.JSON, WORDS, 0.04),
    Target(
        "baselines",
        _beside(
            lambda: baselines_path(_workspace().runs), lambda: read_baselines(_workspace().runs)
        ),
        lambda: [encode(Baselines(names={"nightly": "01ABCDEF", "v1.2": "01ABCDEG"}))],
        Form.JSON,
        ("format", "names", "nightly"),
    ),
    Target(
        "noise",
        _beside(lambda: noise_path(_workspace(), "pi5"), lambda: read_noise(_workspace(), "pi5")),
        lambda: [encode(_NOISE)],
        Form.JSON,
        ("format", "device", "cases", "pairs", "sd_pair", "modes", "median_us"),
        0.6,
    ),
    Target(
        "peaks",
        _beside(lambda: peaks_path(_workspace(), "host"), lambda: read_peaks(_workspace(), "host")),
        _encoded(lambda run: [one.peaks for one in run.devices if isinstance(one.peaks, Peaks)]),
        Form.JSON,
        ("format", "peaks", "copies", "dtype", "threads"),
        0.6,
    ),
    Target(
        "fetched_record",
        _beside(_record_path, lambda: read_record(_workspace(), "tflite", "linux_x86_64")),
        _record_seeds,
        Form.JSON,
        ("format", "version", "files"),
    ),
    Target(
        "download_part",
        _beside(
            lambda: scratch() / "file.part.json", lambda: _part().origin("https://127.0.0.1/x")
        ),
        _part_seeds,
        Form.JSON,
        ("address", "etag", "last_modified", "total_bytes"),
    ),
    Target(
        "model_cache",
        _beside(_entry, lambda: Cache(_workspace().root).find("convert", {})),
        lambda: [b'{"task": "convert", "values": {}, "depends": {"/x": "0"}, "content": "0"}'],
        Form.JSON,
        ("depends", "values", "content"),
        0.3,
    ),
)
