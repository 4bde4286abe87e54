"""Files of others that `benchhub import` takes."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from benchhub.execution.importing import Told, import_files
from benchhub.records import Purpose
from benchhub.results.codec import encode
from benchhub.tools.foreign.assembly import (
    LITERT_TOOL,
    TFLITE_TOOL,
    ForeignFile,
    problem_of,
    purpose_of,
    read_foreign,
    tools_of,
)
from benchhub.tools.foreign.recognition import describe, recognise
from benchhub.workspace import Workspace
from tests.fuzz.packing import pack, unpack
from tests.fuzz.seeds import RECORDED, files, scratch, streams
from tests.fuzz.target import Form, Target
from tests.fuzz.targets.outputs import _WORDS, _case

_CASE = "mobilenet_v2/int8/gpu/t1"


def _foreign(data: bytes) -> None:
    found = [ForeignFile(name, kind, content)
             for name, content in unpack(data).items() if (kind := recognise(content))]  # fmt: skip
    for content in unpack(data).values():
        describe(content)
    if problem_of(found):
        return
    tool = next(iter(sorted(tools_of(found))), TFLITE_TOOL)
    purpose = purpose_of(found)
    assert purpose in Purpose
    encode(read_foreign(_case(tool, "gpu"), purpose, found))


@cache
def _workspace() -> Workspace:
    workspace = Workspace(scratch() / "importing")
    for path in (workspace.devices, workspace.suites, workspace.runs, _files()):
        path.mkdir(parents=True, exist_ok=True)
    return workspace


def _files() -> Path:
    return scratch() / "importing" / "files"


def _import(data: bytes) -> None:
    workspace = _workspace()
    tool = LITERT_TOOL if b"LiteRt" in data else TFLITE_TOOL
    paths = []
    for name, content in unpack(data).items():
        path = _files() / f"p.{name.replace('/', '_')}"
        path.write_bytes(content)
        paths.append(path)
    try:
        folder = import_files(workspace, paths, Told("pixel4", f"{_CASE}@{tool}"))
        folder.read()
        shutil.rmtree(folder.path)
    finally:
        for path in paths:
            path.unlink()


def _seeds() -> list[bytes]:
    found = [*streams("benchmark_model/*")(), *streams("benchmark_litert_model")()]
    single = files(
        "tests/recorded/**/*.pb", "tests/recorded/**/*.csv", "tests/fuzz/corpus/wheel_json/*"
    )()
    proto = (RECORDED / "benchmark_model" / "litert-2026-08" / "result_file.pb").read_bytes()
    return [*found, *single, *(seed + b"\n" + pack({"r.pb": proto}) for seed in found[:5])]


TARGETS = (
    Target("foreign", _foreign, _seeds, Form.LINES, _WORDS, 0.3),
    Target("import", _import, _seeds, Form.LINES, _WORDS, 0.03),
)
