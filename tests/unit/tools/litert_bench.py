"""Measures recorded models with the litert tool, each in a fresh process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from benchhub.devices.host import HostTransport
from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
    ToolIdentity,
)
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.tool import Artifacts, Staged

MODELS = Path(__file__).parents[2] / "recorded" / "models"
REPOSITORY = Path(__file__).parents[3]
IDENTITY = ToolIdentity(
    "litert", "litert", "2.3.0", "libLiteRt.so", "0" * 64, program=sys.executable
)
MEASURE = Measure(1, 1, 40, 0.0, 20.0, 5, 0.0, 0.0, 0.0, 60.0)


@dataclass
class Bench:
    """Measures in a fresh process; `result` is how the last one ended."""

    folder: Path
    result: CommandResult | None = None

    def __call__(
        self,
        model: str | Path,
        *inputs: InputSpec,
        delegate: str = "xnnpack",
        purpose: Purpose = Purpose.LATENCY,
        signature: str | None = None,
        measure: Measure = MEASURE,
    ) -> Reading:
        path = MODELS / f"{model}.tflite" if isinstance(model, str) else model
        variant = ModelVariant("m", "v", str(path), "0" * 64, 1, signature, inputs)
        case = Case(variant, Configuration(delegate, delegate, 1))
        tool = LiteRtTool({})
        command = tool.command(case, measure, purpose, Staged(str(path), "."), IDENTITY)
        self.result = HostTransport("host", self.folder).run(command.argv, timeout_s=60)
        file = self.folder / "result.json"
        files = {"result.json": file.read_bytes()} if file.exists() else {}
        return tool.parse(case, measure, purpose, Artifacts(self.result, files))


def ids(reading: Reading) -> list[str]:
    return [finding.id for finding in reading.findings]


def altered(folder: Path, name: str, change: Callable[[Any], None]) -> Path:
    """Write a recorded model with something changed, through the wheel's own schema classes."""
    model = schema.ModelT.InitFromPackedBuf((MODELS / f"{name}.tflite").read_bytes(), 0)
    change(model)
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"TFL3")
    path = folder / "altered.tflite"
    path.write_bytes(bytes(builder.Output()))
    return path


def too_new(model: Any) -> None:
    model.operatorCodes[0].version = 99
