"""Flags that feed all inputs of a model from files."""

from __future__ import annotations

import pytest

from benchhub.errors import ToolError
from benchhub.records import Case, Configuration, Measure, ModelVariant, Purpose, ToolIdentity
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.benchmark_model.inputs import feeding
from benchhub.tools.tool import Command, Staged

FLAGS = (
    "graph",
    "input_layer",
    "input_layer_shape",
    "input_layer_value_files",
    "output_filepath",
    "use_xnnpack",
)
MEASURE = Measure(1, 0, 1, 0.0, 9.0, 0, 0.0, 0.0, 0.0, 9.0)


def command(flags: tuple[str, ...] = FLAGS, purpose: Purpose = Purpose.VERIFY) -> Command:
    case = Case(
        ModelVariant("m", "v", "m.tflite", "", 1),
        Configuration("none", "none", 1),
        "benchmark_model",
    )
    staged = Staged("m.tflite", "work", inputs={"b:0": "f1.bin", "a": "f2.bin"}, shapes=SHAPES)
    identity = ToolIdentity("benchmark_model", "tflite", "", "bm", "", flags)
    return BenchmarkModelTool({"path": "bm"}).command(case, MEASURE, purpose, staged, identity)


SHAPES = {"b:0": (1, 8), "a": ()}


def test_names_that_flags_would_misread_get_others() -> None:
    paths = {"b:0": "f1.bin", "a": "f2.bin", "b,0": "f3.bin"}
    assert feeding(paths, {**SHAPES, "b,0": (2,)}) == [
        ("input_layer", "b_0,a,b_0_2"),
        ("input_layer_shape", "1,8::2"),
        ("input_layer_value_files", "b_0:f1.bin,a:f2.bin,b_0_2:f3.bin"),
    ]
    assert feeding({}, {}) == []


@pytest.mark.parametrize("path", ["a,b.bin", "c:/d.bin"])
def test_a_path_that_would_be_cut_is_refused(path: str) -> None:
    with pytest.raises(ToolError, match="separates files"):
        feeding({"a": "good.bin", "b": path}, {"a": (1,), "b": (1,)})


def test_outputs_are_asked_for_only_to_verify() -> None:
    told = command()
    assert "--output_filepath=work/outputs.bin" in told.argv
    assert "--input_layer=b_0,a" in told.argv
    assert told.outputs == ("outputs.bin",)
    assert not [word for word in command(purpose=Purpose.LATENCY).argv if "output_filepath" in word]


@pytest.mark.parametrize("missing", FLAGS[1:5])
def test_a_program_that_cannot_is_told(missing: str) -> None:
    flags = tuple(name for name in FLAGS if name != missing)
    with pytest.raises(ToolError, match=f"bm does not know --{missing}"):
        command(flags)
    assert command(flags, Purpose.LATENCY).argv
