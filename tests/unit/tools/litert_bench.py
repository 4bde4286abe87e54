"""Measures recorded models with the litert tool, each in a fresh process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema

from benchhub.devices.host import HostTransport
from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    DelegateOptions,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
    ToolIdentity,
)
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.tool import Artifacts, Command, Staged

MODELS = Path(__file__).parents[2] / "recorded" / "models"
REPOSITORY = Path(__file__).parents[3]
IDENTITY = ToolIdentity(
    "litert", "litert", "2.3.0", "libLiteRt.so", "0" * 64, program=sys.executable
)
MEASURE = Measure(1, 1, 40, 0.0, 20.0, 5, 0.0, 0.0, 0.0, 60.0)
# A process that is put aside between two operators doubts its own times: on a machine that runs
# other tests as well, do as the finding advises and measure again.
MOST_ATTEMPTS = 10


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
        options: DelegateOptions | None = None,
    ) -> Reading:
        path = MODELS / f"{model}.tflite" if isinstance(model, str) else model
        variant = ModelVariant("m", "v", str(path), "0" * 64, 1, signature, inputs)
        case = Case(variant, Configuration(delegate, delegate, 1, options=options))
        tool = LiteRtTool({})
        command = tool.command(case, measure, purpose, Staged(str(path), "."), IDENTITY)
        for _ in range(MOST_ATTEMPTS):
            files = self._measure(command)
            assert self.result
            reading = tool.parse(case, measure, purpose, Artifacts(self.result, files))
            if "check.op_times" not in ids(reading):
                break
        return reading

    def _measure(self, command: Command) -> dict[str, bytes]:
        file = self.folder / "result.json"
        file.unlink(missing_ok=True)
        transport = HostTransport("host", self.folder)
        self.result = transport.run(command.argv, timeout_s=60, env=command.env)
        return {"result.json": file.read_bytes()} if file.exists() else {}


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


def as_unverified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the wheel claim another version in the processes that are started."""
    information = folder / "ai_edge_litert-9.9.9.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: ai-edge-litert\nVersion: 9.9.9\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{REPOSITORY}")


def reversed_in_the_middle(model: Any) -> None:
    """Put a REVERSE_SEQUENCE, which few accelerators know, behind node 3 of `smallconv_f32`."""
    graph = model.subgraphs[0]
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.REVERSE_SEQUENCE
    model.operatorCodes.append(code)
    length = schema.BufferT()
    length.data = list((16).to_bytes(4, "little"))
    model.buffers.append(length)
    before = int(graph.operators[3].outputs[0])
    lengths = _tensor(graph, b"lengths", [1], schema.TensorType.INT32, len(model.buffers) - 1)
    shape = [int(size) for size in graph.tensors[before].shape]
    after = _tensor(graph, b"reversed", shape, schema.TensorType.FLOAT32, 0)
    node = schema.OperatorT()
    node.opcodeIndex = len(model.operatorCodes) - 1
    node.inputs, node.outputs = [before, lengths], [after]
    node.builtinOptionsType = schema.BuiltinOptions.ReverseSequenceOptions
    node.builtinOptions = schema.ReverseSequenceOptionsT()
    node.builtinOptions.seqDim = 1
    following = graph.operators[4]
    following.inputs = [after if index == before else index for index in following.inputs]
    graph.operators.insert(4, node)


def _tensor(graph: Any, name: bytes, shape: list[int], kind: int, buffer: int) -> int:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, buffer
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def too_new(model: Any) -> None:
    model.operatorCodes[0].version = 99
